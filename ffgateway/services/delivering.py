"""Carry what is due out of the outbox: at least once, in order for each subject and endpoint.

An endpoint belongs to one gateway at a time, by its lease; what waits for it is read, sent with no
transaction open, and put on record in batches. So no write comes between an event's commit and its
POST, and limits on an endpoint hold however many gateways there are.
"""

import heapq
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.delivery.sink import Outcome, Sink, Target
from ffgateway.domain.endpoints import slowed
from ffgateway.domain.events import Event
from ffgateway.domain.subscriptions import Delivery, Subscription, SubscriptionState
from ffgateway.domain.told import Told
from ffgateway.services.acknowledging import Acknowledging, Ended
from ffgateway.services.equipping import detailed, target_of
from ffgateway.services.lanes import AHEAD, Lane, Parcel
from ffgateway.services.leasing import ENDPOINT, Leasing
from ffgateway.store.transaction import Store, Transaction

log = logging.getLogger(__name__)

AT_ONCE = 256
"""Tries under way together. Half of the places are for endpoints whose last try went well."""

LOOK_AGAIN = timedelta(seconds=5)
"""How often the endpoints themselves are read: others may have changed them, or died."""

READ_ANEW = timedelta(minutes=1)
"""How often what is idle is read from the start, in case that anything was passed over."""

AT_A_TIME = 500
"""Deliveries that are read in one go."""

HANDED = 1000
"""Commits of this process that wait to be taken up. What is more is read."""

REMEMBERED = 2000
"""Events in memory: each is read once, however many endpoints it goes to."""


class Delivering:
    """Tells the endpoints: reads ahead, gives out, sends, puts on record. Each step is the loop's to take."""

    def __init__(self, store: Store, sink: Sink, clock: Clock, *, leasing: Leasing) -> None:
        self._store = store
        self._sink = sink
        self._clock = clock
        self._leasing = leasing
        self._acknowledging = Acknowledging(store, clock, leasing=leasing)
        self.start_over()

    def start_over(self) -> None:
        """Forget everything: all of it is in the database."""
        self._lanes: dict[str, Lane] = {}
        self._elsewhere: frozenset[str] = frozenset()  # endpoints that have no lane here
        self._stirred: dict[str, None] = {}  # lanes that may have something to read or to send
        self._alarms: list[tuple[datetime, str]] = []
        self._last: int | None = None
        self._news = True
        self._handed: dict[int, Told] = {}
        self._ended: list[Ended] = []
        self._lost: list[Delivery] = []
        self._recorded: set[int] = set()
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._under_way = 0
        self._unwell: set[int] = set()
        self._look_at: datetime | None = None
        self._anew_at = self._clock.now() + READ_ANEW

    def look_again(self) -> None:
        """Have the endpoints themselves read: one of them is new, or different, or a replay is."""
        self._look_at = None
        for lane in self._lanes.values():
            if lane.replaying:
                lane.begin_anew()

    def told(self, told: Told | None = None) -> None:
        """Have what is new taken up: what was told here as it is, and everything else read."""
        if told is not None and told.deliveries and len(self._handed) < HANDED:
            self._handed[told.before] = told
        else:
            self._news = True

    # Reading ------------------------------------------------------------------------------

    async def read(self) -> bool:
        """Look for what is to be sent; return whether there is more to be read at once."""
        now = self._clock.now()
        if self._look_at is None or self._look_at <= now:
            await self._look_at_endpoints(now)
        self._ring(now)
        self._recorded.clear()
        self._take_up(now)
        if not self._news and not self.hungry:
            return False
        async with self._store.reading() as tx:
            more = self._news and await self._read_new(tx, now)
            for name in tuple(self._stirred):
                lane = self._lanes.get(name)
                if lane is not None:
                    await self._read_lane(tx, lane, now)
        return more

    async def _look_at_endpoints(self, now: datetime) -> None:
        """Make a lane for each endpoint that is ours, and none for any other."""
        self._look_at, self._news = now + LOOK_AGAIN, True
        async with self._store.reading() as tx:
            everyone = {one.id: one for one in await tx.subscriptions.listening()}
        mine = everyone.keys() if self._leasing.alone else await self._share(everyone)
        async with self._store.reading() as tx:
            opened = await tx.receivers.open_what_opens(mine, at=now)
        if locked := set(mine) - opened.keys():
            await self._acknowledging.lock_out(locked)
        for name, receiver in opened.items():
            self._keep_lane(everyone[name], target_of(everyone[name], receiver), now)
        for name, lane in tuple(self._lanes.items()):
            if name not in opened or not lane.open:
                self._close(name, lane)
        self._elsewhere = frozenset(everyone.keys() - self._lanes.keys())
        if now >= self._anew_at:
            self._anew_at = now + READ_ANEW
            self._read_idle_anew()
            self._last = None

    async def _share(self, everyone: Iterable[str]) -> frozenset[str]:
        busy = [name for name, lane in self._lanes.items() if lane.unrecorded]
        return await self._leasing.share(everyone, kind=ENDPOINT, busy=busy)

    def _keep_lane(self, subscription: Subscription, target: Target, now: datetime) -> None:
        lane = self._lanes.get(subscription.id)
        if lane is None:
            lane = self._lanes[subscription.id] = Lane(subscription, target, now=now)
        elif lane.subscription.revision < subscription.revision:
            lane.change(subscription, now=now)
        lane.target = target
        self._stir(lane)

    def _close(self, name: str, lane: Lane) -> None:
        """Give a lane up, once what it sent is on record."""
        lane.closing = True
        if not lane.unrecorded:
            del self._lanes[name]
            self._stirred.pop(name, None)

    def _read_idle_anew(self) -> None:
        for lane in self._lanes.values():
            if lane.idle:
                lane.begin_anew()
                self._stir(lane)

    def _take_up(self, now: datetime) -> None:
        """Take up what was told here, if nothing is missing before it; have all of it read otherwise."""
        handed, self._handed = self._handed, {}
        while self._last is not None and not self._news:
            told = handed.pop(self._last, None)
            if told is None:
                self._news = any(before > self._last for before in handed)
                return
            lanes = (self._lanes.get(one.subscription_id) for one in told.deliveries)
            if any(lane is not None and lane.subscription.include for lane in lanes):
                self._news = True  # what it is told more must be looked up
                return
            events = {one.id: one for one in told.events}
            for one in self._next(told.deliveries):
                event = self._events[one.event_id] = events[one.event_id]
                self._lanes[one.subscription_id].offer(Parcel(delivery=one, event=event), now=now)
            self._last = told.deliveries[-1].id
            self._forget()

    async def _read_new(self, tx: Transaction, now: datetime) -> bool:
        """Take up what was written since the last time, for lanes that have read all before."""
        self._news = False
        if self._last is None:
            self._last = await tx.outbox.head()
            for one in self._lanes.values():
                one.unread = True  # what was written before is not read here
                self._stir(one)
            return self._look_at is None
        head = await tx.outbox.head()
        found = await tx.outbox.after(self._last, limit=AT_A_TIME) if head > self._last else ()
        taken = self._next(found)
        ages = {name: lane.age for name, lane in self._lanes.items()}
        self._last = found[-1].id if len(found) == AT_A_TIME else max(self._last, head)
        for parcel in await self._parcels(tx, taken):
            lane = self._lanes.get(name := parcel.delivery.subscription_id)
            if lane is not None and lane.age == ages[name]:  # else it reads all of it anew
                lane.offer(parcel, now=now)
        self._news = self._news or len(found) == AT_A_TIME
        return self._news or self._look_at is None

    def _next(self, found: Iterable[Delivery]) -> list[Delivery]:
        """Those of the deliveries that come next which go into a lane at once."""
        taken: list[Delivery] = []
        room: dict[str, int] = {}
        for delivery in found:
            lane = self._lanes.get(delivery.subscription_id)
            if lane is None:
                if delivery.subscription_id not in self._elsewhere:
                    self._look_at = None  # an endpoint that is new
                continue
            self._stir(lane)
            left = room.setdefault(delivery.subscription_id, lane.room)
            if lane.unread or lane.sick or not left or delivery.id <= lane.cursor:
                lane.unread = lane.unread or delivery.id > lane.cursor
                continue
            room[delivery.subscription_id] = left - 1
            lane.cursor = delivery.id
            taken.append(delivery)
        return taken

    async def _read_lane(self, tx: Transaction, lane: Lane, now: datetime) -> None:
        """Read what a lane has room for."""
        age, name = lane.age, lane.subscription.id
        if lane.probe_due(now):
            found = await tx.outbox.waiting(name, limit=AHEAD)
            parcels = await self._parcels(tx, found)
            if lane.age == age and not self._seen_late(found):
                lane.unread = False
                if parcels:
                    lane.offer_probe(parcels)
        if not lane.hungry:
            return
        for subject, done in tuple(lane.wanting.items()):
            found = await tx.outbox.followers(done, limit=AHEAD)
            parcels = await self._parcels(tx, found)
            if lane.age == age:
                lane.follow(subject, parcels, all_read=len(found) < AHEAD, now=now)
        if lane.unread and (room := lane.room):
            found = await tx.outbox.waiting(name, after=lane.cursor, limit=room)
            parcels = await self._parcels(tx, found)
            if lane.age != age or self._seen_late(found):
                return
            lane.unread = len(found) == room
            lane.cursor = found[-1].id if found else lane.cursor
            for parcel in parcels:
                lane.offer(parcel, now=now)

    def _seen_late(self, found: Iterable[Delivery]) -> bool:
        """Whether this is how things were before what was recorded since the transaction began."""
        return any(one.id in self._recorded for one in found)

    async def _parcels(self, tx: Transaction, deliveries: Sequence[Delivery]) -> list[Parcel]:
        """Put deliveries together with their events; remember those whose event is gone."""
        wanted = {one.event_id for one in deliveries} - self._events.keys()
        if wanted:
            self._events |= await tx.events.some(wanted)
        found = [
            one
            for one in deliveries
            if one.event_id in self._events and one.subscription_id in self._lanes
        ]
        for one in deliveries:
            if one.event_id not in self._events:
                log.warning("delivery.lost", extra={"event": one.event_id})
                self._lost.append(one)
        going = [
            (self._events[one.event_id], self._lanes[one.subscription_id].subscription)
            for one in found
        ]
        events = await detailed(tx, going)
        self._forget()
        pairs = zip(found, events, strict=True)
        return [Parcel(delivery=one, event=event) for one, event in pairs]

    def _forget(self) -> None:
        while len(self._events) > REMEMBERED:
            self._events.popitem(last=False)

    # Giving out ---------------------------------------------------------------------------

    def _stir(self, lane: Lane) -> None:
        self._stirred[lane.subscription.id] = None

    def _ring(self, now: datetime) -> None:
        while self._alarms and self._alarms[0][0] <= now:
            _, name = heapq.heappop(self._alarms)
            if name in self._lanes:
                self._stirred[name] = None

    def take(self, only: str | None = None) -> list[Parcel]:
        """Give out what may be sent now, to whichever endpoint or to one; each of it is to be sent."""
        now = self._clock.now()
        self._ring(now)
        taken: list[Parcel] = []
        if not self._leasing.sure():
            return taken
        alone = self._leasing.alone
        for name in tuple(self._stirred) if only is None else (only,):
            lane = self._lanes.get(name)
            if lane is None:
                self._stirred.pop(name, None)
                continue
            if not alone and not self._leasing.holds(name, kind=ENDPOINT):
                continue
            while self._place_for(lane):
                parcel = lane.take(now)
                if parcel is None:
                    self._calm(lane, now)
                    break
                self._under_way += 1
                if lane.health.run:
                    self._unwell.add(parcel.delivery.id)
                taken.append(parcel)
        return taken

    def _place_for(self, lane: Lane) -> bool:
        if lane.health.run and len(self._unwell) >= AT_ONCE // 2:
            return False
        return self._under_way < AT_ONCE

    def _calm(self, lane: Lane, now: datetime) -> None:
        """Leave a lane alone until its time comes, or something happens to it."""
        if lane.hungry or lane.probe_due(now):
            return
        self._stirred.pop(lane.subscription.id, None)
        due = lane.due(now)
        if due is not None:
            heapq.heappush(self._alarms, (due, lane.subscription.id))

    @property
    def hungry(self) -> bool:
        """Whether there is something to be read."""
        now = self._clock.now()
        lanes = (self._lanes.get(name) for name in self._stirred)
        return self._look_at is None or any(
            lane is not None and (lane.hungry or lane.probe_due(now)) for lane in lanes
        )

    def next_at(self) -> datetime:
        """When there may be something to do, if nothing else happens."""
        soon = self._look_at or self._clock.now()
        return min(soon, self._alarms[0][0]) if self._alarms else soon

    # Sending ------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Outcome:
        """Make one try. What became of it is put on record by `acknowledge`."""
        lane = self._lanes[parcel.delivery.subscription_id]
        probe, started = lane.sick, self._clock.now()
        outcome = await self._sink.send(lane.target, parcel.event)
        lane.under_way -= 1
        self._under_way -= 1
        self._unwell.discard(parcel.delivery.id)
        sick = lane.health.note(failed=not outcome.delivered, timed_out=outcome.error == "timeout")
        until = None
        if outcome.slow:
            until = self._clock.now() + slowed(lane.health.run, wish=outcome.retry_after)
            lane.slow_down(until)
        self._ended.append(
            Ended(
                parcel=parcel,
                outcome=outcome,
                started=started,
                probe=probe,
                sick=sick,
                slow_until=until,
            )
        )
        self._stir(lane)
        return outcome

    async def acknowledge(self) -> int:
        """Put on record what ended since the last time; return how many tries that were."""
        ended, self._ended = self._ended, []
        lost, self._lost = self._lost, []
        if not ended and not lost:
            return 0
        settled, changed = await self._acknowledging.record(ended, lost)
        now = self._clock.now()
        self._recorded.update(one.parcel.delivery.id for one in ended)
        for one in settled:
            lane = self._lanes[one.ended.parcel.delivery.subscription_id]
            lane.settle(one.ended.parcel, one.again, now=now)
            if one.late:
                lane.begin_anew()
            self._stir(lane)
            if lane.closing and not lane.unrecorded:
                del self._lanes[lane.subscription.id]
                self._look_at = None  # it may be ours again
        for subscription in changed:
            self._changed(subscription, now)
        return len(ended)

    def _changed(self, subscription: Subscription, now: datetime) -> None:
        lane = self._lanes.get(subscription.id)
        if lane is None:
            return
        probed = lane.sick and subscription.state is SubscriptionState.PAUSED
        lane.change(subscription, now=now)
        if probed:
            lane.begin_anew()
        if not lane.open:
            self._close(subscription.id, lane)

"""What waits for one endpoint, as far as it is in memory, and what of it may go now.

A lane reads ahead a little of a queue that may be long. In order, the deliveries of one subject
stand in a line, of which only the first may go, until it is on record; a line whose first failed
is left to the database until that is done with, and is not read again and again meanwhile.
Nothing here waits, sends or asks a database.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ffgateway.delivery.sink import Target
from ffgateway.domain.endpoints import AT_ONCE, Bucket, Health, probe_of
from ffgateway.domain.events import Event
from ffgateway.domain.subscriptions import Delivery, PausedBy, Subscription, SubscriptionState

AHEAD = 100
"""Deliveries that a lane reads ahead, and those of one subject."""

RESTING = 5000
"""Deliveries in a lane that failed and wait for their time, above which it reads no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery with what it says."""

    delivery: Delivery
    event: Event


@dataclass(slots=True)
class _Line:
    """The deliveries of one subject behind the one that is under way or rests."""

    behind: deque[Parcel] = field(default_factory=deque)
    more: bool = False  # there are others, which were not read
    resting: bool = False
    wanted: bool = False  # the rest of it is being read

    @property
    def closed(self) -> bool:
        """Whether nobody may join at the end: something before is not in memory, or none can go."""
        return self.more or self.resting or self.wanted


class Lane:
    """The way to one endpoint."""

    def __init__(self, subscription: Subscription, target: Target, *, now: datetime) -> None:
        self.subscription = subscription
        self.target = target
        self.health = Health()
        self.under_way = 0
        self.unrecorded = 0  # tries under way, and those that ended and are not on record
        self.closing = False
        self.age = 0  # how often it began anew
        self.begin_anew()
        self._bucket: Bucket | None = None
        self._limit(now)

    def begin_anew(self) -> None:
        """Forget what waits, and read it again from the start, once all that was sent is on record."""
        self.age += 1
        self._draining = self.unrecorded > 0
        self.cursor = 0
        self.unread = True  # there may be something beyond the cursor
        self._ready: deque[Parcel] = deque()
        self._resting: list[tuple[datetime, int, Parcel]] = []
        self._lines: dict[str, _Line] = {}
        self._known: set[int] = set()
        self.wanting: dict[str, Delivery] = {}  # lines that go on with what was not read
        self.replaying = False  # something here was asked for, and may be called off

    def _limit(self, now: datetime) -> None:
        rate = self.subscription.pace
        if rate is None:
            self._bucket = None
        elif self._bucket is None or self._bucket.rate != rate:
            self._bucket = Bucket(rate, now=now)

    def change(self, subscription: Subscription, *, now: datetime) -> None:
        """Go on with other settings."""
        anew = _read_by(subscription) != _read_by(self.subscription)
        self.subscription = subscription
        self._limit(now)
        if anew:
            self.health = Health()
            self.begin_anew()

    @property
    def sick(self) -> bool:
        """Whether the gateway paused the endpoint, so that it is only probed."""
        return self.subscription.paused_by is PausedBy.GATEWAY

    @property
    def open(self) -> bool:
        """Whether anything is to be sent to the endpoint at all."""
        return self.subscription.state is SubscriptionState.ACTIVE or self.sick

    @property
    def idle(self) -> bool:
        """Whether nothing is known that waits."""
        return not self._known and not self.unread and not self.unrecorded

    @property
    def room(self) -> int:
        """How many more deliveries may be read."""
        if self._draining and self.unrecorded:
            return 0
        self._draining = False
        resting = len(self._resting)
        return 0 if resting >= RESTING else max(AHEAD - (len(self._known) - resting), 0)

    @property
    def hungry(self) -> bool:
        """Whether there is something to read, and room for as much as is worth reading."""
        if self.closing or not self.open or self.sick:
            return False
        return bool(self.wanting) or (self.unread and self.room >= AHEAD // 2)

    # Reading ------------------------------------------------------------------------------

    def offer(self, parcel: Parcel, *, now: datetime) -> None:
        """Take up a delivery that was read in its turn."""
        delivery = parcel.delivery
        if delivery.id in self._known:
            return
        line = self._lines.get(delivery.subject) if self.subscription.ordered else None
        if line is None:
            self._stand(parcel, now=now)
        elif line.closed or len(line.behind) >= AHEAD:
            line.more = True
        else:
            line.behind.append(parcel)
            self._know(parcel)

    def _know(self, parcel: Parcel) -> None:
        self._known.add(parcel.delivery.id)
        self.replaying = self.replaying or parcel.delivery.replay_id is not None

    def _stand(self, parcel: Parcel, *, now: datetime) -> None:
        """Put a delivery where it can be taken, now or at its time."""
        delivery = parcel.delivery
        self._know(parcel)
        resting = delivery.next_at > now
        if resting:
            heapq.heappush(self._resting, (delivery.next_at, delivery.id, parcel))
        else:
            self._ready.append(parcel)
        if self.subscription.ordered:
            self._lines.setdefault(delivery.subject, _Line()).resting = resting

    def follow(
        self, subject: str, parcels: Sequence[Parcel], *, all_read: bool, now: datetime
    ) -> None:
        """Go on with a line, given what was read of the rest of it."""
        first = self.wanting.pop(subject, None)
        line = self._lines.get(subject)
        if first is None or line is None:
            return
        line.more, line.wanted = line.more or not all_read, False
        fresh = [one for one in parcels if one.delivery.id not in self._known]
        if fresh:
            self._stand(fresh[0], now=now)
            line.behind.extend(fresh[1:])
            for one in fresh[1:]:
                self._know(one)
        elif line.more:
            self._want(line, first)
        else:
            del self._lines[subject]

    def _want(self, line: _Line, done: Delivery) -> None:
        """Have the rest of a line read, behind what is done with."""
        line.more, line.wanted = False, True
        self.wanting[done.subject] = done

    def offer_probe(self, parcels: Sequence[Parcel]) -> None:
        """Take up one of the first deliveries that wait, to see how the endpoint does."""
        heads: dict[object, Parcel] = {}
        for parcel in parcels:
            mine = parcel.delivery
            heads.setdefault(mine.subject if self.subscription.ordered else mine.id, parcel)
        chosen = probe_of(list(heads.values()), self.subscription.probes)
        self._ready.append(chosen)
        self._known.add(chosen.delivery.id)

    # Sending ------------------------------------------------------------------------------

    def take(self, now: datetime) -> Parcel | None:
        """Give out what may be sent now, if anything may."""
        if not self._may(now):
            return None
        while self._resting and self._resting[0][0] <= now:
            parcel = heapq.heappop(self._resting)[2]
            if line := self._lines.get(parcel.delivery.subject):
                line.resting = False
            self._ready.append(parcel)
        if not self._ready or (self._bucket is not None and not self._bucket.take(now)):
            return None
        self.under_way += 1
        self.unrecorded += 1
        return self._ready.popleft()

    def _may(self, now: datetime) -> bool:
        subscription = self.subscription
        if self.closing or not self.open:
            return False
        if self.sick:
            due = subscription.probe_at is None or subscription.probe_at <= now
            return due and not self.unrecorded
        slow = subscription.slow_until is not None and subscription.slow_until > now
        return not slow and self.under_way < AT_ONCE

    def due(self, now: datetime) -> datetime | None:
        """When something may go, if nothing else happens; None if something has to."""
        if self.closing or not self.open:
            return None
        if self.sick:
            waits = (self._ready or self.unread) and not self.unrecorded
            return (self.subscription.probe_at or now) if waits else None
        if self.under_way >= AT_ONCE or not (self._ready or self._resting):
            return None
        first = now if self._ready else self._resting[0][0]
        if self.subscription.slow_until is not None:
            first = max(first, self.subscription.slow_until)
        if self._bucket is not None:
            first = max(first, self._bucket.next_at(now))
        return first

    def probe_due(self, now: datetime) -> bool:
        """Whether a probe is to be read."""
        return self.sick and self.unread and not self._ready and self._may(now)

    def slow_down(self, until: datetime) -> None:
        """Send nothing until then."""
        present = self.subscription.slow_until
        if present is None or present < until:
            self.subscription = replace(self.subscription, slow_until=until)

    # What became of it --------------------------------------------------------------------

    def settle(self, parcel: Parcel, again: Delivery | None, *, now: datetime) -> None:
        """Go on after a try that is on record; `again` is the delivery if it is to be tried again."""
        self.unrecorded -= 1
        delivery = parcel.delivery
        if delivery.id not in self._known:
            return  # the lane began anew since
        self._known.discard(delivery.id)
        line = self._lines.get(delivery.subject) if self.subscription.ordered else None
        if again is not None:
            if line is not None and line.behind:
                self._known.difference_update(one.delivery.id for one in line.behind)
                line.behind.clear()
                line.more = True
            self._stand(replace(parcel, delivery=again), now=now)
        elif line is not None:
            self._go_on(line, delivery, now=now)

    def _go_on(self, line: _Line, done: Delivery, *, now: datetime) -> None:
        if line.behind:
            self._stand(line.behind.popleft(), now=now)
        elif line.more:
            self._want(line, done)
        else:
            del self._lines[done.subject]


def _read_by(subscription: Subscription) -> tuple[object, ...]:
    """What makes a difference to what is read ahead for an endpoint, and how."""
    return subscription.state, subscription.ordered, subscription.include

"""One look at an appliance → what happened there, kept and told.

The look is a request; the changes it shows are one transaction: fax rows, events, outbox, audit.
A missed look costs nothing: the next one shows where every fax has got to, and what is missing
from the list is asked for by its key before anything is said about it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock, by_turns
from ffgateway.devices.client import Appliance, Look
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Observation, Sighting, observe, unexplained
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceError,
    DeviceRefused,
    DeviceUserRefused,
    NotFound,
)
from ffgateway.domain.events import EventType, device_event, status_event
from ffgateway.domain.faxes import Fax, FaxStatus, moved
from ffgateway.domain.matching import alike
from ffgateway.domain.others import lost_sight
from ffgateway.domain.overseeing import enough
from ffgateway.domain.submissions import Stage
from ffgateway.services.apart import anew
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line, note_move
from ffgateway.services.breakers import Breakers
from ffgateway.services.clocks import Clocks
from ffgateway.services.counting import count
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.importing import Sight, take_in
from ffgateway.services.leasing import CLOCKS_AGREE
from ffgateway.services.line_watching import LineWatching
from ffgateway.services.owners import Told, as_owners, asked_for, modems_of
from ffgateway.services.receiving import Receiving
from ffgateway.services.reconciling import Reconciling
from ffgateway.services.suppressed import hold_waiting
from ffgateway.store.transaction import Store, Transaction

MISSES = 2
"""Looks that fail, or that miss a fax, before it is believed."""

SEEN_AGAIN = timedelta(minutes=1)
"""How often `last_seen_at` is written when nothing else is."""

ASK_AGAIN = timedelta(seconds=30)
"""How soon an abort that was accepted and not done is asked for once more."""


class Observing:
    """Looks, for whoever polls."""

    def __init__(
        self,
        store: Store,
        appliances: Appliances,
        reconciling: Reconciling,
        clock: Clock,
        *,
        receiving: Receiving,
        breakers: Breakers,
        free_lines: FreeLines,
        line_watching: LineWatching,
        clocks: Clocks,
        settled: Callable[[], None],
    ) -> None:
        self._store = store
        self._appliances = appliances
        self._reconciling = reconciling
        self._clock = clock
        self._receiving = receiving
        self._breakers = breakers
        self._free_lines = free_lines
        self._line_watching = line_watching
        self.clocks = clocks
        self._settled = settled
        self._failures: dict[str, int] = {}
        self._kept: dict[str, datetime] = {}  # when the last look that was kept began, by device
        self._restless: set[str] = set()  # devices whose next look must be thought about anyway
        self._asked: dict[str, datetime] = {}  # aborts on their way, by fax
        self._looking: dict[str, asyncio.Lock] = {}  # by device

    def stir(self, device_id: str) -> None:
        """Have the next look at a device compared with our records even if it shows nothing new."""
        self._restless.add(device_id)

    async def look(self, device_id: str) -> bool:
        """Look once, at what goes out and at what comes in; return whether to look again soon.

        Raises the `DeviceError` of what goes out. Looks at one appliance follow each other: of two
        at once the older might be kept last.
        """
        async with self._looking.setdefault(device_id, asyncio.Lock()):
            appliance, busy = await self._look(device_id)
        coming = await self._receiving.look(appliance)
        if busy:
            await self._free_lines.look(appliance)
            await self._line_watching.look(appliance)
        await self.clocks.look(appliance)
        return busy or coming

    async def _look(self, device_id: str) -> tuple[Appliance, bool]:
        started = self._clock.now()
        try:
            appliance = await self._appliances.of(device_id)
            look = await appliance.look()
        except DeviceError as trouble:
            await self.note_trouble(device_id, trouble)
            raise
        self._failures.pop(device_id, None)
        await self._breakers.well(appliance)
        again = device_id in self._restless
        self._restless.discard(device_id)  # now: whoever stirs it from here on means the next look
        if look.unchanged and not again:
            busy = await self._still(device_id, look, started)
        else:
            fresh = look.sightings if again else look.changed
            try:
                busy = await self._take_in(device_id, appliance, look, started, fresh=fresh)
            except BaseException:
                appliance.forget()  # nothing of this look was kept: see it all again
                raise
        return appliance, busy

    async def _still(self, device_id: str, look: Look, started: datetime) -> bool:
        """Nothing happened. The record is written only when it has grown old."""
        async with self._store.reading() as tx:
            device = await tx.devices.get(device_id)
            pressing = await tx.standing.pressing(device_id, now=started)
            stopping = await tx.faxes.open_on(device_id, FaxStatus.CANCELLING)
            acting = await tx.standing.acting(device_id)
            doubts = await tx.submissions.in_stage(Stage.UNCERTAIN, device_id=device_id)
        stale = device.last_seen_at is None or abs(started - device.last_seen_at) > SEEN_AGAIN
        if device.health is not Health.ONLINE or stale:
            async with self._store.transaction() as tx:
                await self._seen(tx, device_id, started)
        # a doubt may have come up since: a gateway that died was handing over
        seen = _listed(look)
        if doubts or stopping or any(one.place not in seen for one in acting):
            self._restless.add(device_id)
        return bool(doubts) or pressing

    async def _take_in(
        self,
        device_id: str,
        appliance: Appliance,
        look: Look,
        started: datetime,
        *,
        fresh: tuple[Sighting, ...],
    ) -> bool:
        """Keep what a look shows. `fresh` of it may be news; the rest was compared with our records."""
        async with self._store.reading() as tx:
            there = await tx.standing.on(device_id)
            acting = await tx.standing.acting(device_id)
        listed = _listed(look)
        hidden = [one for one in acting if one.place not in listed]
        missing = [
            one
            for one in there
            if one.place not in listed and one.updated_at < started and not one.lost
        ]
        news = {one.place: one for one in fresh}
        shown_to_others = {one.id for one in hidden}
        ours_alone = [one for one in missing if one.id not in shown_to_others]
        for found in await asked_for(appliance, ours_alone):
            news[found.place] = listed[found.place] = found
        ours = {one.place for one in there}
        failed = [one for place, one in news.items() if place in ours and unexplained(one)]
        for told in await modems_of(appliance, failed):
            news[told.place] = listed[told.place] = told
        shown = await as_owners(self._appliances, device_id, hidden)
        for one in shown.sightings:
            news[one.place] = listed[one.place] = one
        evidence = await self._reconciling.gather(self._store, self._appliances, appliance, started)
        async with self._store.transaction() as tx:
            device = await tx.devices.get(device_id, lock=True)
            if self._overtaken(device, started):
                appliance.forget()
                return True
            others = device.last_seen_at != self._kept.get(device_id)  # what we know may be old
            device = await self._seen(tx, device_id, started, highest=_highest(look))
            fell = _highest(look) < device.highest_key
            if others or fell:
                news = listed
            told_us = Told(listed=listed, news=news, unasked=shown.unasked, fell=fell)
            restless, suppressed = await self._compare(tx, device, told_us, started)
            doubtful = await self._reconciling.settle(tx, device, evidence, started)
            keys = {one.fax_key for one in fresh}
            sight = Sight(device=device, look=look, started=started, fresh=keys)
            left = await take_in(tx, sight, self._clock.now())
            stopping = await tx.faxes.open_on(device_id, FaxStatus.CANCELLING)
            pressing = await tx.standing.pressing(device_id, now=started)
        self._kept[device_id] = started
        if suppressed:
            await hold_waiting(self._store, self._clock)
        restless |= doubtful | left | bool(hidden)
        restless |= await self._abort(appliance, stopping)
        if restless:
            self._restless.add(device_id)
        self._settled()
        return pressing or doubtful or left

    def _overtaken(self, device: Device, started: datetime) -> bool:
        """Whether another gateway saw a later state, so that what we saw is history.

        Our own looks follow each other, and nobody's began after now: what says so is from before the
        clock was set back.
        """
        seen = device.last_seen_at
        if seen is None or seen == self._kept.get(device.id):
            return False
        return started < seen < self._clock.now() + CLOCKS_AGREE

    async def _compare(
        self, tx: Transaction, device: Device, told: Told, started: datetime
    ) -> tuple[bool, bool]:
        """Hold our records against what was told; return whether something is amiss, and whether a
        number is to get no more faxes.
        """
        restless = suppressed = False
        changed: list[Fax] = []
        now = self._clock.now()
        there = await tx.standing.on(device.id)
        worth = [one.id for one in there if one.place in told.news or one.place not in told.listed]
        async for fax in by_turns((await tx.faxes.several(worth, lock=True)).values()):
            sighting = told.listed.get((fax.fax_key, fax.entry_key))
            if told.fell and sighting is not None and not alike(fax, sighting):
                sighting = None
            if sighting is not None:
                seen = self._observe(tx, fax, sighting, now)
                if seen.changed:
                    after = await self._enough(tx, seen, now)
                    left = fax.entry_key != after.entry_key
                    changed.append(await anew(tx, fax, after, now) if left else after)
                    if after.status is FaxStatus.FAILED and not fax.finished:
                        suppressed |= await count(tx, after, seen.news, now=now)
                    await self._line_watching.ended(tx, device, seen)
            elif fax.updated_at < started and not lost_sight(fax) and fax.id not in told.unasked:
                restless = True
                await self._missed(tx, fax, now)
        await tx.faxes.save(*changed)
        return restless, suppressed

    async def _enough(self, tx: Transaction, seen: Observation, now: datetime) -> Fax:
        """Call off what would go on calling where a person may be answering."""
        fax = seen.fax
        if not any(one.type is EventType.FAX_ATTEMPT_FAILED for one in seen.news):
            return fax
        told = await tx.events.of_subject(fax.id)
        after = enough(fax, (*told, *seen.news), at=now)
        if after is None:
            return fax
        tx.tell(status_event(after, previous=fax.status, at=now))
        note_move(tx, "fax.enough", fax, after, at=now, reason=fax.device_message)
        return after

    def _observe(self, tx: Transaction, fax: Fax, sighting: Sighting, now: datetime) -> Observation:
        """Tell what an entry shows of a fax; the caller saves the fax if it changed."""
        seen = observe(fax, sighting, at=now, confirmed=self._line_watching.confirmed(fax))
        if not seen.changed:
            return seen
        tx.tell(*seen.news)
        if seen.fax.status is not FaxStatus.CANCELLING:
            self._asked.pop(fax.id, None)
        if seen.fax.status is not fax.status:
            note_move(
                tx,
                f"fax.{seen.fax.status.value}",
                fax,
                seen.fax,
                at=now,
                device=fax.device_id,
                device_state=sighting.state,
                device_message=sighting.message,
                **(self._line_watching.seen(seen.fax) if seen.fax.finished else {}),
            )
        return seen

    async def _missed(self, tx: Transaction, fax: Fax, now: datetime) -> None:
        """The appliance knows the entry no more: uncertain once two looks agree, and no end invented."""
        missed = fax.missing_looks + 1
        if fax.status is FaxStatus.UNCERTAIN:
            return
        if missed < MISSES:
            await tx.faxes.save(replace(fax, missing_looks=missed))
            return
        after = moved(fax, FaxStatus.UNCERTAIN, at=now, missing_looks=missed)
        await tx.faxes.save(after)
        tx.tell(status_event(after, previous=fax.status, at=now))
        reason = "the appliance knows its entry no more"
        note_move(tx, "fax.uncertain", fax, after, at=now, reason=reason)

    async def _abort(self, appliance: Appliance, faxes: tuple[Fax, ...]) -> bool:
        """Ask for these to be stopped; that was put on record before, so a restart asks again."""
        waiting = False
        for fax in faxes:
            waiting = True
            now = self._clock.now()
            asked = self._asked.get(fax.id)
            if asked is not None and now - asked < ASK_AGAIN:
                continue
            self._asked[fax.id] = now
            try:
                box = await self._appliances.of(appliance.device.id, fax.acted_as)
                await box.abort(fax.fax_key, fax.entry_key)
                outcome = "accepted"
            except (DeviceRefused, DeviceUserRefused) as no:
                outcome = no.detail  # it came too late: the next look shows the end
            async with self._store.transaction() as tx:
                tx.note(line(GATEWAY, "fax.abort", fax.id, at=now, answer=outcome))
        return waiting

    async def _seen(
        self, tx: Transaction, device_id: str, at: datetime, *, highest: str = ""
    ) -> Device:
        device = await tx.devices.get(device_id, lock=True)
        after = replace(
            device,
            last_seen_at=at,
            highest_key=max(highest, device.highest_key),
            health=Health.ONLINE,
            health_detail="",
        )
        await tx.devices.save(after)
        if device.health is not Health.ONLINE:
            tx.tell(device_event(EventType.DEVICE_ONLINE, after, at=at))
            health = changed(device, after, "health")
            tx.note(line(GATEWAY, "device.online", device_id, at=at, changed=health))
        return after

    async def note_trouble(self, device_id: str, trouble: DeviceError) -> None:
        """Remember a look or a hand-over that failed; tell of it once for each outage."""
        failures = self._failures.get(device_id, 0) + 1
        self._failures[device_id] = failures
        refused = isinstance(trouble, DeviceAuthFailed)
        health = Health.AUTH_FAILED if refused else Health.OFFLINE
        now = self._clock.now()
        async with self._store.transaction() as tx:
            try:
                device = await tx.devices.get(device_id, lock=True)
            except NotFound:
                return  # retired meanwhile
            if device.health is health:
                return
            counted = self._breakers.failed(tx, device, trouble)
            if device.health is Health.ONLINE and failures < MISSES and not refused:
                if counted is not device:
                    await tx.devices.save(counted)
                return
            after = replace(counted, health=health, health_detail=trouble.detail)
            await tx.devices.save(after)
            kind = EventType.DEVICE_AUTH_FAILED if refused else EventType.DEVICE_OFFLINE
            tx.tell(device_event(kind, after, at=now, reason=trouble.code))
            tx.note(
                line(
                    GATEWAY,
                    kind.value,
                    device_id,
                    at=now,
                    reason=trouble.detail,
                    changed=changed(device, after, "health"),
                )
            )

    async def handed_over(
        self, tx: Transaction, device_id: str, *, trouble: DeviceError | None
    ) -> None:
        """Count a hand-over that ended, with an answer or in doubt."""
        await self._breakers.handed_over(tx, device_id, trouble=trouble)

    async def doubtful(self) -> frozenset[str]:
        """Devices that have a hand-over to be found out."""
        async with self._store.reading() as tx:
            found = await tx.submissions.in_stage(Stage.UNCERTAIN)
        return frozenset(one.device_id for one in found if one.device_id)


def _listed(look: Look) -> dict[tuple[str, str], Sighting]:
    return {one.place: one for one in look.sightings}


def _highest(look: Look) -> str:
    return max((one.fax_key for one in look.sightings), default="")

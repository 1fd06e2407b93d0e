"""Queued → on an appliance, or known not to be, or uncertain and then never resent by guess.

`submitting` is on record before the request leaves. What the exchange then proves decides: a
connection that was never made sends the fax back to the queue; an answer places or refuses it;
anything else makes it uncertain, and reconciling settles that on evidence.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceError,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
)
from ffgateway.domain.events import status_event
from ffgateway.domain.failures import code_for, failure
from ffgateway.domain.faxes import IN_GATEWAY, Fax, FaxStatus, Stage, Submission, moved
from ffgateway.domain.matching import paired
from ffgateway.domain.placement import Placement
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line
from ffgateway.services.observing import Observing
from ffgateway.services.placing import candidates_of, hold, placed, queue
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

LONGEST_WAIT = timedelta(minutes=1)
"""The most that a hand-over waits after one that did not connect."""

MOST_HELD = 400
"""About how many faxes one claim holds: the rest of a batch that nobody can take is for the next."""

LONG = timedelta(days=1)
"""How long something may be overtaken by what is more urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One request about to leave: on record as `submitting`, claimed by us."""

    submission: Submission
    faxes: tuple[Fax, ...]
    device: Device


class Submitting:
    """Hands what is due to appliances, one request at a time to each."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        observing: Observing,
        clock: Clock,
        *,
        placed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._observing = observing
        self._clock = clock
        self._placed = placed

    async def recover(self) -> int:
        """Take up what a gateway that died was handing over: nobody knows how far it got.

        For the start of the one gateway of a database; return how many there were.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            orphans = await tx.submissions.in_stage(Stage.SUBMITTING)
            for submission in orphans:
                faxes = await _in(tx, submission, FaxStatus.SUBMITTING)
                await self._doubt(tx, submission, faxes, now, "the gateway stopped on the way")
        return len(orphans)

    async def next_due(self) -> datetime | None:
        """When there will be something to hand over."""
        async with self._store.reading() as tx:
            return await tx.submissions.next_due()

    async def claim(self) -> tuple[Handover, ...]:
        """Choose an appliance for each submission that is due, and put that on record."""
        claimed = []
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if not await tx.submissions.due(at=now, limit=1):
                return ()
            candidates = await candidates_of(tx)
            busy = {one.device_id for one in await tx.submissions.in_stage(Stage.SUBMITTING)}
            usable = {one.device.id for one in candidates if one.device.usable}
            to_hold = MOST_HELD
            async for submission in _in_turn(tx, now):
                if usable and usable <= busy:
                    break  # what is beyond waits, whatever it is
                placement = placed(submission, candidates)
                if placement.device_id in busy or (placement.device_id is None and to_hold <= 0):
                    continue
                faxes = tuple(
                    fax
                    for fax in await tx.faxes.of_submission(submission.id, lock=True)
                    if fax.status in IN_GATEWAY and not fax.entry_key
                )
                if not faxes:
                    await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
                elif placement.device_id is None:
                    to_hold -= len(faxes)
                    await hold(tx, submission, faxes, placement, now)
                else:
                    busy.add(placement.device_id)
                    device = next(
                        one.device for one in candidates if one.device.id == placement.device_id
                    )
                    claimed.append(
                        await self._begin(
                            tx, submission, faxes, device=device, placement=placement, now=now
                        )
                    )
        return tuple(claimed)

    async def _begin(
        self,
        tx: Transaction,
        submission: Submission,
        faxes: tuple[Fax, ...],
        *,
        device: Device,
        placement: Placement,
        now: datetime,
    ) -> Handover:
        started = replace(
            submission,
            stage=Stage.SUBMITTING,
            device_id=device.id,
            fax_key="",
            floor_key=device.highest_key,
            sent_at=now,
            ended_at=None,
            absent_looks=0,
            last_look_at=None,
            tries=submission.tries + 1,
            epoch=submission.epoch + 1,
        )
        await tx.submissions.save(started)
        leaving = []
        for fax in faxes:
            queued = await queue(tx, fax, now)
            after = moved(
                queued, FaxStatus.SUBMITTING, at=now, device_id=device.id, hold_reason=None
            )
            tx.tell(status_event(after, previous=queued.status, at=now))
            tx.note(
                line(
                    GATEWAY,
                    "fax.submit",
                    fax.id,
                    at=now,
                    device=device.id,
                    reasons=list(placement.reasons),
                )
            )
            leaving.append(after)
        await tx.faxes.save_all(leaving)
        return Handover(submission=started, faxes=tuple(leaving), device=device)

    async def hand_over(self, handover: Handover) -> None:
        """Let the request go, and put on record what its end proves."""
        if not await self._complete(handover):
            await self._lost_document(handover)
            self._placed(handover.device.id)
            return
        try:
            appliance = await self._appliances.of(handover.device.id)
            sightings = await appliance.schedule(
                handover.submission.draft,
                tuple(fax.recipient for fax in handover.faxes),
                self._spool.read,
            )
        except (DeviceUnreachable, DeviceUntrusted, DeviceAuthFailed) as never:
            await self._requeue(handover, never)
        except (DeviceRefused, DeviceOperationUnsupported) as no:
            await self._refused(handover, no)
        except DeviceSilent as silence:
            async with self._store.transaction() as tx:
                faxes = await _in(tx, handover.submission, FaxStatus.SUBMITTING)
                now = self._clock.now()
                await self._doubt(tx, handover.submission, faxes, now, silence.detail)
        else:
            await self._record(handover, sightings)
        self._placed(handover.device.id)

    async def _complete(self, handover: Handover) -> bool:
        """Whether every document is there; looked at first, as half a request proves nothing."""
        kept = [one.sha256 for one in handover.submission.draft.documents if one.sha256]
        return all([await self._spool.has(sha256) for sha256 in kept])

    async def _record(self, handover: Handover, sightings: tuple[Sighting, ...]) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            # a look locks the device before its faxes: so do we, or each would wait for the other
            await tx.devices.get(handover.device.id, lock=True)
            faxes = await _in(tx, handover.submission, FaxStatus.SUBMITTING)
            await adopt(tx, handover.submission, faxes, sightings, now)
        appliance = await self._appliances.of(handover.device.id)
        appliance.forget()  # a look that was under way may have shown the entries too early

    async def _requeue(self, handover: Handover, never: DeviceError) -> None:
        now = self._clock.now()
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(handover.submission.tries, 6)))
        async with self._store.transaction() as tx:
            for fax in await _in(tx, handover.submission, FaxStatus.SUBMITTING):
                after = moved(fax, FaxStatus.QUEUED, at=now, device_id=None)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                tx.note(line(GATEWAY, "fax.not_submitted", fax.id, at=now, reason=never.detail))
            await tx.submissions.save(
                replace(handover.submission, stage=Stage.WAITING, device_id=None, due_at=now + wait)
            )
        await self._observing.note_trouble(handover.device.id, never)

    async def _refused(self, handover: Handover, no: DeviceError) -> None:
        """A no from one appliance may be that one's own trouble, so one other is asked."""
        now = self._clock.now()
        refused_by = (*handover.submission.refused_by, handover.device.id)
        async with self._store.transaction() as tx:
            others = [
                device
                for device in await tx.devices.all()
                if device.usable and device.id not in refused_by
            ]
            wanted = handover.submission.draft.device_id
            again = bool(others) and len(refused_by) < 2 and wanted is None
            for fax in await _in(tx, handover.submission, FaxStatus.SUBMITTING):
                if again:
                    after = moved(fax, FaxStatus.QUEUED, at=now, device_id=None)
                else:
                    code = code_for(no.detail)
                    why = failure(
                        "device_rejected" if code == "unclassified" else code,
                        attempts=0,
                        device_id=handover.device.id,
                        device_text=no.detail,
                    )
                    after = moved(fax, FaxStatus.FAILED, at=now, failure=why)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                tx.note(line(GATEWAY, "fax.refused", fax.id, at=now, reason=no.detail))
            stage = Stage.WAITING if again else Stage.CLOSED
            await tx.submissions.save(
                replace(handover.submission, stage=stage, refused_by=refused_by, due_at=now)
            )

    async def _doubt(
        self,
        tx: Transaction,
        submission: Submission,
        faxes: tuple[Fax, ...],
        now: datetime,
        reason: str,
    ) -> None:
        for fax in faxes:
            after = moved(fax, FaxStatus.UNCERTAIN, at=now)
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))
            tx.note(line(GATEWAY, "fax.uncertain", fax.id, at=now, reason=reason))
        await tx.submissions.save(replace(submission, stage=Stage.UNCERTAIN, ended_at=now))

    async def _lost_document(self, handover: Handover) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for fax in await _in(tx, handover.submission, FaxStatus.SUBMITTING):
                after = moved(fax, FaxStatus.FAILED, at=now, failure=failure("internal"))
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                tx.note(line(GATEWAY, "fax.document_missing", fax.id, at=now))
            await tx.submissions.save(replace(handover.submission, stage=Stage.CLOSED))


async def adopt(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    sightings: tuple[Sighting, ...],
    now: datetime,
) -> None:
    """Record that an appliance has these faxes, as these entries.

    A fax that the answer has no entry for stays to be found out, and its submission with it: the
    next looks ask for the entries of the FAXKEY.
    """
    pairing = paired(faxes, sightings)
    known = []
    for fax, mine in pairing.pairs:
        seen = observe(replace(fax, device_id=submission.device_id), mine, at=now)
        known.append(seen.fax)
        tx.tell(*seen.news)
        entry = f"{mine.fax_key}/{mine.entry_key}"
        on_it = submission.device_id
        tx.note(line(GATEWAY, "fax.placed", fax.id, at=now, device=on_it, entry=entry))
    for fax in pairing.faxes:
        after = moved(fax, FaxStatus.UNCERTAIN, at=now)
        known.append(after)
        tx.tell(status_event(after, previous=fax.status, at=now))
        reason = "the appliance's answer has no entry for it"
        tx.note(line(GATEWAY, "fax.uncertain", fax.id, at=now, reason=reason))
    await tx.faxes.save_all(known)
    key = max(one.fax_key for one in sightings)
    stage = Stage.UNCERTAIN if pairing.faxes else Stage.PLACED
    await tx.submissions.save(replace(submission, stage=stage, fax_key=key, ended_at=now))
    device = await tx.devices.get(str(submission.device_id), lock=True)
    if key > device.highest_key:
        await tx.devices.save(replace(device, highest_key=key))


async def _in_turn(tx: Transaction, now: datetime) -> AsyncIterator[Submission]:
    """What is due, the most urgent first; before it what has been due for `LONG` and longest.

    One at a time goes before, so that a low priority delays and never forbids.
    """
    first = await tx.submissions.overdue(since=now - LONG)
    if first is not None:
        yield first
    last: Submission | None = None
    while some := await tx.submissions.due(at=now, limit=20, after=last):
        for submission in some:
            if first is None or submission.id != first.id:
                yield submission
        last = some[-1]


async def _in(tx: Transaction, submission: Submission, status: FaxStatus) -> tuple[Fax, ...]:
    faxes = await tx.faxes.of_submission(submission.id, lock=True)
    return tuple(fax for fax in faxes if fax.status is status)

"""Queued → on an appliance, or known not to be, or uncertain and then never resent by guess.

`submitting` is on record before the request leaves. What the exchange then proves decides: a
connection that was never made sends the fax back to the queue; an answer places or refuses it;
anything else makes it uncertain, and reconciling settles that on evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
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
    DocumentDamaged,
)
from ffgateway.domain.events import status_event
from ffgateway.domain.failures import code_for, failure
from ffgateway.domain.faxes import IN_GATEWAY, Fax, FaxStatus, Stage, Submission, moved
from ffgateway.domain.matching import paired
from ffgateway.domain.placement import Placement
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line
from ffgateway.services.leasing import Leasing
from ffgateway.services.observing import Observing
from ffgateway.services.placing import candidates_of, hold, placed, queue
from ffgateway.store.leases import CLAIMING
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

LONGEST_WAIT = timedelta(minutes=1)
"""The most that a hand-over waits after one that did not connect."""


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
        leasing: Leasing,
        placed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._observing = observing
        self._clock = clock
        self._leasing = leasing
        self._placed = placed
        self._under_way: set[str] = set()  # submissions whose hand-over is in these hands now

    async def recover(self) -> int:
        """Take up what a gateway that died was handing over: nobody knows how far it got.

        Those of gateways that live are theirs, and of our own those that nobody carries any more
        are orphans, too. Return how many there were.
        """
        living = await self._leasing.living() - {self._leasing.holder}
        now = self._clock.now()
        orphans = 0
        async with self._store.transaction() as tx:
            for one in await tx.submissions.in_stage(Stage.SUBMITTING):
                await tx.devices.get(str(one.device_id), lock=True)
                submission = await tx.submissions.get(one.id, lock=True)
                left = submission.stage is Stage.SUBMITTING and submission.holder not in living
                if not left or submission.id in self._under_way:
                    continue
                orphans += 1
                faxes = await _in(tx, submission)
                await self._doubt(tx, submission, faxes, now, "the gateway stopped on the way")
        return orphans

    async def next_due(self) -> datetime | None:
        """When there will be something to hand over."""
        async with self._store.reading() as tx:
            return await tx.submissions.next_due()

    async def claim(self) -> tuple[Handover, ...]:
        """Choose an appliance for each submission that is due, and put that on record."""
        claimed = []
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.leases.queue_up(CLAIMING)  # an appliance that two chose would get two at once
            due = await tx.submissions.due(at=now, limit=20)
            if not due:
                return ()
            candidates = await candidates_of(tx)
            busy = {one.device_id for one in await tx.submissions.in_stage(Stage.SUBMITTING)}
            for submission in due:
                faxes = tuple(
                    fax
                    for fax in await tx.faxes.of_submission(submission.id, lock=True)
                    if fax.status in IN_GATEWAY and not fax.entry_key
                )
                if not faxes:
                    await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
                    continue
                placement = placed(submission, candidates)
                if placement.device_id is None:
                    await hold(tx, submission, faxes, placement, now)
                elif placement.device_id not in busy:
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
            holder=self._leasing.holder,
        )
        await tx.submissions.save(started)
        self._under_way.add(started.id)
        leaving = []
        for fax in faxes:
            queued = await queue(tx, fax, now)
            after = moved(
                queued, FaxStatus.SUBMITTING, at=now, device_id=device.id, hold_reason=None
            )
            await tx.faxes.save(after)
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
        return Handover(submission=started, faxes=tuple(leaving), device=device)

    async def hand_over(self, handover: Handover) -> None:
        """Let the request go, and put on record what its end proves."""
        try:
            await self._hand_over(handover)
        finally:
            self._under_way.discard(handover.submission.id)
        self._placed(handover.device.id)

    async def _hand_over(self, handover: Handover) -> None:
        device_id = handover.device.id
        flaw = await self._flaw(handover)
        if flaw is not None:
            await self._lost_document(handover, flaw)
            return
        appliance = await self._appliances.of(device_id)
        if not self._leasing.sure():
            # whoever took us for dead may have begun to look for it: it must not leave now
            overslept = DeviceUnreachable(device_id, "The gateway was not at work for a while.")
            await self._requeue(handover, overslept)
            return
        try:
            sightings = await appliance.schedule(
                handover.submission.draft,
                tuple(fax.recipient for fax in handover.faxes),
                self._spool.read,
            )
        except (DeviceUnreachable, DeviceUntrusted, DeviceAuthFailed) as never:
            await self._requeue(handover, never)
            await self._observing.note_trouble(device_id, never)
        except (DeviceRefused, DeviceOperationUnsupported) as no:
            await self._refused(handover, no)
        except DeviceSilent as silence:
            await self._silent(handover, silence)
        else:
            await self._record(handover, sightings)

    async def _open(
        self, tx: Transaction, handover: Handover
    ) -> tuple[Submission, tuple[Fax, ...]] | None:
        """The hand-over as it is on record now, unless it was settled by other hands meanwhile.

        One that was taken for an orphan is still open: what its exchange proves is better evidence
        than what a look would find.
        """
        # a look locks the device before its faxes: so do we, or each would wait for the other
        await tx.devices.get(handover.device.id, lock=True)
        submission = await tx.submissions.get(handover.submission.id, lock=True)
        doubted = submission.stage in {Stage.SUBMITTING, Stage.UNCERTAIN}
        if submission.epoch != handover.submission.epoch or not doubted:
            return None
        return submission, await _in(tx, submission)

    async def _silent(self, handover: Handover, silence: DeviceSilent) -> None:
        async with self._store.transaction() as tx:
            found = await self._open(tx, handover)
            if found is not None and found[0].stage is Stage.SUBMITTING:
                await self._doubt(tx, *found, self._clock.now(), silence.detail)

    async def _flaw(self, handover: Handover) -> str | None:
        """What is wrong with a document; looked at first, as half a request proves nothing.

        The first time that each opens and is whole in length; after a try that did not succeed,
        which damage in the middle may have cut short, every byte.
        """
        for document in handover.submission.draft.documents:
            if not document.sha256:
                continue
            try:
                await self._spool.verify(document.sha256, whole=handover.submission.tries > 1)
            except FileNotFoundError:
                return f"{document.name} is missing from the spool"
            except DocumentDamaged as damage:
                return damage.detail
        return None

    async def _record(self, handover: Handover, sightings: tuple[Sighting, ...]) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await self._open(tx, handover)
            if found is not None:
                await adopt(tx, *found, sightings, now)
        appliance = await self._appliances.of(handover.device.id)
        appliance.forget()  # a look that was under way may have shown the entries too early
        if found is None:
            await self._late(appliance, handover, sightings)

    async def _late(
        self, appliance: Appliance, handover: Handover, sightings: tuple[Sighting, ...]
    ) -> None:
        """An answer after others had settled that there is none: what it made may go out again.

        It takes a process that stood still longer than every margin. The entries are aborted.
        """
        for one in sightings:
            try:
                await appliance.abort(one.fax_key, one.entry_key)
                answer = "abort accepted"
            except DeviceError as no:
                answer = no.detail
            entry = f"{one.fax_key}/{one.entry_key}"
            async with self._store.transaction() as tx:
                for fax in handover.faxes:
                    act, at = "fax.late_answer", self._clock.now()
                    tx.note(line(GATEWAY, act, fax.id, at=at, entry=entry, answer=answer))

    async def _requeue(self, handover: Handover, never: DeviceError) -> None:
        now = self._clock.now()
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(handover.submission.tries, 6)))
        async with self._store.transaction() as tx:
            found = await self._open(tx, handover)
            if found is None:
                return
            submission, faxes = found
            for fax in faxes:
                after = moved(fax, FaxStatus.QUEUED, at=now, device_id=None)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                tx.note(line(GATEWAY, "fax.not_submitted", fax.id, at=now, reason=never.detail))
            await tx.submissions.save(
                replace(submission, stage=Stage.WAITING, device_id=None, due_at=now + wait)
            )

    async def _refused(self, handover: Handover, no: DeviceError) -> None:
        """A no from one appliance may be that one's own trouble, so one other is asked."""
        now = self._clock.now()
        refused_by = (*handover.submission.refused_by, handover.device.id)
        async with self._store.transaction() as tx:
            found = await self._open(tx, handover)
            if found is None:
                return
            submission, faxes = found
            others = [
                device
                for device in await tx.devices.all()
                if device.usable and device.id not in refused_by
            ]
            wanted = handover.submission.draft.device_id
            again = bool(others) and len(refused_by) < 2 and wanted is None
            for fax in faxes:
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
                replace(submission, stage=stage, refused_by=refused_by, due_at=now)
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

    async def _lost_document(self, handover: Handover, flaw: str) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await self._open(tx, handover)
            if found is None:
                return
            submission, faxes = found
            for fax in faxes:
                after = moved(fax, FaxStatus.FAILED, at=now, failure=failure("document_lost"))
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                tx.note(line(GATEWAY, "fax.document_missing", fax.id, at=now, reason=flaw))
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED))


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
    for fax, mine in pairing.pairs:
        seen = observe(replace(fax, device_id=submission.device_id), mine, at=now)
        await tx.faxes.save(seen.fax)
        tx.tell(*seen.news)
        entry = f"{mine.fax_key}/{mine.entry_key}"
        on_it = submission.device_id
        tx.note(line(GATEWAY, "fax.placed", fax.id, at=now, device=on_it, entry=entry))
    for fax in pairing.faxes:
        if fax.status is FaxStatus.UNCERTAIN:
            continue
        after = moved(fax, FaxStatus.UNCERTAIN, at=now)
        await tx.faxes.save(after)
        tx.tell(status_event(after, previous=fax.status, at=now))
        reason = "the appliance's answer has no entry for it"
        tx.note(line(GATEWAY, "fax.uncertain", fax.id, at=now, reason=reason))
    key = max(one.fax_key for one in sightings)
    stage = Stage.UNCERTAIN if pairing.faxes else Stage.PLACED
    await tx.submissions.save(replace(submission, stage=stage, fax_key=key, ended_at=now))
    device = await tx.devices.get(str(submission.device_id), lock=True)
    if key > device.highest_key:
        await tx.devices.save(replace(device, highest_key=key))


async def _in(tx: Transaction, submission: Submission) -> tuple[Fax, ...]:
    """The faxes of a hand-over whose end is open."""
    faxes = await tx.faxes.of_submission(submission.id, lock=True)
    open_ends = {FaxStatus.SUBMITTING, FaxStatus.UNCERTAIN}
    return tuple(fax for fax in faxes if fax.status in open_ends and not fax.entry_key)

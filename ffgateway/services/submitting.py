"""Queued → on an appliance, or known not to be, or uncertain and then never resent by guess.

`submitting` is on record before the request leaves. What the exchange then proves decides: a
connection that was never made sends the fax back to the queue; an answer places or refuses it;
anything else makes it uncertain, and reconciling settles that on evidence.

A hand-over that breaks off in the gateway itself, because the database is away or a bug is met,
is no less in doubt: the next claim puts that on record. What comes back after somebody else has
taken the hand-over for lost counts only while it is still in doubt.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ffgateway.clock import Clock, by_turns
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceError,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
    DeviceUserRefused,
    DocumentDamaged,
    GatewayError,
    NotFound,
)
from ffgateway.domain.events import status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    IN_GATEWAY,
    Fax,
    FaxStatus,
    HoldReason,
    moved,
    returned,
)
from ffgateway.domain.matching import alike, paired
from ffgateway.domain.placement import Placement
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.apart import sorted_out
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line, note_move
from ffgateway.services.handovers import (
    Handover,
    adopt,
    begin_anew,
    held,
    kind_of,
    open_ends,
    too_late,
)
from ffgateway.services.leasing import Leasing
from ffgateway.services.numbers import dialled_on
from ffgateway.services.observing import Observing
from ffgateway.services.placing import (
    Placing,
    hold,
    others,
    placed,
    queue,
    with_more,
    with_users,
)
from ffgateway.services.side_by_side import Places
from ffgateway.services.turns import MOST_HELD, in_turn
from ffgateway.store.leases import CLAIMING
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

__all__ = ["Handover", "Submitting"]

LONGEST_WAIT = timedelta(minutes=1)
"""The most that a hand-over waits after one that did not connect."""


class Submitting:
    """Hands what is due to appliances, a few requests at a time to each."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        observing: Observing,
        clock: Clock,
        *,
        leasing: Leasing,
        placing: Placing,
        placed: Callable[[str], None],
        look: Callable[[str], None],
        held: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._observing = observing
        self._clock = clock
        self._leasing = leasing
        self._placing = placing
        self._placed = placed
        self._look = look
        self._held = held
        self._under_way: set[str] = set()  # submissions whose hand-over is in these hands now
        self._broken: list[Handover] = []  # broke off here; nobody knows how far they got
        self.first_due: datetime | None = None
        """When the first that waits is due, as the last claim left it."""

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
                faxes = await open_ends(tx, submission)
                await self._doubt(tx, submission, faxes, now, "the gateway stopped on the way")
        return orphans

    async def claim(self) -> tuple[Handover, ...]:
        """Choose an appliance for each submission that is due, and put that on record."""
        claimed, waiting = [], False
        now = self._clock.now()
        await self._admit_broken()
        async with self._store.reading() as tx:  # asked first: one at a time may write
            first = self.first_due = await tx.submissions.next_due()
            if first is None or first > now:
                return ()
            if self._under_way and (await Places.now(tx)).all_full:
                return ()  # likely then; so what waits in a queue is not read in vain
        async with self._store.transaction() as tx:
            await tx.leases.queue_up(CLAIMING)  # two would choose the same appliance
            places = await Places.now(tx)  # before what is known of the appliances otherwise
            candidates = await self._placing.candidates(tx, places.doubtful)
            to_hold = MOST_HELD
            async for submission in in_turn(tx, now, longest=first):
                if places.all_full:
                    break  # nobody is free for what comes next
                placement = await placed(tx, submission, candidates, now=now)
                if places.full(placement.device_id) or (
                    placement.device_id is None and to_hold <= 0
                ):
                    continue
                faxes = tuple(
                    fax
                    for fax in await tx.faxes.of_submission(submission.id, lock=True)
                    if fax.status in IN_GATEWAY
                    and not fax.entry_key
                    and fax.hold_reason is not HoldReason.SUPPRESSED_NUMBER
                )
                if not faxes:
                    await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
                elif placement.device_id is None:
                    to_hold -= len(faxes)
                    waiting |= not placement.waits and any(
                        one.status is not FaxStatus.HELD for one in faxes
                    )
                    await hold(tx, submission, faxes, placement, now)
                else:
                    device = next(
                        one.device for one in candidates if one.device.id == placement.device_id
                    )
                    faxes = await sorted_out(
                        tx, submission, faxes, device=device, candidates=candidates, now=now
                    )
                    if not await places.beside(tx, device, faxes, user=placement.user):
                        continue
                    begun = await self._begin(
                        tx, submission, faxes, device=device, placement=placement, now=now
                    )
                    if begun is not None:
                        claimed.append(begun)
                        places.take(begun)
                        candidates = with_more(
                            candidates, device.id, submission, count=len(begun.faxes)
                        )
            self.first_due = await tx.submissions.next_due()
        if waiting:
            self._held()  # an appliance that is looked at now may take it after all
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
    ) -> Handover | None:
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
            contenders=(),
            acted_as=submission.draft.acts_as if placement.user else "",
            username=placement.user,
            tries=submission.tries + 1,
            epoch=submission.epoch + 1,
            holder=self._leasing.holder,
        )
        leaving, told = [], dict[str, Any](user=placement.user) if placement.user else {}
        async for fax in by_turns(faxes):
            queued = await queue(tx, fax, now)
            after = moved(
                queued,
                FaxStatus.SUBMITTING,
                at=now,
                device_id=device.id,
                dialled=dialled_on(device, fax.recipient.fax_number, field="fax_number").text,
                acted_as=started.acted_as,
                hold_reason=None,
                hold_detail="",
                placement=placement.reasons,
            )
            tx.tell(status_event(after, previous=queued.status, at=now))
            note_move(
                tx,
                "fax.submit",
                fax,
                after,
                at=now,
                device=device.id,
                reasons=list(placement.reasons),
                **told,
            )
            leaving.append(after)
        if not leaving:
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
            return None
        await tx.faxes.save(*leaving)
        await tx.submissions.save(started)
        self._under_way.add(started.id)
        return Handover(submission=started, faxes=tuple(leaving), device=device)

    async def _admit_broken(self) -> None:
        """Put on record that what broke off here is in doubt."""
        if not self._broken:
            return
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for handover in self._broken:
                submission, faxes = await held(tx, handover)
                if submission is not None and submission.stage is Stage.SUBMITTING:
                    reason = "the gateway lost track of the exchange"
                    await self._doubt(tx, submission, faxes, now, reason)
        self._broken.clear()

    async def hand_over(self, handover: Handover) -> bool:
        """Let the request go, and put on record what its end proves; return whether it was taken."""
        taken = False
        try:
            taken = await self._hand_over(handover)
        except BaseException:
            self._broken.append(handover)
            raise
        finally:
            self._under_way.discard(handover.submission.id)
            # an answer has just told all that a look would
            (self._placed if taken else self._look)(handover.device.id)
        return taken

    async def _hand_over(self, handover: Handover) -> bool:
        """The same; return whether the appliance took it."""
        device_id = handover.device.id
        flaw = await self._flaw(handover)
        if flaw is not None:
            await self._lost_document(handover, flaw)
            return False
        try:
            appliance = await self._appliances.of(device_id, handover.submission.acted_as)
            await self._find_floor(handover, appliance)
        except DeviceUserRefused as no:
            await self._refused(handover, no)
            return False
        except (DeviceError, NotFound) as never:
            await self._requeue(handover, never)
            return False
        if not self._leasing.sure():
            # whoever took us for dead may have begun to look for it: it must not leave now
            overslept = GatewayError("The gateway was not at work for a while.")
            await self._requeue(handover, overslept)
            return False
        began = self._clock.now()
        try:
            sightings = await appliance.schedule(
                handover.submission.draft,
                tuple(replace(fax.recipient, fax_number=fax.number) for fax in handover.faxes),
                self._spool.read,
            )
        except (DeviceRefused, DeviceOperationUnsupported, DeviceUserRefused) as no:
            await self._refused(handover, no)
        except (DeviceUnreachable, DeviceUntrusted, DeviceAuthFailed) as never:
            await self._requeue(handover, never)
            await self._observing.note_trouble(device_id, never)
        except DeviceSilent as silence:
            async with self._store.transaction() as tx:
                submission, faxes = await held(tx, handover)
                if submission is not None and submission.stage is Stage.SUBMITTING:
                    await self._doubt(tx, submission, faxes, self._clock.now(), silence.detail)
                await self._observing.handed_over(tx, device_id, trouble=silence)
        else:
            await self._record(handover, sightings)
            created = min((one.created_at for one in sightings if one.created_at), default=None)
            clocks = self._observing.clocks
            await clocks.shown(
                device_id, created, before=began, known_by=KnownBy.CREATED, seen=handover.device
            )
            return True
        return False

    async def _find_floor(self, handover: Handover, appliance: Appliance) -> None:
        """Ask an appliance that was never looked at for its highest key, before the first request.

        Without it an older fax of our account to the same number would be taken for this one. One
        that somebody acts as has faxes that no look need have shown: it is asked each time.
        """
        acting = handover.submission.acted_as
        if handover.submission.floor_key and not acting:
            return
        try:
            own = await appliance.own(complete_limit=1)
        except (DeviceRefused, DeviceOperationUnsupported):
            return  # it shows nothing, so nothing can be mistaken either
        floor = max((one.fax_key for one in own), default="")
        if floor or acting:
            async with self._store.transaction() as tx:
                submission, _ = await held(tx, handover)
                if submission is not None:
                    await tx.submissions.save(replace(submission, floor_key=floor))

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
        appliance = await self._appliances.of(handover.device.id)
        owner = await self._appliances.of(handover.device.id, handover.submission.acted_as)
        anew = await _began_anew(appliance, handover, sightings)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            submission, faxes = await held(tx, handover)
            kept = max(one.fax_key for one in sightings)
            if submission is not None:
                if anew:
                    await begin_anew(tx, handover, anew, now)
                await adopt(tx, submission, faxes, sightings, now)
            else:
                too_late(tx, handover, now, answer="taken", fax_key=kept)
                kept = (await tx.submissions.get(handover.submission.id)).fax_key
            await self._observing.handed_over(tx, handover.device.id, trouble=None)
        appliance.forget()  # a look that was under way may have shown the entries too early
        for one in sightings:
            if one.fax_key != kept:
                await self._call_off(owner, handover, one)

    async def _call_off(self, appliance: Appliance, handover: Handover, entry: Sighting) -> None:
        """Abort what an answer made after others had settled that there is none: it may go out again.

        It takes a process that stood still longer than every margin.
        """
        try:
            await appliance.abort(entry.fax_key, entry.entry_key)
            answer = "accepted"
        except DeviceError as no:
            answer = no.detail
        place = f"{entry.fax_key}/{entry.entry_key}"
        async with self._store.transaction() as tx:
            for fax in handover.faxes:
                act, at = "fax.late_abort", self._clock.now()
                tx.note(line(GATEWAY, act, fax.id, at=at, entry=place, answer=answer))

    async def _requeue(self, handover: Handover, never: GatewayError) -> None:
        now = self._clock.now()
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(handover.submission.tries, 6)))
        async with self._store.transaction() as tx:
            submission, faxes = await held(tx, handover)
            if submission is None:
                too_late(tx, handover, now, answer="never connected")
                return
            for fax in faxes:
                after = returned(fax, at=now)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                note_move(tx, "fax.not_submitted", fax, after, at=now, reason=never.detail)
            missed = tuple(dict.fromkeys((*submission.missed, handover.device.id)))
            elsewhere = await self._elsewhere(tx, handover, submission, missed)
            due = now if elsewhere else now + wait
            again = replace(
                submission, stage=Stage.WAITING, device_id=None, due_at=due, missed=missed
            )
            await tx.submissions.save(again)
        if isinstance(never, DeviceError):
            await self._observing.note_trouble(handover.device.id, never)

    async def _elsewhere(
        self,
        tx: Transaction,
        handover: Handover,
        submission: Submission,
        missed: tuple[str, ...] = (),
    ) -> bool:
        """Whether an appliance that was not asked could take what one has not taken."""
        candidates = await with_users(tx, submission, await self._placing.candidates(tx, ()))
        able = others(submission, candidates, without=handover.device.id)
        return any(one.device.id not in missed for one in able)

    async def _refused(self, handover: Handover, no: DeviceError) -> None:
        """A no from one appliance may be that one's own trouble, so one other is asked."""
        now = self._clock.now()
        refused_by = (*handover.submission.refused_by, handover.device.id)
        async with self._store.transaction() as tx:
            submission, faxes = await held(tx, handover)
            if submission is None:
                too_late(tx, handover, now, answer="refused")
                return
            again = len(refused_by) < 2 and await self._elsewhere(tx, handover, submission)
            for fax in faxes:
                if again:
                    after = returned(fax, at=now)
                else:
                    why = failure(
                        kind_of(no, submission),
                        attempts=0,
                        device_id=handover.device.id,
                        device_text=no.detail,
                    )
                    after = moved(fax, FaxStatus.FAILED, at=now, failure=why)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                note_move(tx, "fax.refused", fax, after, at=now, reason=no.detail)
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
        doubtful = [moved(fax, FaxStatus.UNCERTAIN, at=now) for fax in faxes]
        await tx.faxes.save(*doubtful)
        for fax, after in zip(faxes, doubtful, strict=True):
            tx.tell(status_event(after, previous=fax.status, at=now))
            note_move(tx, "fax.uncertain", fax, after, at=now, reason=reason)
        await tx.submissions.save(replace(submission, stage=Stage.UNCERTAIN, ended_at=now))

    async def _lost_document(self, handover: Handover, flaw: str) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            submission, faxes = await held(tx, handover)
            if submission is None:
                return
            for fax in faxes:
                after = moved(fax, FaxStatus.FAILED, at=now, failure=failure("document_lost"))
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                note_move(tx, "fax.document_missing", fax, after, at=now, reason=flaw)
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED))


async def _began_anew(
    appliance: Appliance, handover: Handover, sightings: tuple[Sighting, ...]
) -> str:
    """The key of an answer that proves a reset; "" where nothing does.

    It is whole and to our numbers, its key is below the highest one known before, and that one the
    appliance knows no more.
    """
    floor, pairing = handover.submission.floor_key, paired(handover.faxes, sightings)
    keys = {one.fax_key for one in sightings}
    whole = not pairing.faxes and not pairing.sightings
    if not whole or len(keys) != 1 or max(keys) >= floor:
        return ""
    if not all(alike(fax, one) for fax, one in pairing.pairs):
        return ""
    try:
        return max(keys) if await appliance.entries(floor) is None else ""
    except DeviceError:
        return ""

"""Claimed → on an appliance, or known not to be, or uncertain and then never resent by guess.

What the exchange proves decides: a connection that was never made sends the fax back to the queue;
an answer places or refuses it; anything else makes it uncertain, and reconciling settles that on
evidence. What comes back after somebody else has taken the hand-over for lost counts only while it
is still in doubt.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceError,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
    DeviceUserRefused,
    GatewayError,
    NotFound,
    StorageUnavailable,
)
from ffgateway.domain.events import status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    FaxStatus,
    moved,
    returned,
)
from ffgateway.domain.matching import alike, paired
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line, note_move
from ffgateway.services.claiming import Claiming
from ffgateway.services.handovers import (
    Handover,
    adopt,
    begin_anew,
    doubt,
    held,
    kind_of,
    too_late,
)
from ffgateway.services.leasing import Leasing
from ffgateway.services.observing import Observing
from ffgateway.services.placing import (
    Placing,
    others,
    with_users,
)
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

LONGEST_WAIT = timedelta(minutes=1)
"""The most that a hand-over waits after one that did not connect."""


class Submitting:
    """Hands what was claimed to appliances."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        observing: Observing,
        clock: Clock,
        *,
        leasing: Leasing,
        claiming: Claiming,
        placing: Placing,
        placed: Callable[[str], None],
        look: Callable[[str], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._observing = observing
        self._clock = clock
        self._leasing = leasing
        self._claiming = claiming
        self._placing = placing
        self._placed = placed
        self._look = look

    async def hand_over(self, handover: Handover) -> bool:
        """Let the request go, and put on record what its end proves; return whether it was taken."""
        taken = False
        try:
            taken = await self._hand_over(handover)
        except BaseException:
            self._claiming.broke_off(handover)
            raise
        finally:
            self._claiming.let_go(handover)
            # an answer has just told all that a look would
            (self._placed if taken else self._look)(handover.device.id)
        return taken

    async def _hand_over(self, handover: Handover) -> bool:
        """The same; return whether the appliance took it."""
        device_id = handover.device.id
        try:
            flaw = await self._flaw(handover)
        except StorageUnavailable as away:
            await self._requeue(handover, away)
            return False
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
                    await doubt(tx, submission, faxes, self._clock.now(), silence.detail)
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
        which damage in the middle may have cut short, every byte. Raises `StorageUnavailable`.
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
            missed, due = submission.missed, now + wait
            if isinstance(never, DeviceError | NotFound):  # else it was not that appliance's doing
                missed = tuple(dict.fromkeys((*missed, handover.device.id)))
                elsewhere = await self._elsewhere(tx, handover, submission, missed)
                due = now if elsewhere else due
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

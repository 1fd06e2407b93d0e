"""What people do with faxes: send, look up, cancel, reschedule, send again."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.differing import changed, moved_on
from ffgateway.domain.document_errors import NoDocument
from ffgateway.domain.errors import (
    Conflict,
    DeviceError,
    DeviceRefused,
    FaxFinished,
    FaxUncertain,
    NotFound,
)
from ffgateway.domain.events import Event, status_event
from ffgateway.domain.faxes import (
    IN_GATEWAY,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    called_off,
    moved,
)
from ffgateway.domain.others import lost_sight
from ffgateway.domain.pages import Page
from ffgateway.domain.submissions import Stage
from ffgateway.services.accepting import Accepting, no_longer_kept
from ffgateway.services.apart import apart
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate, line
from ffgateway.services.bounds import acts_as_another
from ffgateway.services.placing import queue
from ffgateway.services.taking import Taking
from ffgateway.store.faxes import FaxFilter
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store

__all__ = ["FaxFilter", "Faxes"]

WAITS_THERE = frozenset({FaxStatus.PREPARING, FaxStatus.DEVICE_QUEUED, FaxStatus.HELD})
"""What an appliance's word for a fax means while it has not begun to call, or waits to call again."""

NOT_OURS = (
    "Its owner or an administrator of the appliance may; give the device an account of level Admin."
)


class Faxes:
    """The faxes, for whoever may."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        gate: Gate,
        clock: Clock,
        *,
        accepting: Accepting,
        taking: Taking,
        wake: Callable[[], None],
        look: Callable[[], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._gate = gate
        self._clock = clock
        self._accepting = accepting
        self._taking = taking
        self._wake = wake
        self._look = look

    async def send(self, caller: Caller, draft: FaxDraft) -> tuple[Fax, ...]:
        """Promise to send: one fax for each recipient, kept before this returns."""
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.send")
        self._accepting.check(draft)
        async with self._store.transaction() as tx:
            faxes = await self._accepting.accept(tx, caller, draft)
        self._wake()
        return faxes

    async def taken(self, caller: Caller, faxes: tuple[Fax, ...]) -> tuple[tuple[Fax, ...], bool]:
        """Wait as long as the caller has patience until appliances took what `send` returned.

        Return the faxes as they are then, and whether all of them are on an appliance. Who has no
        patience gets them back at once.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.send")
        if caller.patience is None:
            return faxes, False
        return await self._taking.outcome(faxes, within=caller.patience)

    async def get(self, caller: Caller, fax_id: str) -> Fax:
        """One fax. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.get", fax_id)
        async with self._store.reading() as tx:
            return await tx.faxes.get(fax_id)

    async def list(
        self, caller: Caller, filters: FaxFilter, *, cursor: str | None, limit: int
    ) -> Page[Fax]:
        """A page of faxes, the newest first."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.list")
        if caller.principal.limits.pools:
            filters = replace(filters, created_by=caller.principal.id)
        async with self._store.reading() as tx:
            return await tx.faxes.page(filters, cursor=cursor, limit=limit)

    async def events(self, caller: Caller, fax_id: str) -> tuple[Event, ...]:
        """Everything that happened to a fax, in order."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.events", fax_id)
        async with self._store.reading() as tx:
            await tx.faxes.get(fax_id)
            return await tx.events.of_subject(fax_id)

    async def cancel(self, caller: Caller, fax_id: str) -> Fax:
        """Stop a fax: at once while it is here, by asking the appliance once it is there.

        Cancelling what is cancelled, or being cancelled, changes nothing but that it is no longer to be
        sent at another time. Of a fax of others, or of another user of the appliance than the caller
        acts as, the appliance is asked first: it may refuse, since that is not the account that asks.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.cancel", fax_id)
        await self._abort_of_others(caller, fax_id)
        async with self._store.transaction() as tx:
            fax = await tx.faxes.get(fax_id, lock=True)
            stopping = fax.status is FaxStatus.CANCELLING and fax.reschedule_to is None
            if stopping or fax.status is FaxStatus.CANCELLED:
                return fax
            self._touchable(fax)
            now = self._clock.now()
            after = called_off(fax, at=now)
            await tx.faxes.save(after)
            if after.status is not fax.status:
                tx.tell(status_event(after, previous=fax.status, at=now))
            tx.note(line(caller, "fax.cancel", fax.id, at=now, changed=moved_on(fax, after)))
        self._look()  # it may have to be stopped where it is
        return after

    async def _abort_of_others(self, caller: Caller, fax_id: str) -> None:
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
        another = bool(fax.entry_key) and acts_as_another(
            caller.principal, created_by=fax.created_by, acts_as=fax.acted_as
        )
        theirs = fax.foreign or (another and not fax.finished)
        if not theirs or fax.status in {FaxStatus.CANCELLED, FaxStatus.CANCELLING}:
            return
        self._touchable(fax)
        async with self._on_record(caller, "fax.abort", fax) as appliance:
            await appliance.abort(fax.fax_key, fax.entry_key)

    @asynccontextmanager
    async def _on_record(
        self, caller: Caller, action: str, fax: Fax, **detail: object
    ) -> AsyncIterator[Appliance]:
        """Give the appliance of a fax. What it is asked is put on record before, as `Asking` does it;
        so is a no of it, which is told with what would help.
        """
        appliance = await self._appliances.touching(caller, fax)
        await self._note(caller.acting(), action, fax, Outcome.ASKED, **detail)
        try:
            yield appliance
        except DeviceError as no:
            told = {**detail, "code": no.code, "answer": no.detail}
            await self._note(caller, action, fax, Outcome.FAILED, **told)
            if type(no) is DeviceRefused and fax.foreign:
                raise DeviceRefused(no.device_id, no.detail, cure=NOT_OURS) from None
            raise

    async def _note(
        self, caller: Caller, action: str, fax: Fax, outcome: Outcome, **detail: object
    ) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            tx.note(line(caller, action, fax.id, at=now, outcome=outcome, **detail))

    def _touchable(self, fax: Fax) -> None:
        if fax.finished:
            raise FaxFinished(
                f"The fax is {fax.status.value}, and an end never changes.",
                cure="Send it again with /resend.",
            )
        if lost_sight(fax):
            raise FaxUncertain(
                "Where this fax is on its appliance is not known.", cure="Ask whoever sent it."
            )
        if fax.status in {FaxStatus.SUBMITTING, FaxStatus.UNCERTAIN}:
            raise FaxUncertain(
                "The fax is being handed to an appliance.", cure="Try again in a moment."
            )

    async def reschedule(self, caller: Caller, fax_id: str, at: datetime | None) -> Fax:
        """Give an unfinished fax another time, or (None) send it now.

        An appliance that has it is asked to give it up, as when it is cancelled; once that is proved,
        it is queued anew. So it is never sent twice: one that the appliance has sent before it heard
        us ends as what it is, delivered. One of others is given another time where it is, since its
        document was never here.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.reschedule", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
        self._touchable(fax)
        _movable(fax)
        if not fax.entry_key:
            return await self._reschedule_here(caller, fax_id, at)
        if not fax.foreign:
            if fax.status is not FaxStatus.CANCELLING:
                await _waits_still(await self._appliances.of(str(fax.device_id), fax.acted_as), fax)
            await self._abort_of_others(caller, fax_id)
            return await self._take_back(caller, fax_id, at)
        due = changed({"due": fax.next_attempt_at or fax.send_at}, {"due": at or "now"})
        told: dict[str, object] = {"to": _text(at)}
        async with self._on_record(caller, "fax.reschedule", fax, **told) as appliance:
            await _waits_still(appliance, fax)
            await appliance.reschedule(fax.fax_key, fax.entry_key, at)
        await self._note(caller, "fax.reschedule", fax, Outcome.DONE, changed=due, **told)
        return fax

    async def _take_back(self, caller: Caller, fax_id: str, at: datetime | None) -> Fax:
        """Ask for what an appliance has, to send it at another time; the next looks see to that."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            fax = await tx.faxes.get(fax_id, lock=True)
            self._touchable(fax)
            _movable(fax)
            if not fax.entry_key:
                raise Conflict("The appliance has just given the fax up.", cure="Ask once more.")
            to = max(at, now) if at is not None else now
            submission = await tx.submissions.get(fax.submission_id)
            until = self._accepting.deadline(submission.draft, fax, due=to)
            after = replace(fax, reschedule_to=to, deadline=until, updated_at=now)
            if fax.status is not FaxStatus.CANCELLING:
                after = moved(after, FaxStatus.CANCELLING, at=now, cancel_requested_at=now)
                tx.tell(status_event(after, previous=fax.status, at=now))
            await tx.faxes.save(after)
            moves, action = moved_on(fax, after), "fax.reschedule"
            tx.note(line(caller, action, fax_id, at=now, to=_text(at), changed=moves))
        self._look()
        return after

    async def _reschedule_here(self, caller: Caller, fax_id: str, at: datetime | None) -> Fax:
        """The same of one that waits here. What it was promised with keeps its own time."""
        now = self._clock.now()
        due = max(at, now) if at is not None else now
        async with self._store.transaction() as tx:
            first = await tx.faxes.get(fax_id)
            submission = await tx.submissions.get(first.submission_id, lock=True)
            together = await tx.faxes.of_submission(submission.id, lock=True)
            waiting = [one for one in together if one.status in IN_GATEWAY and not one.entry_key]
            fax = next((one for one in waiting if one.id == fax_id), None)
            if fax is None:
                raise Conflict("The fax has just moved on.", cure="Ask once more.")
            until = self._accepting.deadline(submission.draft, fax, due=due)
            wanted = FaxStatus.SCHEDULED if due > now else FaxStatus.QUEUED
            no_more = fax.hold_reason is HoldReason.NO_DEVICE and wanted is FaxStatus.SCHEDULED
            before = await queue(tx, fax, now) if no_more else fax
            after = replace(before, send_at=at, updated_at=now, deadline=until)
            if before.status not in {wanted, FaxStatus.HELD}:
                after = moved(after, wanted, at=now)
                tx.tell(status_event(after, previous=before.status, at=now))
            if fax.hold_reason is HoldReason.SUPPRESSED_NUMBER:
                pass  # it gets a request of its own when it is let go, due then
            elif submission.stage is not Stage.WAITING:
                raise FaxUncertain("The fax is being handed to an appliance.")
            elif len(waiting) > 1:
                after = await apart(tx, after, due=due, now=now)
            else:
                draft = replace(submission.draft, send_at=at)
                await tx.submissions.save(replace(submission, due_at=due, draft=draft))
            await tx.faxes.save(after)
            moves, action = moved_on(fax, after), "fax.reschedule"
            tx.note(line(caller, action, fax.id, at=now, to=_text(at), changed=moves))
            done = await tx.faxes.get(fax_id)
        self._wake()
        return done

    async def resend(self, caller: Caller, fax_id: str) -> Fax:
        """Send a finished fax once more, as a new one, from the document that is still kept.

        Raises `NoDocument` for a fax of others: its document never came through the gateway.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.resend", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
            submission = await tx.submissions.get(fax.submission_id)
        if fax.foreign:
            raise NoDocument(
                "Somebody else put this fax on its appliance; the gateway never had its document.",
                cure="Send the document anew with POST /v1/faxes, or give the entry another time:"
                f" POST /v1/devices/{fax.device_id}/faxes/{fax.fax_key}/{fax.entry_key}/reschedule.",
            )
        if not fax.finished:
            raise Conflict("The fax is still on its way.", cure="Wait for its end, or cancel it.")
        kept = [one.sha256 for one in fax.documents if one.sha256]
        for sha256 in kept:
            if not await self._spool.has(sha256):
                raise no_longer_kept()
        until = submission.draft.deadline
        draft = replace(
            submission.draft,
            recipients=(fax.recipient,),
            send_at=None,
            resend_of=fax.id,
            deadline=until if until is not None and until > self._clock.now() else None,
        )
        try:
            async with self._store.transaction() as tx:
                (again,) = await self._accepting.accept(tx, caller, draft)
        except NotFound as gone:
            if gone.field != "device_id":
                raise
            raise Conflict(
                "The fax was for one appliance alone, and that is not there any more.",
                cure="Send the document anew with POST /v1/faxes, by another one.",
            ) from None
        self._wake()
        return again


def _movable(fax: Fax) -> None:
    """Raise `Conflict` for what is being stopped for good, or sent."""
    stopping = fax.status is FaxStatus.CANCELLING and fax.reschedule_to is None
    if stopping or fax.status is FaxStatus.SENDING:
        raise Conflict(
            f"The fax is {fax.status.value}; it cannot be given another time now.",
            cure="Once it has ended, send it again with /resend.",
        )


async def _waits_still(appliance: Appliance, fax: Fax) -> None:
    """Raise `Conflict` unless the appliance has yet to begin with a fax.

    One that it has sent since the last look would go out again (guide: complete faxes that are
    still listed are sent once more), and one that it is sending may be sent when we are heard.
    """
    seen = await appliance.entry(fax.fax_key, fax.entry_key)
    if seen is not None and seen.status not in WAITS_THERE:
        raise Conflict(
            f"The appliance says that the fax is {seen.state}; it cannot be given another time now.",
            cure="Once it has ended, send it again with /resend.",
        )


def _text(at: datetime | None) -> str:
    return "now" if at is None else at.isoformat()

"""What an operator decides of a fax that nobody else can tell the end of, and what tells its story.

Two doubts come here. A hand-over without an answer that several faxes on the appliance could be: one
decision settles all recipients of that request. And an entry that its appliance shows no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditFilter
from ffgateway.domain.changes import Sighting
from ffgateway.domain.differing import moved_on
from ffgateway.domain.errors import Conflict, InvalidRequest
from ffgateway.domain.events import EventType, fax_event, status_event
from ffgateway.domain.explaining import TOLD, Explanation, explain
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    Fax,
    FaxStatus,
    moved,
    returned,
)
from ffgateway.domain.submissions import Contender, Stage, Submission
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate, line
from ffgateway.services.handovers import adopt, open_ends
from ffgateway.store.transaction import Store, Transaction

MOST_LINES = 100
"""Lines on record that a story is told from."""


class Outcome(StrEnum):
    """What an operator knows of a fax in doubt."""

    SENT = "sent"  # the appliance has it, under a FAXKEY: it is followed from now on
    NOT_SENT = "not_sent"  # it has not: it goes back into the queue and out again
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, and why: that is put on record. `fax_key` belongs to `SENT`."""

    outcome: Outcome
    reason: str
    fax_key: str = ""


class Deciding:
    """Decides and explains, for whoever may."""

    def __init__(
        self,
        store: Store,
        appliances: Appliances,
        gate: Gate,
        clock: Clock,
        *,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._appliances = appliances
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def explain(self, caller: Caller, fax_id: str) -> Explanation:
        """A fax's story in plain words. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.explain", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
            events = await tx.events.of_subject(fax_id)
            records = await tx.audit.page(
                AuditFilter(resource=fax_id, actions=TOLD), cursor=None, limit=MOST_LINES
            )
        return explain(fax, events, records.items)

    async def contenders(self, caller: Caller, fax_id: str) -> tuple[Contender, ...]:
        """What on the appliance could be a fax in doubt; none while that is still being found out."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.contenders", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
            return (await tx.submissions.get(fax.submission_id)).contenders

    async def decide(self, caller: Caller, fax_id: str, decision: Decision) -> Fax:
        """Settle a fax that is `uncertain`, or `cancelling` and stuck, on somebody's word.

        Raises `Conflict` for any other.
        """
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "fax.decide", fax_id)
        entries = await self._entries(fax_id, decision)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            fax = await tx.faxes.get(fax_id)
            if fax.device_id is not None:
                await tx.devices.get(fax.device_id, lock=True)  # as a look does, before its faxes
            submission = await tx.submissions.get(fax.submission_id, lock=True)
            before = {one.id: one for one in await tx.faxes.of_submission(submission.id, lock=True)}
            self._in_doubt(before[fax_id])
            fax = before[fax_id]
            if fax.entry_key:
                await self._settled(tx, (fax,), decision, now)
            else:
                await self._request(tx, submission, decision, entries, now)
            told: dict[str, object] = {"outcome": decision.outcome.value}
            told |= {"reason": decision.reason, "fax_key": decision.fax_key}
            fax = await self._noted(tx, caller, fax, before, told)
        self._wake()
        return fax

    async def _noted(
        self, tx: Transaction, caller: Caller, fax: Fax, before: Mapping[str, Fax], told: object
    ) -> Fax:
        """Put on record what a decision made of each fax, the one that it is about first; return that."""
        after = {one.id: one for one in await tx.faxes.of_submission(fax.submission_id)}
        for one in sorted(after.values(), key=lambda one: one.id != fax.id):
            if moves := moved_on(before[one.id], one):
                now = self._clock.now()
                tx.note(line(caller, "fax.decide", one.id, at=now, decided=told, changed=moves))
        return after[fax.id]

    def _in_doubt(self, fax: Fax) -> None:
        never_confirmed = fax.status is FaxStatus.CANCELLING and fax.stuck_as == fax.status.value
        if fax.foreign or not (fax.status is FaxStatus.UNCERTAIN or never_confirmed):
            raise Conflict(
                f"The fax is {fax.status.value}; what is decided is uncertain, or cancelling for too long.",
                cure="Look at GET /v1/faxes/{id}/explain.",
            )

    async def _entries(self, fax_id: str, decision: Decision) -> tuple[Sighting, ...]:
        """What the appliance has under the FAXKEY that was named: asked before anything is settled."""
        if decision.outcome is not Outcome.SENT:
            return ()
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
            self._in_doubt(fax)
            device = await tx.devices.get(str(fax.device_id))
            owned = await tx.entries.known(device, [decision.fax_key])
        appliance = await self._appliances.of(str(fax.device_id), fax.acted_as)
        entries = await appliance.entries(decision.fax_key) if decision.fax_key else None
        if not entries or owned:
            raise InvalidRequest(
                f"{decision.fax_key} is no fax there that nobody owns."
                if decision.fax_key
                else "Which fax on the appliance it is has to be said.",
                field="fax_key",
                cure="Use one of the contenders, or of the entries that the appliance lists.",
            )
        return entries

    async def _request(
        self,
        tx: Transaction,
        submission: Submission,
        decision: Decision,
        entries: tuple[Sighting, ...],
        now: datetime,
    ) -> None:
        """Settle all recipients of a request whose answer was lost."""
        faxes = await open_ends(tx, submission)
        if decision.outcome is Outcome.SENT:
            self._told(tx, faxes, now, found=True)
            await adopt(tx, submission, faxes, entries, now)
        elif decision.outcome is Outcome.NOT_SENT:
            queued = [returned(fax, at=now) for fax in faxes]
            await tx.faxes.save(*queued)
            self._told(tx, faxes, now, found=False)
            for fax, after in zip(faxes, queued, strict=True):
                tx.tell(status_event(after, previous=fax.status, at=now))
            waiting = replace(submission, stage=Stage.WAITING, device_id=None, due_at=now)
            await tx.submissions.save(replace(waiting, contenders=()))
        else:
            await self._settled(tx, faxes, decision, now)
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED, contenders=()))

    def _told(self, tx: Transaction, faxes: tuple[Fax, ...], now: datetime, *, found: bool) -> None:
        for fax in faxes:
            kind, before = EventType.FAX_RECONCILED, fax.status
            tx.tell(fax_event(kind, fax, previous=before, at=now, found=found))

    async def _settled(
        self, tx: Transaction, faxes: tuple[Fax, ...], decision: Decision, now: datetime
    ) -> None:
        if decision.outcome not in {Outcome.DELIVERED, Outcome.FAILED}:
            raise InvalidRequest(
                "The appliance had it as an entry.",
                field="outcome",
                cure="Say delivered or failed; what failed may be sent anew with /resend.",
            )
        for fax in faxes:
            if decision.outcome is Outcome.DELIVERED:
                after = moved(fax, FaxStatus.DELIVERED, at=now)
            else:
                why = failure("lost", attempts=fax.attempt, device_id=fax.device_id)
                after = moved(fax, FaxStatus.FAILED, at=now, failure=why)
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))

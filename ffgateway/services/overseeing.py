"""No fax stays unfinished without a word: deadlines, what is stuck, further rounds, suppressed numbers.

What an appliance knows is asked before anything is decided, and a log whose form is not public counts
for what its grade says: it is quoted, and settles only an entry that its appliance shows no more.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.errors import DeviceError, GatewayError, NotFound
from ffgateway.domain.events import EventType, fax_event, status_event
from ffgateway.domain.failures import code_for, failure
from ffgateway.domain.faxes import (
    IN_GATEWAY,
    CancelledBy,
    Fax,
    FaxStatus,
    HoldReason,
    dialled,
    moved,
)
from ffgateway.domain.logs import OutboundEntry
from ffgateway.domain.overseeing import STUCK_AFTER, SUPPRESSED_BY, next_round, stuck
from ffgateway.domain.suppressions import Suppression
from ffgateway.services.accepting import Accepting
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line
from ffgateway.services.outbound_log import tries
from ffgateway.services.suppressing import let_go
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

AT_ONCE: Final = 100
"""Faxes looked after in one step of each kind."""

REMEMBERED: Final = timedelta(days=2)
"""How far back failures are looked at for a further round."""

ENDS: Final = {"sent": FaxStatus.DELIVERED, "ok": FaxStatus.DELIVERED, "failed": FaxStatus.FAILED}
"""What the states of an outbound log mean (stand-in: their words are not public)."""


class Overseeing:
    """Looks after faxes that nobody else would, for whoever keeps time."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        clock: Clock,
        *,
        accepting: Accepting,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._clock = clock
        self._accepting = accepting
        self._changed = changed
        self._seen_to: datetime | None = None  # failures up to here have been counted

    async def step(self) -> int:
        """One round of everything; return how many faxes were touched."""
        touched = await self._expire() + await self._unstick() + await self._free()
        touched += await self._after_failures()
        if touched:
            self._changed()
        return touched

    async def _expire(self) -> int:
        """Give up what has not ended by its deadline: here at once, there by asking for it."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            overdue = await tx.faxes.overdue(now=now, limit=AT_ONCE)
            given_up = 0
            for one in overdue:
                fax = await tx.faxes.get(one.id, lock=True)
                if fax.status in IN_GATEWAY and not fax.entry_key:
                    if fax.status is FaxStatus.SCHEDULED:
                        fax = moved(fax, FaxStatus.QUEUED, at=now)
                    after = moved(fax, FaxStatus.FAILED, at=now, failure=failure("expired"))
                elif fax.entry_key and FaxStatus.CANCELLING in _moves(fax):
                    by = CancelledBy.DEADLINE
                    after = moved(
                        fax, FaxStatus.CANCELLING, at=now, cancel_requested_at=now, cancelled_by=by
                    )
                else:
                    continue  # in doubt, or just leaving: it is told when it is stuck
                given_up += 1
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=one.status, at=now))
                tx.note(line(GATEWAY, "fax.expired", fax.id, at=now, deadline=str(fax.deadline)))
        return given_up

    async def _unstick(self) -> int:
        """Tell of what has not moved for too long, with what its appliance says of it."""
        now, found = self._clock.now(), 0
        for status, limit in STUCK_AFTER.items():
            async with self._store.reading() as tx:
                unmoved = await tx.faxes.unmoved(status, before=now - limit, limit=AT_ONCE)
            for fax in unmoved:
                if stuck(fax, now=now):
                    await self._tell_stuck(fax)
                    found += 1
        return found

    async def _tell_stuck(self, seen: Fax) -> None:
        evidence, logged = await self._evidence(seen)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if seen.device_id is not None:
                await tx.devices.get(seen.device_id, lock=True)  # as a look does
            fax = await tx.faxes.get(seen.id, lock=True)
            if fax.revision != seen.revision:
                return  # it moved meanwhile
            since, kind = fax.updated_at.isoformat(), EventType.FAX_STUCK
            tx.tell(
                fax_event(kind, fax, previous=fax.status, at=now, since=since, evidence=evidence)
            )
            tx.note(line(GATEWAY, "fax.stuck", fax.id, at=now, since=since, reason=evidence))
            marked = replace(fax, stuck_as=fax.status.value)
            end = ENDS.get(logged.state.casefold()) if logged else None
            if fax.status is not FaxStatus.UNCERTAIN or logged is None or end is None:
                await tx.faxes.save(marked)
                return
            after = _ended(marked, end, logged, now)
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))
            tx.note(line(GATEWAY, "fax.looked_up", fax.id, at=now, reason=evidence))

    async def _evidence(self, fax: Fax) -> tuple[str, OutboundEntry | None]:
        """What the appliance shows of a fax by its keys; what its log has, where it shows it no more."""
        if not fax.entry_key or fax.device_id is None:
            return "No entry of an appliance is known for it.", None
        try:
            appliance = await self._appliances.of(fax.device_id)
            entry = await appliance.entry(fax.fax_key, fax.entry_key)
            if entry is not None:
                return f"The appliance shows it as {entry.state!r}: {entry.message}", None
            return await self._logged(appliance, fax)
        except NotFound:
            return "Its appliance was retired.", None
        except (DeviceError, GatewayError) as trouble:
            return f"The appliance could not be asked: {trouble.detail}", None

    async def _logged(self, appliance: Appliance, fax: Fax) -> tuple[str, OutboundEntry | None]:
        known = await tries(appliance, since=fax.created_at)
        mine = [
            one
            for one in known.value
            if (one.fax_key, one.entry_key) == (fax.fax_key, fax.entry_key)
        ]
        if not mine:
            return "The appliance shows it no more, and its log does not have it.", None
        last = max(mine, key=lambda one: one.ended_at or one.started_at or fax.created_at)
        grade = known.evidence.value
        text = (
            f"Its log ({grade}) has it as {last.state!r}, {last.pages or 0} pages: {last.message}"
        )
        return text, last

    async def _free(self) -> int:
        """Let go what was held for a number that is suppressed no more."""
        now, freed = self._clock.now(), 0
        async with self._store.transaction() as tx:
            held = await tx.faxes.held_for(HoldReason.SUPPRESSED_NUMBER, limit=AT_ONCE)
            numbers = await tx.suppressions.of(dialled(one.recipient.fax_number) for one in held)
            for one in held:
                against = numbers.get(dialled(one.recipient.fax_number))
                if against is None or not against.holds(now=now):
                    await let_go(tx, await tx.faxes.get(one.id, lock=True), now)
                    tx.note(line(GATEWAY, "fax.release", one.id, at=now))
                    freed += 1
        return freed

    async def _after_failures(self) -> int:
        """Count failures against their numbers, and send once more what may have another round."""
        now, again = self._clock.now(), 0
        async with self._store.transaction() as tx:
            failed = await tx.faxes.failed_since(now - REMEMBERED, limit=AT_ONCE * 10)
            for fax in failed:
                if self._seen_to is None or fax.updated_at > self._seen_to:
                    await self._count(tx, fax, now)
                due = next_round(fax)
                if due is not None and due <= now and await self._has_documents(fax):
                    await self._once_more(tx, fax, now)
                    again += 1
            self._seen_to = max((one.updated_at for one in failed), default=self._seen_to)
        return again

    async def _count(self, tx: Transaction, fax: Fax, now: datetime) -> None:
        rule = SUPPRESSED_BY.get(fax.failure.code) if fax.failure else None
        digits = dialled(fax.recipient.fax_number)
        if rule is None or fax.failure is None:
            return
        most, lasts = rule
        known = (await tx.suppressions.of([digits])).get(digits)
        if known is not None and (known.holds(now=now) or known.created_at >= fax.updated_at):
            return  # it is held already, or this failure was counted by another gateway
        hits = (known.hits if known and not known.active else 0) + 1
        one = Suppression(
            id=known.id if known else tx.identify("sup"),
            digits=digits,
            reason=fax.failure.message,
            active=hits >= most,
            created_at=now,
            created_by=GATEWAY.principal.id,
            until=now + lasts if hits >= most else None,
            hits=hits,
        )
        await tx.suppressions.keep(one)
        if one.active:
            tx.note(line(GATEWAY, "suppression.add", one.id, at=now, reason=one.reason))

    async def _has_documents(self, fax: Fax) -> bool:
        return all([await self._spool.has(one.sha256) for one in fax.documents if one.sha256])

    async def _once_more(self, tx: Transaction, fax: Fax, now: datetime) -> None:
        """Send a failed fax again as a new one: an end never changes, and each has its own story."""
        failed = await tx.faxes.get(fax.id, lock=True)
        if failed.retried_as is not None:
            return
        before = await tx.submissions.get(fax.submission_id)
        draft = replace(
            before.draft,
            recipients=(fax.recipient,),
            send_at=None,
            resend_of=fax.id,
            rounds=fax.rounds_left - 1,
            deadline=max(fax.deadline, now + timedelta(hours=1)) if fax.deadline else None,
        )
        (again,) = await self._accepting.keep(tx, GATEWAY, draft, batch_id=fax.batch_id)
        await tx.faxes.save(replace(failed, retried_as=again.id))
        tx.note(line(GATEWAY, "fax.round", fax.id, at=now, to=again.id))


def _moves(fax: Fax) -> frozenset[FaxStatus]:
    from_device = {
        FaxStatus.PREPARING,
        FaxStatus.DEVICE_QUEUED,
        FaxStatus.SENDING,
        FaxStatus.RETRY_WAIT,
        FaxStatus.HELD,
    }
    return frozenset({FaxStatus.CANCELLING}) if fax.status in from_device else frozenset()


def _ended(fax: Fax, end: FaxStatus, logged: OutboundEntry, now: datetime) -> Fax:
    if end is FaxStatus.DELIVERED:
        return moved(fax, end, at=now, pages=logged.pages or fax.pages)
    why = failure(
        code_for(logged.message, state=logged.state),
        attempts=fax.attempt,
        device_id=fax.device_id,
        device_state=logged.state,
        device_text=logged.message,
    )
    return moved(fax, end, at=now, failure=why)

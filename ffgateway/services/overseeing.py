"""No fax stays unfinished without a word: deadlines, what is stuck, further rounds, suppressed numbers.

What an appliance knows is asked before anything is decided, and a log whose form is not public counts
for what its grade says: it is quoted, and settles only an entry that its appliance shows no more.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.classifying import cause, code_for
from ffgateway.domain.differing import moved_on
from ffgateway.domain.errors import (
    DeviceSilent,
    DeviceUnreachable,
    GatewayError,
    NotFound,
    StorageUnavailable,
)
from ffgateway.domain.events import EventType, fax_event, status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    IN_GATEWAY,
    ON_DEVICE,
    Fax,
    FaxStatus,
    HoldReason,
    moved,
)
from ffgateway.domain.logs import OutboundEntry
from ffgateway.domain.overseeing import (
    DECIDED_AFTER,
    ELSEWHERE,
    STUCK_AFTER,
    SUPPRESSED_BY,
    next_round,
    rounds_left,
    stuck,
)
from ffgateway.services.accepting import Accepting
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line, note_move
from ffgateway.services.counting import count
from ffgateway.services.deadlines import expire
from ffgateway.services.outbound_log import tries
from ffgateway.services.suppressed import hold_waiting, standing, why_held
from ffgateway.services.suppressing import let_go
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store, Transaction

AT_ONCE: Final = 100
"""Faxes looked after in one step of each kind."""

REMEMBERED: Final = timedelta(days=2)
"""How far back failures are counted against their numbers by a gateway that starts."""

LATE: Final = timedelta(minutes=1)
"""How much later than its own time a failure may come on record. What was counted is known by its time."""

ENDS: Final = {"sent": FaxStatus.DELIVERED, "ok": FaxStatus.DELIVERED, "failed": FaxStatus.FAILED}
"""What the states of an outbound log mean (stand-in: their words are not public)."""


ABLE_TO_EXPIRE: Final = (IN_GATEWAY | ON_DEVICE) - {FaxStatus.CANCELLING}
"""Statuses that a deadline ends at once, or by asking the appliance."""

IN_DOUBT: Final = frozenset({FaxStatus.UNCERTAIN, FaxStatus.CANCELLING})
"""Statuses in which somebody else's word is waited for, after the deadline as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What could be found out of a fax: in words, whether its entry is shown, the last try in the log."""

    text: str
    shown: bool = False
    logged: OutboundEntry | None = None


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
        self._counted_to: datetime | None = None  # failures up to here have been counted
        self._mute: dict[str, Found] = {}  # appliances that gave no answer in this round

    async def step(self) -> int:
        """One round of everything; return how many faxes were touched.

        An appliance that gives no answer is asked once in it: that may take half a minute, and others
        wait. So much is told of each of its faxes; but what is to be decided for good is asked anew, in
        the rounds that follow.
        """
        self._mute.clear()
        touched = await self._expire() + await self._unstick() + await self._decide()
        touched += await self._free() + await self._after_failures()
        if touched:
            self._changed()
        return touched

    async def _expire(self) -> int:
        """Give up what has not ended by its deadline: here at once, there by asking for it."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            overdue = await tx.overseen.overdue(ABLE_TO_EXPIRE, before=now, limit=AT_ONCE)
            for one in overdue:
                await expire(tx, await tx.faxes.get(one.id, lock=True), now=now)
        return len(overdue)

    async def _decide(self) -> int:
        """Decide what is in doubt long after its deadline, on what can still be found out, and say that.

        What an appliance shows as under way is not ended here: it is asked to stop, again and again.
        """
        before = self._clock.now() - DECIDED_AFTER
        async with self._store.reading() as tx:
            doubtful = await tx.overseen.overdue(IN_DOUBT, before=before, limit=AT_ONCE)
        return sum([await self._decided(fax) for fax in doubtful])

    async def _decided(self, seen: Fax) -> bool:
        if seen.device_id in self._mute:
            return False
        found = await self._evidence(seen)
        if found.shown:
            return False
        now = self._clock.now()
        async with self._store.transaction() as tx:
            fax = await self._unmoved(tx, seen)
            if fax is None:
                return False
            told = {"since": fax.updated_at.isoformat(), "evidence": found.text}
            tx.tell(fax_event(EventType.FAX_STUCK, fax, previous=fax.status, at=now, **told))
            if (after := _by_log(fax, found, now)) is None:
                why = failure(
                    "lost",
                    attempts=fax.attempt,
                    device_id=fax.device_id,
                    device_state=fax.device_state,
                    device_text=fax.device_message,
                )
                after = moved(fax, FaxStatus.FAILED, at=now, failure=why)
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))
            note_move(tx, "fax.given_up", fax, after, at=now, reason=found.text)
        return True

    async def _unmoved(self, tx: Transaction, seen: Fax) -> Fax | None:
        """The fax, locked as a look does; None when it has changed since it was seen."""
        if seen.device_id is not None:
            with suppress(NotFound):  # it was retired
                await tx.devices.get(seen.device_id, lock=True)
        fax = await tx.faxes.get(seen.id, lock=True)
        return fax if fax.revision == seen.revision else None

    async def _unstick(self) -> int:
        """Tell of what has not moved for too long, with what its appliance says of it."""
        now, found = self._clock.now(), 0
        for status, limit in STUCK_AFTER.items():
            async with self._store.reading() as tx:
                unmoved = await tx.overseen.unmoved(status, before=now - limit, limit=AT_ONCE)
            for fax in unmoved:
                if stuck(fax, now=now):
                    await self._tell_stuck(fax)
                    found += 1
        return found

    async def _tell_stuck(self, seen: Fax) -> None:
        found = await self._evidence(seen)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            fax = await self._unmoved(tx, seen)
            if fax is None:
                return
            since, kind = fax.updated_at.isoformat(), EventType.FAX_STUCK
            told = {"since": since, "evidence": found.text}
            tx.tell(fax_event(kind, fax, previous=fax.status, at=now, **told))
            tx.note(line(GATEWAY, "fax.stuck", fax.id, at=now, since=since, reason=found.text))
            marked = replace(fax, stuck_as=fax.status.value)
            after = _by_log(marked, found, now) if fax.status is FaxStatus.UNCERTAIN else None
            if after is None:
                await tx.faxes.save(marked)
                return
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))
            note_move(tx, "fax.looked_up", fax, after, at=now, reason=found.text)

    async def _evidence(self, fax: Fax) -> Found:
        """What the appliance shows of a fax by its keys; what its log has, where it shows it no more."""
        if not fax.entry_key or fax.device_id is None:
            return Found(text="No entry of an appliance is known for it.")
        if fax.device_id in self._mute:
            return self._mute[fax.device_id]
        try:
            appliance = await self._appliances.of(fax.device_id)
            owner = await self._appliances.of(fax.device_id, fax.acted_as)
            entry = await owner.entry(fax.fax_key, fax.entry_key)
            if entry is not None:
                text = f"The appliance shows it as {entry.state!r}: {entry.message}"
                return Found(text=text, shown=True)
            return await self._logged(appliance, fax)
        except NotFound:
            return Found(text="Its appliance was retired.")
        except (DeviceSilent, DeviceUnreachable) as silence:
            found = Found(text=f"The appliance could not be asked: {silence.detail}")
            return self._mute.setdefault(fax.device_id, found)
        except StorageUnavailable:
            raise  # that says nothing of the fax
        except GatewayError as trouble:
            return Found(text=f"The appliance could not be asked: {trouble.detail}")

    async def _logged(self, appliance: Appliance, fax: Fax) -> Found:
        known = await tries(appliance, since=fax.created_at)
        mine = [
            one
            for one in known.value
            if (one.fax_key, one.entry_key) == (fax.fax_key, fax.entry_key)
        ]
        if not mine:
            return Found(text="The appliance shows it no more, and its log does not have it.")
        last = max(mine, key=lambda one: one.ended_at or one.started_at or fax.created_at)
        grade = known.evidence.value
        text = (
            f"Its log ({grade}) has it as {last.state!r}, {last.pages or 0} pages: {last.message}"
        )
        return Found(text=text, logged=last)

    async def _free(self) -> int:
        """Let go what was held for a number that is suppressed no more; say what still holds the rest."""
        now, freed = self._clock.now(), 0
        async with self._store.reading() as tx:
            held = await tx.overseen.held_for_numbers()
            against = await standing(tx, {number for _, number, _ in held}, at=now)
        left = {number: why_held(those) for number, those in against.items()}
        amiss = [(one, left.get(number)) for one, number, told in held if left.get(number) != told]
        amiss.sort(key=lambda each: each[1] is not None)  # first those that nothing holds
        async with self._store.transaction() as tx:
            for fax_id, told in amiss[:AT_ONCE]:
                fax = await tx.faxes.get(fax_id, lock=True)
                if fax.hold_reason is not HoldReason.SUPPRESSED_NUMBER:
                    continue
                if told is not None:
                    await tx.faxes.save(replace(fax, hold_detail=told, updated_at=now))
                    continue
                moves = moved_on(fax, await let_go(tx, fax, now))
                why = "Its number is suppressed no more."
                tx.note(line(GATEWAY, "fax.release", fax_id, at=now, reason=why, changed=moves))
                freed += 1
        return freed

    async def _after_failures(self) -> int:
        """Send once more what may have another round; count what was not counted as it failed."""
        now, again, suppressed = self._clock.now(), 0, False
        async with self._store.transaction() as tx:
            since = self._counted_to or now - REMEMBERED
            for fax in await tx.overseen.failed_as(tuple(SUPPRESSED_BY), since=since):
                suppressed |= await count(tx, fax, now=now)
            self._counted_to = now - LATE
            for fax in await tx.overseen.with_rounds(limit=AT_ONCE):
                due = await self._due_again(tx, fax)
                if due is None:
                    await tx.faxes.save(replace(fax, rounds_left=0))
                elif due <= now:
                    await self._once_more(tx, fax, now)
                    again += 1
        if suppressed:
            again += await hold_waiting(self._store, self._clock)
        return again

    async def _due_again(self, tx: Transaction, fax: Fax) -> datetime | None:
        """When a failed fax is to be sent once more; None where that cannot help, or nobody wants it."""
        due = next_round(fax)
        if due is None or not await self._has_documents(fax):
            return None
        called_off = fax.batch_id and (await tx.batches.get(fax.batch_id)).called_off_by
        return None if called_off else due

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
            rounds=rounds_left(fax) - 1,
            deadline=max(fax.deadline, now + timedelta(hours=1)) if fax.deadline else None,
        )
        (again,) = await self._accepting.keep(
            tx, GATEWAY, draft, batch_id=fax.batch_id, references=(fax.client_reference,)
        )
        if fax.device_id is not None and fax.failure and fax.failure.retry_class in ELSEWHERE:
            submission = await tx.submissions.get(again.submission_id)
            await tx.submissions.save(replace(submission, missed=(fax.device_id,)))
        after = replace(failed, retried_as=again.id)
        await tx.faxes.save(after)
        note_move(tx, "fax.round", failed, after, at=now)


def _by_log(fax: Fax, found: Found, now: datetime) -> Fax | None:
    """The end that an appliance's log says; None where it says none."""
    if found.logged is None:
        return None
    end = ENDS.get(found.logged.state.casefold())
    return _ended(fax, end, found.logged, now) if end is not None else None


def _ended(fax: Fax, end: FaxStatus, logged: OutboundEntry, now: datetime) -> Fax:
    if end is FaxStatus.DELIVERED:
        return moved(fax, end, at=now, pages=logged.pages or fax.pages)
    why = failure(
        code_for(logged.message, state=logged.state),
        attempts=fax.attempt,
        device_id=fax.device_id,
        device_state=logged.state,
        device_text=logged.message,
        hangup=cause(logged.message),
    )
    return moved(fax, end, at=now, failure=why)

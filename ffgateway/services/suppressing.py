"""Numbers that get no faxes: looked up, suppressed and lifted by hand, and held faxes let go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.dialling import HOW_TO_WRITE, well_written
from ffgateway.domain.differing import changed, moved_on
from ffgateway.domain.errors import AlreadyExists, Conflict, InvalidNumber, InvalidRequest
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import Fax, FaxStatus, HoldReason, dialled, moved
from ffgateway.domain.pages import Page
from ffgateway.domain.suppressions import Suppression
from ffgateway.services.apart import apart
from ffgateway.services.audited import Gate, line
from ffgateway.services.suppressed import hold_waiting, known_of
from ffgateway.store.transaction import Store, Transaction


class Suppressing:
    """The suppressed numbers, for whoever may."""

    def __init__(self, store: Store, gate: Gate, clock: Clock, *, wake: Callable[[], None]) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def list(self, caller: Caller, *, cursor: str | None, limit: int) -> Page[Suppression]:
        """A page of them, the newest first. One that is over is not active any more."""
        await self._gate.require(caller, Scope.FAXES_READ, "suppression.list")
        async with self._store.reading() as tx:
            page = await tx.suppressions.page(cursor=cursor, limit=limit)
        now = self._clock.now()
        items = tuple(replace(one, active=one.holds(now=now)) for one in page.items)
        return replace(page, items=items)

    async def add(
        self, caller: Caller, fax_number: str, *, reason: str, until: datetime | None
    ) -> Suppression:
        """Hold what is sent to a number from now on, and what waits for it in the gateway.

        Raises `AlreadyExists` where it is held.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "suppression.add")
        digits, now = dialled(fax_number), self._clock.now()
        if not well_written(fax_number):
            raise InvalidNumber(
                f"{fax_number!r} cannot be dialled.",
                field="fax_number",
                cure=HOW_TO_WRITE,
            )
        if until is not None and until <= now:
            raise InvalidRequest(
                "That time is over.", field="until", cure="Say a later one, or none: for ever."
            )
        async with self._store.transaction() as tx:
            await tx.suppressions.queue_up()
            known, *_ = (await known_of(tx, [fax_number], at=now)).get(fax_number, (None,))
            if known is not None and known.holds(now=now):
                raise AlreadyExists(
                    "That number is suppressed.", field="fax_number", cure="Lift it first."
                )
            one = Suppression(
                id=known.id if known else tx.identify("sup"),
                digits=known.digits if known else digits,
                reason=reason,
                active=True,
                created_at=now,
                created_by=caller.principal.id,
                until=until,
                hits=known.hits if known else 0,
            )
            await tx.suppressions.keep(one)
            tx.note(
                line(
                    caller,
                    "suppression.add",
                    one.id,
                    at=now,
                    reason=reason,
                    changed=changed(None if known and known.lifted else known, one),
                )
            )
        await hold_waiting(self._store, self._clock)
        return one

    async def lift(self, caller: Caller, suppression_id: str) -> None:
        """Let faxes to a number out again; what is held for it follows soon. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_SEND, "suppression.lift", suppression_id)
        async with self._store.transaction() as tx:
            await tx.suppressions.queue_up()
            one, now = await tx.suppressions.get(suppression_id), self._clock.now()
            mark = replace(one, active=False, hits=0, until=None, created_at=now)
            await tx.suppressions.keep(mark)
            gone = changed(one, None)
            tx.note(line(caller, "suppression.lift", suppression_id, at=now, changed=gone))
        self._wake()

    async def release(self, caller: Caller, fax_id: str) -> Fax:
        """Let a fax go that is held for its number, whatever speaks against it."""
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.release", fax_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            fax = await tx.faxes.get(fax_id, lock=True)
            held = fax.status is FaxStatus.HELD
            if not held or fax.hold_reason is not HoldReason.SUPPRESSED_NUMBER:
                raise Conflict(
                    "Only a fax that is held for its number is released by hand.",
                    cure="Remove what holds it: GET /v1/faxes/{id}/explain says what that is.",
                )
            after, why = await let_go(tx, fax, now), "It was released by hand."
            mine = await tx.submissions.get(after.submission_id)
            draft = replace(mine.draft, despite_suppression=True)
            await tx.submissions.save(replace(mine, draft=draft))
            moves = moved_on(fax, after)
            tx.note(line(caller, "fax.release", fax_id, at=now, reason=why, changed=moves))
        self._wake()
        return after


async def let_go(tx: Transaction, fax: Fax, now: datetime) -> Fax:
    """Queue a fax that was held for its number, or let it wait for its time, in a request of its own:
    the others may be gone.
    """
    due = max(fax.send_at or now, now)
    queued = moved(fax, FaxStatus.QUEUED, at=now, hold_reason=None, hold_detail="")
    tx.tell(status_event(queued, previous=fax.status, at=now))
    after = await apart(tx, queued, due=due, now=now)
    if due > now:
        after = moved(after, FaxStatus.SCHEDULED, at=now)
        tx.tell(status_event(after, previous=queued.status, at=now))
    await tx.faxes.save(after)
    return after

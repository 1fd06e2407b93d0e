"""Reading what happened: the event log and the audit log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial

from ffgateway.delivery.broadcast import Tail
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import AuditEntry, AuditFilter
from ffgateway.domain.errors import EventsGone, InvalidRequest
from ffgateway.domain.events import Event, Filter, Heartbeat, Span, Stretch
from ffgateway.domain.pages import Page
from ffgateway.services.audited import Gate
from ffgateway.services.bounds import sees
from ffgateway.services.recording import Recording
from ffgateway.services.staying import Stay, look_again
from ffgateway.store.transaction import Store, Transaction

BATCH = 500
"""Events read from the log at once."""

LOOKED = 5000
"""Events that are looked through at once for who sees few of them: as long as a page may take."""

HEARTBEAT = 15.0
"""Seconds after which a listener hears something anyway, so that a dead connection is noticed."""


class History:
    """The logs, for whoever may."""

    def __init__(
        self,
        store: Store,
        tail: Tail,
        gate: Gate,
        recording: Recording,
        *,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._store = store
        self._tail = tail
        self._gate = gate
        self._recording = recording
        self._heartbeat = heartbeat

    async def audit(
        self,
        caller: Caller,
        wanted: AuditFilter,
        *,
        cursor: str | None,
        limit: int,
    ) -> Page[AuditEntry]:
        """A page of the audit log, the newest first."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.list")
        async with self._store.reading() as tx:
            return await tx.audit.page(wanted, cursor=cursor, limit=limit)

    async def events(
        self,
        caller: Caller,
        *,
        after: int,
        types: tuple[str, ...] = (),
        subject: str | None = None,
        limit: int,
    ) -> Stretch:
        """The events beyond a position, in order; beyond 0: from the oldest that is kept.

        Raises `EventsGone`, and `InvalidRequest` for a position that was never given.
        """
        await self._gate.require(caller, Scope.FAXES_READ, "event.list")
        async with self._store.reading() as tx:
            read = partial(tx.events.read, types=types, subject=subject)
            if not caller.principal.limits.pools:
                found = await read(after, limit=limit)
                _check(after, found.span)
                return found
            found = await read(after, limit=BATCH)
            _check(after, found.span)
            return await _own(tx, caller.principal, found, read, limit=limit)

    async def begin(self, caller: Caller, *, after: int | None) -> int:
        """Where a listener begins who saw this position last; None: from now on, 0: all there is.

        Raises `EventsGone`, and `InvalidRequest` for a position that was never given.
        """
        position, _ = await self._begin(caller, after)
        return position

    async def _begin(self, caller: Caller, after: int | None) -> tuple[int, int]:
        """That, and where the log ends."""
        await self._gate.require(caller, Scope.FAXES_READ, "event.follow")
        async with self._store.reading() as tx:
            span = await tx.events.span()
        if after is None:
            return span.head, span.head
        _check(after, span)
        return max(after, span.purged_to), span.head

    async def follow(
        self, caller: Caller, *, after: int | None, only: Filter
    ) -> AsyncIterator[Event | Heartbeat]:
        """Every event beyond a position that is wanted, first from the log, then as it happens.

        There is no queue for a listener: it reads on from its own position, so a slow one misses
        nothing and holds up nobody. A heartbeat comes when there was nothing for it in a while.
        Ends with the gateway; raises what `begin` does, and `Unauthenticated` once what the caller
        came in with is revoked, replaced or over.
        """
        position, head = await self._begin(caller, after)
        # what happens to the key from here on is behind the head
        now = self._gate.now()
        principal = await look_again(self._store, caller.principal, now=now, trusted=timedelta(0))
        await self._recording.end(caller)  # on record when it begins: nobody knows when it ends
        standing = Stay(principal, head=head)
        clock = asyncio.get_running_loop().time
        heard = clock()
        while True:
            events = await self._beyond(position)
            for event in events:
                position = event.position
                standing.check(now=self._gate.now())
                if only.matches(event) and await self._sees(caller, event):
                    yield event
                    heard = clock()
                standing.hear(event)
            standing.check(now=self._gate.now())
            rest = max(heard + self._heartbeat - clock(), 0)
            rest = min(rest, standing.lasts(now=self._gate.now()))
            if rest and (events or await self._tail.wait_beyond(position, within=rest)):
                continue
            if self._tail.closed and not events:
                return  # the gateway stops; nobody would ever wait here again
            yield Heartbeat(position=position)
            heard = clock()

    async def _sees(self, caller: Caller, event: Event) -> bool:
        if not caller.principal.limits.pools:
            return True
        async with self._store.reading() as tx:
            return await sees(tx, caller.principal, event.subject)

    async def _beyond(self, position: int) -> tuple[Event, ...]:
        """What comes next, from the ring or from the log. Raises `EventsGone`."""
        events = self._tail.after(position)
        if events is not None:
            return events
        async with self._store.reading() as tx:
            found = await tx.events.read(position, limit=BATCH)
        if position < found.span.purged_to:
            raise EventsGone(position, oldest=found.span.oldest)
        return found.events

    def close(self) -> None:
        """Let every listener go, once it has heard what was told: the gateway stops."""
        self._tail.close()

    async def tail(self, *, after: int) -> tuple[Event, ...]:
        """What the log has beyond a position: for the one task that feeds the tail."""
        async with self._store.reading() as tx:
            return await tx.events.after(after, limit=BATCH)

    async def head(self) -> int:
        """The last position given."""
        async with self._store.reading() as tx:
            return await tx.events.head()

    async def let_count(self, caller: Caller) -> None:
        """Let whoever runs the whole gateway see its metrics. Raises `Forbidden` for all others."""
        await self._gate.require(caller, Scope.ADMIN, "metrics.read")

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many faxes and deliveries are in each state, and failed with each code: for metrics."""
        async with self._store.reading() as tx:
            return {
                "faxes": await tx.faxes.count_by_status(),
                "failures": await tx.faxes.count_failures(),
                "deliveries": await tx.outbox.count_by_state(),
            }


async def _own(
    tx: Transaction,
    principal: Principal,
    found: Stretch,
    read: Callable[..., Awaitable[Stretch]],
    *,
    limit: int,
) -> Stretch:
    """As many as are wanted of what a principal sees, or all that is left of it, or what was found so far."""
    own: list[Event] = []
    known: dict[str, bool] = {}
    looked, span = 0, found.span
    while True:
        for event in found.events:
            if event.subject not in known:
                known[event.subject] = await sees(tx, principal, event.subject)
            if known[event.subject]:
                own.append(event)
                if len(own) == limit:
                    return Stretch(events=tuple(own), span=span)
        looked += len(found.events)
        if len(found.events) < BATCH:
            return Stretch(events=tuple(own), span=span)
        position = found.events[-1].position
        if looked >= LOOKED:
            return Stretch(events=tuple(own), span=span, looked_to=position)
        found = await read(position, limit=BATCH)


def _check(after: int, span: Span) -> None:
    if 0 < after < span.purged_to:
        raise EventsGone(after, oldest=span.oldest)
    if after > span.head:
        raise InvalidRequest(
            f"The log ends at position {span.head}.",
            field="after",
            cure="Use a position that this gateway gave; after another database begin anew.",
        )

"""Reading what happened: the event log and the audit log."""

from collections.abc import AsyncIterator

from ffgateway.delivery.broadcast import Tail
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.events import Event
from ffgateway.domain.pages import Page
from ffgateway.services.audited import Gate
from ffgateway.store.transaction import Store

BATCH = 500
"""Events read from the log at once."""

HEARTBEAT = 15.0
"""Seconds after which a listener is given None, so that a dead connection is noticed."""


class History:
    """The logs, for whoever may."""

    def __init__(self, store: Store, tail: Tail, gate: Gate) -> None:
        self._store = store
        self._tail = tail
        self._gate = gate

    async def audit(
        self,
        caller: Caller,
        *,
        resource: str | None = None,
        principal_id: str | None = None,
        action: str | None = None,
        cursor: str | None,
        limit: int,
    ) -> Page[AuditEntry]:
        """A page of the audit log, the newest first."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.list")
        async with self._store.reading() as tx:
            return await tx.audit.page(
                resource=resource,
                principal_id=principal_id,
                action=action,
                cursor=cursor,
                limit=limit,
            )

    async def events(
        self,
        caller: Caller,
        *,
        after: int,
        types: tuple[str, ...] = (),
        subject: str | None = None,
        limit: int,
    ) -> tuple[Event, ...]:
        """The events beyond a position, in order."""
        await self._gate.require(caller, Scope.FAXES_READ, "event.list")
        async with self._store.reading() as tx:
            return await tx.events.after(after, limit=limit, types=types, subject=subject)

    async def follow(self, caller: Caller, *, after: int | None) -> AsyncIterator[Event | None]:
        """Every event beyond a position (None: from now on), first from the log, then as it happens.

        There is no queue for a listener: it reads on from its own position, so a slow one misses
        nothing and holds up nobody. None comes now and then when nothing happens.
        """
        await self._gate.require(caller, Scope.FAXES_READ, "event.follow")
        async with self._store.reading() as tx:
            position = await tx.events.head() if after is None else after
        while True:
            events = self._tail.after(position)
            if events is None:
                async with self._store.reading() as tx:
                    events = await tx.events.after(position, limit=BATCH)
            for event in events:
                position = event.position
                yield event
            if not events and not await self._tail.wait_beyond(position, within=HEARTBEAT):
                if self._tail.closed:
                    return  # the gateway stops; nobody would ever wait here again
                yield None

    async def tail(self, *, after: int) -> tuple[Event, ...]:
        """What the log has beyond a position: for the one task that feeds the tail."""
        async with self._store.reading() as tx:
            return await tx.events.after(after, limit=BATCH)

    async def head(self) -> int:
        """The last position given."""
        async with self._store.reading() as tx:
            return await tx.events.head()

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many faxes and deliveries are in each state: for metrics."""
        async with self._store.reading() as tx:
            return {
                "faxes": await tx.faxes.count_by_status(),
                "deliveries": await tx.outbox.count_by_state(),
            }

"""Every call leaves one row of the audit log, whatever becomes of it; what comes with a wrong key is counted.

A call that changes something has its row in the transaction of the change. Any other is put on
record here before it is answered: together with all that ask at the same moment, so that it costs
little. If the row cannot be written the call fails.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller
from ffgateway.domain.audit import AuditEntry, Kind, Outcome
from ffgateway.domain.errors import GatewayError
from ffgateway.store.ledger import Ledger

WINDOW = timedelta(minutes=1)
"""Wrong keys from one address within it after the first are one row with their number."""

ADDRESSES = 100
"""The most addresses that are counted one by one in a window; others are counted together."""


class Recording:
    """Puts calls on record."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._waiting: list[AuditEntry] = []
        self._next: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._refused: dict[str, tuple[datetime, int]] = {}

    @asynccontextmanager
    async def call(self, caller: Caller) -> AsyncIterator[None]:
        """See to it that the caller's call has its row when this ends, however it ends."""
        try:
            yield
        finally:
            failure = sys.exception()
            if failure is not None and caller.call is not None:
                caller.call.refuse(_code(failure))
            await self.end(caller)

    async def end(self, caller: Caller) -> None:
        """Write the row of a call, unless there is one."""
        call = caller.call
        if call is None or call.recorded:
            return
        call.recorded = True
        entry = AuditEntry(
            at=self._clock.now(),
            principal_id=caller.principal.id,
            principal_name=caller.principal.name,
            action=call.action or call.operation,
            resource=call.resource,
            outcome=call.outcome,
            kind=Kind.CALL,
            operation=call.operation,
            request_id=caller.request_id,
            address=caller.address,
            detail=call.told(),
        )
        await self._write(entry)

    async def refused(self, operation: str, *, request_id: str, address: str) -> None:
        """Somebody came with a key that is none. The first within a minute is written, others counted."""
        now = self._clock.now()
        known = address in self._refused or len(self._refused) < ADDRESSES
        place = address if known else "others"
        if place in self._refused:
            since, count = self._refused[place]
            self._refused[place] = (since, count + 1)
            return
        self._refused[place] = (now, 0)
        await self._write(_refusal(now, operation, request_id=request_id, address=place))

    async def count(self) -> None:
        """Write how many came with wrong keys in the windows that are over. For the housekeeping."""
        now = self._clock.now()
        for address, (since, count) in list(self._refused.items()):
            # a clock that goes backwards must not keep a window open for ever
            if since <= now < since + WINDOW:
                continue
            del self._refused[address]
            if count:
                counted = {"further": count, "since": since.isoformat()}
                await self._write(_refusal(now, "", address=address, detail=counted))

    async def _write(self, entry: AuditEntry) -> None:
        self._waiting.append(entry)
        if self._next is None or self._next.done():
            # in nobody's name: it writes the rows of others, too
            self._next = asyncio.create_task(self._append(), context=Context())
        # whoever hangs up does not take the rows of others along, nor its own
        await asyncio.shield(self._next)

    async def _append(self) -> None:
        """Write all that came while the batch before was written; what fails fails for all of them."""
        async with self._turn:
            rows, self._waiting, self._next = self._waiting, [], None
            await self._ledger.append(rows)


def _code(failure: BaseException) -> str:
    if isinstance(failure, GatewayError):
        return failure.code
    if isinstance(failure, asyncio.CancelledError):
        return "cancelled"
    status = getattr(failure, "status_code", None)  # of what a framework says of HTTP
    return "internal" if status is None else f"http-{status}"


def _refusal(
    at: datetime,
    operation: str,
    *,
    request_id: str = "",
    address: str,
    detail: dict[str, object] | None = None,
) -> AuditEntry:
    return AuditEntry(
        at=at,
        principal_id="",
        principal_name="",
        action="key.refused",
        resource="",
        outcome=Outcome.DENIED,
        operation=operation,
        request_id=request_id,
        address=address,
        detail=detail or {},
    )

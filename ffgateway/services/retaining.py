"""How long audit rows are kept, and what no purge takes.

A purge removes rows with all they say, and the salts of their leaves. The leaves stay, so the tree
is whole and a proof made before still verifies; what a leaf stood for cannot be guessed any more,
however few possibilities there were.
"""

from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY, Caller, Scope
from ffgateway.domain.differing import changed
from ffgateway.domain.sealing import Hold
from ffgateway.services.audited import Gate, line
from ffgateway.store.transaction import Store

AT_ONCE = 500
"""Rows that one transaction removes."""


class Retaining:
    """Legal holds, for whoever may; and the purge. `keep` is how long a row is kept."""

    def __init__(self, store: Store, gate: Gate, clock: Clock, *, keep: timedelta) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._keep = keep

    async def holds(self, caller: Caller) -> tuple[Hold, ...]:
        """Every subject whose rows are kept until it is let go."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.holds")
        async with self._store.reading() as tx:
            return await tx.seals.holds()

    async def hold(self, caller: Caller, subject: str, *, reason: str) -> Hold:
        """Keep the rows of a subject (a resource or a principal, by its id) whatever their age."""
        await self._gate.require(caller, Scope.ADMIN, "audit.hold", subject)
        async with self._store.transaction() as tx:
            now = self._clock.now()
            by = caller.principal.id
            held = Hold(subject=subject, reason=reason, at=now, placed_by=by)
            differs = changed(await tx.seals.hold(held), held)
            tx.note(line(caller, "audit.hold", subject, at=now, reason=reason, changed=differs))
        return held

    async def let_go(self, caller: Caller, subject: str) -> None:
        """Let the rows of a subject grow old again. Raises `NotFound`."""
        await self._gate.require(caller, Scope.ADMIN, "audit.let_go", subject)
        async with self._store.transaction() as tx:
            gone = changed(await tx.seals.let_go(subject), None)
            tx.note(line(caller, "audit.let_go", subject, at=self._clock.now(), changed=gone))

    async def purge(self) -> int:
        """Remove rows that are old enough, on record; return how many."""
        gone = 0
        while True:
            now = self._clock.now()
            async with self._store.transaction() as tx:
                numbers = await tx.seals.purgeable(before=now - self._keep, limit=AT_ONCE)
                if not numbers:
                    return gone
                first, last, rows = numbers[0], numbers[-1], len(numbers)
                purge = line(GATEWAY, "audit.purge", "", at=now, rows=rows, first=first, last=last)
                await tx.seals.purge(numbers, by=await tx.audit.append_one(purge))
            gone += len(numbers)

"""Reading the audit log's proofs: one row's place in it, its growth, its heads, its keys, all of it."""

from collections.abc import AsyncIterator

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import InvalidRequest, NotFound
from ffgateway.domain.merkle import consistency, inclusion
from ffgateway.domain.pages import Page
from ffgateway.domain.sealing import Growth, Proof, SignedHead, SigningKey
from ffgateway.services.audited import Gate, line
from ffgateway.services.exporting import sealed_line
from ffgateway.services.sealing import rotated
from ffgateway.store.transaction import Store

AT_ONCE = 500
"""Rows of the log that are read at once."""

LATER = "Rows are sealed after some ten seconds: ask again."


class Proving:
    """Proofs, for whoever may read the log."""

    def __init__(self, store: Store, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock

    async def entry(self, caller: Caller, number: int) -> AuditEntry:
        """One row. Raises `NotFound`, also for one that was purged."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.get", str(number))
        async with self._store.reading() as tx:
            return await tx.audit.get(number)

    async def proof(self, caller: Caller, number: int, size: int | None = None) -> Proof:
        """That a row, purged or not, is in the log of the checkpoint of `size`, or of the newest.

        Raises `NotFound` for what is not sealed, and `InvalidRequest` for a checkpoint before it.
        """
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.prove", str(number))
        async with self._store.reading() as tx:
            leaf = await tx.seals.leaf_of(number)
            head = await (tx.seals.newest() if size is None else tx.seals.checkpoint(size))
            if head is None:
                raise NotFound("There is no checkpoint yet.", cure=LATER)
            if leaf.index >= head.size:
                raise InvalidRequest(
                    f"The checkpoint of {head.size} rows is older than the row.",
                    field="size",
                    cure="Leave it out, or name a larger one.",
                )
            path = await tx.seals.join(inclusion(leaf.index, head.size))
            ((_, entry),) = await tx.seals.log(after=leaf.index, until=leaf.index + 1, limit=1)
        return Proof(leaf=leaf, entry=entry, head=head, path=path)

    async def checkpoints(
        self, caller: Caller, *, cursor: str | None, limit: int
    ) -> Page[SignedHead]:
        """A page of the signed heads, the newest first."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.checkpoints")
        async with self._store.reading() as tx:
            return await tx.seals.checkpoints(cursor=cursor, limit=limit)

    async def growth(self, caller: Caller, one: int, other: int) -> Growth:
        """That of two checkpoints the larger log grew out of the smaller. Raises `NotFound`."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.consistency")
        before, after = sorted((one, other))
        async with self._store.reading() as tx:
            old, new = await tx.seals.checkpoint(before), await tx.seals.checkpoint(after)
            path = await tx.seals.join(consistency(before, after))
        return Growth(before=old, after=new, path=path)

    async def keys(self, caller: Caller) -> tuple[SigningKey, ...]:
        """The keys that sign and signed, the oldest first; nobody is shown a secret."""
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.keys")
        async with self._store.reading() as tx:
            return tuple(await tx.seals.keys())

    async def rotate(self, caller: Caller) -> SigningKey:
        """Begin to sign with a new key. The next checkpoint is signed with the old one, too."""
        await self._gate.require(caller, Scope.ADMIN, "audit.rotate")
        async with self._store.transaction() as tx:
            now = self._clock.now()
            keys = await tx.seals.keys()
            if not keys:
                raise NotFound("There is no key yet: the gateway has not begun to seal.")
            fresh = rotated(keys, tx.identify("sig"), at=now)
            await tx.seals.retire_keys(at=now)
            await tx.seals.add_key(fresh)
            was, now_is = ({"key": one.verifier.text()} for one in (keys[-1], fresh))
            differs = changed(was, now_is, secrets=("secret",))
            tx.note(line(caller, "audit.rotate", fresh.id, at=now, changed=differs))
        return fresh

    async def log(
        self, caller: Caller, *, after: int = 0, until: int | None = None
    ) -> AsyncIterator[str]:
        """The log as `audit_verify` reads it: a line for each row from a place on, up to a checkpoint.

        `until` is the size of one, the newest without. It may be taken up again where it broke.
        """
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.log")
        async with self._store.reading() as tx:
            head = await (tx.seals.newest() if until is None else tx.seals.checkpoint(until))
        return self._lines(after, head.size if head else 0)

    async def _lines(self, place: int, end: int) -> AsyncIterator[str]:
        while place < end:
            async with self._store.reading() as tx:
                rows = await tx.seals.log(after=place, until=end, limit=AT_ONCE)
            yield "".join(sealed_line(leaf, entry) for leaf, entry in rows)
            place += len(rows)

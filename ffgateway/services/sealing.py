"""Audit rows → Merkle tree → signed checkpoints, one sealer at a time.

A round takes the rows that are not sealed, in the order of their numbers, gives them the next
leaves and signs the head of the tree, all in one transaction: after a kill the rows are sealed or
they wait. Nothing here goes by the time of day but the lease, and behind that stands the database,
which refuses a second leaf for a place and a second place for a row.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ffgateway.audit_verify import Checkpoint, canonical, leaf_hash, note
from ffgateway.clock import Clock
from ffgateway.domain.audit import AuditEntry, record
from ffgateway.domain.events import checkpoint_event
from ffgateway.domain.merkle import parts
from ffgateway.domain.sealing import Leaf, SignedHead, SigningKey
from ffgateway.services.leasing import LEASE
from ffgateway.store.leases import STARTING
from ffgateway.store.sealing import new_salt
from ffgateway.store.signing_keys import new_signing_key, signed
from ffgateway.store.transaction import Store, Transaction

log = logging.getLogger(__name__)

MANY = 1000
"""Rows that are sealed at once, and so many that nobody waits any longer."""

EVERY = 10.0
"""Seconds that the first row waits at most before it is sealed."""

SEALER = "sealer"
"""The lease of whoever seals."""


class Outlet(Protocol):
    """A way out for checkpoints, so that others keep what could be taken away here."""

    async def hand(self, head: SignedHead) -> None:
        """Hand out a checkpoint. Raises `OSError`."""


class Sealing:
    """Seals the audit log. `holder` is who this is to other processes."""

    def __init__(
        self, store: Store, clock: Clock, *, holder: str, origin: str, outlets: Sequence[Outlet]
    ) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._origin = origin
        self._outlets = outlets
        self._waiting_since: float | None = None

    async def begin(self) -> None:
        """Make the first key, and hand out the newest checkpoint: a kill may have come before."""
        async with self._store.transaction() as tx:
            await tx.leases.queue_up(STARTING)  # gateways that start together make one key
            if not await tx.seals.keys():
                key_id = tx.identify("sig")
                origin = self._origin or f"ffgateway/{key_id.lower()}"
                key = new_signing_key(key_id, origin=origin, at=self._clock.now())
                await tx.seals.add_key(key)
            newest = await tx.seals.newest()
        if newest is not None:
            await self._hand_out(newest)

    async def step(self) -> int:
        """Seal if it is time; return how many rows were sealed."""
        async with self._store.reading() as tx:
            pending = await tx.seals.pending()
        now = self._clock.monotonic()
        if not pending:
            self._waiting_since = None
            return 0
        if self._waiting_since is None:
            self._waiting_since = now
        if pending < MANY and now - self._waiting_since < EVERY:
            return 0
        sealed = await self.seal()
        self._waiting_since = None
        return sealed

    async def seal(self) -> int:
        """Seal up to `MANY` rows and sign the head; return how many: 0 when another one does it."""
        async with self._store.reading() as tx:
            entries = await tx.seals.unsealed(limit=MANY)
        if not entries:
            return 0
        # rows never change: no need to hold anything, nor to keep the loop from others
        fresh = await asyncio.to_thread(lambda: [_leaf(entry) for entry in entries])
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if not await tx.leases.take(SEALER, self._holder, at=now, until=now + LEASE):
                return 0
            if await tx.seals.still_unsealed([one.number for one in fresh]) < len(fresh):
                return 0  # somebody was faster
            size = await tx.seals.size()
            await tx.seals.seal(
                [replace(one, index=index) for index, one in enumerate(fresh, size)]
            )
            head = await self._signed(tx, size + len(fresh), now)
        log.info("audit.sealed", extra={"rows": len(fresh), "size": head.size})
        await self._hand_out(head)
        return len(fresh)

    async def _signed(self, tx: Transaction, size: int, now: datetime) -> SignedHead:
        (root,) = await tx.seals.join([parts(0, size)])
        keys = [key for key in await tx.seals.keys() if key.secret is not None]
        newest = await tx.seals.newest()
        if not keys or (newest is not None and newest.size >= size):
            raise RuntimeError("the audit log has no key, or a checkpoint ahead of it")
        checkpoint = Checkpoint(keys[-1].origin, size, root)
        text = note(checkpoint.text, [signed(key, checkpoint.text) for key in keys])
        head = SignedHead(size=size, root=root, at=now, note=text)
        await tx.seals.sign(head)
        await tx.seals.forget_retired()
        tx.tell(checkpoint_event(head, checkpoint.origin))
        return head

    async def _hand_out(self, head: SignedHead) -> None:
        for outlet in self._outlets:
            try:
                await outlet.hand(head)
            except OSError as gone:  # the next one says all that this one did
                log.warning("audit.outlet", extra={"error": str(gone), "size": head.size})


def rotated(keys: Sequence[SigningKey], key_id: str, *, at: datetime) -> SigningKey:
    """The key that follows; of the same origin, because it signs the same log."""
    return new_signing_key(key_id, origin=keys[-1].origin, at=at)


def _leaf(entry: AuditEntry) -> Leaf:
    salt = new_salt()
    made = leaf_hash(salt, canonical(record(entry)).encode())
    return Leaf(index=0, number=entry.number, hash=made, salt=salt)

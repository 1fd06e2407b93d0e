"""What seals the audit log: leaves, parts of the tree, checkpoints, the keys, and the one purge.

Leaves are given by one sealer after the other: each takes its place by writing the next leaf, and
a second one for the same place is refused by the database. A transaction that wrote a row before
another and committed after it is sealed after it: the order is that of sealing, and of numbers
within one round.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Table, and_, delete, exists, func, insert, not_, or_, text, update
from sqlalchemy import select as rows
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.audit_verify import SALT_BYTES, fold
from ffgateway.clock import by_turns
from ffgateway.domain.audit import AuditEntry, AuditFilter
from ffgateway.domain.errors import NotFound
from ffgateway.domain.merkle import Part, Row, completed, joined
from ffgateway.domain.pages import Page
from ffgateway.domain.sealing import Hold, Leaf, SignedHead, SigningKey
from ffgateway.store.audit import ALL, TABLE, conditions, entry_of
from ffgateway.store.audit_tables import (
    AuditCheckpointRow,
    AuditDoorRow,
    AuditHoldRow,
    AuditKeyRow,
    AuditLeafRow,
    AuditNodeRow,
    AuditPendingRow,
    AuditRow,
)
from ffgateway.store.paging import page_of
from ffgateway.store.vault import Vault

AT_ONCE = 400
"""Numbers in one statement: SQLite of old takes 999."""


class SealStore:
    """The seals of the audit log, within one transaction."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    # Leaves --------------------------------------------------------------------------------------

    async def size(self) -> int:
        """How many leaves there are."""
        last = (await self._session.exec(select(func.max(col(AuditLeafRow.leaf))))).one()
        return 0 if last is None else last + 1

    async def pending(self) -> int:
        """How many rows are not sealed."""
        return (await self._session.exec(select(func.count()).select_from(AuditPendingRow))).one()

    async def unsealed(self, *, limit: int) -> list[AuditEntry]:
        """The rows that are not sealed, by number."""
        query = (
            rows(TABLE)
            .join(AuditPendingRow, col(AuditPendingRow.number) == col(AuditRow.number))
            .order_by(col(AuditRow.number))
            .limit(limit)
        )
        found = await (await self._session.connection()).execute(query)
        return [entry_of(row) async for row in by_turns(found)]

    async def still_unsealed(self, numbers: Sequence[int]) -> int:
        """How many of these rows are not sealed."""
        count = 0
        for several in _pieces(numbers):
            query = select(func.count()).where(col(AuditPendingRow.number).in_(several))
            count += (await self._session.exec(query)).one()
        return count

    async def seal(self, sealed: Sequence[Leaf]) -> None:
        """Add leaves at the end, and the parts of the tree that they complete."""
        leaves = [
            {"leaf": one.index, "number": one.number, "hash": one.hash, "salt": one.salt}
            for one in sealed
        ]
        table: Table = AuditLeafRow.__table__  # type: ignore[attr-defined]
        await (await self._session.connection()).execute(insert(table), leaves)
        for several in _pieces([one.number for one in sealed]):
            gone = delete(AuditPendingRow).where(col(AuditPendingRow.number).in_(several))
            await self._session.exec(gone)
        for part in completed(sealed[0].index, sealed[-1].index + 1):
            node = AuditNodeRow(level=part.level, place=part.place, hash=await self.hash_of(part))
            await self._session.exec(insert(AuditNodeRow), params=[node.model_dump()])

    async def hash_of(self, part: Part) -> bytes:
        """The hash of a complete part of the tree."""
        if part.level and part.level % 8 == 0:
            stored = await self._session.get(AuditNodeRow, (part.level, part.place))
            if stored is not None:
                return stored.hash
            below = Part(part.level - 8, part.place << 8)
            return fold(await self._hashes(below.level, below.place, 256))
        return fold(await self._hashes(*part.stored))

    async def _hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        place = AuditLeafRow.leaf if level == 0 else AuditNodeRow.place
        of = AuditLeafRow.hash if level == 0 else AuditNodeRow.hash
        query = select(of).where(col(place) >= first, col(place) < first + count)
        if level:
            query = query.where(AuditNodeRow.level == level)
        return (await self._session.exec(query.order_by(col(place)))).all()

    async def join(self, rows: Iterable[Row]) -> list[bytes]:
        """The hash over each row of parts."""
        return [joined(row, {part: await self.hash_of(part) for part in row}) for row in rows]

    async def leaf_of(self, number: int) -> Leaf:
        """The leaf of a row of the log. Raises `NotFound`: there is no such row, or not yet a leaf."""
        query = select(AuditLeafRow).where(AuditLeafRow.number == number)
        row = (await self._session.exec(query)).first()
        if row is None:
            raise NotFound(
                f"There is no sealed row {number}.",
                field="number",
                cure="A row is sealed some ten seconds after it was written.",
            )
        return _leaf(row)

    async def log(
        self, *, after: int, until: int, limit: int, wanted: AuditFilter = ALL, bare: bool = True
    ) -> list[tuple[Leaf, AuditEntry | None]]:
        """Leaves from a place on, in order, with their rows; None for one that was purged.

        None too for one that is not `wanted`; without `bare`, leaves without a row are left out.
        """
        its_own = and_(col(AuditRow.number) == col(AuditLeafRow.number), *conditions(wanted))
        query = (
            select(AuditLeafRow, AuditRow)
            .join(AuditRow, its_own, isouter=bare)
            .where(col(AuditLeafRow.leaf) >= after, col(AuditLeafRow.leaf) < until)
            .order_by(col(AuditLeafRow.leaf))
            .limit(limit)
        )
        found = (await self._session.exec(query)).all()
        return [(_leaf(leaf), None if row is None else entry_of(row)) for leaf, row in found]

    # Checkpoints ---------------------------------------------------------------------------------

    async def sign(self, head: SignedHead) -> None:
        """Keep a checkpoint."""
        self._session.add(
            AuditCheckpointRow(size=head.size, root=head.root, at=head.at, note=head.note)
        )
        await self._session.flush()

    async def newest(self) -> SignedHead | None:
        """The newest checkpoint."""
        query = select(AuditCheckpointRow).order_by(col(AuditCheckpointRow.size).desc()).limit(1)
        row = (await self._session.exec(query)).first()
        return None if row is None else _head(row)

    async def covering(self, index: int) -> SignedHead | None:
        """The first checkpoint that has the leaf of a place."""
        query = (
            select(AuditCheckpointRow)
            .where(col(AuditCheckpointRow.size) > index)
            .order_by(col(AuditCheckpointRow.size))
            .limit(1)
        )
        row = (await self._session.exec(query)).first()
        return None if row is None else _head(row)

    async def checkpoint(self, size: int) -> SignedHead:
        """The checkpoint of a size. Raises `NotFound`."""
        row = await self._session.get(AuditCheckpointRow, size)
        if row is None:
            raise NotFound(f"There is no checkpoint of {size} rows.", field="size")
        return _head(row)

    async def checkpoints(self, *, cursor: str | None, limit: int) -> Page[SignedHead]:
        """The newest first."""
        return await page_of(
            self._session,
            AuditCheckpointRow,
            key=col(AuditCheckpointRow.size),
            noun=_head,
            cursor=cursor,
            limit=limit,
            number=True,
        )

    # Keys ----------------------------------------------------------------------------------------

    async def keys(self) -> list[SigningKey]:
        """Every key, the one that signs now last; a secret is there only while it is needed."""
        found = [self._key(row) for row in await self._session.exec(select(AuditKeyRow))]
        # by when they ended: of two that were made in one moment that tells which came first
        return sorted(
            found,
            key=lambda key: (key.retired_at is None, key.retired_at or key.created_at, key.id),
        )

    async def add_key(self, key: SigningKey) -> None:
        """Keep a new key, its secret sealed."""
        secret = self._vault.wrap(key.secret or b"", context=context(key.id))
        self._session.add(
            AuditKeyRow(
                id=key.id,
                origin=key.origin,
                public=key.public,
                secret=secret,
                created_at=key.created_at,
                retired_at=key.retired_at,
            )
        )
        await self._session.flush()

    async def retire_keys(self, *, at: datetime) -> None:
        """Let every key sign once more, beside its successor."""
        living = col(AuditKeyRow.retired_at).is_(None)
        await self._session.exec(update(AuditKeyRow).where(living).values(retired_at=at))

    async def forget_retired(self) -> None:
        """Remove the secrets of keys that signed their last checkpoint."""
        over = col(AuditKeyRow.retired_at).is_not(None)
        await self._session.exec(update(AuditKeyRow).where(over).values(secret=None))

    def _key(self, row: AuditKeyRow) -> SigningKey:
        sealed = row.secret
        return SigningKey(
            id=row.id,
            origin=row.origin,
            public=row.public,
            secret=sealed and self._vault.unwrap(sealed, context=context(row.id)),
            created_at=row.created_at,
            retired_at=row.retired_at,
        )

    # Retention -----------------------------------------------------------------------------------

    async def hold(self, hold: Hold) -> Hold | None:
        """Keep the rows of a subject until it is let go; return the hold that this one replaces."""
        before = await self._session.get(AuditHoldRow, hold.subject)
        replaced = None if before is None else _hold(before)
        await self._session.merge(
            AuditHoldRow(
                subject=hold.subject, reason=hold.reason, at=hold.at, placed_by=hold.placed_by
            )
        )
        return replaced

    async def let_go(self, subject: str) -> Hold:
        """Let a subject go; return its hold. Raises `NotFound`."""
        row = await self._session.get(AuditHoldRow, subject)
        if row is None:
            raise NotFound(f"{subject} is not held.", field="subject")
        await self._session.delete(row)
        return _hold(row)

    async def holds(self) -> tuple[Hold, ...]:
        """Every subject that is held."""
        query = select(AuditHoldRow).order_by(col(AuditHoldRow.subject))
        return tuple(map(_hold, await self._session.exec(query)))

    async def purgeable(self, *, before: datetime, limit: int) -> list[int]:
        """The numbers of sealed rows that are old enough and that no hold keeps, the lowest first."""
        held = exists().where(
            or_(
                col(AuditHoldRow.subject) == col(AuditRow.resource),
                col(AuditHoldRow.subject) == col(AuditRow.principal_id),
            )
        )
        sealed = exists().where(col(AuditLeafRow.number) == col(AuditRow.number))
        query = (
            select(col(AuditRow.number))
            .where(col(AuditRow.at) < before, not_(held), sealed)
            .order_by(col(AuditRow.at))
            .limit(limit)
        )
        return sorted(int(number or 0) for number in await self._session.exec(query))

    async def purge(self, numbers: Sequence[int], *, by: int) -> None:
        """Remove rows and their salts through the door; their leaves stay.

        `by` is the number of the `audit.purge` row that this transaction wrote: without one, or
        outside of here, the database refuses.
        """
        if self._session.get_bind().dialect.name == "sqlite":
            # what goes is overwritten in the file; PostgreSQL's vacuum gives its space to others
            await self._session.exec(text("PRAGMA secure_delete=ON"))  # type: ignore[call-overload]
        await self._session.exec(insert(AuditDoorRow), params=[{"number": by, "opened_by": ""}])
        for several in _pieces(numbers):
            leaf = update(AuditLeafRow).where(col(AuditLeafRow.number).in_(several))
            await self._session.exec(leaf.values(salt=None))
            await self._session.exec(delete(AuditRow).where(col(AuditRow.number).in_(several)))
        await self._session.exec(delete(AuditDoorRow))


def context(key_id: str) -> str:
    """What the secret of a key is bound to."""
    return f"audit_key/{key_id}"


def new_salt() -> bytes:
    """What makes a leaf impossible to guess."""
    return os.urandom(SALT_BYTES)


def _pieces(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


def _leaf(row: AuditLeafRow) -> Leaf:
    return Leaf(index=row.leaf, number=row.number, hash=row.hash, salt=row.salt)


def _head(row: AuditCheckpointRow) -> SignedHead:
    return SignedHead(size=row.size, root=row.root, at=row.at, note=row.note)


def _hold(row: AuditHoldRow) -> Hold:
    return Hold(subject=row.subject, reason=row.reason, at=row.at, placed_by=row.placed_by)

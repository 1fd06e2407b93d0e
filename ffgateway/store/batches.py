"""Batches, kept, and their recipients until they are faxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, func, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.batches import (
    Asker,
    Batch,
    BatchStatus,
    Chunk,
    Progress,
    Tally,
    counted,
    pieces,
)
from ffgateway.domain.errors import NotFound
from ffgateway.domain.faxes import FaxDraft, FaxStatus
from ffgateway.domain.pages import Page
from ffgateway.store.faxes import OPEN
from ffgateway.store.overseen import AGAIN
from ffgateway.store.paging import page_of
from ffgateway.store.tables import BatchChunkRow, BatchDocumentRow, BatchRow, FaxRow

_TEMPLATE = TypeAdapter(FaxDraft)
_CHUNK = TypeAdapter(Chunk)
_ASKER = TypeAdapter(Asker)
_TALLY = TypeAdapter(Tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFilter:
    """Which batches a list shows; nothing given means any."""

    status: tuple[BatchStatus, ...] = ()
    client_reference: str | None = None
    created_by: str | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        terms: list[ColumnElement[bool]] = []
        if self.status:
            terms.append(col(BatchRow.status).in_([one.value for one in self.status]))
        if self.client_reference is not None:
            terms.append(col(BatchRow.client_reference) == self.client_reference)
        if self.created_by is not None:
            terms.append(col(BatchRow.created_by) == self.created_by)
        return terms


class BatchStore:
    """The batches of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, batch: Batch, chunks: Iterable[Chunk]) -> None:
        """Keep a new batch with all its recipients."""
        await self._session.exec(insert(BatchRow), params=[_values(batch)])
        waiting = [
            {
                "batch_id": batch.id,
                "number": chunk.number,
                "content": _CHUNK.dump_python(chunk, mode="json"),
            }
            for chunk in chunks
        ]
        await self._session.exec(insert(BatchChunkRow), params=waiting)
        needed = {one.sha256 for one in batch.template.documents if one.sha256}
        documents = [{"batch_id": batch.id, "sha256": sha256} for sha256 in sorted(needed)]
        if documents:
            await self._session.exec(insert(BatchDocumentRow), params=documents)

    async def save(self, batch: Batch) -> None:
        """Keep the present form of a batch."""
        statement = update(BatchRow).where(col(BatchRow.id) == batch.id)
        await self._session.exec(statement.values(**_values(batch)))

    async def get(self, batch_id: str, *, lock: bool = False) -> Batch:
        """Return one; `lock` keeps it ours until the transaction ends. Raises `NotFound`."""
        query = select(BatchRow).where(BatchRow.id == batch_id)
        row = (await self._session.exec(query.with_for_update() if lock else query)).first()
        if row is None:
            raise NotFound(f"There is no batch {batch_id}.", field="id")
        return _batch(row)

    async def page(self, filters: BatchFilter, *, cursor: str | None, limit: int) -> Page[Batch]:
        """The newest first."""
        return await page_of(
            self._session,
            BatchRow,
            key=col(BatchRow.id),
            noun=_batch,
            where=filters.where(),
            cursor=cursor,
            limit=limit,
        )

    async def unfinished(self) -> tuple[str, ...]:
        """The ids of the batches that go on, the oldest first."""
        query = select(BatchRow.id).where(BatchRow.status == BatchStatus.IN_PROGRESS.value)
        return tuple(await self._session.exec(query.order_by(col(BatchRow.id))))

    async def take(self, batch_id: str, *, most: int) -> tuple[Chunk, ...]:
        """Take the next recipients, as whole chunks of about `most`, out of those that wait.

        They are gone with the commit, so it has to make them faxes. What another replica is taking
        is passed over.
        """
        waiting: list[Chunk] = []
        while sum(len(chunk.rows) for chunk in waiting) < most:
            last = waiting[-1].number if waiting else -1
            query = (
                select(BatchChunkRow)
                .where(BatchChunkRow.batch_id == batch_id, col(BatchChunkRow.number) > last)
                .order_by(col(BatchChunkRow.number))
                .limit(
                    len(waiting) or 1
                )  # as many again: chunks are of one recipient or of hundreds
                .with_for_update(skip_locked=True)
            )
            rows = (await self._session.exec(query)).all()
            waiting += [_CHUNK.validate_python(row.content) for row in rows]
            if not rows:
                break
        taken = pieces(waiting, most=most)
        if taken:
            gone = delete(BatchChunkRow).where(
                col(BatchChunkRow.batch_id) == batch_id,
                col(BatchChunkRow.number).in_([chunk.number for chunk in taken]),
            )
            await self._session.exec(gone)
        return taken

    async def waits(self, batch_id: str) -> bool:
        """Whether a recipient waits to become a fax."""
        waiting = select(BatchChunkRow.number).where(BatchChunkRow.batch_id == batch_id)
        return (await self._session.exec(waiting.limit(1))).first() is not None

    async def goes_on(self, batch_id: str) -> bool:
        """Whether a recipient waits to become a fax, or a fax has not ended or may be sent once more."""
        if await self.waits(batch_id):
            return True
        of_it = select(FaxRow.id).where(col(FaxRow.batch_id) == batch_id).limit(1)
        for going_on in (
            col(FaxRow.status).in_(OPEN),
            AGAIN,
        ):  # one after the other: each has an index
            if (await self._session.exec(of_it.where(going_on))).first() is not None:
                return True
        return False

    async def progress(self, batches: Sequence[Batch]) -> tuple[Progress, ...]:
        """How far batches are: what they ended with, or what their faxes say now.

        A fax that was sent once more as another one counts as that other one.
        """
        live = [batch.id for batch in batches if batch.tally is None]
        found: dict[str, dict[FaxStatus, int]] = {batch_id: {} for batch_id in live}
        pages = dict.fromkeys(live, 0)
        if live:
            query = (
                select(FaxRow.batch_id, FaxRow.status, func.count(), func.sum(FaxRow.pages))
                .where(col(FaxRow.batch_id).in_(live), col(FaxRow.retried_as).is_(None))
                .group_by(col(FaxRow.batch_id), col(FaxRow.status))
            )
            for batch_id, status, count, sent in await self._session.exec(query):
                found[str(batch_id)][FaxStatus(status)] = count
                pages[str(batch_id)] += int(sent or 0)
        return tuple(
            Progress(
                batch=batch,
                tally=batch.tally or counted(found[batch.id], pages[batch.id], total=batch.total),
            )
            for batch in batches
        )


def _values(batch: Batch) -> dict[str, Any]:
    off = batch.called_off_by
    return {
        "id": batch.id,
        "status": batch.status.value,
        "created_at": batch.created_at,
        "created_by": batch.asked_by.principal_id,
        "client_reference": batch.template.client_reference,
        "total": batch.total,
        "template": _TEMPLATE.dump_python(batch.template, mode="json"),
        "asked_by": _ASKER.dump_python(batch.asked_by, mode="json"),
        "cancel_requested_at": batch.cancel_requested_at,
        "called_off_by": _ASKER.dump_python(off, mode="json") if off else None,
        "finished_at": batch.finished_at,
        "tally": _TALLY.dump_python(batch.tally, mode="json") if batch.tally else None,
    }


def _batch(row: BatchRow) -> Batch:
    return Batch(
        id=row.id,
        status=BatchStatus(row.status),
        created_at=row.created_at,
        total=row.total,
        template=_TEMPLATE.validate_python(row.template),
        asked_by=_ASKER.validate_python(row.asked_by),
        cancel_requested_at=row.cancel_requested_at,
        called_off_by=_ASKER.validate_python(row.called_off_by) if row.called_off_by else None,
        finished_at=row.finished_at,
        tally=_TALLY.validate_python(row.tally) if row.tally else None,
    )

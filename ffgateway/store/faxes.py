"""Faxes and submissions, kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.failures import Failure
from ffgateway.domain.faxes import (
    FINAL,
    CancelledBy,
    Document,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Recipient,
    Stage,
    Submission,
)
from ffgateway.domain.pages import Page
from ffgateway.store.paging import page_of
from ffgateway.store.tables import (
    DocumentRow,
    FaxRow,
    SubmissionDocumentRow,
    SubmissionRow,
)

_DRAFT = TypeAdapter(FaxDraft)
_RECIPIENT = TypeAdapter(Recipient)
_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_FAILURE = TypeAdapter(Failure)
_FINAL = tuple(status.value for status in FINAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxFilter:
    """Which faxes a list shows; None means any."""

    status: tuple[FaxStatus, ...] = ()
    device_id: str | None = None
    client_reference: str | None = None
    submission_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        terms: list[ColumnElement[bool]] = []
        if self.status:
            terms.append(col(FaxRow.status).in_([status.value for status in self.status]))
        if self.device_id is not None:
            terms.append(col(FaxRow.device_id) == self.device_id)
        if self.client_reference is not None:
            terms.append(col(FaxRow.client_reference) == self.client_reference)
        if self.submission_id is not None:
            terms.append(col(FaxRow.submission_id) == self.submission_id)
        if self.created_after is not None:
            terms.append(col(FaxRow.created_at) >= self.created_after)
        if self.created_before is not None:
            terms.append(col(FaxRow.created_at) < self.created_before)
        return terms


class FaxStore:
    """The faxes of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, fax: Fax) -> None:
        """Keep a new fax."""
        self._session.add(FaxRow(**_fax_values(fax)))

    async def save(self, fax: Fax) -> None:
        """Keep the present form of a fax, its revision raised by one."""
        values = _fax_values(fax) | {"revision": fax.revision + 1}
        statement = update(FaxRow).where(col(FaxRow.id) == fax.id).values(**values)
        await self._session.exec(statement)

    async def get(self, fax_id: str, *, lock: bool = False) -> Fax:
        """Return one; `lock` keeps it ours until the transaction ends. Raises `NotFound`."""
        query = select(FaxRow).where(FaxRow.id == fax_id)
        found = (await self._session.exec(query.with_for_update() if lock else query)).first()
        if found is None:
            raise NotFound(f"There is no fax {fax_id}.", field="id")
        return _fax(found)

    async def page(self, filters: FaxFilter, *, cursor: str | None, limit: int) -> Page[Fax]:
        """The newest first."""
        return await page_of(
            self._session,
            FaxRow,
            key=col(FaxRow.id),
            noun=_fax,
            where=filters.where(),
            cursor=cursor,
            limit=limit,
        )

    async def of_submission(self, submission_id: str, *, lock: bool = False) -> tuple[Fax, ...]:
        """The faxes of one request, in the order of its recipients."""
        query = (
            select(FaxRow)
            .where(FaxRow.submission_id == submission_id)
            .order_by(col(FaxRow.ordinal))
        )
        rows = await self._session.exec(query.with_for_update() if lock else query)
        return tuple(_fax(row) for row in rows)

    async def open_on(self, device_id: str, *, lock: bool = False) -> tuple[Fax, ...]:
        """The faxes that an appliance has and whose end has not been seen."""
        query = (
            select(FaxRow)
            .where(
                col(FaxRow.device_id) == device_id,
                col(FaxRow.entry_key) != "",
                col(FaxRow.status).not_in(_FINAL),
            )
            .order_by(col(FaxRow.id))
        )
        rows = await self._session.exec(query.with_for_update() if lock else query)
        return tuple(_fax(row) for row in rows)

    async def keys_of_ours(self, device_id: str, fax_keys: Iterable[str]) -> frozenset[str]:
        """Which of these FAXKEYs on the appliance belong to a fax of ours already."""
        query = (
            select(FaxRow.fax_key)
            .where(col(FaxRow.device_id) == device_id, col(FaxRow.fax_key).in_(list(fax_keys)))
            .distinct()
        )
        return frozenset(await self._session.exec(query))

    async def unfinished_by_device(self) -> dict[str, int]:
        """How many faxes each appliance has still to do."""
        query = (
            select(FaxRow.device_id, func.count())
            .where(col(FaxRow.status).not_in(_FINAL), col(FaxRow.device_id).is_not(None))
            .group_by(col(FaxRow.device_id))
        )
        return {str(device): count for device, count in await self._session.exec(query)}

    async def count_by_status(self) -> dict[str, int]:
        """How many faxes are in each status."""
        query = select(FaxRow.status, func.count()).group_by(col(FaxRow.status))
        return dict((await self._session.exec(query)).all())


class SubmissionStore:
    """The submissions of one transaction, and the documents they need."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, submission: Submission) -> None:
        """Keep a new submission and note which documents it needs."""
        self._session.add(SubmissionRow(**_submission_values(submission)))
        await self._session.flush()
        for sha256 in {one.sha256 for one in submission.draft.documents if one.sha256}:
            self._session.add(SubmissionDocumentRow(submission_id=submission.id, sha256=sha256))

    async def save(self, submission: Submission) -> None:
        """Keep the present form of a submission."""
        statement = (
            update(SubmissionRow)
            .where(col(SubmissionRow.id) == submission.id)
            .values(**_submission_values(submission))
        )
        await self._session.exec(statement)

    async def get(self, submission_id: str, *, lock: bool = False) -> Submission:
        """Return one. Raises `NotFound`."""
        query = select(SubmissionRow).where(SubmissionRow.id == submission_id)
        found = (await self._session.exec(query.with_for_update() if lock else query)).first()
        if found is None:
            raise NotFound(f"There is no submission {submission_id}.", field="id")
        return _submission(found)

    async def due(self, *, at: datetime, limit: int) -> tuple[Submission, ...]:
        """Lock what is waiting and due, the most urgent first, then the oldest.

        What another replica holds is passed over.
        """
        query = (
            select(SubmissionRow)
            .where(SubmissionRow.stage == Stage.WAITING.value, SubmissionRow.due_at <= at)
            .order_by(col(SubmissionRow.due_at), col(SubmissionRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return tuple(_submission(row) for row in await self._session.exec(query))

    async def next_due(self) -> datetime | None:
        """When the next waiting submission is due."""
        query = select(func.min(SubmissionRow.due_at)).where(
            SubmissionRow.stage == Stage.WAITING.value
        )
        return (await self._session.exec(query)).one()

    async def in_stage(
        self, *stages: Stage, device_id: str | None = None
    ) -> tuple[Submission, ...]:
        """The submissions in these stages, the oldest first."""
        query = select(SubmissionRow).where(
            col(SubmissionRow.stage).in_([stage.value for stage in stages])
        )
        if device_id is not None:
            query = query.where(SubmissionRow.device_id == device_id)
        rows = await self._session.exec(query.order_by(col(SubmissionRow.id)))
        return tuple(_submission(row) for row in rows)

    async def note_document(self, sha256: str, *, size: int, at: datetime) -> None:
        """Record that a document is in the spool, again if it had been purged."""
        row = await self._session.get(DocumentRow, sha256)
        if row is None:
            self._session.add(DocumentRow(sha256=sha256, size=size, stored_at=at, purged_at=None))
        else:
            row.stored_at, row.purged_at = at, None
            self._session.add(row)
        await self._session.flush()

    async def purgeable(self, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Documents whose every fax was finished, and every mention of them ended, before then."""
        needed = (
            select(SubmissionDocumentRow.sha256)
            .join(FaxRow, col(FaxRow.submission_id) == col(SubmissionDocumentRow.submission_id))
            .where(
                col(SubmissionDocumentRow.sha256) == col(DocumentRow.sha256),
                (col(FaxRow.finished_at).is_(None)) | (col(FaxRow.finished_at) >= before),
            )
        )
        query = (
            select(DocumentRow.sha256)
            .where(
                col(DocumentRow.purged_at).is_(None),
                col(DocumentRow.stored_at) < before,
                ~needed.exists(),
            )
            .order_by(col(DocumentRow.stored_at))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return tuple(await self._session.exec(query))

    async def mark_purged(self, sha256: str, *, at: datetime) -> None:
        """Record that the document is gone."""
        statement = (
            update(DocumentRow).where(col(DocumentRow.sha256) == sha256).values(purged_at=at)
        )
        await self._session.exec(statement)

    async def purged(self, sha256s: Sequence[str]) -> bool:
        """Whether any of these documents is gone."""
        query = select(func.count()).where(
            col(DocumentRow.sha256).in_(sha256s), col(DocumentRow.purged_at).is_not(None)
        )
        return (await self._session.exec(query)).one() > 0


def _fax_values(fax: Fax) -> dict[str, Any]:
    return {
        "id": fax.id,
        "submission_id": fax.submission_id,
        "ordinal": fax.index,
        "status": fax.status.value,
        "created_at": fax.created_at,
        "updated_at": fax.updated_at,
        "created_by": fax.created_by,
        "recipient": _RECIPIENT.dump_python(fax.recipient, mode="json"),
        "client_reference": fax.client_reference,
        "send_at": fax.send_at,
        "device_id": fax.device_id,
        "fax_key": fax.fax_key,
        "entry_key": fax.entry_key,
        "attempt": fax.attempt,
        "first_try": fax.first_try,
        "pages": fax.pages,
        "next_attempt_at": fax.next_attempt_at,
        "hold_reason": fax.hold_reason.value if fax.hold_reason else None,
        "failure": _FAILURE.dump_python(fax.failure, mode="json") if fax.failure else None,
        "cancelled_by": fax.cancelled_by.value if fax.cancelled_by else None,
        "cancel_requested_at": fax.cancel_requested_at,
        "device_state": fax.device_state,
        "device_message": fax.device_message,
        "missing_looks": fax.missing_looks,
        "resend_of": fax.resend_of,
        "finished_at": fax.finished_at,
        "documents": _DOCUMENTS.dump_python(fax.documents, mode="json"),
        "revision": fax.revision,
    }


def _fax(row: FaxRow) -> Fax:
    return Fax(
        id=row.id,
        submission_id=row.submission_id,
        index=row.ordinal,
        status=FaxStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        created_by=row.created_by,
        recipient=_RECIPIENT.validate_python(row.recipient),
        client_reference=row.client_reference,
        send_at=row.send_at,
        device_id=row.device_id,
        fax_key=row.fax_key,
        entry_key=row.entry_key,
        attempt=row.attempt,
        first_try=row.first_try,
        pages=row.pages,
        next_attempt_at=row.next_attempt_at,
        hold_reason=HoldReason(row.hold_reason) if row.hold_reason else None,
        failure=_FAILURE.validate_python(row.failure) if row.failure else None,
        cancelled_by=CancelledBy(row.cancelled_by) if row.cancelled_by else None,
        cancel_requested_at=row.cancel_requested_at,
        device_state=row.device_state,
        device_message=row.device_message,
        missing_looks=row.missing_looks,
        resend_of=row.resend_of,
        finished_at=row.finished_at,
        documents=_DOCUMENTS.validate_python(row.documents),
        revision=row.revision,
    )


def _submission_values(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "stage": submission.stage.value,
        "draft": _DRAFT.dump_python(submission.draft, mode="json"),
        "created_at": submission.created_at,
        "created_by": submission.created_by,
        "due_at": submission.due_at,
        "device_id": submission.device_id,
        "fax_key": submission.fax_key,
        "floor_key": submission.floor_key,
        "sent_at": submission.sent_at,
        "ended_at": submission.ended_at,
        "absent_looks": submission.absent_looks,
        "last_look_at": submission.last_look_at,
        "tries": submission.tries,
        "refused_by": list(submission.refused_by),
        "epoch": submission.epoch,
    }


def _submission(row: SubmissionRow) -> Submission:
    return Submission(
        id=row.id,
        stage=Stage(row.stage),
        draft=_DRAFT.validate_python(row.draft),
        created_at=row.created_at,
        created_by=row.created_by,
        due_at=row.due_at,
        device_id=row.device_id,
        fax_key=row.fax_key,
        floor_key=row.floor_key,
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        absent_looks=row.absent_looks,
        last_look_at=row.last_look_at,
        tries=row.tries,
        refused_by=tuple(row.refused_by),
        epoch=row.epoch,
    )

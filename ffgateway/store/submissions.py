"""Submissions, kept, and the documents they need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, func, or_, tuple_, update
from sqlalchemy import select as rows
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.faxes import Fax, FaxDraft
from ffgateway.domain.holdings import KeptDocument
from ffgateway.domain.submissions import USUAL_PRIORITY, Contender, Stage, Submission
from ffgateway.store.faxes import FAXES, faxes_of
from ffgateway.store.overseen import AGAIN
from ffgateway.store.statements import inserting, lockable, run, save, saving
from ffgateway.store.tables import (
    BatchDocumentRow,
    BatchRow,
    DocumentRow,
    FaxRow,
    SubmissionDocumentRow,
    SubmissionRow,
)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A request that is being handed over, or in doubt since."""

    submission_id: str
    device_id: str | None
    stage: Stage
    acted_as: str
    count: int  # of its faxes


_DRAFT = TypeAdapter(FaxDraft)
_CONTENDERS = TypeAdapter(tuple[Contender, ...])

_INSERT = inserting(SubmissionRow)
_INSERT_DOCUMENTS = inserting(SubmissionDocumentRow)
_SAVE = saving(SubmissionRow)
_NOTE_DOCUMENT = {
    # one statement: many requests may bring the same document at the same moment
    engine: upsert(DocumentRow)
    .values(
        sha256=bindparam("sha256"),
        size=bindparam("size"),
        stored_at=bindparam("at"),
        purged_at=None,
    )
    .on_conflict_do_update(
        index_elements=["sha256"], set_={"stored_at": bindparam("at"), "purged_at": None}
    )
    for engine, upsert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_GET = lockable(select(SubmissionRow).where(col(SubmissionRow.id) == bindparam("submission_id")))
_IN_TURN = (col(SubmissionRow.priority), col(SubmissionRow.due_at), col(SubmissionRow.id))
_DUE = (
    select(SubmissionRow)
    .where(
        col(SubmissionRow.stage) == Stage.WAITING.value,
        col(SubmissionRow.due_at) <= bindparam("at"),
    )
    .order_by(*_IN_TURN)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = select(func.min(SubmissionRow.due_at)).where(
    col(SubmissionRow.stage) == Stage.WAITING.value
)
_COUNT = (
    select(func.count())
    .where(col(FaxRow.submission_id) == SubmissionRow.id)
    .correlate(SubmissionRow)
    .scalar_subquery()
)
_UNDER_WAY = rows(
    col(SubmissionRow.id),
    col(SubmissionRow.device_id),
    col(SubmissionRow.stage),
    col(SubmissionRow.acted_as),
    _COUNT,
).where(col(SubmissionRow.stage).in_([Stage.SUBMITTING.value, Stage.UNCERTAIN.value]))
_IN_STAGE = (
    select(SubmissionRow)
    .where(col(SubmissionRow.stage).in_(bindparam("stages", expanding=True)))
    .order_by(col(SubmissionRow.id))
)
_IN_STAGE_ON = _IN_STAGE.where(col(SubmissionRow.device_id) == bindparam("device_id"))


class SubmissionStore:
    """The submissions of one transaction, and the documents they need."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, submission: Submission) -> None:
        """Keep a new submission and note which documents it needs."""
        await run(self._session, _INSERT, [_submission_values(submission)])
        needed = {one.sha256 for one in submission.draft.documents if one.sha256}
        if needed:
            documents = [{"submission_id": submission.id, "sha256": one} for one in needed]
            await run(self._session, _INSERT_DOCUMENTS, documents)

    async def save(self, submission: Submission) -> None:
        """Keep the present form of a submission."""
        await save(self._session, _SAVE, SubmissionRow, [_submission_values(submission)])

    async def get(self, submission_id: str, *, lock: bool = False) -> Submission:
        """Return one. Raises `NotFound`."""
        values = {"submission_id": submission_id}
        found = (await self._session.exec(_GET[lock], params=values)).first()
        if found is None:
            raise NotFound(f"There is no submission {submission_id}.", field="id")
        return _submission(found)

    async def due(
        self, *, at: datetime, limit: int, after: Submission | None = None
    ) -> tuple[Submission, ...]:
        """Lock what is waiting and due, the most urgent first, then the oldest; beyond `after`.

        What another replica holds is passed over.
        """
        query = _DUE
        if after is not None:
            query = query.where(tuple_(*_IN_TURN) > (after.priority, after.due_at, after.id))
        found = await self._session.exec(query, params={"at": at, "most": limit})
        return tuple(_submission(row) for row in found)

    async def overdue(self, *, since: datetime) -> Submission | None:
        """Lock what has waited longest, if it was due already at that moment."""
        query = (
            select(SubmissionRow)
            .where(SubmissionRow.stage == Stage.WAITING.value, SubmissionRow.due_at <= since)
            .order_by(col(SubmissionRow.due_at), col(SubmissionRow.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (await self._session.exec(query)).first()
        return _submission(row) if row else None

    async def waiting_before(self, priority: int | None, *, at: datetime) -> int:
        """How many faxes of requests that are due would go before a new one of a priority."""
        level = USUAL_PRIORITY if priority is None else priority
        query = (
            select(func.count())
            .select_from(FaxRow)
            .join(SubmissionRow, col(SubmissionRow.id) == col(FaxRow.submission_id))
            .where(
                SubmissionRow.stage == Stage.WAITING.value,
                SubmissionRow.due_at <= at,
                col(SubmissionRow.priority) <= level,
                col(FaxRow.finished_at).is_(None),
            )
        )
        return (await self._session.exec(query)).one()

    async def next_due(self) -> datetime | None:
        """When the next waiting submission is due."""
        return (await self._session.exec(_NEXT_DUE)).one()

    async def in_stage(
        self, *stages: Stage, device_id: str | None = None
    ) -> tuple[Submission, ...]:
        """The submissions in these stages, the oldest first."""
        values: dict[str, Any] = {"stages": [stage.value for stage in stages]}
        if device_id is not None:
            values["device_id"] = device_id
        query = _IN_STAGE if device_id is None else _IN_STAGE_ON
        rows = await self._session.exec(query, params=values)
        return tuple(_submission(row) for row in rows)

    async def under_way(self) -> tuple[UnderWay, ...]:
        """Each request that is being handed over, or in doubt since."""
        connection = await self._session.connection()
        return tuple(
            UnderWay(name, device_id, Stage(stage), acted_as, count)
            for name, device_id, stage, acted_as, count in await connection.execute(_UNDER_WAY)
        )

    async def note_document(self, sha256: str, *, size: int, at: datetime) -> None:
        """Record that a document is in the spool, again if it had been purged."""
        noting = _NOTE_DOCUMENT[self._session.get_bind().dialect.name]
        values = {"sha256": sha256, "size": size, "at": at}
        await self._session.exec(noting, params=values)

    async def purgeable(self, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Documents whose every fax was finished, and every mention of them ended, before then.

        One that failed and may be sent once more still needs its own.
        """
        needed = (
            select(SubmissionDocumentRow.sha256)
            .join(FaxRow, col(FaxRow.submission_id) == col(SubmissionDocumentRow.submission_id))
            .where(
                col(SubmissionDocumentRow.sha256) == col(DocumentRow.sha256),
                or_(col(FaxRow.finished_at).is_(None), col(FaxRow.finished_at) >= before, AGAIN),
            )
        )
        promised = (
            select(BatchDocumentRow.sha256)
            .join(BatchRow, col(BatchRow.id) == col(BatchDocumentRow.batch_id))
            .where(
                col(BatchDocumentRow.sha256) == col(DocumentRow.sha256),
                col(BatchRow.finished_at).is_(None),
            )
        )
        query = (
            select(DocumentRow.sha256)
            .where(
                col(DocumentRow.purged_at).is_(None),
                col(DocumentRow.stored_at) < before,
                ~needed.exists(),
                ~promised.exists(),
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

    async def document(self, sha256: str) -> KeptDocument:
        """The record of a document, gone or not. Raises `NotFound`."""
        row = await self._session.get(DocumentRow, sha256, populate_existing=True)
        if row is None:
            raise NotFound("There is no document of that hash, and there was none.", field="sha256")
        return KeptDocument(
            sha256=row.sha256, size=row.size, stored_at=row.stored_at, purged_at=row.purged_at
        )

    async def placed_with(self, sha256: str, *, limit: int) -> tuple[tuple[Fax, ...], int]:
        """The newest faxes that took a document to an appliance, and how many there are in all."""
        query = FAXES.join(
            SubmissionDocumentRow,
            col(SubmissionDocumentRow.submission_id) == col(FaxRow.submission_id),
        ).where(col(SubmissionDocumentRow.sha256) == sha256, col(FaxRow.entry_key) != "")
        count = select(func.count()).select_from(query.subquery())
        newest = query.order_by(col(FaxRow.id).desc()).limit(limit)
        return await faxes_of(self._session, newest), (await self._session.exec(count)).one()

    async def purged(self, sha256s: Sequence[str]) -> bool:
        """Whether any of these documents is gone. None goes after this once something kept here needs it."""
        query = select(func.count()).where(
            col(DocumentRow.sha256).in_(sha256s), col(DocumentRow.purged_at).is_not(None)
        )
        return (await self._session.exec(query)).one() > 0


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
        "missed": list(submission.missed),
        "epoch": submission.epoch,
        "holder": submission.holder,
        "contenders": _CONTENDERS.dump_python(submission.contenders, mode="json"),
        "priority": submission.priority,
        "acted_as": submission.acted_as,
        "username": submission.username,
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
        missed=tuple(row.missed),
        epoch=row.epoch,
        holder=row.holder,
        contenders=_CONTENDERS.validate_python(row.contenders),
        acted_as=row.acted_as,
        username=row.username,
    )

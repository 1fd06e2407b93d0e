"""Faxes, kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, Table, and_, bindparam, func, or_
from sqlalchemy import select as rows
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.clock import by_turns
from ffgateway.domain.errors import NotFound
from ffgateway.domain.failures import Failure
from ffgateway.domain.faxes import (
    FINAL,
    IN_GATEWAY,
    ON_DEVICE,
    CancelledBy,
    Document,
    Fax,
    FaxStatus,
    HoldReason,
    Origin,
    Recipient,
)
from ffgateway.domain.pages import Page
from ffgateway.store.paging import page_of
from ffgateway.store.statements import inserting, lockable, run, save, saving
from ffgateway.store.tables import FaxRow

_RECIPIENT = TypeAdapter(Recipient)
_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_FAILURE = TypeAdapter(Failure)
_FINAL = tuple(status.value for status in FINAL)
OPEN = tuple(sorted(status.value for status in set(FaxStatus) - FINAL))
"""The statuses that are no ends, by name: an index serves a list of them, and not its contrary."""
_TABLE: Table = FaxRow.__table__  # type: ignore[attr-defined]
_FIXED = {
    "created_at", "created_by", "client_reference", "documents", "batch_id", "origin", "resend_of",
}  # fmt: skip
"""What stays as it was when a fax was kept; rewriting it would cost its indexes."""
_INSERT = inserting(FaxRow)
_SAVE = saving(FaxRow, but=_FIXED)
_IN_GATEWAY = tuple(sorted(status.value for status in IN_GATEWAY))
_ON_DEVICE = tuple(sorted(status.value for status in ON_DEVICE - {FaxStatus.CANCELLING}))


AT_ONCE = 500
"""Ids in one statement: SQLite of old takes 999."""

FAILED_AS = col(FaxRow.failure)["code"].as_string()
"""The code of a failure, in SQL."""

FAXES = rows(_TABLE)
"""Begins a query for `faxes_of`."""

_GET = lockable(FAXES.where(col(FaxRow.id) == bindparam("fax_id")))
_OF_SUBMISSION = lockable(
    FAXES.where(col(FaxRow.submission_id) == bindparam("submission_id")).order_by(
        col(FaxRow.ordinal)
    )
)
_OPEN_ON = lockable(
    FAXES.where(
        col(FaxRow.device_id) == bindparam("device_id"),
        col(FaxRow.entry_key) != "",
        col(FaxRow.status).in_(bindparam("statuses", expanding=True)),
    ).order_by(col(FaxRow.id))
)
_ON_KEY = lockable(
    FAXES.where(
        col(FaxRow.device_id) == bindparam("device_id"),
        col(FaxRow.fax_key) == bindparam("fax_key"),
    ).order_by(col(FaxRow.id))
)
_ON_ENTRY = lockable(_ON_KEY[False].where(col(FaxRow.entry_key) == bindparam("entry_key")))


async def faxes_of(session: AsyncSession, query: Select[Any], **values: Any) -> tuple[Fax, ...]:
    """Run a query for faxes. They come as plain rows: thousands are read at a time."""
    found = await session.exec(query, params=values)  # type: ignore[call-overload]  # it takes any
    return tuple([fax_of(row) async for row in by_turns(found)])


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxFilter:
    """Which faxes a list shows; None means any."""

    status: tuple[FaxStatus, ...] = ()
    device_id: str | None = None
    client_reference: str | None = None
    submission_id: str | None = None
    origin: Origin | None = None
    username: str | None = None
    batch_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    created_by: str | None = None

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
            stayed = and_(
                col(FaxRow.submission_id) == self.submission_id, col(FaxRow.came_with).is_(None)
            )
            terms.append(or_(stayed, col(FaxRow.came_with) == self.submission_id))
        if self.origin is not None:
            terms.append(col(FaxRow.origin) == self.origin.value)
        if self.username is not None:
            terms.append(col(FaxRow.username) == self.username)
        if self.batch_id is not None:
            terms.append(col(FaxRow.batch_id) == self.batch_id)
        if self.created_after is not None:
            terms.append(col(FaxRow.created_at) >= self.created_after)
        if self.created_before is not None:
            terms.append(col(FaxRow.created_at) < self.created_before)
        if self.created_by is not None:
            terms.append(col(FaxRow.created_by) == self.created_by)
        return terms


class FaxStore:
    """The faxes of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, fax: Fax) -> None:
        """Keep a new fax."""
        await self.add_all([fax])

    async def add_all(self, faxes: Sequence[Fax]) -> None:
        """Keep many new faxes at once; their submissions are there already."""
        if faxes:
            await run(self._session, _INSERT, [_fax_values(fax) for fax in faxes])

    async def stoppable(self, batch_id: str, *, limit: int) -> tuple[Fax, ...]:
        """Lock faxes of a batch that can be called off now; what another holds is passed over."""
        here = and_(col(FaxRow.status).in_(_IN_GATEWAY), col(FaxRow.entry_key) == "")
        goes_on = or_(col(FaxRow.status).in_(_ON_DEVICE), col(FaxRow.reschedule_to).is_not(None))
        there = and_(goes_on, col(FaxRow.entry_key) != "")
        query = (
            FAXES.where(col(FaxRow.batch_id) == batch_id, or_(here, there))
            .order_by(col(FaxRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return await faxes_of(self._session, query)

    async def save(self, *faxes: Fax) -> None:
        """Keep the present form of faxes, the revision of each raised by one."""
        if faxes:
            values = [_fax_values(fax) | {"revision": fax.revision + 1} for fax in faxes]
            await save(self._session, _SAVE, FaxRow, values)

    async def get(self, fax_id: str, *, lock: bool = False) -> Fax:
        """Return one; `lock` keeps it ours until the transaction ends. Raises `NotFound`."""
        found = await faxes_of(self._session, _GET[lock], fax_id=fax_id)
        if not found:
            raise NotFound(f"There is no fax {fax_id}.", field="id")
        return found[0]

    async def several(self, fax_ids: Sequence[str], *, lock: bool = False) -> dict[str, Fax]:
        """Those of these faxes that there are, by id, in the order of ids."""
        found: dict[str, Fax] = {}
        for start in range(0, len(fax_ids), AT_ONCE):
            some = fax_ids[start : start + AT_ONCE]
            query = FAXES.where(col(FaxRow.id).in_(some)).order_by(col(FaxRow.id))
            faxes = await faxes_of(self._session, query.with_for_update() if lock else query)
            found |= {fax.id: fax for fax in faxes}
        return found

    async def page(self, filters: FaxFilter, *, cursor: str | None, limit: int) -> Page[Fax]:
        """The newest first."""
        return await page_of(
            self._session,
            FaxRow,
            key=col(FaxRow.id),
            noun=fax_of,
            where=filters.where(),
            cursor=cursor,
            limit=limit,
        )

    async def of_submission(self, submission_id: str, *, lock: bool = False) -> tuple[Fax, ...]:
        """The faxes of one request, in the order of its recipients."""
        query = _OF_SUBMISSION[lock]
        return await faxes_of(self._session, query, submission_id=submission_id)

    async def open_on(
        self, device_id: str, *statuses: FaxStatus, lock: bool = False
    ) -> tuple[Fax, ...]:
        """The faxes that an appliance has and whose end has not been seen; those in some statuses.

        A look asks `StandingStore`: there may be thousands.
        """
        wanted = [one.value for one in statuses] or OPEN
        return await faxes_of(self._session, _OPEN_ON[lock], device_id=device_id, statuses=wanted)

    async def on_key(
        self, device_id: str, fax_key: str, entry_key: str | None, *, lock: bool = False
    ) -> tuple[Fax, ...]:
        """The faxes that the entries of a FAXKEY are, or that one of them is."""
        place = {"device_id": device_id, "fax_key": fax_key}
        if entry_key is None:
            return await faxes_of(self._session, _ON_KEY[lock], **place)
        return await faxes_of(self._session, _ON_ENTRY[lock], **place, entry_key=entry_key)

    async def count_failures(self) -> dict[str, int]:
        """How many faxes failed with each code."""
        query = select(FAILED_AS, func.count()).where(FaxRow.status == FaxStatus.FAILED.value)
        return dict((await self._session.exec(query.group_by(FAILED_AS))).all())

    async def count_by_status(self) -> dict[str, int]:
        """How many faxes are in each status."""
        query = select(FaxRow.status, func.count()).group_by(col(FaxRow.status))
        return dict((await self._session.exec(query)).all())


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
        "dialled": fax.dialled,
        "fax_key": fax.fax_key,
        "entry_key": fax.entry_key,
        "attempt": fax.attempt,
        "first_try": fax.first_try,
        "pages": fax.pages,
        "next_attempt_at": fax.next_attempt_at,
        "hold_reason": fax.hold_reason.value if fax.hold_reason else None,
        "hold_detail": fax.hold_detail,
        "deadline": fax.deadline,
        "stuck_as": fax.stuck_as,
        "rounds_left": fax.rounds_left,
        "retried_as": fax.retried_as,
        "placement": list(fax.placement),
        "failure": _FAILURE.dump_python(fax.failure, mode="json") if fax.failure else None,
        "cancelled_by": fax.cancelled_by.value if fax.cancelled_by else None,
        "cancel_requested_at": fax.cancel_requested_at,
        "reschedule_to": fax.reschedule_to,
        "device_state": fax.device_state,
        "device_message": fax.device_message,
        "missing_looks": fax.missing_looks,
        "resend_of": fax.resend_of,
        "finished_at": fax.finished_at,
        "documents": _DOCUMENTS.dump_python(fax.documents, mode="json"),
        "batch_id": fax.batch_id,
        "came_with": fax.came_with,
        "corrected_as": fax.corrected_as.value if fax.corrected_as else None,
        "origin": fax.origin.value,
        "username": fax.username,
        "agent": fax.agent,
        "acted_as": fax.acted_as,
        "revision": fax.revision,
    }


def fax_of(row: FaxRow | Row[Any]) -> Fax:
    """A row as a noun."""
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
        dialled=row.dialled,
        fax_key=row.fax_key,
        entry_key=row.entry_key,
        attempt=row.attempt,
        first_try=row.first_try,
        pages=row.pages,
        next_attempt_at=row.next_attempt_at,
        hold_reason=HoldReason(row.hold_reason) if row.hold_reason else None,
        hold_detail=row.hold_detail,
        deadline=row.deadline,
        stuck_as=row.stuck_as,
        rounds_left=row.rounds_left,
        retried_as=row.retried_as,
        placement=tuple(row.placement),
        failure=_FAILURE.validate_python(row.failure) if row.failure else None,
        cancelled_by=CancelledBy(row.cancelled_by) if row.cancelled_by else None,
        cancel_requested_at=row.cancel_requested_at,
        reschedule_to=row.reschedule_to,
        device_state=row.device_state,
        device_message=row.device_message,
        missing_looks=row.missing_looks,
        resend_of=row.resend_of,
        finished_at=row.finished_at,
        documents=_DOCUMENTS.validate_python(row.documents),
        batch_id=row.batch_id,
        came_with=row.came_with,
        corrected_as=FaxStatus(row.corrected_as) if row.corrected_as else None,
        origin=Origin(row.origin),
        username=row.username,
        agent=row.agent,
        acted_as=row.acted_as,
        revision=row.revision,
    )

"""The audit log: append and read. There is no update, and what goes goes through `SealStore.purge`."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.audit import AuditEntry, AuditFilter, Kind, Outcome, plain
from ffgateway.domain.errors import NotFound
from ffgateway.domain.pages import Page
from ffgateway.store.audit_tables import AuditRow
from ffgateway.store.paging import page_of
from ffgateway.store.statements import inserting, run

ALL = AuditFilter()

_INSERT = inserting(AuditRow)

TABLE: Table = AuditRow.__table__  # type: ignore[attr-defined]
"""For what is written or read by the hundred: as plain rows it costs a third."""


class AuditStore:
    """The audit log, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, entries: Sequence[AuditEntry]) -> None:
        """Add rows, in order."""
        await run(self._session, _INSERT, [values(entry) for entry in entries])

    async def append_one(self, entry: AuditEntry) -> int:
        """Add a row now, not at the end of the transaction; return its number."""
        statement = insert(AuditRow).values(**values(entry)).returning(col(AuditRow.number))
        return int((await self._session.exec(statement)).scalar_one())

    async def get(self, number: int) -> AuditEntry:
        """Return one. Raises `NotFound`, also for one that was purged."""
        row = await self._session.get(AuditRow, number)
        if row is None:
            raise NotFound(f"There is no row {number} in the audit log, or it was purged.")
        return entry_of(row)

    async def page(
        self, wanted: AuditFilter = ALL, *, cursor: str | None, limit: int
    ) -> Page[AuditEntry]:
        """The newest first."""
        return await page_of(
            self._session,
            AuditRow,
            key=col(AuditRow.number),
            noun=entry_of,
            where=list(conditions(wanted)),
            cursor=cursor,
            limit=limit,
            number=True,
        )


def conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    """What a row must meet."""
    for name in ("resource", "principal_id", "action", "outcome", "kind", "request_id"):
        value = getattr(wanted, name)
        if value is not None:
            yield col(getattr(AuditRow, name)) == str(value)
    if wanted.actions is not None:
        yield col(AuditRow.action).in_(sorted(wanted.actions))
    if wanted.since is not None:
        yield col(AuditRow.at) >= wanted.since
    if wanted.until is not None:
        yield col(AuditRow.at) < wanted.until


def values(entry: AuditEntry) -> dict[str, Any]:
    """A row's columns, in the order of the table, without the number that the database gives."""
    return {
        "at": entry.at,
        "kind": entry.kind.value,
        "operation": plain(entry.operation),
        "principal_id": entry.principal_id,
        "principal_name": plain(entry.principal_name),
        "action": entry.action,
        "resource": plain(entry.resource),
        "outcome": entry.outcome.value,
        "request_id": plain(entry.request_id),
        "address": plain(entry.address),
        "detail": plain(entry.detail),
    }


def entry_of(row: AuditRow | Row[Any]) -> AuditEntry:
    """The noun of a row."""
    return AuditEntry(
        at=row.at,
        principal_id=row.principal_id,
        principal_name=row.principal_name,
        action=row.action,
        resource=row.resource,
        outcome=Outcome(row.outcome),
        kind=Kind(row.kind),
        operation=row.operation,
        request_id=row.request_id,
        address=row.address,
        detail=row.detail,
        number=row.number or 0,
    )

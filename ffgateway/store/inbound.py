"""Calls that came in, kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.inbound import InboundFax, InboundStatus, SettledBy
from ffgateway.domain.pages import Page
from ffgateway.store.paging import page_of
from ffgateway.store.tables import InboundFaxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundFilter:
    """Which calls a list shows; nothing given means any."""

    status: tuple[InboundStatus, ...] = ()
    device_id: str | None = None
    devices: frozenset[str] | None = None  # one of these

    def where(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        terms: list[ColumnElement[bool]] = []
        if self.status:
            terms.append(col(InboundFaxRow.status).in_([one.value for one in self.status]))
        if self.device_id is not None:
            terms.append(col(InboundFaxRow.device_id) == self.device_id)
        if self.devices is not None:
            terms.append(col(InboundFaxRow.device_id).in_(sorted(self.devices)))
        return terms


class InboundStore:
    """The calls of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, fax: InboundFax) -> None:
        """Keep a call that began."""
        self._session.add(InboundFaxRow(**_values(fax)))

    async def save(self, fax: InboundFax) -> None:
        """Keep the present form of a call."""
        statement = update(InboundFaxRow).where(col(InboundFaxRow.id) == fax.id)
        await self._session.exec(statement.values(**_values(fax)))

    async def get(self, fax_id: str) -> InboundFax:
        """Return one. Raises `NotFound`."""
        row = await self._session.get(InboundFaxRow, fax_id)
        if row is None:
            raise NotFound(f"There is no inbound fax {fax_id}.", field="id")
        return _fax(row)

    async def page(
        self, filters: InboundFilter, *, cursor: str | None, limit: int
    ) -> Page[InboundFax]:
        """The newest first."""
        return await page_of(
            self._session,
            InboundFaxRow,
            key=col(InboundFaxRow.id),
            noun=_fax,
            where=filters.where(),
            cursor=cursor,
            limit=limit,
        )

    async def open_on(self, device_id: str) -> tuple[InboundFax, ...]:
        """The calls of an appliance whose end is not settled, the oldest first."""
        query = (
            select(InboundFaxRow)
            .where(
                InboundFaxRow.device_id == device_id,
                InboundFaxRow.status == InboundStatus.RECEIVING.value,
            )
            .order_by(col(InboundFaxRow.id))
        )
        return tuple(_fax(row) for row in await self._session.exec(query))

    async def latest(self, device_id: str, *, limit: int) -> tuple[InboundFax, ...]:
        """The last calls of an appliance, the newest first."""
        query = (
            select(InboundFaxRow)
            .where(InboundFaxRow.device_id == device_id)
            .order_by(col(InboundFaxRow.id).desc())
            .limit(limit)
        )
        return tuple(_fax(row) for row in await self._session.exec(query))

    async def changed_since(self, device_id: str, moment: datetime) -> bool:
        """Whether a call of an appliance was changed after a moment."""
        query = select(InboundFaxRow.id).where(
            InboundFaxRow.device_id == device_id, InboundFaxRow.updated_at > moment
        )
        return (await self._session.exec(query.limit(1))).first() is not None


def _values(fax: InboundFax) -> dict[str, Any]:
    return {
        "id": fax.id,
        "device_id": fax.device_id,
        "status": fax.status.value,
        "created_at": fax.created_at,
        "updated_at": fax.updated_at,
        "line": fax.line,
        "extension": fax.extension,
        "recipient": fax.recipient,
        "remote_id": fax.remote_id,
        "page": fax.page,
        "pages": fax.pages,
        "started_at": fax.started_at,
        "ended_at": fax.ended_at,
        "settled_by": fax.settled_by.value if fax.settled_by else None,
        "message": fax.message,
        "start": fax.start,
    }


def _fax(row: InboundFaxRow) -> InboundFax:
    return InboundFax(
        id=row.id,
        device_id=row.device_id,
        status=InboundStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        line=row.line,
        extension=row.extension,
        recipient=row.recipient,
        remote_id=row.remote_id,
        page=row.page,
        pages=row.pages,
        started_at=row.started_at,
        ended_at=row.ended_at,
        settled_by=SettledBy(row.settled_by) if row.settled_by else None,
        message=row.message,
        start=row.start,
    )

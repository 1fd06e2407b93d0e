"""Suppressed numbers, kept."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import bindparam, or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.pages import Page
from ffgateway.domain.suppressions import Suppression
from ffgateway.store.paging import page_of
from ffgateway.store.tables import SuppressionRow

AT_ONCE = 400
"""Numbers in one question."""

_OF = select(SuppressionRow).where(
    col(SuppressionRow.digits).in_(bindparam("digits", expanding=True))
)
_ANY = select(SuppressionRow.id).limit(1)

_ONE_AT_A_TIME = text("LOCK TABLE suppression IN SHARE ROW EXCLUSIVE MODE")
"""Keeps other writers out, and no reader. SQLite lets one write at a time anyway."""


class SuppressionStore:
    """The suppressions of one transaction; a number has one at the most."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def queue_up(self) -> None:
        """Wait until nobody else is about to change any, before one is looked for to be changed."""
        if self._session.get_bind().dialect.name != "sqlite":
            await (await self._session.connection()).execute(_ONE_AT_A_TIME)

    async def keep(self, one: Suppression) -> None:
        """Keep a new or a changed one."""
        await self._session.merge(SuppressionRow(**asdict(one)))
        await self._session.flush()

    async def get(self, suppression_id: str) -> Suppression:
        """Return one. Raises `NotFound`, also for one that was lifted."""
        row = await self._session.get(SuppressionRow, suppression_id)
        if row is None or _suppression(row).lifted:
            raise NotFound(f"There is no suppression {suppression_id}.", field="id")
        return _suppression(row)

    async def of(self, digits: Iterable[str]) -> dict[str, Suppression]:
        """What is known of these numbers, by their digits, the marks of what was lifted with it."""
        wanted, found = sorted(set(digits)), {}
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            for row in await self._session.exec(_OF, params={"digits": some}):
                found[row.digits] = _suppression(row)
        return found

    async def any(self) -> bool:
        """Whether there are suppressions at all."""
        return (await self._session.exec(_ANY)).first() is not None

    async def page(self, *, cursor: str | None, limit: int) -> Page[Suppression]:
        """The newest first, without what was lifted."""
        return await page_of(
            self._session,
            SuppressionRow,
            key=col(SuppressionRow.id),
            noun=_suppression,
            where=[or_(col(SuppressionRow.active), col(SuppressionRow.hits) > 0)],
            cursor=cursor,
            limit=limit,
        )


def _suppression(row: SuppressionRow) -> Suppression:
    return Suppression(
        id=row.id,
        digits=row.digits,
        reason=row.reason,
        active=row.active,
        created_at=row.created_at,
        created_by=row.created_by,
        until=row.until,
        hits=row.hits,
    )

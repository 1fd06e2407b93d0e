"""What principals with caps have sent on a day: one row each, added to under its lock."""

from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.store.tables import SpendingRow


class SpendingStore:
    """The days of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, principal_id: str, day: date, *, faxes: int, pages: int) -> tuple[int, int]:
        """Add to a day and return what it comes to; who adds at the same time waits for this one.

        The day before stays: at another gateway, whose clock is behind, it may not be over.
        """
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        row = {"principal_id": principal_id, "day": day, "faxes": faxes, "pages": pages}
        upsert = (sqlite_insert if sqlite else postgresql_insert)(SpendingRow).values(row)
        statement = upsert.on_conflict_do_update(
            index_elements=["principal_id", "day"],
            set_={
                "faxes": col(SpendingRow.faxes) + upsert.excluded.faxes,
                "pages": col(SpendingRow.pages) + upsert.excluded.pages,
            },
        ).returning(col(SpendingRow.faxes), col(SpendingRow.pages))
        total_faxes, total_pages = (await self._session.exec(statement)).one()
        await self._session.exec(
            delete(SpendingRow).where(
                col(SpendingRow.principal_id) == principal_id,
                col(SpendingRow.day) < day - timedelta(days=1),
            )
        )
        return total_faxes, total_pages

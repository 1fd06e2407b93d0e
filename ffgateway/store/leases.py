"""Leases: who may do for a while what only one of several processes should do.

A lease is a name, its holder and an end. It is taken when nobody has it or its end has passed, so
a holder that died loses it by doing nothing. The processes' clocks must agree to a second or two.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.store.tables import LeaseRow

CLAIMING = "claiming"
STARTING = "starting"
"""Rows that nobody ever holds: by their lock the processes do a thing one after the other."""


class LeaseStore:
    """The leases of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take or renew a lease. False: somebody else has it."""
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        upsert = (sqlite_insert if sqlite else postgresql_insert)(LeaseRow)
        statement = (
            upsert.values(name=name, holder=holder, ends_at=until)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "ends_at": until},
                where=or_(col(LeaseRow.ends_at) <= at, col(LeaseRow.holder) == holder),
            )
            .returning(col(LeaseRow.name))
        )
        return (await self._session.exec(statement)).first() is not None

    async def renew(self, holder: str, *, at: datetime, until: datetime) -> frozenset[str]:
        """Renew all that a holder still has; return their names. What ran out is not among them."""
        statement = (
            update(LeaseRow)
            .where(col(LeaseRow.holder) == holder, col(LeaseRow.ends_at) > at)
            .values(ends_at=until)
            .returning(col(LeaseRow.name))
        )
        return frozenset((await self._session.exec(statement)).scalars())

    async def of(self, holder: str, names: Collection[str]) -> frozenset[str]:
        """Which of these a holder has, run out or not: nobody else has those."""
        query = select(LeaseRow.name).where(
            LeaseRow.holder == holder, col(LeaseRow.name).in_(list(names))
        )
        return frozenset(await self._session.exec(query))

    async def held(self, prefix: str, *, at: datetime) -> dict[str, str]:
        """Who has each lease whose name begins so, of those that have not run out."""
        query = select(LeaseRow).where(
            col(LeaseRow.name).startswith(prefix, autoescape=True), LeaseRow.ends_at > at
        )
        return {row.name: row.holder for row in await self._session.exec(query)}

    async def release(self, holder: str, names: Collection[str] | None = None) -> None:
        """Give leases back: those named, or all of a holder's."""
        statement = delete(LeaseRow).where(col(LeaseRow.holder) == holder)
        if names is not None:
            statement = statement.where(col(LeaseRow.name).in_(list(names)))
        await self._session.exec(statement)

    async def evict(self, holders: Iterable[str]) -> None:
        """Take everything from holders that are known to be gone."""
        await self._session.exec(delete(LeaseRow).where(col(LeaseRow.holder).in_(list(holders))))

    async def queue_up(self, name: str) -> None:
        """Wait until no other transaction is past this point; it ends with the transaction.

        SQLite lets one in at a time anyway.
        """
        if self._session.get_bind().dialect.name == "sqlite":
            return
        query = select(LeaseRow).where(LeaseRow.name == name).with_for_update()
        await self._session.exec(query)

"""Statements that run for every fax: put together once, with the module, and given their values later.

SQLAlchemy builds a statement out of objects and looks its SQL up by all of them. For the small ones
of a gateway that is most of what they cost; of one that is there already it is done once.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Insert, Select, Update, bindparam, insert, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

Query = TypeVar("Query", bound=Select[Any])


def lockable(query: Query) -> dict[bool, Query]:
    """A query that only looks, and the same that locks what it finds: `[lock]` is one of them."""
    return {False: query, True: query.with_for_update()}


def inserting(kind: type[SQLModel]) -> Insert:
    """Put rows in."""
    return insert(_table(kind))


def saving(kind: type[SQLModel], *, but: Collection[str] = ()) -> Update:
    """Write all columns of the row of an `id`, or all but some. For `save`."""
    table = _table(kind)
    names = [column.name for column in table.columns if column.name not in {"id", *but}]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c.id == bindparam("new_id")).values(values)


async def save(
    session: AsyncSession,
    statement: Update,
    kind: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write rows anew by a statement of `saving`."""
    await run(session, statement, [{f"new_{name}": one[name] for name in one} for one in rows])
    for row in list(session.sync_session.identity_map.values()):
        if isinstance(row, kind):
            session.expunge(row)  # what was read before is not what is there now


async def run(
    session: AsyncSession, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run a statement for each of these rows, behind what was added before."""
    if session.new:
        await session.flush()
    await session.exec(statement, params=rows)


def _table(kind: type[SQLModel]) -> Any:
    return kind.__table__  # type: ignore[attr-defined]

"""A connection to SQLite that goes to its thread once for a statement, and not four times.

`aiosqlite` makes a cursor, runs it, fetches and closes, and each of these waits for the thread; for
the small statements of a gateway that is most of what they cost. Here all of it is one errand, and
`BEGIN` goes along with the first statement of its transaction. Rows are fetched whole, as
SQLAlchemy does with them anyway.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[Any]
T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """One connection, with a thread of its own."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._begin = ""
        self._ended = False

    def cursor(self) -> "Cursor":  # type: ignore[override]  # it asks nothing of the thread
        """A cursor; nothing happens yet."""
        return Cursor(self)

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement. Nothing is locked or seen before it."""
        self._begin = statement

    async def run(self, work: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> "Ran":
        """Run a statement on the thread, and bring back all that came of it."""

        def errand(connection: sqlite3.Connection) -> Ran:
            cursor = work(connection)
            rows = cursor.fetchall() if cursor.description else ()
            return Ran(cursor, rows)

        return await self.take(errand)

    async def take(self, errand: Callable[[sqlite3.Connection], T]) -> T:
        """Have something done on the thread, within the transaction, which begins with it at the latest."""
        connection, begin = self._conn, self._begin
        self._begin, self._ended = "", False

        def begun() -> T:
            if begin:
                connection.execute(begin)
            return errand(connection)

        done: T = await self._execute(begun)  # type: ignore[no-untyped-call]
        return done

    async def alone(self, errand: Callable[[sqlite3.Connection], T]) -> T:
        """Have something done on the thread that begins and ends its own transaction."""
        done = await self.take(errand)
        self._ended = True  # not if it was broken off: then the thread may be at work on it still
        return done

    async def commit(self) -> None:
        """Keep what was done. What never began needs nobody to end it."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Undo what was done."""
        await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        if self._begin or self._ended:
            self._begin = ""
        else:
            await self._execute(end)  # type: ignore[no-untyped-call]


class Ran:
    """What came of a statement."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor, rows: Rows) -> None:
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        self.rows = rows


class Cursor:
    """As much of a cursor as SQLAlchemy asks for: it takes all rows at once, and closes what is closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Rows = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """There is nothing to open."""
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement."""
        return await self._run(lambda connection: connection.execute(statement, parameters))  # type: ignore[arg-type]

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement with each set of parameters."""
        return await self._run(lambda connection: connection.executemany(statement, parameters))  # type: ignore[arg-type]

    async def _run(self, work: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> Self:
        ran = await self._connection.run(work)
        self.description, self.rowcount = ran.description, ran.rowcount
        self.lastrowid, self._rows = ran.lastrowid, ran.rows
        return self

    async def fetchall(self) -> Rows:
        """Every row."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """It was closed when it had run."""


async def errand(connection: AsyncConnection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Have something done on the thread of a connection of SQLAlchemy's, within its transaction."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, Connection)  # noqa: S101 - as `engines` makes them
    return await driver.take(work)


def moment(at: datetime) -> str:
    """A moment as SQLite has it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def connection(file: str, **options: Any) -> Connection:
    """A connection that is not open yet: who awaits it opens it."""
    return Connection(lambda: sqlite3.connect(file, **options))

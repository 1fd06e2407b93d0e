"""A connection to SQLite that goes to its thread only for what may take long.

`aiosqlite` makes a cursor, runs it, fetches and closes, and each of these waits for the thread; for
the small statements of a gateway that is most of what they cost. Here all of it is one errand, and
`BEGIN` goes along with the first statement of its transaction. Rows are fetched whole, as
SQLAlchemy does with them anyway.

Even one way to the thread and back costs more than most statements do. So what is surely quick is
done on the spot: a row added or changed by its id within a transaction, and a read, which is broken
off and done on the thread if it turns out to be a long one. What waits for a lock or for the disk,
the beginning and the end of a transaction that writes, is always the thread's.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Self, TypeVar

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[Any]
T = TypeVar("T")

STEPS: Final = 10_000
"""Instructions of SQLite's machine after which a read is a long one: about a millisecond."""

FEW: Final = 8
"""Rows that are written on the spot."""

MANY: Final = 400
"""Parameters that a statement has no more of on the spot: so much is in a few rows."""

TURN: Final = 16
"""Errands on the spot after which one goes to the thread, quick or not: others get a turn meanwhile."""


class Kind(Enum):
    """How long a statement may take."""

    READ = "read"  # as long as it likes, and it may be broken off
    QUICK = "quick"
    LONG = "long"


@lru_cache(maxsize=1000)
def kind_of(statement: str) -> Kind:
    """Tell by its text. A change is quick where it is one of rows that are named one by one."""
    word = statement.lstrip()[:6].upper()
    if word == "SELECT":
        return Kind.READ
    if word == "INSERT":
        return Kind.LONG if re.search(r"\bSELECT\b", statement) else Kind.QUICK
    by_id = re.search(r"\bWHERE (\w+\.)?id = \?\s*$", statement)
    return Kind.QUICK if word == "UPDATE" and by_id else Kind.LONG


def _break_off() -> bool:
    """Called once a statement has gone on for so many steps."""
    return True


class Connection(aiosqlite.Connection):
    """One connection, with a thread of its own."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._begin = ""
        self._ended = False
        self._writes = True  # or waits for a lock: as far as nobody knows
        self._here = 0  # errands on the spot, since the last one on the thread
        self._sent = 0  # errands of the thread, which may be at work though nobody waits for it
        self._done = 0

    def cursor(self) -> "Cursor":  # type: ignore[override]  # it asks nothing of the thread
        """A cursor; nothing happens yet."""
        return Cursor(self)

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement. Nothing is locked or seen before it."""
        self._begin = statement
        self._writes = statement != "BEGIN"

    async def run(
        self, work: Callable[[sqlite3.Connection], sqlite3.Cursor], kind: Kind = Kind.LONG
    ) -> "Ran":
        """Run a statement, and bring back all that came of it."""

        def errand(connection: sqlite3.Connection) -> Ran:
            cursor = work(connection)
            rows = cursor.fetchall() if cursor.description else ()
            return Ran(cursor, rows)

        return await self.take(errand, kind)

    async def take(self, errand: Callable[[sqlite3.Connection], T], kind: Kind = Kind.LONG) -> T:
        """Have something done within the transaction, which begins with it at the latest."""
        connection, begin = self._conn, self._begin
        self._begin, self._ended = "", False
        if kind is not Kind.LONG and not (begin and self._writes) and self._may_here():
            if begin:
                connection.execute(begin)
                begin = ""
            if kind is Kind.QUICK:
                return errand(connection)
            # for this alone: called in the midst of a long one, it would wait for the loop each time
            connection.set_progress_handler(_break_off, STEPS)
            try:
                return errand(connection)
            except sqlite3.OperationalError as broken:
                if broken.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
            finally:
                connection.set_progress_handler(None, 0)

        def begun() -> T:
            if begin:
                connection.execute(begin)
            return errand(connection)

        return await self._away(begun)

    def _may_here(self) -> bool:
        """Whether something may be done on the spot now."""
        if self._sent != self._done or self._here >= TURN:
            return False
        self._here += 1
        return True

    async def _away(self, errand: Callable[[], T]) -> T:
        """Have something done on the thread."""
        self._here = 0
        self._sent += 1

        def counted() -> T:
            try:
                return errand()
            finally:
                self._done += 1

        done: T = await self._execute(counted)  # type: ignore[no-untyped-call]
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
        elif not self._writes and self._may_here():
            end()
        else:
            await self._away(end)


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

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement."""
        return await self._run(
            lambda connection: connection.execute(statement, parameters),
            kind_of(statement) if len(parameters) <= MANY else Kind.LONG,
        )

    async def executemany(self, statement: str, parameters: Sequence[Iterable[Any]]) -> Self:
        """Run a statement with each set of parameters."""
        return await self._run(
            lambda connection: connection.executemany(statement, parameters),  # type: ignore[arg-type]
            kind_of(statement) if len(parameters) <= FEW else Kind.LONG,
        )

    async def _run(self, work: Callable[[sqlite3.Connection], sqlite3.Cursor], kind: Kind) -> Self:
        ran = await self._connection.run(work, kind)
        self.description, self.rowcount = ran.description, ran.rowcount
        self.lastrowid, self._rows = ran.lastrowid, ran.rows
        return self

    async def fetchall(self) -> Rows:
        """Every row."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """It was closed when it had run."""


async def errand(
    connection: AsyncConnection,
    work: Callable[[sqlite3.Connection], T],
    kind: Kind = Kind.LONG,
) -> T:
    """Have something done by a connection of SQLAlchemy's, within its transaction."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, Connection)  # noqa: S101 - as `engines` makes them
    return await driver.take(work, kind)


def moment(at: datetime) -> str:
    """A moment as SQLite has it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def connection(file: str, **options: Any) -> Connection:
    """A connection that is not open yet: who awaits it opens it."""
    return Connection(lambda: sqlite3.connect(file, **options))

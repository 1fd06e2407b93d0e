"""Rows of the audit log that no change carries: a call that only read, or was refused.

They are written in batches of a transaction each, in one trip to the database, and are in it when
`append` returns. Nobody waits for the disk: such rows outlive the process, and a power cut may take
the last moment of them, until the next change or seal, whose commit waits, has put all before it on
the disk. Rows of changes are written with the change (`Transaction.note`) and always wait.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson
from sqlalchemy.util import greenlet_spawn

from ffgateway.domain.audit import AuditEntry
from ffgateway.store.audit import values
from ffgateway.store.audit_tables import AuditRow
from ffgateway.store.engines import Engines
from ffgateway.store.sqlite import moment
from ffgateway.store.troubles import database_told

COLUMNS = tuple(name for name in AuditRow.model_fields if name != "number")
_NAMES = ", ".join(COLUMNS)

# the words come from the columns above, the values as parameters
_SQLITE = f"INSERT INTO audit ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_TYPES = {"at": "timestamptz", "detail": "json"}
_ARRAYS = ", ".join(
    f"${place}::{_TYPES.get(name, 'text')}[]" for place, name in enumerate(COLUMNS, 1)
)
_POSTGRESQL = f"INSERT INTO audit ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608


class Ledger:
    """Appends rows, each batch at once and as fast as the engine can."""

    def __init__(self, engines: Engines) -> None:
        self._engine = engines.noting
        self._sqlite = engines.sqlite
        self._driver: Any = None
        self._turn = asyncio.Lock()

    async def append(self, entries: Sequence[AuditEntry]) -> None:
        """Write rows, all or none. Raises `StorageUnavailable` when the database cannot."""
        with database_told():
            await (self._by_sqlite if self._sqlite else self._by_postgresql)(entries)

    async def _by_sqlite(self, entries: Sequence[AuditEntry]) -> None:
        rows = [_flat(one) for one in entries]
        async with self._lent() as driver:
            # one trip to the connection's thread, where there would be five
            await driver.alone(partial(_write, rows=rows))

    async def _by_postgresql(self, entries: Sequence[AuditEntry]) -> None:
        told = [values(one) for one in entries]
        for row in told:
            row["detail"] = _json(row["detail"])
        async with self._turn:
            driver = await self._connected()
            await driver.execute(_POSTGRESQL, *([row[name] for row in told] for name in COLUMNS))

    async def _connected(self) -> Any:
        """The driver's connection of the pool, which has one, for this alone: so it need not be lent.

        Another one where the server has gone away since, and nothing was sent.
        """
        while self._driver is None or self._driver.is_closed():
            async with self._lent() as self._driver:
                pass
        return self._driver

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Any]:
        lent = await self._engine.raw_connection()
        try:
            yield lent.driver_connection
        finally:
            await greenlet_spawn(lent.close)


def _flat(entry: AuditEntry) -> tuple[str, ...]:
    """A row as SQLite has it."""
    row = values(entry)
    row["at"] = moment(entry.at)
    row["detail"] = _json(row["detail"])
    return tuple(row[name] for name in COLUMNS)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _write(database: sqlite3.Connection, rows: Sequence[tuple[str, ...]]) -> None:
    """On the connection's own thread; it writes on as before, whatever happens here."""
    database.execute("PRAGMA synchronous=NORMAL")
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            database.executemany(_SQLITE, rows)
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:  # a full disk has ended it already
                database.execute("ROLLBACK")
            raise
    finally:
        database.execute("PRAGMA synchronous=FULL")

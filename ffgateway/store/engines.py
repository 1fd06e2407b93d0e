"""Engines for the two databases, set up so that nothing is lost in silence.

SQLite gets two: one connection that writes, under `BEGIN IMMEDIATE`, and several that read.
With the driver's own transactions two writers that read first overwrite each other unnoticed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """One engine that writes and one that reads; on PostgreSQL they are the same."""

    writing: AsyncEngine
    reading: AsyncEngine

    @property
    def sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.writing.dialect.name == "sqlite"


def normalised(url: str) -> URL:
    """Put in the drivers we use: `postgresql://` alone would mean another one."""
    parsed = make_url(url)
    drivers = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    drivers["sqlite"] = "sqlite+aiosqlite"
    return parsed.set(drivername=drivers.get(parsed.drivername, parsed.drivername))


@asynccontextmanager
async def engines(url: str) -> AsyncIterator[Engines]:
    """Open the database behind `url`; close every connection at the end."""
    parsed = normalised(url)
    if parsed.get_backend_name() == "sqlite":
        opened = Engines(
            writing=_sqlite(parsed, writes=True), reading=_sqlite(parsed, writes=False)
        )
    else:
        engine = create_async_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True)
        opened = Engines(writing=engine, reading=engine)
    try:
        yield opened
    finally:
        await opened.writing.dispose()
        await opened.reading.dispose()


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writes else 8,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"timeout": 30},
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver shall not begin transactions of its own
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL, not NORMAL: a promise to send, and the note that a request is leaving, must
        # survive a power cut, or a fax is lost or goes out twice.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine

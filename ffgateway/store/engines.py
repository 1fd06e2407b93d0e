"""Engines for the two databases, set up so that nothing is lost in silence.

SQLite gets two: one connection that writes, under `BEGIN IMMEDIATE`, and several that read.
With the driver's own transactions two writers that read first overwrite each other unnoticed.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ffgateway.store.sqlite import Connection, connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """One engine that writes and one that reads; on PostgreSQL they are the same.

    `noting` is for rows of the audit log alone (`store.ledger`).
    """

    writing: AsyncEngine
    reading: AsyncEngine
    noting: AsyncEngine

    @property
    def sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.writing.dialect.name == "sqlite"


def _written(value: object) -> str:
    """JSON for a column; what the quick writer refuses (a lone surrogate, an enormous number) the other takes."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value)


def _read(text: str | bytes) -> object:
    """JSON of a column."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


JSON_TEXT: dict[str, Any] = {"json_serializer": _written, "json_deserializer": _read}


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
        writing = _sqlite(parsed, writes=True)
        opened = Engines(writing=writing, reading=_sqlite(parsed, writes=False), noting=writing)
    else:
        engine = create_async_engine(
            parsed, pool_size=10, max_overflow=10, hide_parameters=True, **JSON_TEXT
        )
        event.listen(engine.sync_engine, "checkout", _still_there)
        # whoever waits for such a row does not wait for the disk
        quick = {"server_settings": {"synchronous_commit": "off"}}
        noting = create_async_engine(
            parsed, pool_size=1, max_overflow=0, connect_args=quick, hide_parameters=True
        )
        event.listen(noting.sync_engine, "checkout", _still_there)
        opened = Engines(writing=engine, reading=engine, noting=noting)
    try:
        yield opened
    finally:
        await opened.writing.dispose()
        await opened.reading.dispose()
        await opened.noting.dispose()


def _still_there(opened: Any, _record: object, _fairy: object) -> None:
    """Have a connection made anew that the server closed.

    The driver hears of that by itself, so nobody needs to ask: a ping would be three more trips to
    the server for every transaction.
    """
    if opened.driver_connection.is_closed():
        raise InvalidatePoolError


PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL, not NORMAL: a promise to send, and the note that a request is leaving, must
    # survive a power cut, or a fax is lost or goes out twice.
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=30000",
    "PRAGMA foreign_keys=ON",
)


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    (file,), options = url.get_dialect()().create_connect_args(url)

    async def connect() -> Connection:
        # without an isolation level the driver begins no transactions of its own
        return await _opened(
            connection(file, **{**options, "timeout": 30, "isolation_level": None})
        )

    engine = create_async_engine(
        url,
        async_creator=connect,
        pool_size=1 if writes else 8,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,  # a fault that is logged has none of what was to be written
        **JSON_TEXT,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(opened: Any) -> None:
        opened.connection.driver_connection.begin(begin)

    return engine


async def _opened(connection: Connection) -> Connection:
    """Open and set up one connection, or leave nothing of it behind.

    Each has a thread, which speaks to the loop to its very end and tells nobody when that is. Left
    alone by a failure it may outlive the loop, and complain of that on standard error.
    """
    thread = connection._thread
    thread.daemon = True  # as SQLAlchemy does where it opens connections itself
    try:
        await connection
        for pragma in PRAGMAS:
            await connection.execute(pragma)
    except BaseException:
        await connection.close()
        await asyncio.to_thread(thread.join, 5)
        raise
    return connection

"""Opening the database, and what is left when it cannot be opened."""

import asyncio
import json
import logging
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ffgateway.store import sqlite
from ffgateway.store.engines import JSON_TEXT, engines
from ffgateway.store.transaction import Store


@pytest.mark.parametrize("broken", ["missing/gateway.db", "junk.db"])
async def test_a_database_that_cannot_be_opened_leaves_no_thread(
    tmp_path: Path, broken: str
) -> None:
    (tmp_path / "junk.db").write_bytes(b"this is no database " * 200)
    before = set(threading.enumerate())
    async with engines(f"sqlite+aiosqlite:///{tmp_path / broken}") as opened:
        with pytest.raises(DatabaseError):
            async with opened.writing.connect():
                pass
        left = {each.name for each in set(threading.enumerate()) - before}
    assert not [name for name in left if "connection_worker" in name]


async def test_every_connection_of_sqlite_is_set_up(tmp_path: Path) -> None:
    async with engines(f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}") as opened:
        for engine in (opened.writing, opened.reading):
            async with engine.connect() as connection:
                found = [
                    (await connection.execute(text(f"PRAGMA {name}"))).scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                ]
            assert found == ["wal", 2, 1, 30000]


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
async def test_connections_that_the_server_closed_are_made_anew(empty_database: str) -> None:
    async with engines(empty_database) as opened:
        async with opened.writing.connect() as one, opened.writing.connect() as other:
            idle: Any = (await one.get_raw_connection()).driver_connection
            ended = text("SELECT pg_terminate_backend(:pid)")
            await other.execute(ended, {"pid": idle.get_server_pid()})
        async with asyncio.timeout(10):
            while not idle.is_closed():  # noqa: ASYNC110 - the driver has nothing to wait for
                await asyncio.sleep(0)
        for _ in range(3):
            async with opened.writing.connect() as connection:
                assert (await connection.execute(text("SELECT 1"))).scalar() == 1


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"a": [1.5, None, True, "é\0"]}, {}])
def test_json_that_the_quick_writer_or_reader_refuses_goes_there_and_back(value: object) -> None:
    write, read = JSON_TEXT["json_serializer"], JSON_TEXT["json_deserializer"]
    assert read(write(value)) == json.loads(json.dumps(value)) == value
    assert read(json.dumps(value)) == value  # as it was written before


async def test_who_leaves_while_their_look_ends_takes_no_connection_along(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "TURN", 0)  # everything is done on the thread, the end of it, too

    async def look(leaving: asyncio.Event) -> None:
        async with store.reading() as tx:
            await tx.devices.all()
            leaving.set()

    for turns in range(6):
        leaving = asyncio.Event()
        looking = asyncio.create_task(look(leaving))
        await leaving.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]

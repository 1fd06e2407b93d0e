"""Opening the database, and what is left when it cannot be opened."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ffgateway.store.engines import engines


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

"""What a connection to SQLite does on the spot, and what it goes to its thread for."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ffgateway.store.sqlite import FEW, TURN, Connection, Cursor, connection

LONG = "(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up LIMIT 100000) SELECT n FROM up)"


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Connection]:
    """A connection to a table of ten, which can tell whose thread it is at work on."""
    opened = connection(
        str(tmp_path / "a.db"), isolation_level=None, timeout=1, check_same_thread=False
    )
    await opened
    await opened.create_function("thread", 0, threading.get_ident)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE room (id INTEGER PRIMARY KEY, thread INTEGER)",
        "INSERT INTO room (id) VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
    ):
        await opened.execute(statement)
    yield opened
    await opened.close()


async def ran(opened: Connection, statement: str, parameters: tuple[int, ...] = ()) -> Cursor:
    """A cursor that has run something."""
    return await opened.cursor().execute(statement, parameters)


async def whose(cursor: Cursor) -> str:
    """On whose thread the row was made that a cursor has."""
    (row,) = await cursor.fetchall()
    return "loop" if row[-1] == threading.get_ident() else "own"


@pytest.mark.parametrize(
    ("statement", "thread"),
    [
        ("SELECT thread() FROM room WHERE id = 1", "loop"),
        ("SELECT id, thread() FROM room WHERE id = (SELECT max(id) FROM room)", "loop"),
        (f"SELECT count(*), thread() FROM {LONG}", "own"),  # noqa: S608 - ours
        ("WITH one(n) AS (SELECT 1) SELECT n, thread() FROM one", "own"),
        ("PRAGMA user_version", "own"),
    ],
)
async def test_a_read_is_done_on_the_spot_unless_it_turns_out_to_be_long(
    opened: Connection, statement: str, thread: str
) -> None:
    opened.begin("BEGIN")
    cursor = await ran(opened, statement)
    assert await whose(cursor) == thread
    await opened.commit()


async def test_a_long_read_gives_all_of_its_rows_within_its_transaction(opened: Connection) -> None:
    opened.begin("BEGIN")
    await ran(opened, "SELECT 1")
    long = f"SELECT n, thread() FROM {LONG}"  # noqa: S608 - ours
    rows = await (await ran(opened, long)).fetchall()
    assert [n for n, _ in rows] == list(range(1, 100_001))
    assert opened.in_transaction
    await opened.commit()
    assert not opened.in_transaction


@pytest.mark.parametrize(
    ("statement", "parameters", "thread"),
    [
        ("INSERT INTO room (thread) VALUES (thread()) RETURNING thread", (), "loop"),
        ("UPDATE room SET thread = thread() WHERE id = ? RETURNING thread", (1,), "own"),
        ("UPDATE room SET thread = thread() WHERE id = ?", (1,), "loop"),
        ("UPDATE room SET thread = thread() WHERE room.id = ?", (1,), "loop"),
        ("UPDATE room SET thread = thread() WHERE id = ? OR id < 5", (1,), "own"),
        ("UPDATE room SET thread = thread()", (), "own"),
        ("INSERT INTO room (thread) SELECT thread() FROM room", (), "own"),
        ("DELETE FROM room WHERE id = ?", (2,), "own"),
    ],
)
async def test_a_change_is_done_on_the_spot_where_its_rows_are_named(
    opened: Connection, statement: str, parameters: tuple[int, ...], thread: str
) -> None:
    at_work: list[int] = []
    await opened.set_trace_callback(lambda _: at_work.append(threading.get_ident()))
    opened.begin("BEGIN IMMEDIATE")
    await ran(opened, "SELECT 1")
    at_work.clear()
    await ran(opened, statement, parameters)
    assert {"loop" if one == threading.get_ident() else "own" for one in at_work} == {thread}
    await opened.rollback()


@pytest.mark.parametrize(("rows", "thread"), [(FEW, "loop"), (FEW + 1, "own")])
async def test_many_rows_at_once_are_not(opened: Connection, rows: int, thread: str) -> None:
    opened.begin("BEGIN IMMEDIATE")
    await ran(opened, "SELECT 1")
    one_by_one = [(100 + number,) for number in range(rows)]
    await opened.cursor().executemany("INSERT INTO room VALUES (?, thread())", one_by_one)
    assert await whose(await ran(opened, "SELECT thread FROM room WHERE id = 100")) == thread
    await opened.commit()


async def test_waiting_for_the_lock_is_left_to_the_thread(
    opened: Connection, tmp_path: Path
) -> None:
    async with connection(str(tmp_path / "a.db"), isolation_level=None) as another:
        await another.execute("BEGIN IMMEDIATE")
        opened.begin("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(ran(opened, "SELECT 1"))
        await another.execute("INSERT INTO room (id) VALUES (11)")  # the loop goes on meanwhile
        assert not waiting.done()
        await another.execute("COMMIT")
        await waiting
        await opened.commit()


async def test_what_was_given_up_waiting_for_keeps_its_connection_to_itself(
    opened: Connection,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        begun.set()
        go_on.wait(30)

    opened.begin("BEGIN")
    given_up = asyncio.create_task(opened.take(slow))
    await asyncio.to_thread(begun.wait, 30)
    given_up.cancel()
    await asyncio.wait([given_up])
    behind = asyncio.create_task(ran(opened, "SELECT thread()"))
    await asyncio.sleep(0)
    assert not behind.done()
    go_on.set()
    assert await whose(await behind) == "own"
    assert await whose(await ran(opened, "SELECT thread()")) == "loop"
    await opened.rollback()


async def test_others_get_a_turn_between_many_reads(opened: Connection) -> None:
    opened.begin("BEGIN")
    reads = 0

    async def read_on() -> None:
        nonlocal reads
        for _ in range(10 * TURN):
            await ran(opened, "SELECT 1")
            reads += 1

    reading = asyncio.create_task(read_on())
    most, before = 0, 0
    while not reading.done():
        await asyncio.sleep(0)
        most, before = max(most, reads - before), reads
    assert 0 < most <= TURN + 1, "and the one on the thread"
    await opened.rollback()

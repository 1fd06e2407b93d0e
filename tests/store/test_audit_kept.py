"""What the databases refuse about the audit log, and the one door through which rows go."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ffgateway.audit_verify import EMPTY_ROOT, root_of_inclusion
from ffgateway.domain.audit import AuditEntry, Call, Kind
from ffgateway.domain.merkle import inclusion, parts
from ffgateway.domain.sealing import Leaf
from ffgateway.store.engines import engines
from ffgateway.store.transaction import Store
from tests.support.clock import NOON, OwnClock

FORBIDDEN = {
    "a row is changed": "UPDATE audit SET detail = '{}' WHERE number = 1",
    "a row is removed": "DELETE FROM audit WHERE number = 1",
    "every row is removed": "DELETE FROM audit",
    "a leaf is changed": "UPDATE audit_leaf SET hash = salt",
    "a salt is taken": "UPDATE audit_leaf SET salt = NULL",
    "a leaf is removed": "DELETE FROM audit_leaf",
    "a checkpoint is changed": "UPDATE audit_checkpoint SET note = ''",
    "a checkpoint is removed": "DELETE FROM audit_checkpoint",
    "a part of the tree is removed": "DELETE FROM audit_node",
    "the door is opened without a purge": (
        "INSERT INTO audit_door (number, opened_by) VALUES (1, '')"
    ),
}
ONLY_ON = {
    "sqlite": {
        "a row is replaced": (
            "INSERT OR REPLACE INTO audit SELECT number, at, principal_id, principal_name,"
            " 'fax.get', resource, outcome, request_id, address, detail, kind, operation FROM audit"
        ),
        "a leaf is replaced": (
            "INSERT OR REPLACE INTO audit_leaf (leaf, number, hash) VALUES (0, 99, x'00')"
        ),
    },
    "postgresql": {
        "the log is emptied": "TRUNCATE audit",
        "the leaves are emptied": "TRUNCATE audit_leaf",
        "the checkpoints are emptied": "TRUNCATE audit_checkpoint",
    },
}


def a_row(**more: object) -> AuditEntry:
    """A row of the log."""
    plain = {"principal_id": "key_ann", "principal_name": "Ann", "action": "fax.send"}
    return AuditEntry(**{"at": NOON, "resource": "fax_one", **plain, **more})  # type: ignore[arg-type]


async def sealed(store: Store, count: int) -> list[Leaf]:
    """So many rows, sealed, with leaves that nobody can check."""
    async with store.transaction() as tx:
        tx.note(*(a_row() for _ in range(count)))
    async with store.transaction() as tx:
        start = await tx.seals.size()
        leaves = [
            Leaf(index=index, number=entry.number, hash=index.to_bytes(32, "big"), salt=b"s" * 16)
            for index, entry in enumerate(await tx.seals.unsealed(limit=count), start)
        ]
        await tx.seals.seal(leaves)
    return leaves


async def test_the_database_refuses_whatever_would_change_the_log(
    store: Store, database: str
) -> None:
    await sealed(store, 256)
    async with engines(database) as opened:
        async with opened.writing.begin() as connection:
            await connection.execute(
                text("INSERT INTO audit_checkpoint VALUES (256, :root, :at, 'n')"),
                {"root": EMPTY_ROOT, "at": NOON if not opened.sqlite else NOON.isoformat()},
            )
        for what, statement in (FORBIDDEN | ONLY_ON[opened.writing.dialect.name]).items():
            with pytest.raises(DBAPIError, match=r"append-only|sealed once|before it begins"):
                async with opened.writing.begin() as connection:
                    await connection.execute(text(statement))
                    pytest.fail(what)


async def test_a_row_is_sealed_once_and_a_leaf_given_once(store: Store) -> None:
    first, *_ = await sealed(store, 2)
    for leaf in (first, Leaf(index=1, number=9, hash=b"", salt=b""), _with(first, index=7)):
        with pytest.raises(DBAPIError):
            async with store.transaction() as tx:
                await tx.seals.seal([leaf])


def _with(leaf: Leaf, *, index: int) -> Leaf:
    return Leaf(index=index, number=leaf.number, hash=leaf.hash, salt=leaf.salt)


async def test_a_purge_takes_rows_and_salts_and_leaves_the_tree(
    store: Store, clock: OwnClock
) -> None:
    leaves = await sealed(store, 300)
    async with store.transaction() as tx:
        before = await tx.seals.join([parts(0, 300), *inclusion(7, 300)])
        by = await tx.audit.append_one(a_row(action="audit.purge"))
        await tx.seals.purge([leaf.number for leaf in leaves[:10]], by=by)
    async with store.reading() as tx:
        after = await tx.seals.join([parts(0, 300), *inclusion(7, 300)])
        rows = await tx.seals.log(after=0, until=300, limit=300)
    assert before == after
    assert root_of_inclusion(leaves[7].hash, 7, 300, after[1:]) == after[0]
    assert [(leaf.salt, entry) for leaf, entry in rows[:10]] == [(None, None)] * 10
    assert all(leaf.salt and entry for leaf, entry in rows[10:])


async def test_the_door_is_shut_behind_a_purge(store: Store, database: str) -> None:
    leaves = await sealed(store, 3)
    async with store.transaction() as tx:
        by = await tx.audit.append_one(a_row(action="audit.purge"))
        await tx.seals.purge([leaves[0].number], by=by)
    async with engines(database) as opened:
        with pytest.raises(DBAPIError, match="append-only"):
            async with opened.writing.begin() as connection:
                await connection.execute(text("DELETE FROM audit WHERE number = 2"))


async def test_a_row_that_commits_late_is_sealed_later_and_not_left_out(store: Store) -> None:
    """On PostgreSQL numbers are given before commits are made."""
    if store.embedded:
        pytest.skip("SQLite has one writer: numbers and commits have the same order")
    async with store.transaction() as slow:
        number = await slow.audit.append_one(a_row(action="fax.cancel"))
        await sealed(store, 3)
    async with store.reading() as tx:
        (left,) = await tx.seals.unsealed(limit=10)
    assert (left.number, left.action) == (number, "fax.cancel")


async def test_the_first_row_of_a_call_is_its_own_and_others_are_acts(store: Store) -> None:
    call = Call("rest:sendFax")
    rows = [a_row(call=call, operation="rest:sendFax") for _ in range(3)]
    async with store.transaction() as tx:
        tx.note(*rows[:2])
    async with store.transaction() as tx:
        tx.note(rows[2])
    async with store.reading() as tx:
        page = await tx.audit.page(cursor=None, limit=10)
    assert [row.kind for row in reversed(page.items)] == [Kind.CALL, Kind.ACT, Kind.ACT]


async def test_a_call_whose_change_was_rolled_back_has_no_row_yet(store: Store) -> None:
    call = Call("rest:sendFax")
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            tx.note(a_row(call=call))
            raise RuntimeError
    assert not call.recorded


async def test_rows_of_the_ledger_are_like_those_of_transactions(store: Store) -> None:
    strange = a_row(
        detail={"text": "ä\0\ud800", "number": 2**60, "float": 0.5, "list": ("a", None, True)},
        kind=Kind.CALL,
    )
    await store.ledger.append([strange, a_row()])
    async with store.transaction() as tx:
        tx.note(strange)
    async with store.reading() as tx:
        page = await tx.audit.page(cursor=None, limit=10)
        assert await tx.seals.pending() == 3
    third, second, first = page.items
    assert (first.detail, first.at, first.kind) == (third.detail, third.at, Kind.CALL)
    assert first.detail["text"] == "ä\ufffd?"
    assert (second.kind, second.number) == (Kind.ACT, 2)


async def test_the_ledger_finds_the_database_again(store: Store) -> None:
    await store.ledger.append([a_row()])
    if not store.embedded:  # SQLite is in this process
        gone: Any = store.ledger._driver
        async with store.transaction() as tx:
            end = text("SELECT pg_terminate_backend(:pid)").bindparams(pid=gone.get_server_pid())
            await (await tx.session.connection()).execute(end)
        async with asyncio.timeout(10):
            while not gone.is_closed():  # noqa: ASYNC110 - the driver has nothing to wait for
                await asyncio.sleep(0)
    await asyncio.gather(*(store.ledger.append([a_row(), a_row()]) for _ in range(3)))
    async with store.reading() as tx:
        page = await tx.audit.page(cursor=None, limit=10)
    assert len(page.items) == 7

"""A database that cannot is told apart from a statement that is wrong."""

import socket

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ffgateway.domain.audit import AuditEntry, Kind, Outcome
from ffgateway.domain.errors import StorageFull, StorageUnavailable
from ffgateway.store.engines import engines
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from tests.support.clock import OwnClock

ROOM = text("CREATE TABLE IF NOT EXISTS room (full TEXT)")
FILL = text("INSERT INTO room VALUES (:what)")


async def test_a_full_disk_keeps_nothing_of_a_transaction_and_the_next_one_goes_well(
    sqlite_store: Store,
) -> None:
    async with sqlite_store.transaction() as tx:
        await (await tx.session.connection()).execute(ROOM)
    with pytest.raises(StorageFull):
        async with sqlite_store.transaction() as tx:
            there = await tx.session.connection()
            await there.execute(text("PRAGMA max_page_count = 1"))  # no more than there is now
            for _ in range(100):
                await there.execute(FILL, {"what": "x" * 4096})
    async with sqlite_store.transaction() as tx:
        there = await tx.session.connection()
        await there.execute(text("PRAGMA max_page_count = 1000000"))
        await there.execute(FILL, {"what": "y"})
    async with sqlite_store.reading() as tx:
        count = await (await tx.session.connection()).execute(text("SELECT count(*) FROM room"))
        assert count.scalar_one() == 1


async def test_a_row_of_the_audit_log_that_has_no_room_is_told_so(
    sqlite_store: Store, clock: OwnClock
) -> None:
    entry = AuditEntry(
        at=clock.now(), principal_id="key_x", principal_name="x", action="fax.get", resource="",
        outcome=Outcome.DONE, kind=Kind.CALL, operation="getFax", detail={"long": "x" * 500_000},
    )  # fmt: skip
    async with sqlite_store.ledger._lent() as driver:
        await driver.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StorageFull):
        await sqlite_store.ledger.append([entry])
    async with sqlite_store.ledger._lent() as driver:
        await driver.execute("PRAGMA max_page_count = 1000000")
    await sqlite_store.ledger.append([entry])


async def test_what_is_asked_wrongly_is_a_fault_of_ours(store: Store) -> None:
    with pytest.raises(DBAPIError, match="nowhere"):
        async with store.reading() as tx:
            await (await tx.session.connection()).execute(text("SELECT 1 FROM nowhere"))


async def test_a_database_that_nobody_answers_for_is_out_of_reach(
    vault: Vault, clock: OwnClock
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listened on
        url = f"postgresql+asyncpg://x:x@127.0.0.1:{taken.getsockname()[1]}/x"
        async with engines(url) as both:
            with pytest.raises(StorageUnavailable):
                await Store(both, vault, clock).ready()

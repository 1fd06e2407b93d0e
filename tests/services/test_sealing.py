"""The log is sealed without gap or fork, through kills, races and clocks that go backwards."""

import asyncio
import json
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.audit_verify import (
    canonical,
    consistent,
    leaf_hash,
    notes_in,
    opened,
    read_checkpoint,
    verify_proof,
)
from ffgateway.delivery.outlets import CheckpointFile, Syslog
from ffgateway.domain.audit import record
from ffgateway.domain.errors import InvalidRequest, NotFound
from ffgateway.rest.audit import proof_out
from ffgateway.services.leasing import LEASE
from ffgateway.services.sealing import EVERY, MANY, Outlet, Sealing
from ffgateway.store.engines import engines
from ffgateway.store.transaction import Store
from tests.support.clock import OwnClock
from tests.support.gateway import ANN, ORIGIN, SIX_YEARS, House, gateway
from tests.support.sealing import held_against, write


def sealer(store: Store, clock: OwnClock, name: str) -> Sealing:
    return Sealing(store, clock, holder=name, origin=ORIGIN, outlets=())


async def test_rows_wait_ten_seconds_or_for_a_thousand(home: House) -> None:
    await home.sealing.begin()
    await write(home.store, 3)
    assert await home.sealing.step() == 0
    home.clock.advance(EVERY - 0.1)
    assert await home.sealing.step() == 0
    home.clock.advance(0.2)
    assert await home.sealing.step() == 3
    assert await home.sealing.step() == 0, "sealing itself leaves no row, or it would never end"
    await write(home.store, MANY + 5)
    assert await home.sealing.step() == MANY
    assert await home.sealing.step() == 0
    home.clock.advance(EVERY)
    assert await home.sealing.step() == 5
    assert await held_against(home.store, home.clock) == (MANY + 8, [])


async def test_two_that_seal_at_once_cannot_fork_the_log(store: Store, clock: OwnClock) -> None:
    one, two = sealer(store, clock, "one"), sealer(store, clock, "two")
    await one.begin()
    await two.begin()
    done = 0
    for _ in range(6):
        await write(store, 40)
        done += sum(await asyncio.gather(one.seal(), two.seal()))
        clock.advance(LEASE + timedelta(seconds=1))  # the lease is free again: they race for it
    assert done == 240
    assert await held_against(store, clock) == (240, [])


async def test_a_sealer_that_was_frozen_does_not_seal_what_another_did(
    store: Store, clock: OwnClock
) -> None:
    slow, quick = sealer(store, clock, "slow"), sealer(store, clock, "quick")
    await slow.begin()
    await write(store, 5)
    async with store.reading() as tx:
        seen = await tx.seals.unsealed(limit=5)
    assert await quick.seal() == 5
    clock.advance(LEASE + timedelta(seconds=1))
    async with store.transaction() as tx:
        assert await tx.seals.still_unsealed([entry.number for entry in seen]) == 0
    assert await slow.seal() == 0
    await write(store, 2)
    assert await slow.seal() == 2
    assert await held_against(store, clock) == (7, [])


async def test_a_clock_that_goes_backwards_leaves_no_gap(house: House) -> None:
    await house.sealing.begin()
    for step in (5.0, -86_400.0, 60.0, -3_600.0):
        await house.keys.create(ANN, "k", frozenset())
        house.clock.advance(step)
        assert await house.sealing.seal() == 1
    assert await held_against(house.store, house.clock) == (4, [])


async def test_a_kill_between_writing_and_sealing_leaves_the_rows_to_the_next(
    store: Store, clock: OwnClock, database: str
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.sealing", database, cwd=Path(__file__).parents[2]
    )
    assert await child.wait() == -signal.SIGKILL
    async with store.reading() as tx:
        assert (await tx.seals.size(), await tx.seals.pending()) == (30, 20)
    clock.advance(timedelta(days=365))  # past the lease of the dead
    assert await sealer(store, clock, "next").seal() == 20
    assert await held_against(store, clock) == (50, [])


async def test_a_new_key_is_introduced_by_the_old_one_and_signs_alone_then(home: House) -> None:
    await home.sealing.begin()
    heads = []
    for rotated in (False, True, False):
        if rotated:
            await home.proving.rotate(ANN)
        await write(home.store, 1)
        await home.sealing.seal()
        page = await home.proving.checkpoints(ANN, cursor=None, limit=1)
        heads.append(page.items[0].note)
    old, new = (key.verifier for key in await home.proving.keys(ANN))
    by = [[bool(opened(head, [key])) for key in (old, new)] for head in heads]
    assert by == [[True, False], [True, True], [False, True]]
    async with home.store.reading() as tx:
        gone, kept = await tx.seals.keys()
    assert gone.secret is None
    assert kept.secret
    assert await held_against(home.store, home.clock) == (4, [])


async def test_checkpoints_go_to_a_file_to_syslog_and_to_subscribers(
    sqlite_store: Store, clock: OwnClock, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        port = listening.getsockname()[1]
        outlets: list[Outlet] = [
            CheckpointFile(tmp_path / "no" / "where"),  # a way out that is barred stops nobody
            CheckpointFile(tmp_path / "kept"),
            Syslog(f"udp://127.0.0.1:{port}"),
        ]
        async with gateway(sqlite_store, clock, tmp_path, outlets=outlets) as house:
            await house.sealing.begin()
            for _ in range(2):
                await write(sqlite_store, 2)
                await house.sealing.seal()
            told = await house.told(ORIGIN)
            await house.sealing.begin()  # started again: what was signed last goes out once more
            heads = await house.proving.checkpoints(ANN, cursor=None, limit=9)
        messages = [listening.recv(4096).decode() for _ in range(3)]
    first, second = (head.note for head in reversed(heads.items))
    assert notes_in((tmp_path / "kept").read_text()) == [first, second, second]
    assert [event.data["checkpoint"] for event in told] == [first, second]
    assert [event.data["size"] for event in told] == [2, 4]
    assert all(one.startswith("<109>1 2026-03-02T12:00:00.000000Z ") for one in messages)
    assert json.loads(messages[0].partition(" - {")[2].join(["{", ""]))["checkpoint"] == first


async def test_the_log_grows_and_every_row_is_proved(house: House) -> None:
    await house.sealing.begin()
    for count in (1, 300, 7):
        await write(house.store, count, to="555-0100")
        await house.sealing.seal()
    keys = [key.verifier for key in await house.proving.keys(ANN)]
    for number in (1, 2, 256, 257, 301, 308):
        proof = await house.proving.proof(ANN, number)
        assert verify_proof(proof_out(proof).model_dump(), keys) == []
    assert verify_proof(proof_out(await house.proving.proof(ANN, 9, 301)).model_dump(), keys) == []
    for before, after in [(1, 301), (301, 308), (1, 308), (308, 308)]:
        growth = await house.proving.growth(ANN, before, after)
        old, new = (read_checkpoint(one.note)[0] for one in (growth.before, growth.after))
        assert consistent(before, old.root, after, new.root, growth.path)


async def test_what_is_not_sealed_has_no_proof(home: House) -> None:
    await home.sealing.begin()
    await write(home.store, 1)
    with pytest.raises(NotFound):
        await home.proving.proof(ANN, 1)
    await home.sealing.seal()
    await write(home.store, 1)
    await home.sealing.seal()
    with pytest.raises(InvalidRequest):
        await home.proving.proof(ANN, 2, 1)
    for size in (3, 99):
        with pytest.raises(NotFound):
            await home.proving.growth(ANN, 1, size)
    growth = await home.proving.growth(ANN, 2, 1)  # whichever is named first
    assert (growth.before.size, growth.after.size) == (1, 2)


# Retention ----------------------------------------------------------------------------------------

SECRET = 5_550_142_718
"""A number of ten digits."""

TRIED = 20_000
"""Of the ten milliards: those around the one that it is, which is among them."""


def guesses(row: dict[str, object], salt: bytes, leaf: bytes) -> list[int]:
    """The numbers that a leaf could stand for, of those that are tried."""
    text = canonical(row)
    before, _, after = text.partition(str(SECRET))
    first = SECRET - TRIED // 2
    return [
        number
        for number in range(first, first + TRIED)
        if leaf_hash(salt, f"{before}{number}{after}".encode()) == leaf
    ]


async def test_a_purged_number_cannot_be_guessed_from_its_leaf(
    home: House, sqlite_database: str
) -> None:
    """Whoever tries all numbers tries the right one. It must look like all others: then none is found."""
    await home.sealing.begin()
    await write(home.store, 1, number=SECRET)
    await home.sealing.seal()
    before = await home.proving.proof(ANN, 1)
    assert before.entry is not None
    assert before.leaf.salt is not None
    row, salt, leaf = record(before.entry), before.leaf.salt, before.leaf.hash
    assert guesses(row, salt, leaf) == [SECRET], "with the salt a row is found: the attack is real"
    home.clock.advance(timedelta(days=20_000))
    assert await home.retaining.purge() == 1
    assert guesses(row, b"", leaf) == []
    assert guesses(row, bytes(16), leaf) == []
    after = await home.proving.proof(ANN, 1)
    assert (after.entry, after.leaf.salt, after.leaf.hash) == (None, None, leaf)
    keys = [key.verifier for key in await home.proving.keys(ANN)]
    for proof in (before, after):
        assert verify_proof(proof_out(proof).model_dump(), keys) == []
    file = Path(sqlite_database.removeprefix("sqlite:///"))
    async with engines(sqlite_database) as others, others.reading.connect() as connection:
        await connection.exec_driver_sql("COMMIT")  # out of the transaction, which would forbid it
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await connection.exec_driver_sql("BEGIN")
    kept = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    assert leaf in kept
    assert salt not in kept
    assert str(SECRET).encode() not in kept


async def test_rows_are_kept_six_years_and_longer_under_a_hold(house: House) -> None:
    await house.sealing.begin()
    key, _ = await house.keys.create(ANN, "k", frozenset())
    await house.keys.revoke(ANN, key.id)
    other, _ = await house.keys.create(ANN, "l", frozenset())
    await house.retaining.hold(ANN, key.id, reason="a court asks")
    await house.sealing.seal()
    house.clock.advance(SIX_YEARS - timedelta(days=1000))
    assert await house.retaining.purge() == 0
    house.clock.advance(timedelta(days=1001))
    assert await house.retaining.purge() == 1
    acts = [(row.action, row.resource) for row in await house.audit()]
    assert ("key.create", other.id) not in acts
    assert {("key.create", key.id), ("key.revoke", key.id), ("audit.hold", key.id)} <= set(acts)
    (purge,) = [row for row in await house.audit() if row.action == "audit.purge"]
    assert (purge.principal_id, purge.detail) == ("gateway", {"rows": 1, "first": 3, "last": 3})
    await house.retaining.let_go(ANN, key.id)
    assert await house.retaining.purge() == 3
    assert await house.retaining.holds(ANN) == ()
    with pytest.raises(NotFound):
        await house.retaining.let_go(ANN, key.id)
    await house.sealing.seal()
    rows, found = await held_against(house.store, house.clock)
    assert (rows, found) == (7, [])


async def test_what_is_not_sealed_is_not_purged(home: House) -> None:
    await home.sealing.begin()
    await write(home.store, 2)
    home.clock.advance(timedelta(days=20_000))
    assert await home.retaining.purge() == 0
    await home.sealing.seal()
    assert await home.retaining.purge() == 2

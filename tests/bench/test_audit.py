"""What the audit log costs: a request, rows in a second, sealing, verifying. Run by hand: make bench.

python -m pytest tests/bench/test_audit.py -s
"""

import asyncio
import base64
import os
import statistics
import time
from pathlib import Path

import httpx
from pydantic import SecretStr

from ffgateway.app import parts, surface
from ffgateway.audit_verify import Tree, canonical, leaves, written
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Call
from ffgateway.services.recording import Recording
from ffgateway.settings import Settings
from ffgateway.store.transaction import Store
from tests.conftest import SERVICE_KEY
from tests.support.sealing import held_against, write

KEY = "ffgw_the-key-of-this-bench"
ROUNDS = 300
MANY = 3000
VERIFIED = 300_000


def _settings(database: str, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        spool_dir=folder / "spool",
        secret_key=SecretStr(base64.b64encode(SERVICE_KEY).decode()),
        bootstrap_key=SecretStr(KEY),
    )


async def _silent(*_: object) -> None:
    """What a request would cost without its row."""


async def test_what_a_row_adds_to_a_request(database: str, tmp_path: Path) -> None:
    settings = _settings(database, tmp_path)
    took: dict[bool, list[float]] = {True: [], False: []}
    async with parts(settings) as wired:
        transport = httpx.ASGITransport(app=surface(wired.gateway, settings))
        head = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://g", headers=head
        ) as http:
            recording, write_row = wired.recording, wired.recording._write
            for number in range(2 * ROUNDS):  # side by side: each second one without
                audited = number % 2 == 0
                recording._write = write_row if audited else _silent  # type: ignore[method-assign]
                began = time.perf_counter()
                assert (await http.get("/v1/faxes")).status_code == 200
                took[audited].append(time.perf_counter() - began)
    with_row, without = (statistics.median(took[one][20:]) * 1000 for one in (True, False))
    print(
        f"\n{database[:10]}: {without:.2f} ms without, {with_row:.2f} ms with: +{with_row - without:.2f} ms p50"
    )


async def test_rows_in_a_second(store: Store, database: str) -> None:
    recording = Recording(store.ledger, store._clock)
    who = Principal(id="key_a", name="A", scopes=frozenset({Scope.ADMIN}))

    async def calls(count: int) -> None:
        for _ in range(count):
            call = Call("rest:getFax")
            call.enter("fax.get", "fax_x")
            await recording.end(Caller(principal=who, request_id="r" * 32, call=call))

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(calls(MANY // 50) for _ in range(50)))
    took, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        f"\n{database[:10]}: {MANY / took:.0f} rows/s by 50 callers, {cpu / MANY * 1e6:.0f} us of CPU a row"
    )
    assert MANY / took > 1000


async def test_sealing(store: Store, database: str) -> None:
    from ffgateway.services.sealing import Sealing

    sealing = Sealing(store, store._clock, holder="one", origin="bench", outlets=())
    await sealing.begin()
    for _ in range(5):
        await write(store, 1000)
    began, used = time.perf_counter(), time.process_time()
    while await sealing.seal():
        pass
    took, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        f"\n{database[:10]}: {5000 / took:.0f} rows/s sealed, {cpu / 5000 * 1e6:.0f} us of CPU a row"
    )
    assert (await held_against(store, store._clock))[1] == []


async def test_seal_lag_under_load(database: str, tmp_path: Path) -> None:
    """A thousand rows a second for half a minute, sealed meanwhile: how old a row is when it is sealed."""
    settings = _settings(database, tmp_path)
    lags: list[float] = []
    async with parts(settings) as wired:
        await wired.start()
        who = Principal(id="key_a", name="A", scopes=frozenset({Scope.ADMIN}))
        end = time.monotonic() + 30

        async def load() -> None:
            while time.monotonic() < end:
                began = time.monotonic()
                for _ in range(20):
                    caller = Caller(principal=who, call=Call("rest:getFax"))
                    await wired.recording.end(caller)
                await asyncio.sleep(max(0.4 - (time.monotonic() - began), 0))

        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(load())
        await asyncio.sleep(12)
        async with wired.store.reading() as tx:
            heads = (await tx.seals.checkpoints(cursor=None, limit=100)).items[::-1]
            size, before = await tx.seals.size(), 0
            for head in heads:
                rows = await tx.seals.log(after=before, until=head.size, limit=100_000)
                lags += [(head.at - entry.at).total_seconds() for _, entry in rows if entry]
                before = head.size
    lags.sort()
    print(
        f"\n{database[:10]}: {size} rows, lag p50 {lags[len(lags) // 2]:.2f} s, p99 {lags[len(lags) * 99 // 100]:.2f} s"
    )
    assert lags[len(lags) * 99 // 100] <= 15


def test_verifying() -> None:
    row = canonical(
        {
            "action": "fax.get",
            "address": "192.0.2.1",
            "at": "2026-11-26T16:25:43.123456Z",
            "detail": {},
            "kind": "call",
            "number": 1,
            "operation": "rest:getFax",
            "outcome": "done",
            "principal_id": "key_01KARTX5RB6F0T3R8Y1B5S9MKD",
            "principal_name": "Ann",
            "request_id": "0123456789abcdef0123456789abcdef",
            "resource": "fax_01KARTX5RB4PSM9QE3V7Z0H2CD",
        }
    )
    lines = [written(index, row, os.urandom(16)).encode() for index in range(VERIFIED)]
    began = time.perf_counter()
    tree = Tree()
    tree.extend(leaves(lines, []))
    tree.root()
    rate = VERIFIED / (time.perf_counter() - began)
    print(f"\n{rate:.0f} rows/s verified in one process")
    assert rate >= 200_000

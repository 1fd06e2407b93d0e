"""What the delivery engine does in a second, and how soon after a commit an event is at its receiver.

    make bench ARGS='-k webhooks'

The receiver is a process of its own on the loopback. Everything else is as in service: the whole
gateway, signatures, a row for every try. `POSTGRES` rows need the tests' own server, which is made
to write through to the disk here.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text, update

from ffgateway.app import parts
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.events import EventDraft, EventType
from ffgateway.settings import Settings
from ffgateway.store.event_tables import SubscriptionRow
from ffgateway.wiring.parts import Parts
from tests.support.databases import create_database, drop_database, postgres_server
from tests.support.processes import free_port

DELIVERIES = 20_000
FINISHED = 1_000_000
RATE, SECONDS = 200, 10


@dataclass
class Bench:
    """A gateway, and a receiver in another process."""

    gateway: Parts
    url: str

    async def calls(self) -> list[tuple[str, str, float]]:
        """What the receiver got since the last time."""
        async with httpx.AsyncClient(trust_env=False) as client:
            found: list[tuple[str, str, float]] = (await client.get(f"{self.url}/calls")).json()
            return found

    async def endpoint(self, path: str, **more: Any) -> str:
        """Register an endpoint."""
        made, _ = await self.gateway.gateway.subscriptions.create(
            GATEWAY, url=f"{self.url}{path}", events=("fax.*",), **more
        )
        return made.id

    async def tell(self, count: int, *, subjects: int, each: int = 500) -> None:
        """Have so many events happen to so many faxes."""
        for start in range(0, count, each):
            async with self.gateway.store.transaction() as tx:
                tx.tell(*(event(f"fax_{n % subjects}") for n in range(start, start + each)))

    async def waiting(self) -> int:
        """Deliveries that are to be sent."""
        async with self.gateway.store.reading() as tx:
            connection = await tx.session.connection()
            query = text("SELECT count(*) FROM delivery WHERE state = 'pending'")
            return int((await connection.execute(query)).scalar_one())

    async def drained(self) -> float:
        """Run until all is sent and on record; return the seconds that took."""
        began = time.monotonic()
        await self.gateway.start()
        while await self.waiting():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return time.monotonic() - began


def event(subject: str) -> EventDraft:
    """An event of the usual size."""
    data = {
        "id": subject, "submission_id": "sub_01KARTX5RBZ7A4H0QG6E2V8NKM", "status": "sending",
        "previous_status": "queued", "phase": "active", "device_id": "dev_01KARTX5RBW8N2Y6GJ1KQ4",
        "client_reference": "PO-4711", "pages": 3, "attempt": 1, "origin": "gateway", "batch_id": None,
    }  # fmt: skip
    from datetime import UTC, datetime

    return EventDraft(type=EventType.FAX_SENDING, subject=subject, at=datetime.now(UTC), data=data)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres_server() as url:
        asyncio.run(_durable(url))
        yield url


async def _durable(url: Any) -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {setting} = on")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, server: Any, tmp_path: Path
) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'bench.db'}"
        return
    made = await create_database(server)
    yield made.render_as_string(hide_password=False)
    await drop_database(server, made)


@asynccontextmanager
async def bench(database: str, folder: Path, **more: Any) -> AsyncIterator[Bench]:
    port = free_port()
    receiver = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.hooks", str(port), cwd=Path(__file__).parents[2]
    )
    settings = Settings(
        database_url=database,
        spool_dir=folder / "spool",
        key_file=folder / "key",
        webhook_allow="127.0.0.0/8",
        log_level="warning",
        **more,
    )
    try:
        async with parts(settings) as gateway:
            made = Bench(gateway=gateway, url=f"http://127.0.0.1:{port}")
            while True:
                try:
                    await made.calls()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
            yield made
    finally:
        receiver.kill()
        await receiver.wait()


def cpu() -> float:
    """Seconds of CPU of this process."""
    times = os.times()
    return times.user + times.system


@pytest.mark.parametrize("endpoints", [1, 40])
@pytest.mark.parametrize("ordered", [True, False], ids=["ordered", "unordered"])
async def test_webhooks_per_second(
    database: str, tmp_path: Path, endpoints: int, ordered: bool
) -> None:
    async with bench(database, tmp_path) as made:
        names = [await made.endpoint(f"/ok/{n}") for n in range(endpoints)]
        async with made.gateway.store.transaction() as tx:
            connection = await tx.session.connection()
            await connection.execute(update(SubscriptionRow).values(ordered=ordered))
        await made.tell(DELIVERIES // endpoints, subjects=1000)
        used = cpu()
        took = await made.drained()
        used = cpu() - used
        calls = await made.calls()
    assert len({(path, name) for path, name, _ in calls}) == DELIVERIES
    print(
        f"\n{database.partition(':')[0]}, {len(names)} endpoint(s), ordered {ordered}: "
        f"{DELIVERIES / took:.0f}/s, {used / DELIVERIES * 1e6:.0f} us CPU each"
    )


async def test_webhooks_soon_after_the_commit(database: str, tmp_path: Path) -> None:
    waits = []
    async with bench(database, tmp_path) as made:
        await made.endpoint("/ok")
        await made.gateway.start()
        await made.tell(20, subjects=20, each=1)
        await asyncio.sleep(1)
        await made.calls()
        committed: dict[str, float] = {}
        began = time.monotonic()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(began + number / RATE - time.monotonic(), 0))
            async with made.gateway.store.transaction() as tx:
                tx.tell(event(f"fax_{number}"))
                name = tx._told[0][0]
            committed[name] = time.monotonic()
        await asyncio.sleep(1)
        for _, name, at in await made.calls():
            waits.append((at - committed[name]) * 1000)
    assert len(waits) == RATE * SECONDS
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"\n{database.partition(':')[0]}, {RATE} events/s, commit to POST: p50 {cuts[49]:.1f} ms, "
        f"p90 {cuts[89]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(waits):.1f} ms"
    )


HOSTILE = ("hang", "drip", "huge", "flaky", "gone", "busy")
DEADLINE = 2.0


def resident() -> float:
    """MiB of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1048576


async def healthy(made: Bench, *, seconds: int) -> list[float]:
    """Tell events at a steady rate; return the milliseconds from commit to POST at the healthy ones."""
    committed: dict[str, float] = {}
    began = time.monotonic()
    for number in range(50 * seconds):
        await asyncio.sleep(max(began + number / 50 - time.monotonic(), 0))
        async with made.gateway.store.transaction() as tx:
            tx.tell(event(f"fax_{number}"))
            name = tx._told[0][0]
        committed[name] = time.monotonic()
    await asyncio.sleep(1)
    calls = await made.calls()
    return [(at - committed[name]) * 1000 for path, name, at in calls if path.startswith("/ok")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_webhooks_among_hostile_receivers(database: str, tmp_path: Path) -> None:
    async with bench(database, tmp_path, webhook_deadline_seconds=DEADLINE) as made:
        for number in range(3):
            await made.endpoint(f"/ok/{number}")
        await made.gateway.start()
        await healthy(made, seconds=5)  # warm
        before = await healthy(made, seconds=20)
        for manner in HOSTILE:
            await made.endpoint(f"/{manner}")
        await healthy(made, seconds=5)
        held = resident()
        among = await healthy(made, seconds=40)
        grown = resident() - held
        async with made.gateway.store.reading() as tx:
            connection = await tx.session.connection()
            longest = await connection.execute(text("SELECT max(duration_ms) FROM attempt"))
            took = longest.scalar_one() / 1000
    p99 = [statistics.quantiles(waits, n=100)[98] for waits in (before, among)]
    p50 = [statistics.median(waits) for waits in (before, among)]
    print(
        f"\ncommit to POST at healthy endpoints: p50 {p50[0]:.1f} -> {p50[1]:.1f} ms, p99 {p99[0]:.1f} -> "
        f"{p99[1]:.1f} ms among {len(HOSTILE)} hostile ones; longest try {took:.2f} s of {DEADLINE} s; "
        f"memory +{grown:.1f} MiB"
    )
    assert took <= DEADLINE + 0.5


@pytest.mark.parametrize("finished", [0, FINISHED])
async def test_webhooks_beside_a_million_that_are_done(
    database: str, tmp_path: Path, finished: int
) -> None:
    async with bench(database, tmp_path) as made:
        names = [await made.endpoint(f"/ok/{n}") for n in range(40)]
        columns = "event_id, position, subject, state, attempt, next_at, trigger, subscription_id"
        rows = (
            f"INSERT INTO delivery ({columns}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "  # noqa: S608
            f"FROM n WHERE i < {finished}) SELECT 'evt_old' || i, 0, 'fax_' || (i % 1000), 'delivered', 1, "
            f"'2026-11-01 00:00:00+00', 'event', '{names[0]}' FROM n"
        )
        if finished:
            async with made.gateway.store.transaction() as tx:
                connection = await tx.session.connection()
                await connection.execute(text(rows))
        await made.tell(DELIVERIES // 40, subjects=1000)
        used = cpu()
        took = await made.drained()
        used = cpu() - used
    print(
        f"\n{database.partition(':')[0]}, {finished} done: {DELIVERIES / took:.0f}/s, "
        f"{used / DELIVERIES * 1e6:.0f} us CPU each"
    )

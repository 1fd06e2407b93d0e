"""What 10,000 wrong keys in a row cost those whose key is right.

    python -m pytest -q -s tests/bench/test_wrong_keys.py

Two gateways in processes of their own, on SQLite, over sockets; another process comes to one of them with
the wrong keys, one after another. Requests with a right key are timed in turns: some while nobody else asks,
some while the wrong keys come. So whatever else this machine does falls on both. Two answers: what it costs
meanwhile, and what it has cost afterwards (the first of those turns against the last). The right requests
are on record as well, and a gateway slows down by that alone: the other gateway, which is asked as much and
by right keys only, shows how far, and what counts afterwards is the one beside the other. What the wrong
keys cost in CPU is said, too.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.support.processes import GatewayProcess, gateway_process

ROUNDS = 20
WRONG = 500
"""Of a round: ten thousand in all."""

EACH = 100
REST = 0.02
"""Seconds between two requests: a load that leaves room."""


async def timed(client: httpx.AsyncClient) -> float:
    """Seconds of a request with a right key."""
    await asyncio.sleep(REST)
    began = time.perf_counter()
    answer = await client.get("/v1/devices")
    taken = time.perf_counter() - began
    assert answer.status_code == 200
    return taken


async def both_timed(
    right: httpx.AsyncClient, spared: httpx.AsyncClient
) -> tuple[list[float], list[float]]:
    """What right keys took at either gateway, one asked after the other, while nobody else asks."""
    pairs = [(await timed(right), await timed(spared)) for _ in range(EACH)]
    return [one for one, _ in pairs], [one for _, one in pairs]


async def knocked(
    gateway: GatewayProcess, right: httpx.AsyncClient, spared: httpx.AsyncClient
) -> tuple[list[float], Counter[str]]:
    """What right keys took while wrong ones came, and what those were told."""
    knocking = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.knocking",
        str(gateway.port),
        str(WRONG),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert knocking.stdin is not None
    assert knocking.stdout is not None
    await knocking.stdout.readline()
    knocking.stdin.write(b"go\n")
    done, taken = asyncio.create_task(knocking.stdout.readline()), list[float]()
    while not done.done():
        taken.append(await timed(right))
    for _ in taken:
        await timed(spared)  # it is asked as often
    await knocking.wait()
    return taken, Counter(json.loads(await done))


def cpu(gateway: GatewayProcess) -> float:
    """Seconds of CPU that the gateway has had."""
    assert gateway.process is not None
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def afterwards(rounds: list[list[float]]) -> float:
    """The last five of those turns beside the first five."""
    middles = [statistics.median(one) for one in rounds]
    return statistics.median(middles[-5:]) / statistics.median(middles[:5])


async def test_ten_thousand_wrong_keys_in_a_row_cost_the_right_ones_nothing(tmp_path: Path) -> None:
    alone, beside, among = list[list[float]](), list[list[float]](), list[list[float]]()
    told = Counter[str]()
    for name in ("asked", "spared"):
        (tmp_path / name).mkdir()
    async with (
        gateway_process(tmp_path / "asked", FFGATEWAY_QUOTA_PER_MINUTE="0") as gateway,
        gateway_process(tmp_path / "spared", FFGATEWAY_QUOTA_PER_MINUTE="0") as other,
        gateway.client() as right,
        other.client() as spared,
    ):
        await both_timed(right, spared)
        for number in range(ROUNDS + 1):
            mine, its = await both_timed(right, spared)
            alone.append(mine)
            beside.append(its)
            if number < ROUNDS:
                taken, met = await knocked(gateway, right, spared)
                among.append(taken)
                told += met
        spent = cpu(gateway), cpu(other)
    for name, rounds in (("alone", alone), ("meanwhile", among), ("spared", beside)):
        cuts = statistics.quantiles([one for each in rounds for one in each], n=20)
        print(f"\n{name}: p50 {cuts[9] * 1000:.2f} ms, p95 {cuts[18] * 1000:.2f} ms", end="")
    middles = [[statistics.median(one) for one in rounds] for rounds in (alone, among)]
    meanwhile = statistics.median(
        during * 2 / (before + after)
        for before, during, after in zip(middles[0], middles[1], middles[0][1:], strict=False)
    )
    grown, grown_anyway = afterwards(alone), afterwards(beside)
    print(
        f"\nratio of medians meanwhile {meanwhile:.3f}, afterwards {grown / grown_anyway:.3f}"
        f" ({grown:.3f} of the first turns, without wrong keys {grown_anyway:.3f});"
        f" {told.total()} wrong keys, told {dict(told)};"
        f" CPU of the gateways {spent[0]:.1f} and {spent[1]:.1f} s in all"
    )
    assert set(told) == {"401", "429"}
    assert meanwhile <= 1.1
    assert grown / grown_anyway <= 1.1

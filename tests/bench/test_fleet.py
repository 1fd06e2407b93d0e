"""A GraphQL query over twelve appliances, three of them hanging, against the same without those.

    make bench

Appliances are simulated and hang as a machine does whose web server took a request and died. The
client's patience is per appliance (`Prefer: wait=1`), and is what the hanging ones may cost.
"""

import statistics
import time
from pathlib import Path

from tests.support.fleet import Fleet, fleet_of

APPLIANCES, HANGING, WAIT, ROUNDS = 12, 3, 1, 15
OVER_ALL = "{ devices(first: 100) { nodes { id name status { linesIdle uptime } } } }"


async def measure(fleet: Fleet) -> tuple[float, int]:
    """Return the median of seconds for an answer, and how many appliances are in it."""
    await fleet.ask(OVER_ALL, wait=WAIT)  # warm
    took, answered = [], set()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = await fleet.ask(OVER_ALL, wait=WAIT)
        took.append(time.perf_counter() - began)
        nodes = answer["data"]["devices"]["nodes"]
        answered.add(sum(1 for node in nodes if node["status"] is not None))
    (count,) = answered
    return statistics.median(took), count


async def test_a_query_over_all_costs_the_hanging_ones_patience_and_no_more(tmp_path: Path) -> None:
    well = APPLIANCES - HANGING
    for name in ("nine", "twelve"):
        (tmp_path / name).mkdir()
    nine = tmp_path / "nine"
    async with fleet_of(
        well, database=f"sqlite+aiosqlite:///{nine / 'gateway.db'}", folder=nine
    ) as fleet:
        without, count = await measure(fleet)
        assert count == well
    twelve = tmp_path / "twelve"
    async with fleet_of(
        APPLIANCES, database=f"sqlite+aiosqlite:///{twelve / 'gateway.db'}", folder=twelve
    ) as fleet:
        fleet.hang(HANGING)
        with_them, count = await measure(fleet)
        assert count == well
    ratio = with_them / (without + WAIT)
    print()
    print(f"without the hanging ones     {without * 1000:8.1f} ms  ({well} answers)")
    print(f"with {HANGING} hanging, wait={WAIT}       {with_them * 1000:8.1f} ms  ({well} answers)")
    print(
        f"ratio to {without * 1000:.1f} ms + {WAIT} s      {ratio:8.3f}     (asked: at most 1.100)"
    )
    assert ratio <= 1.10

"""What 10,000 wrong keys in a row cost those whose key is right.

    python -m pytest -q -s tests/bench/test_wrong_keys.py

A gateway in a process of its own, on SQLite, over sockets. Requests with a right key are timed, in
turns: some with ten questions before each that need no key (/livez), then as many with ten wrong keys
before each. So whatever else this machine does, and that a server that is asked more has more to do,
falls on both.
"""

import statistics
import time
from pathlib import Path

import httpx

from tests.support.processes import gateway_process

ROUNDS = 20
EACH = 50
BEFORE_EACH = 10
"""20 x 50 x 10: ten thousand wrong keys."""


async def timed(client: httpx.AsyncClient) -> float:
    """Seconds of a request with a right key."""
    began = time.perf_counter()
    answer = await client.get("/v1/devices")
    taken = time.perf_counter() - began
    assert answer.status_code == 200
    return taken


async def test_ten_thousand_wrong_keys_cost_the_right_ones_nothing(tmp_path: Path) -> None:
    alone, among, refused = list[float](), list[float](), list[int]()
    async with (
        gateway_process(tmp_path, FFGATEWAY_QUOTA_PER_MINUTE="0") as gateway,
        gateway.client() as right,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as wrong,
    ):
        for _ in range(EACH):
            await timed(right)
        for _ in range(ROUNDS):
            for _ in range(EACH):
                for _ in range(BEFORE_EACH):
                    await wrong.get("/livez")
                alone.append(await timed(right))
            for number in range(EACH):
                for other in range(BEFORE_EACH):
                    key = {"Authorization": f"Bearer ffgw_wrong-{number}-{other}"}
                    refused.append((await wrong.get("/v1/devices", headers=key)).status_code)
                among.append(await timed(right))
    for name, taken in (("among others", alone), ("among wrong keys", among)):
        cuts = statistics.quantiles(taken, n=20)
        print(f"\n{name}: p50 {cuts[9] * 1000:.2f} ms, p95 {cuts[18] * 1000:.2f} ms", end="")
    ratio = statistics.median(among) / statistics.median(alone)
    print(
        f"\nratio of medians {ratio:.3f}; {len(refused)} wrong keys, {refused.count(401)} looked at"
    )
    assert set(refused) == {401, 429}
    assert ratio <= 1.1

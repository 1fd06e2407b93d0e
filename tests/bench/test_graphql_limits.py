"""What the limits of GraphQL cost: the same queries with all of them and with none, side by side.

    make bench ARGS=tests/bench/test_graphql_limits.py

One process, no sockets: the ASGI application is called, so that the ratio is not of the network. The
time is of the process's CPU, in turns, and the median of the turns is compared.
"""

import statistics
import time
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ffgateway.app import running, surface
from ffgateway.settings import Settings

KEY = "ffgw_0123456789abcdefghijklmnopqrstuv"
LIMITS = ("tokens", "depth", "aliases", "root_fields", "directives", "nodes")
NONE = {f"graphql_{name}": 0 for name in LIMITS}
FIELDS = "id status phase clientReference createdAt sendAt origin username batchId attempt"
LARGE = (
    "{ "
    + " ".join(
        f"p{n}: faxes(first: 5) {{ nodes {{ {FIELDS} recipient {{ faxNumber name organization }}"
        " documents { name contentType size } device { id name model health } } pageInfo { endCursor } }"
        for n in range(14)
    )
    + " }"
)
QUERIES = {
    "one field": "{ __typename }",
    "a small one": "{ faxes(first: 5) { nodes { id status } } }",
    "a large one": LARGE,
    "a large one, each time another": LARGE + " # ",
}
TURNS, TIMES = 11, 15
MOST = 1.3


@pytest.mark.parametrize("name", QUERIES)
async def test_limits_cost_little(name: str, tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'bench.db'}",
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "key",
        bootstrap_key=SecretStr(KEY),
        quota_per_minute=10**9,
    )
    off = settings.model_copy(update={**NONE, "quota_per_minute": 0})
    spent: dict[str, list[float]] = {"on": [], "off": []}
    async with running(settings) as gateway:
        clients = {
            which: httpx.AsyncClient(
                transport=httpx.ASGITransport(app=surface(gateway, these)),
                base_url="http://gateway.test",
                headers={"Authorization": f"Bearer {KEY}"},
            )
            for which, these in (("on", settings), ("off", off))
        }
        for turn in range(TURNS + 1):
            for which, client in clients.items():
                began = time.process_time()
                for number in range(TIMES):
                    query = QUERIES[name]
                    if query.endswith("# "):
                        query += f"{which} {turn} {number}"
                    answer = await client.post("/graphql", json={"query": query})
                    assert "errors" not in answer.json(), answer.text
                if turn:  # the first warms up
                    spent[which].append((time.process_time() - began) / TIMES)
    on, without = (statistics.median(spent[which]) for which in ("on", "off"))
    ratio = statistics.median(a / b for a, b in zip(spent["on"], spent["off"], strict=True))
    print(f"{name}: limits on {on * 1e6:.0f} us, off {without * 1e6:.0f} us, ratio {ratio:.2f}")
    assert ratio <= MOST

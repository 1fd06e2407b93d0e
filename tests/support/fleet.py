"""A gateway in this process with many simulated appliances, some of which can be made to hang."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ffgateway.app import running, surface
from ffgateway.settings import Settings
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from ffgateway.simulator.running import running as simulating
from tests.support.processes import KEY

STATUS = "/ffws/v1/status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A gateway, and its appliances by name."""

    asking: httpx.AsyncClient
    boxes: dict[str, Simulator]

    async def ask(self, query: str, *, wait: int | None = None) -> dict[str, Any]:
        """Post an operation with the patience of a client; give the whole answer."""
        headers = {} if wait is None else {"Prefer": f"wait={wait}"}
        answer = await self.asking.post("/graphql", json={"query": query}, headers=headers)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def hang(self, count: int) -> frozenset[str]:
        """Let so many take every question and answer none; give their names."""
        names = sorted(self.boxes)[:: len(self.boxes) // count][:count]
        forever = Fault(kind=Kind.LATENCY, path="/status*", seconds=3600, times=100_000)
        for name in names:
            self.boxes[name].put(forever)
        return frozenset(names)

    def asked(self, path: str = STATUS) -> Counter[str]:
        """How often each appliance was asked for something."""
        return Counter(
            {
                name: sum(1 for _, each in box.requests if each == path)
                for name, box in self.boxes.items()
            }
        )


@asynccontextmanager
async def fleet_of(count: int, *, database: str, folder: Path) -> AsyncIterator[Fleet]:
    """Run a gateway, and so many appliances that nothing asks on its own."""
    settings = Settings(
        database_url=database,
        spool_dir=folder / "spool",
        key_file=folder / "service.key",
        bootstrap_key=KEY,
        clock_skew_seconds=0,
    )
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running(settings))
        asking = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(surface(gateway, settings)),
                base_url="http://gateway",
                headers={"Authorization": f"Bearer {KEY}"},
                timeout=120,
            )
        )
        boxes = {}
        for number in range(count):
            box = await stack.enter_async_context(simulating(model="FF440", control=False))
            name = f"box {number:02}"
            draft = {"name": name, "url": box.url, "username": "admin", "password": "admin"}
            made = await asking.post("/v1/devices", json=draft | {"poll_idle_seconds": 3600})
            assert made.status_code == 201, made.text
            boxes[name] = box
        yield Fleet(asking=asking, boxes=boxes)

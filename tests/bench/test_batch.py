"""A batch of 20,000: how soon it is accepted, how soon it is faxes, and what an urgent fax waits meanwhile.

    make bench ARGS="-k batch"

The gateway is a process of its own on SQLite; three simulated appliances of eight lines take what it
hands over, and their time stands still, so nothing is measured but the gateway.
"""

import asyncio
import base64
import statistics
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from ffgateway.simulator.running import running
from tests.support.documents import pdf
from tests.support.processes import gateway_process

RECIPIENTS, APPLIANCES, URGENT = 20_000, 3, 10
LONGEST = 3.0
"""Seconds within which a batch is to be accepted."""


def number(row: int) -> str:
    """No number whose end means something to a simulated appliance."""
    return f"612{row:05}5000"


def as_json() -> dict[str, Any]:
    document = {
        "name": "recall.pdf",
        "content_type": "application/pdf",
        "content": base64.b64encode(pdf(2)).decode(),
    }
    recipients = [
        {"fax_number": number(row), "name": f"Dr. {row}", "client_reference": f"row {row}"}
        for row in range(RECIPIENTS)
    ]
    return {"recipients": recipients, "documents": [document], "send_at": "2099-01-01T00:00:00Z"}


def as_csv() -> bytes:
    rows = (f"{number(row)},Dr. {row},row {row}\n" for row in range(RECIPIENTS))
    return ("fax_number,name,client_reference\n" + "".join(rows)).encode()


async def test_a_batch_of_twenty_thousand(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        boxes = [
            await stack.enter_async_context(running(model="FF840", speed=0))
            for _ in range(APPLIANCES)
        ]
        gateway = await stack.enter_async_context(gateway_process(tmp_path))
        client = await stack.enter_async_context(gateway.client())
        client.timeout = httpx.Timeout(120)
        body = orjson.dumps(as_json())
        csv = {
            "recipients": ("recipients.csv", as_csv(), "text/csv"),
            "documents": ("recall.pdf", pdf(2), "application/pdf"),
        }
        kind = {"Content-Type": "application/json"}
        json_took, _ = await taken(client, content=body, headers=kind)
        ready = time.perf_counter()  # it is for later: what is measured is the expansion
        first = await expanded(client)
        expansion = time.perf_counter() - ready
        for index, box in enumerate(boxes):
            device = {
                "name": f"box {index}", "url": box.url, "username": "admin", "password": "admin",
                "model": "FF840", "poll_busy_seconds": 1.0, "poll_idle_seconds": 5.0,
            }  # fmt: skip
            assert (await client.post("/v1/devices", json=device)).status_code == 201
        csv_took, second = await taken(client, files=csv)
        print(f"\naccepted, JSON of {len(body):,} bytes  {json_took:8.2f} s")
        print(f"accepted, CSV                    {csv_took:8.2f} s")
        print(f"faxes of all {first['total']:,}             {expansion:8.2f} s")
        waits = [await urgent(client, index) for index in range(URGENT)]
        now = (await client.get(f"/v1/batches/{second['id']}")).json()
        for what, seconds in zip(
            ("asking for it", "then to an appliance"), zip(*waits, strict=True), strict=True
        ):
            print(f"urgent fax, {what:<21}{statistics.median(seconds):8.2f} s median,"
                  f" {max(seconds):.2f} s longest of {URGENT}")  # fmt: skip
        print(f"the batch meanwhile: {now['phases']}")
        looked = time.perf_counter()
        await client.get(f"/v1/batches/{second['id']}")
        print(f"how far it is                    {time.perf_counter() - looked:8.3f} s")
        assert max(json_took, csv_took) < LONGEST


async def taken(client: httpx.AsyncClient, **request: Any) -> tuple[float, dict[str, Any]]:
    """Seconds until a batch is accepted, and the batch."""
    began = time.perf_counter()
    answer = await client.post("/v1/batches", **request)
    took = time.perf_counter() - began
    assert answer.status_code == 202, answer.text[:2000]
    return took, answer.json()


async def expanded(client: httpx.AsyncClient) -> dict[str, Any]:
    """Wait until every recipient of the newest batch is a fax."""
    while True:
        (batch,) = (await client.get("/v1/batches", params={"limit": 1})).json()["items"]
        if not batch["statuses"].get("accepted"):
            found: dict[str, Any] = batch
            return found
        await asyncio.sleep(0.2)


async def urgent(client: httpx.AsyncClient, index: int) -> tuple[float, float]:
    """Seconds of asking for an urgent fax, and then until an appliance has it."""
    began = time.perf_counter()
    fax = {
        "recipients": [{"fax_number": f"61299{index:03}5000"}],
        "documents": [{"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8K"}],
        "priority": 0,
    }
    answer = await client.post("/v1/faxes", json=fax)
    assert answer.status_code == 202, answer.text
    asking = time.perf_counter() - began
    place = answer.headers["location"]
    while (await client.get(place)).json()["device"] is None:  # noqa: ASYNC110  # that is how it is known
        await asyncio.sleep(0.05)
    told = (await client.get(f"{place}/events")).json()["items"]
    first, last = (
        datetime.fromisoformat(next(one["timestamp"] for one in told if one["type"] == kind))
        for kind in ("fax.accepted", "fax.submitted")
    )
    return asking, (last - first).total_seconds()

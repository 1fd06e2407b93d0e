"""A batch of 20,000: how soon it is accepted, how soon it is faxes, and what an urgent fax waits meanwhile.

    make bench ARGS="-k 'test_batch.py and sqlite'"

The gateway is a process of its own on either database. Three simulated appliances of eight lines take
what it hands over, each a process, and their time all but stands still: what they have stays there. Processor
time of the gateway is told, too: it is the number that other work on the machine does not change.
"""

import asyncio
import base64
import statistics
import sys
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

from tests.support.documents import pdf
from tests.support.processes import free_port, gateway_process

RECIPIENTS, APPLIANCES, URGENT = 20_000, 3, 30
WAITS = ("asking for it", "then to an appliance", "asking how far")
SIMULATE = (
    *(sys.executable, "-m", "ffgateway", "simulate", "--model", "FF840", "--speed", "0.01"),
    *("--user", "admin:admin"),
)
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


async def test_a_batch_of_twenty_thousand(tmp_path: Path, empty_database: str) -> None:
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(APPLIANCES)]
        for port in ports:
            box = await asyncio.create_subprocess_exec(*SIMULATE, "--port", str(port))
            stack.push_async_callback(box.wait)
            stack.callback(box.kill)
        gateway = await stack.enter_async_context(
            gateway_process(tmp_path, FFGATEWAY_DATABASE_URL=empty_database)
        )
        assert gateway.process is not None
        spent = psutil.Process(gateway.process.pid).cpu_times
        client = await stack.enter_async_context(gateway.client())
        client.timeout = httpx.Timeout(120)
        body = orjson.dumps(as_json())
        csv = {
            "recipients": ("recipients.csv", as_csv(), "text/csv"),
            "documents": ("recall.pdf", pdf(2), "application/pdf"),
        }
        kind = {"Content-Type": "application/json"}
        json_took, _ = await taken(client, content=body, headers=kind)
        ready, before = time.perf_counter(), sum(spent()[:2])
        first = await expanded(client)  # it is for later: what is measured is the expansion
        expansion, laid_out = time.perf_counter() - ready, sum(spent()[:2]) - before
        for index, port in enumerate(ports):
            device = {
                "name": f"box {index}", "url": f"http://127.0.0.1:{port}", "username": "admin",
                "password": "admin", "model": "FF840", "poll_busy_seconds": 1.0, "poll_idle_seconds": 5.0,
            }  # fmt: skip
            assert (await client.post("/v1/devices", json=device)).status_code == 201
        csv_took, second = await taken(client, files=csv)
        print(f"\n{empty_database.partition(':')[0]}")
        print(f"accepted, JSON of {len(body):,} bytes  {json_took:8.2f} s")
        print(f"accepted, CSV                    {csv_took:8.2f} s")
        print(
            f"faxes of all {first['total']:,}             {expansion:8.2f} s, {laid_out:.1f} s of CPU"
        )
        began, before = time.perf_counter(), sum(spent()[:2])
        waits = [await urgent(client, index, second["id"]) for index in range(URGENT)]
        took, used = time.perf_counter() - began, sum(spent()[:2]) - before
        for what, seconds in zip(WAITS, zip(*waits, strict=True), strict=True):
            print(f"urgent fax, {what:<21}{statistics.median(seconds):8.3f} s median,"
                  f" {max(seconds):.3f} s longest of {URGENT}")  # fmt: skip
        now = (await client.get(f"/v1/batches/{second['id']}")).json()
        print(f"the batch meanwhile: {now['phases']} after {took:.1f} s, {used:.1f} s of CPU")
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


async def urgent(
    client: httpx.AsyncClient, index: int, batch_id: str
) -> tuple[float, float, float]:
    """Seconds of asking for an urgent fax, until an appliance has it, and of asking how far the batch is."""
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
    while True:
        told = (await client.get(f"{place}/events")).json()["items"]
        at = {one["type"]: datetime.fromisoformat(one["timestamp"]) for one in told}
        if "fax.submitted" in at:
            break
        await asyncio.sleep(0.05)
    began = time.perf_counter()
    await client.get(f"/v1/batches/{batch_id}")
    looking = time.perf_counter() - began
    return asking, (at["fax.submitted"] - at["fax.accepted"]).total_seconds(), looking

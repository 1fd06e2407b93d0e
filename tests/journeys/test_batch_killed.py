"""The gateway is killed in the middle of a batch, and every recipient is still sent to once."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from ffgateway.simulator.running import running
from tests.support.documents import pdf
from tests.support.processes import GatewayProcess, gateway_process

RECIPIENTS = 1000
NUMBERS = [f"612{row:04}5000" for row in range(RECIPIENTS)]
CSV = ("fax_number,client_reference\n" + "".join(f"{one},{one}\n" for one in NUMBERS)).encode()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("faxes", "placed"),
    [(1, 0), (400, 0), (0, 1), (0, 300)],
    ids=["expanding began", "expanding", "sending began", "sending"],
)
async def test_a_batch_is_taken_up_again_and_nobody_is_sent_to_twice(
    faxes: int, placed: int, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        boxes = [
            await stack.enter_async_context(running(model="FF840", speed=2000)) for _ in range(2)
        ]
        gateway = await stack.enter_async_context(gateway_process(tmp_path))
        async with gateway.client() as client:
            for index, box in enumerate(boxes):
                device = {
                    "name": f"box {index}", "url": box.url, "username": "admin",
                    "password": "admin", "model": "FF840", "poll_busy_seconds": 0.5,
                    "poll_idle_seconds": 1.0, "submissions_at_once": 2,
                }  # fmt: skip
                assert (await client.post("/v1/devices", json=device)).status_code == 201
            files = {
                "recipients": ("recipients.csv", CSV, "text/csv"),
                "documents": ("recall.pdf", pdf(1), "application/pdf"),
            }
            answer = await client.post("/v1/batches", files=files)
            assert answer.status_code == 202, answer.text
            place = answer.headers["location"]
            await _until(client, place, faxes=faxes, placed=placed)
        await gateway.kill()
        await gateway.start()
        batch = await _ended(gateway, place)
        events = await _completions(gateway)
        accepted: Counter[str] = Counter()
        for box in boxes:
            for number, told in box.state()["numbers"].items():
                accepted[number] += told["accepted"]
    assert (batch["status"], batch["statuses"]) == ("completed", {"delivered": RECIPIENTS})
    assert accepted == Counter(dict.fromkeys(NUMBERS, 1))
    assert events == 1


async def _until(client: httpx.AsyncClient, place: str, *, faxes: int, placed: int) -> None:
    """Wait for the moment of death: so many recipients are faxes, so many of them on appliances."""
    while True:
        batch = (await client.get(place)).json()
        there = RECIPIENTS - batch["phases"]["waiting"]
        if RECIPIENTS - batch["statuses"].get("accepted", 0) >= faxes and there >= placed:
            return
        await asyncio.sleep(0.01)


async def _ended(gateway: GatewayProcess, place: str) -> dict[str, Any]:
    async with gateway.client() as client:
        while True:
            batch: dict[str, Any] = (await client.get(place)).json()
            if batch["status"] != "in_progress":
                return batch
            await asyncio.sleep(0.2)


async def _completions(gateway: GatewayProcess) -> int:
    async with gateway.client() as client:
        answer = await client.get("/v1/events", params={"types": "batch.completed"})
        return len(answer.json()["items"])

"""The gateway is killed at any moment of the story, and the story still ends as it should."""

import asyncio
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks

from ffgateway.simulator.running import running
from tests.support.documents import pdf
from tests.support.processes import GatewayProcess, gateway_process
from tests.support.receiver import Receiver, receiving

MOMENTS = [round(random.Random(seed).uniform(0.0, 2.5), 3) for seed in range(10)]
NUMBERS = {"plain": "612-555-2001", "engaged": "612-555-0186", "other": "612-555-2002"}
ENDS = {"delivered", "failed", "cancelled"}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_nothing_is_lost_and_nothing_goes_out_twice(moment: float, tmp_path: Path) -> None:
    async with (
        running(model="FF440", speed=30) as simulator,
        receiving() as receiver,
        gateway_process(tmp_path) as gateway,
    ):
        async with gateway.client() as client:
            device = {
                "name": "front desk",
                "url": simulator.url,
                "username": "admin",
                "password": "admin",
                "model": "FF440",
                "poll_busy_seconds": 0.1,
                "poll_idle_seconds": 0.5,
            }
            assert (await client.post("/v1/devices", json=device)).status_code == 201
            hook = {"url": f"{receiver.url}/hook", "events": ["fax.*"]}
            secret = (await client.post("/v1/webhooks", json=hook)).json()["secret"]
        sending = asyncio.create_task(_send_all(gateway))
        await _killed_after(gateway, moment)
        await asyncio.wait([sending])
        await gateway.start()
        faxes = await _all_settled(gateway)
        events = await _events(gateway)
        await receiver.received.until(
            lambda calls: {event["id"] for event in events} <= {call.event["id"] for call in calls},
            within=30,
        )
        await gateway.stop()

    once = dict.fromkeys(NUMBERS.values(), 1)
    assert {fax["client_reference"]: fax["status"] for fax in faxes} == dict.fromkeys(
        NUMBERS, "delivered"
    )
    numbers = simulator.state()["numbers"]
    assert {number: told["accepted"] for number, told in numbers.items()} == once
    assert {number: told["received"] for number, told in numbers.items()} == once
    _verified_and_in_order(receiver, secret, events)


async def _killed_after(gateway: GatewayProcess, moment: float) -> None:
    await asyncio.sleep(moment)  # the moment of death is the case itself, not a wait for something
    await gateway.kill()


async def _send_all(gateway: GatewayProcess) -> None:
    async with gateway.client() as client:
        for reference in NUMBERS:
            try:
                await _send(client, reference)
            except httpx.TransportError:
                return  # killed: whoever called asks again when it is back


async def _send(client: httpx.AsyncClient, reference: str) -> None:
    answer = await client.post(
        "/v1/faxes",
        data={"to": NUMBERS[reference], "client_reference": reference, "try_interval": "5"},
        files={"documents": ("referral.pdf", pdf(2), "application/pdf")},
    )
    assert answer.status_code == 202, answer.text


async def _all_settled(gateway: GatewayProcess) -> list[dict[str, Any]]:
    """Do what a careful client does: ask what was kept, send what was not, wait for the ends."""
    async with gateway.client() as client:
        kept = {fax["client_reference"] for fax in await _faxes(client)}
        for reference in NUMBERS.keys() - kept:
            await _send(client, reference)
        async with asyncio.timeout(60):
            while True:
                faxes = await _faxes(client)
                if all(fax["status"] in ENDS for fax in faxes):
                    return faxes
                await asyncio.sleep(0.1)


async def _faxes(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/faxes")).json()["items"]
    return items


async def _events(gateway: GatewayProcess) -> list[dict[str, Any]]:
    async with gateway.client() as client:
        answer = await client.get("/v1/events", params={"types": "fax.*", "limit": 100})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _verified_and_in_order(receiver: Receiver, secret: str, events: list[dict[str, Any]]) -> None:
    positions = [event["position"] for event in events]
    assert positions == sorted(positions)
    verifier = standardwebhooks.Webhook(secret)
    arrived: dict[str, list[int]] = defaultdict(list)
    for call in receiver.received:
        verifier.verify(call.body, dict(call.headers))
        if call.event["sequence"] not in arrived[call.event["subject"]]:
            arrived[call.event["subject"]].append(call.event["sequence"])
    for subject, sequences in arrived.items():
        assert sequences == list(range(1, len(sequences) + 1)), subject

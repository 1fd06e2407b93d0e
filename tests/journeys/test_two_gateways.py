"""Two gateways on one PostgreSQL and one spool; one of them is killed, and its faxes still go out once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import URL

from ffgateway.simulator.running import running
from tests.support.databases import create_database, drop_database
from tests.support.documents import pdf
from tests.support.processes import GatewayProcess, gateway_process
from tests.support.receiver import receiving

FAXES = 12
ENDS = {"delivered", "failed", "cancelled"}


@pytest.fixture
async def postgresql(postgresql_server: URL) -> AsyncIterator[str]:
    """A database of its own, empty: the first gateway that comes migrates it."""
    made = await create_database(postgresql_server)
    yield made.render_as_string(hide_password=False)
    await drop_database(postgresql_server, made)


@pytest.fixture
async def pair(
    postgresql: str, tmp_path: Path
) -> AsyncIterator[tuple[GatewayProcess, GatewayProcess]]:
    """Two gateways that came up at the same moment."""
    more = {"FFGATEWAY_DATABASE_URL": postgresql}
    folders = [tmp_path / "first", tmp_path / "second"]
    shared = {
        "FFGATEWAY_SPOOL_DIR": str(tmp_path / "spool"),
        "FFGATEWAY_KEY_FILE": str(tmp_path / "service.key"),
    }
    for folder in folders:
        folder.mkdir()
    first, second = (GatewayProcess(folder=one, more=more | shared) for one in folders)
    (tmp_path / "service.key").write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    try:
        await asyncio.gather(first.start(), second.start())
        yield first, second
    finally:
        await first.kill()
        await second.kill()


async def register(gateway: GatewayProcess, *urls: str) -> None:
    async with gateway.client() as client:
        for number, url in enumerate(urls):
            device = {
                "name": f"device {number}",
                "url": url,
                "username": "admin",
                "password": "admin",
                "model": "FF440",
                "poll_busy_seconds": 0.1,
                "poll_idle_seconds": 0.5,
            }
            assert (await client.post("/v1/devices", json=device)).status_code == 201


async def send(client: httpx.AsyncClient, number: str) -> str:
    answer = await client.post(
        "/v1/faxes",
        data={"to": number},
        files={"documents": ("referral.pdf", pdf(1), "application/pdf")},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["faxes"][0]["id"])


async def settled(gateway: GatewayProcess, *, within: float = 60) -> list[dict[str, Any]]:
    async with gateway.client() as client:
        for _ in range(int(within * 10)):
            items: list[dict[str, Any]] = (
                await client.get("/v1/faxes", params={"limit": 100})
            ).json()["items"]
            if len(items) == FAXES and all(one["status"] in ENDS for one in items):
                return items
            await asyncio.sleep(0.1)  # somebody else's process: there is nothing to wait on
    raise AssertionError(
        f"after {within} s: {[(one['status'], one['device_id']) for one in items]}"
    )


async def test_what_a_killed_gateway_was_doing_is_finished_by_the_other(
    pair: tuple[GatewayProcess, GatewayProcess],
) -> None:
    first, second = pair
    async with running(model="FF440", speed=30) as one, running(model="FF440", speed=30) as two:
        await register(first, one.url, two.url)
        async with first.client() as here, second.client() as there:
            numbers = [f"612-555-3{index:03}" for index in range(FAXES)]
            for index, number in enumerate(numbers):
                await send((here, there)[index % 2], number)
        await first.kill()
        faxes = await settled(second)
        told = one.state()["numbers"] | two.state()["numbers"]
        both = one.state()["numbers"].keys() & two.state()["numbers"].keys()
    assert {fax["status"] for fax in faxes} == {"delivered"}
    assert not both
    assert {number: told[number]["accepted"] for number in numbers} == dict.fromkeys(numbers, 1)
    assert {number: told[number]["received"] for number in numbers} == dict.fromkeys(numbers, 1)


async def test_a_change_at_one_is_seen_at_the_other_and_told_once(
    pair: tuple[GatewayProcess, GatewayProcess],
) -> None:
    first, second = pair
    async with (
        running(model="FF440", speed=30) as one,
        running(model="FF440", speed=30) as two,
        receiving() as receiver,
    ):
        await register(first, one.url, two.url)
        async with first.client() as here, second.client() as there:
            hook = {"url": f"{receiver.url}/hook", "events": ["fax.*"]}
            assert (await here.post("/v1/webhooks", json=hook)).status_code == 201
            for index in range(FAXES):
                await send((here, there)[index % 2], f"612-555-3{index:03}")
            await settled(second)
            events = (await there.get("/v1/events?types=fax.*&limit=100")).json()["items"]
        await receiver.received.until(
            lambda calls: {event["id"] for event in events} <= {call.event["id"] for call in calls},
            within=30,
        )
        ids = [call.event["id"] for call in receiver.received]
    assert len(ids) == len(set(ids)) == len(events)


async def test_a_gateway_alone_restarts_without_waiting_for_itself(
    postgresql: str, tmp_path: Path
) -> None:
    async with (
        running(model="FF440", speed=30) as box,
        gateway_process(tmp_path, FFGATEWAY_DATABASE_URL=postgresql) as gateway,
    ):
        await register(gateway, box.url)
        async with gateway.client() as client:
            fax_id = await send(client, "612-555-3000")
        await gateway.kill()
        await gateway.start()
        async with gateway.client() as client, asyncio.timeout(12):  # less than a lease
            while True:
                if (await client.get(f"/v1/faxes/{fax_id}")).json()["status"] in ENDS:
                    return
                await asyncio.sleep(0.1)  # somebody else's process: there is nothing to wait on

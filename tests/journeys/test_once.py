"""However often, from wherever and through whatever crash a fax is asked for with one key: it is one."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ffgateway.app import parts, running, surface
from ffgateway.settings import Settings
from ffgateway.simulator.running import Simulator
from ffgateway.simulator.running import running as simulated
from tests.conftest import SERVICE_KEY
from tests.support.documents import pdf
from tests.support.processes import KEY, gateway_process

NUMBER = "612-555-2001"
ONCE = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
DEVICE = {
    "name": "front desk",
    "username": "admin",
    "password": "admin",
    "model": "FF440",
    "poll_busy_seconds": 0.1,
    "poll_idle_seconds": 0.5,
}


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with simulated(model="FF440", speed=100) as simulator:
        yield simulator


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=60,
    )


def settings_of(database: str, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        spool_dir=folder / "spool",
        secret_key=SecretStr(base64.b64encode(SERVICE_KEY).decode()),
        bootstrap_key=SecretStr(KEY),
        settle_seconds=0.3,
    )


async def register(client: httpx.AsyncClient, box: Simulator) -> None:
    answer = await client.post("/v1/devices", json=DEVICE | {"url": box.url})
    assert answer.status_code == 201, answer.text


async def send(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(
        "/v1/faxes",
        data={"to": NUMBER},
        files={"documents": ("referral.pdf", pdf(1), "application/pdf")},
        headers=ONCE,
    )


async def faxes(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/faxes?limit=100")).json()["items"]
    return items


async def delivered_once(client: httpx.AsyncClient, box: Simulator) -> None:
    async with asyncio.timeout(60):
        while True:
            if all(fax["status"] == "delivered" for fax in await faxes(client)):
                break
            await asyncio.sleep(0.1)  # the appliance takes its time
    assert len(await faxes(client)) == 1
    told = box.state()["numbers"][NUMBER]
    assert (told["accepted"], told["received"]) == (1, 1)


async def test_fifty_at_once_are_one_call(database: str, tmp_path: Path, box: Simulator) -> None:
    settings = settings_of(database, tmp_path)
    async with running(settings) as gateway, client_of(surface(gateway, settings)) as client:
        await register(client, box)
        answers = await asyncio.gather(*(send(client) for _ in range(50)))
        assert {one.status_code for one in answers} == {202}
        assert len({one.content for one in answers}) == 1
        assert len({one.headers["Location"] for one in answers}) == 1
        await delivered_once(client, box)


async def test_two_gateways_on_one_database_share_their_keys(
    database: str, tmp_path: Path, box: Simulator
) -> None:
    settings = settings_of(database, tmp_path)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(running(settings))
        if database.startswith("sqlite"):  # one process; the other is the services alone
            two = (await stack.enter_async_context(parts(settings))).gateway
        else:
            two = await stack.enter_async_context(running(settings))
        clients = [
            await stack.enter_async_context(client_of(surface(each, settings)))
            for each in (one, two)
        ]
        await register(clients[0], box)
        answers = await asyncio.gather(*(send(clients[at % 2]) for at in range(50)))
        assert {one.status_code for one in answers} == {202}
        assert len({one.content for one in answers}) == 1
        await delivered_once(clients[0], box)


async def test_a_crash_between_doing_and_answering_makes_no_second_fax(
    tmp_path: Path, box: Simulator
) -> None:
    async with gateway_process(tmp_path, command=("tests.support.dying",)) as gateway:
        async with gateway.client() as client:
            await register(client, box)
            with pytest.raises(httpx.TransportError):
                await send(client)
        await gateway.kill()
        gateway.command = ("ffgateway", "serve")
        await gateway.start()
        async with gateway.client() as client:
            again = await send(client)
            assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
            (fax,) = again.json()["faxes"]
            assert again.headers["Location"] == f"/v1/faxes/{fax['id']}"
            await delivered_once(client, box)
            assert [one["id"] for one in await faxes(client)] == [fax["id"]]


async def test_what_nobody_can_tell_after_a_crash_is_not_repeated(tmp_path: Path) -> None:
    body = {"name": "billing", "scopes": ["faxes:send"]}
    async with gateway_process(tmp_path, command=("tests.support.dying",)) as gateway:
        async with gateway.client() as client:
            with pytest.raises(httpx.TransportError):
                await client.post("/v1/keys", json=body, headers=ONCE)
        await gateway.kill()
        gateway.command = ("ffgateway", "serve")
        await gateway.start()
        async with gateway.client() as client:
            again = await client.post("/v1/keys", json=body, headers=ONCE)
            assert (again.status_code, again.json()["code"]) == (409, "idempotency-outcome-unknown")
            names = [one["name"] for one in (await client.get("/v1/keys")).json()["items"]]
            assert names.count("billing") == 1


async def test_an_answer_outlives_the_process_that_gave_it(tmp_path: Path) -> None:
    async with gateway_process(tmp_path) as gateway:
        async with gateway.client() as client:
            first = await send(client)
        await gateway.stop()
        await gateway.start()
        async with gateway.client() as client:
            again = await send(client)
            assert (again.status_code, again.content) == (202, first.content)
            assert again.headers["Idempotency-Replayed"] == "true"
            assert len(await faxes(client)) == 1

"""One call for one thing in an operation, its grade told, and the client's patience kept."""

import asyncio
from datetime import UTC, datetime

import pytest

from ffgateway.graphql.calls import Calls
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import running
from tests.graphql.conftest import ADMIN, Client

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_call_that_was_made_is_not_made_again() -> None:
    calls, made = Calls(), []

    async def call() -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    found = await asyncio.gather(*(calls.once("key", call) for _ in range(5)))
    assert (found, await calls.once("key", call)) == ([1] * 5, 1)
    assert await calls.once("other", call) == 2


async def test_a_call_that_failed_fails_wherever_it_is_waited_for() -> None:
    calls = Calls()

    async def call() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await calls.once("key", call)


async def test_calls_that_nobody_waits_for_end_with_the_operation() -> None:
    calls, begun, ended = Calls(), asyncio.Event(), asyncio.Event()

    async def call() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.ensure_future(calls.once("key", call))
    await begun.wait()
    waiting.cancel()
    await calls.end()
    assert ended.is_set()


STATUS = """query ($id: ID!) {
  one: device(id: $id) { status { linesIdle } again: status { uptime } ...More }
  deviceStatus(id: $id) { linesIdle }
}
fragment More on Device { more: status { currentTime } }"""


async def _registered(client: Client, url: str) -> str:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin", "model": "FF440"}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    answer = await client.http.post("/v1/devices", json=body, headers=headers)
    return str(answer.json()["id"])


async def test_an_appliance_is_asked_once_however_the_query_is_written(client: Client) -> None:
    async with running(model="FF440", start=NOON) as box:
        device = await _registered(client, box.url)
        answer = (await client.post(STATUS, id=device)).json()
        asked = [path for _, path in box.requests if path == "/ffws/v1/status"]
    assert answer["data"]["one"]["status"]["linesIdle"] == 4
    assert len(asked) == 1
    assert answer["extensions"]["ffws"]["evidence"] == [
        {"deviceId": device, "function": "status.combined", "evidence": "documented"}
    ]


async def test_an_appliance_that_hangs_costs_the_patience_asked_for_and_its_own_field(
    client: Client,
) -> None:
    async with running(model="FF440", start=NOON) as box:
        device = await _registered(client, box.url)
        box.put(Fault(kind=Kind.LATENCY, path="/status", seconds=600, times=10))
        headers = {"Authorization": f"Bearer {ADMIN}", "Prefer": "wait=0"}
        body = {"query": "query ($id: ID!) { device(id: $id) { name status { uptime } } }"}
        answer = await client.http.post(
            "/graphql", json={**body, "variables": {"id": device}}, headers=headers
        )
    assert answer.json()["data"] == {"device": {"name": "one", "status": None}}
    (error,) = answer.json()["errors"]
    assert error["path"] == ["device", "status"]
    assert error["extensions"]["code"] == "device-silent"
    assert error["extensions"]["deviceId"] == device
    assert "one" in error["message"]

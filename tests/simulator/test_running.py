"""The simulator on a real socket."""

import asyncio
import logging

import httpx
import pytest

from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import running
from tests.simulator.making import USERS, body_of, fax, text


async def test_it_runs_on_a_free_port_and_is_gone_afterwards() -> None:
    async with running(model="FF240", users=USERS) as box, httpx.AsyncClient() as client:
        url = f"{box.url}/ffws/v1/ofax"
        assert (await client.get(url, auth=("ann", "secret-a"))).status_code == 200
        assert (await client.get(url)).status_code == 401
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_two_run_side_by_side() -> None:
    async with running(speed=0) as one, running(speed=0) as two:
        async with httpx.AsyncClient(auth=("admin", "admin")) as client:
            await client.post(f"{one.url}/ffws/v1/ofax", content=body_of(fax("555-1234")))
        assert (len(one.state()["faxes"]), len(two.state()["faxes"])) == (1, 0)


async def test_an_upload_of_many_megabytes_gets_through() -> None:
    large = body_of(fax("555-1234", attachments=[text(lines=4_000_000)]))
    async with running() as box, httpx.AsyncClient(auth=("admin", "admin")) as client:
        answer = await client.post(f"{box.url}/ffws/v1/ofax", content=large)
    assert answer.status_code == 201


async def test_it_ends_although_a_request_is_still_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with httpx.AsyncClient(auth=("admin", "admin")) as client, asyncio.timeout(20):
        async with running() as box:
            box.box.sleep = sleep
            box.put(Fault(kind=Kind.LATENCY))
            asking = asyncio.ensure_future(client.get(f"{box.url}/ffws/v1/ofax"))
            await waiting.wait()
        with pytest.raises(httpx.TransportError):
            await asking

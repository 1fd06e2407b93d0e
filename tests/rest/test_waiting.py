"""`Prefer: wait=N` on sending: an answer as soon as it is known whether appliances took the fax."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ffgateway.app import running, surface
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.devices import DeviceDraft
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from ffgateway.simulator.running import running as simulating
from tests.rest.conftest import ADMIN
from tests.support.documents import pdf

PDF = pdf(1)
LONG = {"Prefer": "wait=50"}
"""Longer than a test may take: who waits for the end of it fails."""


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with simulating(model="FF240", speed=0) as box:
        yield box


@pytest.fixture
async def gateway(open_settings: Settings) -> AsyncIterator[Gateway]:
    """With its loops at work."""
    async with running(open_settings) as gateway:
        yield gateway


@pytest.fixture
async def client(gateway: Gateway, open_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(surface(gateway, open_settings)),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {ADMIN}"},
    ) as client:
        yield client


@pytest.fixture
async def device(gateway: Gateway, box: Simulator) -> str:
    draft = DeviceDraft(name="one", url=box.url, username="admin", password="admin", model="FF240")
    return (await gateway.devices.register(GATEWAY, draft)).id


async def sent(
    client: httpx.AsyncClient, headers: dict[str, str], content: bytes = PDF, **more: Any
) -> httpx.Response:
    query = {"to": ["555-0101", "555-0102"]} | more
    kind = {"Content-Type": "application/pdf"}
    async with asyncio.timeout(30):
        return await client.post("/v1/faxes", params=query, content=content, headers=kind | headers)


@pytest.mark.usefixtures("device")
async def test_who_waits_hears_that_an_appliance_took_all_of_it(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    answer = await sent(client, LONG)
    assert answer.status_code == 201, answer.text
    assert answer.headers["preference-applied"] == "wait=50"
    faxes = answer.json()["faxes"]
    assert {fax["device"]["fax_key"] for fax in faxes} == {box.state()["faxes"][0]["fax_key"]}
    assert [fax["phase"] for fax in faxes] == ["active", "active"]
    assert answer.headers["location"].startswith("/v1/faxes?submission_id=")


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize(
    ("headers", "applied"),
    [({}, None), ({"Prefer": "wait=soon"}, None), ({"Prefer": "wait=0"}, "wait=0")],
)
async def test_who_does_not_wait_is_promised_it(
    client: httpx.AsyncClient, headers: dict[str, str], applied: str | None
) -> None:
    answer = await sent(client, headers)
    assert (answer.status_code, answer.headers.get("preference-applied")) == (202, applied)


async def test_nobody_waits_for_what_no_appliance_can_take(client: httpx.AsyncClient) -> None:
    answer = await sent(client, LONG)
    assert answer.status_code == 202
    assert [fax["status"] for fax in answer.json()["faxes"]] == ["held", "held"]


@pytest.mark.usefixtures("device")
async def test_nobody_waits_for_what_is_for_later(client: httpx.AsyncClient) -> None:
    answer = await sent(client, LONG, send_at="2099-01-01T00:00:00Z")
    assert answer.status_code == 202
    assert answer.json()["faxes"][0]["status"] == "scheduled"


@pytest.mark.usefixtures("device")
async def test_who_waits_hears_that_the_appliance_refused_it(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    box.put(Fault(kind=Kind.REFUSED, method="POST"))
    answer = await sent(client, LONG)
    assert answer.status_code == 202
    assert [fax["status"] for fax in answer.json()["faxes"]] == ["failed", "failed"]


@pytest.mark.usefixtures("device")
async def test_whose_patience_ends_first_is_promised_it_still(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    box.put(Fault(kind=Kind.LATENCY, seconds=3, method="POST"))
    answer = await sent(client, {"Prefer": "wait=1"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")
    assert answer.json()["faxes"][0]["status"] == "submitting"

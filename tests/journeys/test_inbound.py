"""Faxes come in: watched live, told in order to a real receiver, settled, on both databases."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks

from ffgateway.app import running, surface
from ffgateway.settings import Settings
from ffgateway.simulator.running import Simulator
from ffgateway.simulator.running import running as simulating
from tests.support.documents import pdf
from tests.support.processes import KEY
from tests.support.receiver import Receiver, receiving


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A gateway at work, an appliance whose time stands still, and a receiver of webhooks."""

    client: httpx.AsyncClient
    box: Simulator
    receiver: Receiver
    device: str
    secret: str

    async def call(self, **call: Any) -> None:
        """Call the appliance from outside, as a rehearsal does."""
        async with httpx.AsyncClient(base_url=self.box.url) as outside:
            answer = await outside.post("/_control/inbound", json=call)
            assert answer.status_code == 200, answer.text

    async def check(self) -> list[dict[str, Any]]:
        """Have the gateway look now; return what came in, the newest first."""
        assert (await self.client.post(f"/v1/devices/{self.device}/check")).status_code == 200
        listed = (await self.client.get("/v1/inbound-faxes")).json()["items"]
        assert isinstance(listed, list)
        return listed

    async def told(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many webhooks; return them in the order of arrival, each verified."""
        await self.receiver.received.until(lambda calls: len(calls) >= count, within=20)
        verify = standardwebhooks.Webhook(self.secret).verify
        for one in self.receiver.received:
            verify(one.body, dict(one.headers))
        return [one.event for one in self.receiver.received]


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    settings = Settings(
        database_url=database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
        bootstrap_key=KEY,
        webhook_allow="127.0.0.0/8",
    )
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(simulating(model="FF440", speed=0))
        receiver = await stack.enter_async_context(receiving())
        gateway = await stack.enter_async_context(running(settings))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(surface(gateway, settings)),
                base_url="http://gateway",
                headers={"Authorization": f"Bearer {KEY}"},
            )
        )
        body = {"name": "one", "url": box.url, "username": "admin", "password": "admin"}
        made = await client.post("/v1/devices", json={**body, "model": "FF440"})
        hook = {"url": f"{receiver.url}/hook", "events": ["inbound.*"]}
        secret = (await client.post("/v1/webhooks", json=hook)).json()["secret"]
        yield World(
            client=client, box=box, receiver=receiver, device=made.json()["id"], secret=secret
        )


async def test_a_fax_that_comes_in_is_followed_page_by_page_and_told_in_order(
    world: World,
) -> None:
    await world.call(remote_id="555-7777", extension="12", pages=3)
    pages = []
    for _ in range(3):
        (live,) = await world.check()
        pages.append((live["status"], live["page"]))
        world.box.advance(8)
    assert pages == [("receiving", 1), ("receiving", 2), ("receiving", 3)]
    (over,) = await world.check()
    assert (over["status"], over["pages"], over["settled_by"]) == ("received", 3, "inbound_log")
    told = await world.told(2)
    assert [event["type"] for event in told] == ["inbound.receiving", "inbound.received"]
    assert [event["sequence"] for event in told] == [1, 2]
    assert {event["subject"] for event in told} == {over["id"]}
    assert told[1]["data"] == {
        "id": over["id"],
        "device_id": world.device,
        "status": "received",
        "line": 1,
        "page": 3,
        "pages": 3,
        "settled_by": "inbound_log",
    }
    assert "555-7777" not in str(told)
    audit = (await world.client.get("/v1/audit", params={"resource": over["id"]})).json()["items"]
    assert [line["action"] for line in audit] == ["inbound.received", "inbound.receiving"]


async def test_a_fax_that_breaks_off_is_told_as_failed(world: World) -> None:
    await world.call(pages=3, outcome="fail")
    await world.check()
    world.box.advance(60)
    (over,) = await world.check()
    assert (over["status"], over["pages"]) == ("received_partial", 2)
    told = await world.told(2)
    assert [event["type"] for event in told] == ["inbound.receiving", "inbound.failed"]
    assert told[1]["data"]["status"] == "received_partial"


async def test_a_machine_that_faxes_back_is_seen_coming_in(world: World) -> None:
    """The magic number: what goes out comes back half a minute later."""
    files = {"documents": ("referral.pdf", pdf(2), "application/pdf")}
    form = {"to": "612-555-0118", "sender": '{"name": "Ann", "fax_number": "612-555-0142"}'}
    sent = await world.client.post("/v1/faxes", data=form, files=files)
    fax = sent.json()["faxes"][0]["id"]
    for _ in range(200):
        world.box.advance(1)
        coming = await world.check()
        if coming and coming[0]["status"] == "received":
            break
    (over,) = coming
    assert (over["remote_id"], over["extension"]) == ("612-555-0118", "0142")
    assert (over["recipient"], over["pages"]) == ("Ann", 2)
    assert (await world.client.get(f"/v1/faxes/{fax}")).json()["status"] == "delivered"

"""The story itself, on both databases: three appliances, two surfaces, every kind of end."""

import asyncio
import base64
from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks
import svix

from ffgateway.app import running, surface
from ffgateway.settings import Settings
from ffgateway.simulator.running import running as simulating
from ffgateway.simulator.sending import Timing
from tests.support.documents import pdf
from tests.support.processes import KEY
from tests.support.receiver import receiving

TIMING = Timing(queueing=timedelta(seconds=20))
SENDING = ["fax.accepted", "fax.queued", "fax.submitting", "fax.submitted"]
EXPECTED = {
    "plain": ("612-555-2001", "delivered", 1),
    "engaged": ("612-555-0186", "delivered", 3),
    "nobody": ("612-555-0144", "failed", 1),
    "stopped": ("612-555-0160", "cancelled", 0),
}
MUTATION = """
mutation Send($input: SendFaxInput!) {
  sendFax(input: $input) { faxes { id } userErrors { code field message } }
}
"""


async def test_the_story(database: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
        bootstrap_key=KEY,
        webhook_allow="127.0.0.0/8",
    )
    async with AsyncExitStack() as stack:
        boxes = [
            await stack.enter_async_context(simulating(model=model, speed=20, timing=TIMING))
            for model in ("FF240", "FF440", "FF240-IP")
        ]
        receiver = await stack.enter_async_context(receiving())
        gateway = await stack.enter_async_context(running(settings))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(surface(gateway, settings)),
                base_url="http://gateway",
                headers={"Authorization": f"Bearer {KEY}"},
            )
        )
        for number, box in enumerate(boxes):
            await _register(client, f"box {number}", box.url, box.appliance.model.name)
        hook = {"url": f"{receiver.url}/hook", "events": ["fax.*"]}
        secret = (await client.post("/v1/webhooks", json=hook)).json()["secret"]
        ids = {name: await _send(client, name) for name in EXPECTED}
        await receiver.received.until(
            lambda calls: any(
                call.event["subject"] == ids["stopped"]
                and call.event["type"] in {"fax.submitted", "fax.device_queued"}
                for call in calls
            ),
            within=20,
        )
        assert (await client.post(f"/v1/faxes/{ids['stopped']}/cancel")).status_code in {200, 202}
        await receiver.received.until(
            lambda calls: (
                {call.event["data"]["phase"] for call in calls} >= {"cancelled"}
                and sum(call.event["data"]["phase"] in ENDED for call in calls) == len(EXPECTED)
            ),
            within=60,
        )
        shown = {name: (await client.get(f"/v1/faxes/{ids[name]}")).json() for name in EXPECTED}
        audit = (await client.get("/v1/audit", params={"limit": 100})).json()["items"]
        dialled: dict[str, int] = defaultdict(int)
        for box in boxes:
            for dialled_number, told in box.state()["numbers"].items():
                dialled[dialled_number] += told["accepted"]

    told = _told(receiver.received, secret)
    for name, (fax_number, status, tries) in EXPECTED.items():
        assert shown[name]["status"] == status, name
        assert dialled[fax_number] == 1, name
        events = told[ids[name]]
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1)), name
        assert [event["type"] for event in events][:4] == SENDING, name
        assert events[-1]["type"] == f"fax.{status}", name
        if tries > 1:
            types = [event["type"] for event in events]
            # a try that began and failed between two looks is counted, and not told of
            assert 1 <= types.count("fax.attempt_failed") <= tries - 1
    assert [event["type"] for event in told[ids["plain"]]] == [
        *SENDING,
        "fax.device_queued",
        "fax.sending",
        "fax.delivered",
    ]
    assert shown["nobody"]["failure"]["code"] == "not_a_fax"
    resources = {line["resource"] for line in audit}
    assert set(ids.values()) <= resources


ENDED = {"delivered", "failed", "cancelled"}


async def _register(client: httpx.AsyncClient, name: str, url: str, model: str) -> None:
    answer = await client.post(
        "/v1/devices",
        json={
            "name": name,
            "url": url,
            "username": "admin",
            "password": "admin",
            "model": model,
            "poll_busy_seconds": 0.1,
        },
    )
    assert answer.status_code == 201, answer.text


async def _send(client: httpx.AsyncClient, name: str) -> str:
    number = EXPECTED[name][0]
    if name == "engaged":
        document = {
            "name": "referral.pdf",
            "contentType": "application/pdf",
            "content": base64.b64encode(pdf(2)).decode(),
        }
        given = {
            "recipients": [{"faxNumber": number}],
            "documents": [document],
            "maxTries": 5,
            "tryInterval": 6,
        }
        answer = await client.post(
            "/graphql", json={"query": MUTATION, "variables": {"input": given}}
        )
        sent = answer.json()["data"]["sendFax"]
        assert not sent["userErrors"], sent
        return str(sent["faxes"][0]["id"])
    form = {"to": number, "max_tries": "1"}
    files = {"documents": ("referral.pdf", pdf(2), "application/pdf")}
    answer = await client.post("/v1/faxes", data=form, files=files)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["faxes"][0]["id"])


def _told(received: Any, secret: str) -> dict[str, list[dict[str, Any]]]:
    """What arrived for each fax, in the order of arrival, every delivery verified twice."""
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in received:
        standardwebhooks.Webhook(secret).verify(call.body, dict(call.headers))
        svix.Webhook(secret).verify(call.body, dict(call.headers))
        told[call.event["subject"]].append(call.event)
    return told


async def test_an_appliance_of_another_model_joins_at_run_time(
    sqlite_database: str, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
        bootstrap_key=KEY,
    )
    async with (
        simulating(model="FF840", speed=100) as box,
        running(settings) as gateway,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(surface(gateway, settings)),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {KEY}"},
        ) as client,
    ):
        waiting = await _send(client, "plain")
        await _until(client, waiting, "held")
        await _register(client, "the new one", box.url, "FF840")
        await _until(client, waiting, "delivered")


async def _until(client: httpx.AsyncClient, fax_id: str, status: str) -> None:
    async with asyncio.timeout(30):
        while (await client.get(f"/v1/faxes/{fax_id}")).json()["status"] != status:  # noqa: ASYNC110 - as a client polls
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", ["/v1/faxes", "/v1/devices", "/v1/audit", "/metrics", "/graphql"])
async def test_without_a_key_nobody_gets_in(
    sqlite_database: str, tmp_path: Path, path: str
) -> None:
    settings = Settings(
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
    )
    async with (
        running(settings) as gateway,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(surface(gateway, settings)), base_url="http://gateway"
        ) as client,
    ):
        query = {"query": "{ faxes { edges { node { id } } } }"}
        method, body = ("POST", query) if path == "/graphql" else ("GET", None)
        assert (await client.request(method, path, json=body)).status_code == 401

"""A probe over HTTP: each model asked for all that it has, nothing changed, nobody told of."""

import json
from typing import Any

import httpx
import pytest

from ffgateway.ffws.paths import OPERATIONS
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import running
from tests.support.clock import NOON
from tests.support.receiver import Answer, closed_port, receiving

MODELS = ["FF130", "FF230", "FF240", "FF440", "FF840", "FF240-IP"]


async def probed(client: httpx.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin", **more}
    device = (await client.post("/v1/devices", json=body)).json()["id"]
    answer = await client.post(f"/v1/devices/{device}/probe")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def by_name(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["operation"]: one for one in told["findings"]}


@pytest.mark.parametrize("model", MODELS)
async def test_every_read_of_every_model_is_walked_and_nothing_else(
    client: httpx.AsyncClient, model: str
) -> None:
    async with running(model=model, seed=7, start=NOON) as box:
        told = await probed(client, box.url, model=model)
        assert {method for method, _ in box.requests} == {"GET"}
    found = by_name(told)
    assert set(found) == {one.name for one in OPERATIONS.values() if not one.writes}
    assert not [one for one in found.values() if one["unknown"] or one["missing"]]
    assert {one["verdict"] for one in found.values()} <= {
        "as-believed",
        "empty",
        "lacks",
        "not-asked",
    }
    assert found["about.get"]["verdict"] == "as-believed"
    assert found["contact.get"]["path"].startswith("/ffws/v1/contacts/admin/")
    kinds = ("modem_status.list", "channel_status.list")
    assert sum(found[kind]["verdict"] == "not-asked" for kind in kinds) >= 1
    assert told["firmware"]


async def test_a_finding_says_how_it_was_known_and_how_long_it_took(
    client: httpx.AsyncClient,
) -> None:
    async with running(model="FF440", seed=7, start=NOON) as box:
        found = by_name(await probed(client, box.url, model="FF440"))
    assert found["about.get"]["evidence"] == "stand-in"
    assert found["contact.list"]["evidence"] == "documented"
    assert found["contact.list"]["status"] == 200
    assert found["contact.list"]["milliseconds"] >= 0
    assert found["channel_status.list"]["milliseconds"] is None
    assert "FF440" in found["channel_status.list"]["reason"]


async def test_samples_name_nobody(client: httpx.AsyncClient) -> None:
    async with running(model="FF440", seed=7, start=NOON) as box:
        told = await probed(client, box.url, model="FF440")
        raw = [
            await client.post(
                f"/v1/devices/{told['device_id']}/ffws", json={"method": "GET", "path": path}
            )
            for path in ("users/admin", "contacts/admin", "contacts/global_contact_list", "about")
        ]
    shown = json.dumps([one["sample"] for one in told["findings"]])
    private = {
        leaf["text"]
        for answer in raw
        for element in answer.json()["json"]["children"]
        for leaf in element["children"]
        if leaf["name"] in {"name", "username", "fax_number", "serial_number", "mac_address"}
        and leaf["text"]
    }
    assert len(private) > 10
    assert not [text for text in private if text in shown]


ODD = b"""<response><message>Success</message><system><model>FF240.R1</model></system></response>"""


async def test_an_appliance_that_is_otherwise_is_told_of_as_it_is(
    client: httpx.AsyncClient,
) -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(status=404))
        appliance.answer(Answer(body=ODD), path="/ffws/v1/about")
        appliance.answer(Answer(body=b"<html>"), path="/ffws/v1/ofax")
        appliance.answer(Answer(status=403), path="/ffws/v1/call_log")
        appliance.answer(Answer(status=500), path="/ffws/v1/status")
        found = by_name(await probed(client, appliance.url))
        assert {call.method for call in appliance.received} == {"GET"}
    assert (found["about.get"]["verdict"], found["about.get"]["unknown"]) == ("differs", ["system"])
    assert found["about.get"]["missing"] == ["about"]
    assert found["inbound_log.list"]["verdict"] == "lacks"
    assert found["fax.list"]["verdict"] == "unreadable"
    assert found["call_log.list"]["verdict"] == "refused"
    assert found["status.combined"]["verdict"] == "silent"
    assert found["fax.get"]["verdict"] == "not-asked"


async def test_an_override_is_probed_as_it_is_and_no_other_method_is_tried(
    client: httpx.AsyncClient,
) -> None:
    overrides = {
        "about.get": {"path": "/system", "elements": {"about": "system"}},
        "inbound_log.list": {"method": "POST"},
    }
    async with receiving() as appliance:
        appliance.answer(Answer(body=ODD))
        found = by_name(await probed(client, appliance.url, overrides=overrides))
        assert {call.method for call in appliance.received} == {"GET"}
    assert found["about.get"]["path"] == "/ffws/v1/system"
    assert found["about.get"]["evidence"] == "observed"
    assert "about/serial_number" in found["about.get"]["missing"]
    assert found["inbound_log.list"]["verdict"] == "not-asked"


async def test_an_appliance_that_is_not_there_is_a_problem(client: httpx.AsyncClient) -> None:
    body = {
        "name": "one",
        "url": f"http://127.0.0.1:{closed_port()}",
        "username": "a",
        "password": "b",
    }
    device = (await client.post("/v1/devices", json=body)).json()["id"]
    answer = await client.post(f"/v1/devices/{device}/probe")
    assert (answer.status_code, answer.json()["code"]) == (503, "device-unreachable")


async def test_who_may_only_look_may_not_probe(client: httpx.AsyncClient) -> None:
    async with running(start=NOON) as box:
        body = {"name": "one", "url": box.url, "username": "admin", "password": "admin"}
        device = (await client.post("/v1/devices", json=body)).json()["id"]
        made = await client.post("/v1/keys", json={"name": "x", "scopes": ["devices:read"]})
        headers = {"Authorization": f"Bearer {made.json()['key']}"}
        answer = await client.post(f"/v1/devices/{device}/probe", headers=headers)
        assert answer.status_code == 403
        assert box.requests == ()


async def test_an_appliance_that_stops_answering_is_not_asked_for_ever(
    client: httpx.AsyncClient,
) -> None:
    async with running() as box:
        box.put(Fault(kind=Kind.CUT_BEFORE, times=100))
        found = await probed(client, box.url)
    verdicts = [one["verdict"] for one in found["findings"]]
    assert verdicts.count("silent") == 3
    assert set(verdicts) == {"silent", "not-asked"}
    assert found["findings"][-1]["reason"] == "the appliance has stopped answering"

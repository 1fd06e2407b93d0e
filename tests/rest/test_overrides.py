"""What an owner saw of an appliance, on its record: kept, shown, checked, and heard at once."""

from typing import Any

import httpx
import pytest

from tests.support.receiver import Answer, receiving

BODY = {"name": "one", "url": "http://192.0.2.7", "username": "admin", "password": "x"}
OVERRIDES = {
    "about.get": {"path": "/system/about", "method": "GET", "elements": {"about": "system"}},
    "inbound_log.list": {"path": None, "method": None, "elements": None},
}
ABOUT = b"""<response><message/><system><model>FF240.R1</model>
<firmware_version>3.5.2</firmware_version></system></response>"""


async def test_a_record_keeps_them_until_it_is_given_others(client: httpx.AsyncClient) -> None:
    body = {**BODY, "overrides": OVERRIDES, "firmware": "3.5.2"}
    made = await client.post("/v1/devices", json=body)
    assert made.status_code == 201, made.text
    where = f"/v1/devices/{made.json()['id']}"
    shown = (await client.get(where)).json()
    assert (shown["overrides"], shown["firmware"]) == (OVERRIDES, "3.5.2")
    await client.patch(where, json={"zone": "America/Chicago"})
    assert (await client.get(where)).json()["overrides"] == OVERRIDES
    changed = await client.patch(where, json={"overrides": {"about.get": {}}, "firmware": ""})
    nothing = {"path": None, "method": None, "elements": None}
    assert changed.json()["overrides"] == {"about.get": nothing}
    assert changed.json()["firmware"] == ""
    assert (await client.patch(where, json={"overrides": {}})).json()["overrides"] == {}


async def test_a_record_has_none_unless_it_is_given_some(client: httpx.AsyncClient) -> None:
    made = (await client.post("/v1/devices", json=BODY)).json()
    assert (made["overrides"], made["firmware"]) == ({}, "")


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"fax.fold": {}}, "overrides.fax.fold"),
        ({"about.get": {"path": "about"}}, "overrides.about.get"),
        ({"about.get": {"path": "/a/../b"}}, "overrides.about.get"),
        ({"about.get": {"path": "/about/{id}"}}, "overrides.about.get"),
        ({"about.get": {"elements": {"about": "a b"}}}, "overrides.about.get.elements.about"),
        ({"about.get": {"elements": {"a": "c", "b": "c"}}}, "overrides.about.get"),
        ({"fax.schedule": {"elements": {"sender": "from"}}}, "overrides.fax.schedule"),
        ({"about.get": {"method": "BREW"}}, "overrides.about.get.method"),
        ({"about.get": {"verb": "GET"}}, "overrides.about.get.verb"),
        ({"about.get": []}, "overrides.about.get"),
    ],
)
async def test_one_that_makes_no_sense_is_refused_by_name(
    client: httpx.AsyncClient, overrides: dict[str, Any], field: str
) -> None:
    answer = await client.post("/v1/devices", json={**BODY, "overrides": overrides})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    made = (await client.post("/v1/devices", json=BODY)).json()
    answer = await client.patch(f"/v1/devices/{made['id']}", json={"overrides": overrides})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("firmware", ["new", "3.", "3.5.2 beta", "1.2.3.4.5.6.7"])
async def test_a_firmware_is_a_version(client: httpx.AsyncClient, firmware: str) -> None:
    answer = await client.post("/v1/devices", json={**BODY, "firmware": firmware})
    assert (answer.status_code, answer.json()["field"]) == (422, "firmware")


async def test_the_next_request_already_goes_where_it_was_said_to(
    client: httpx.AsyncClient,
) -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(status=404))
        appliance.answer(Answer(body=ABOUT), path="/ffws/v1/system/about")
        made = (await client.post("/v1/devices", json={**BODY, "url": appliance.url})).json()
        where = f"/v1/devices/{made['id']}"
        lacking = await client.get(f"{where}/about")
        assert (lacking.status_code, lacking.json()["code"]) == (
            501,
            "device-operation-unsupported",
        )
        await client.patch(where, json={"overrides": OVERRIDES})
        found = await client.get(f"{where}/about")
    assert found.json()["model"] == "FF240.R1"
    assert found.headers["x-ffws-evidence"] == "observed"


async def test_what_a_firmware_has_not_is_never_asked_for(client: httpx.AsyncClient) -> None:
    async with receiving() as appliance:
        body = {**BODY, "url": appliance.url, "firmware": "2.2.9.2", "model": "FF240"}
        made = (await client.post("/v1/devices", json=body)).json()
        answer = await client.get(f"/v1/devices/{made['id']}/status")
        assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
        assert "3.0.4" in answer.json()["detail"]
        assert len(appliance.received) == 0

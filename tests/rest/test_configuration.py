"""How an appliance is set up, over HTTP: routes, mail, modems, and what the simulator refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from ffgateway.simulator.people import FACTORY_USERS, User
from ffgateway.simulator.running import Simulator, running

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROUTE = {
    "name": "Radiology",
    "scope": "extension",
    "extension": "204",
    "destinations": [{"type": "user", "value": "admin"}, {"type": "trash"}],
}
PAT = User(username="pat", password="pw")


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", start=NOON, users=[*FACTORY_USERS, PAT]) as started:
        yield started


async def registered(client: httpx.AsyncClient, box: Simulator, **more: str) -> str:
    body = {"name": "one", "url": box.url, "username": "admin", "password": "admin", **more}
    answer = await client.post("/v1/devices", json=body)
    return f"/v1/devices/{answer.json()['id']}"


@pytest.fixture
async def base(client: httpx.AsyncClient, box: Simulator) -> str:
    return await registered(client, box, model="FF440")


async def test_a_route_is_made_read_changed_and_removed(
    client: httpx.AsyncClient, base: str
) -> None:
    made = await client.post(f"{base}/inbound-routes", json=ROUTE)
    assert (made.status_code, made.json()["id"]) == (201, "1")
    assert made.headers["x-ffws-evidence"] == "stand-in"
    where = made.headers["location"]
    changed = await client.patch(where, json={"scope": "line", "line": 2})
    found = await client.get(where)
    assert found.json() == changed.json()
    assert (found.json()["line"], found.json()["extension"]) == (2, None)
    unfit = await client.patch(where, json={"scope": "extension"})
    assert (unfit.status_code, unfit.json()["field"]) == (409, "extension")
    listed = await client.get(f"{base}/inbound-routes")
    assert listed.json()["items"] == [found.json()]
    stale = {"If-Match": made.headers["etag"]}
    assert (await client.delete(where, headers=stale)).status_code == 412
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404


async def test_mail_settings_keep_what_is_not_given(client: httpx.AsyncClient, base: str) -> None:
    before = (await client.get(f"{base}/t37-settings")).json()
    change = {"enabled": True, "domain": "fax.example.com", "allowed_senders": ["example.com"]}
    changed = await client.patch(f"{base}/t37-settings", json=change)
    found = await client.get(f"{base}/t37-settings")
    assert found.json() == changed.json() == {**before, **change}
    assert found.headers["etag"] == changed.headers["etag"]


async def test_a_modem_is_set_up_by_its_number(client: httpx.AsyncClient, base: str) -> None:
    change = {"routing": "dtmf_digits", "answer_on": 3, "block_outbound": True}
    assert (await client.patch(f"{base}/modem-settings/2", json=change)).status_code == 200
    listed = (await client.get(f"{base}/modem-settings")).json()["items"]
    assert [one["routing"] for one in listed] == ["pots_line", "dtmf_digits", *["pots_line"] * 2]
    assert (await client.get(f"{base}/modem-settings/2")).json() == listed[1]
    assert (await client.get(f"{base}/modem-settings/9")).status_code == 404


async def test_an_appliance_says_what_it_is(client: httpx.AsyncClient, base: str) -> None:
    about = (await client.get(f"{base}/about")).json()
    assert (about["model"], about["firmware"]) == ("FF440", "3.5.2")
    status = await client.get(f"{base}/global-contacts-status")
    assert (status.json(), status.headers["x-ffws-evidence"]) == ({"enabled": False}, "stand-in")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/inbound-routes", {**ROUTE, "extension": None}, 422, "extension"),
        ("POST", "/inbound-routes", {**ROUTE, "line": 1}, 422, "line"),
        ("POST", "/inbound-routes", {**ROUTE, "destinations": []}, 422, "destinations"),
        (
            "POST",
            "/inbound-routes",
            {**ROUTE, "destinations": [{"type": "email"}]},
            422,
            "destinations[0].value",
        ),
        ("PATCH", "/t37-settings", {"enabled": True}, 409, "domain"),
        ("PATCH", "/modem-settings/1", {"routing": "guess"}, 422, "routing"),
        ("PATCH", "/modem-settings/1", {"answer_on": 0}, 422, "answer_on"),
        ("GET", "/inbound-routes/first", None, 404, "route_id"),
    ],
)
async def test_what_cannot_be_is_said_with_the_field(
    client: httpx.AsyncClient,
    base: str,
    *,
    method: str,
    path: str,
    body: object,
    status: int,
    field: str,
) -> None:
    assert (await client.post(f"{base}/inbound-routes", json=ROUTE)).status_code == 201
    answer = await client.request(method, f"{base}{path}", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


async def test_what_the_appliance_refuses_is_told_in_its_words(
    client: httpx.AsyncClient, base: str
) -> None:
    route = {"name": "x", "scope": "line", "line": 9, "destinations": [{"type": "trash"}]}
    answer = await client.post(f"{base}/inbound-routes", json=route)
    assert (answer.status_code, answer.json()["detail"]) == (502, "No such line")


async def test_an_account_without_rights_on_the_appliance_sees_no_settings(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    base = await registered(client, box, name="two", username="pat", password="pw", model="FF440")
    answer = await client.get(f"{base}/inbound-routes")
    assert (answer.status_code, answer.json()["code"]) == (502, "device-refused")
    assert (await client.get(f"{base}/about")).status_code == 200


@pytest.mark.parametrize("model", ["FF130", "FF240-IP"])
async def test_an_appliance_without_modem_settings_is_not_asked(
    client: httpx.AsyncClient, model: str
) -> None:
    async with running(model=model, start=NOON) as other:
        base = await registered(client, other, model=model)
        answer = await client.get(f"{base}/modem-settings")
        assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
        assert not [path for _, path in other.requests if "modem_settings" in path]


async def test_an_appliance_of_unknown_model_is_asked_and_believed(
    client: httpx.AsyncClient,
) -> None:
    async with running(model="FF240-IP", start=NOON) as other:
        base = await registered(client, other, model="FF999")
        answer = await client.get(f"{base}/modem-settings")
    assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
    assert "modem_settings.list" in answer.json()["cure"]

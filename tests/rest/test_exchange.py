"""Any request to an appliance, over HTTP: what comes back, what is refused, what is on record."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ffgateway.simulator.running import Simulator, running
from tests.support.clock import NOON
from tests.support.receiver import DROP, Answer, closed_port, receiving


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", start=NOON) as started:
        yield started


async def registered(client: httpx.AsyncClient, url: str) -> str:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin", "model": "FF440"}
    answer = await client.post("/v1/devices", json=body)
    return f"/v1/devices/{answer.json()['id']}"


@pytest.fixture
async def base(client: httpx.AsyncClient, box: Simulator) -> str:
    return await registered(client, box.url)


async def sent(client: httpx.AsyncClient, base: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"{base}/ffws", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def child(node: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in node["children"] if one["name"] == name]
    return dict(found)


async def test_an_answer_comes_as_xml_and_losslessly(client: httpx.AsyncClient, base: str) -> None:
    told = await sent(client, base, method="GET", path="users/admin")
    assert (told["status"], told["content_type"], told["limited"]) == (
        200,
        "application/xml",
        False,
    )
    assert told["xml"].startswith("<?xml")
    assert told["base64"] is None
    assert told["size"] == len(told["xml"].encode())
    user = child(told["json"], "user")
    assert child(user, "username")["text"] == "admin"


async def test_one_element_of_a_list_is_a_list_of_one(client: httpx.AsyncClient, base: str) -> None:
    contact = "<contact><name>Ada</name><fax_number>555-0100</fax_number></contact>"
    made = await sent(client, base, method="POST", path="contacts/admin", xml=contact)
    assert made["status"] == 200
    told = await sent(client, base, method="GET", path="contacts/admin")
    names = [one["name"] for one in told["json"]["children"]]
    assert names == ["message", "contact"]


async def test_a_body_of_json_is_sent_as_its_xml(
    client: httpx.AsyncClient, base: str, box: Simulator
) -> None:
    tree = {
        "name": "contact",
        "children": [
            {"name": "name", "text": "Ada & Co"},
            {"name": "fax_number", "text": "555-0100"},
        ],
    }
    made = await sent(client, base, method="POST", path="contacts/admin", json=tree)
    assert made["status"] == 200
    told = await sent(client, base, method="GET", path="contacts/admin")
    assert child(child(told["json"], "contact"), "name")["text"] == "Ada & Co"


async def test_a_query_goes_in_order_and_escaped(client: httpx.AsyncClient) -> None:
    async with receiving() as appliance:
        base = await registered(client, appliance.url)
        query = [{"name": "a", "value": "1&2"}, {"name": "a", "value": "é"}]
        await sent(client, base, method="GET", path="ofax", query=query)
    assert appliance.received[0].path == "/ffws/v1/ofax?a=1%262&a=%C3%A9"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "users/nobody", 404),
        ("GET", "what/is/this", 404),
        ("POST", "users", 400),
        ("DELETE", "contacts/admin/99", 404),
    ],
)
async def test_whatever_the_appliance_says_is_an_answer(
    client: httpx.AsyncClient, base: str, method: str, path: str, status: int
) -> None:
    assert (await sent(client, base, method=method, path=path))["status"] == status


@pytest.mark.parametrize("status", [302, 401, 500, 599])
async def test_any_status_is_inside(client: httpx.AsyncClient, status: int) -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(status=status, headers={"Location": "/elsewhere"}, body=b"\x00no"))
        base = await registered(client, appliance.url)
        told = await sent(client, base, method="PUT", path="t37_settings", xml="<not")
        assert (told["status"], told["xml"], told["json"]) == (status, None, None)
        assert base64.b64decode(told["base64"]) == b"\x00no"
        assert [call.body for call in appliance.received] == [b"<not"]


async def test_a_long_answer_is_cut_off_and_says_so(client: httpx.AsyncClient) -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(body=b"<a>" + b"x" * (4 * 2**20)))
        base = await registered(client, appliance.url)
        told = await sent(client, base, method="GET", path="ofax")
    assert (told["limited"], told["size"], told["xml"]) == (True, 4 * 2**20, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"path": ""}, "path"),
        ({"path": "/users/admin"}, "path"),
        ({"path": "users/"}, "path"),
        ({"path": "users//admin"}, "path"),
        ({"path": "../../admin"}, "path"),
        ({"path": "users/.."}, "path"),
        ({"path": "users/%2e%2e/admin"}, "path"),
        ({"path": "users%2fadmin"}, "path"),
        ({"path": "users/admin?x=1"}, "path"),
        ({"path": "users/admin#x"}, "path"),
        ({"path": "http://192.0.2.1/x"}, "path"),
        ({"path": "users\\..\\admin"}, "path"),
        ({"path": "users/a\r\nHost: x"}, "path"),
        ({"path": "a" * 501}, "path"),
        ({"method": "PATCH"}, "method"),
        ({"method": "get"}, "method"),
        ({"xml": "<a/>"}, "xml"),
        ({"json": {"name": "a"}}, "xml"),
        ({"method": "POST", "xml": "<a/>", "json": {"name": "a"}}, "xml"),
        ({"method": "POST", "json": {"name": "a b"}}, "json.name"),
        ({"method": "POST", "xml": "\x00"}, "xml"),
        ({"query": [{"name": "a"}]}, "query[0].value"),
        ({"query": [{"name": "a", "value": "b"}] * 51}, "query"),
        ({"host": "192.0.2.1"}, "host"),
    ],
)
async def test_what_could_reach_anything_else_is_refused_and_never_sent(
    client: httpx.AsyncClient, base: str, box: Simulator, change: dict[str, Any], field: str
) -> None:
    answer = await client.post(f"{base}/ffws", json={"method": "GET", "path": "ofax", **change})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert box.requests == ()


async def test_a_change_is_never_repeated(client: httpx.AsyncClient) -> None:
    async with receiving() as appliance:
        appliance.answer(DROP)
        base = await registered(client, appliance.url)
        answer = await client.post(f"{base}/ffws", json={"method": "POST", "path": "users"})
        assert (answer.status_code, answer.json()["code"]) == (504, "device-silent")
        assert len(appliance.received) == 1


async def test_an_appliance_that_is_not_there_is_a_problem(client: httpx.AsyncClient) -> None:
    base = await registered(client, f"http://127.0.0.1:{closed_port()}")
    answer = await client.post(f"{base}/ffws", json={"method": "GET", "path": "ofax"})
    assert (answer.status_code, answer.json()["code"]) == (503, "device-unreachable")


async def test_only_an_administrator_may(
    client: httpx.AsyncClient, base: str, box: Simulator
) -> None:
    made = await client.post("/v1/keys", json={"name": "x", "scopes": ["devices:admin"]})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    answer = await client.post(
        f"{base}/ffws", json={"method": "GET", "path": "ofax"}, headers=headers
    )
    assert answer.status_code == 403
    assert box.requests == ()


async def test_what_was_asked_is_on_record_and_no_body_or_query(
    client: httpx.AsyncClient, base: str
) -> None:
    xml = "<user><username>eve</username><password>canary77</password></user>"
    query = [{"name": "name", "value": "canary78"}]
    told = await sent(client, base, method="POST", path="users", query=query, xml=xml)
    lines = (await client.get("/v1/audit", params={"limit": 5})).json()["items"]
    found = [one for one in lines if one["action"] == "device.exchange"]
    assert [one["outcome"] for one in found] == ["done", "asked"]
    assert found[0]["detail"] == {
        "method": "POST",
        "path": "users",
        "sent": len(xml),
        "status": told["status"],
        "received": told["size"],
    }
    assert "canary" not in json.dumps(lines)

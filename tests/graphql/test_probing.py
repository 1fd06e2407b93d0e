"""Overrides, probes and raw exchanges over GraphQL."""

from collections.abc import AsyncIterator

import pytest

from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import Client
from tests.support.clock import NOON

REGISTER = """mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
  device { id firmware overrides { operation path method elements { ours theirs } } }
  userErrors { code field }
} }"""
UPDATE = """mutation ($id: ID!, $input: UpdateDeviceInput!) { updateDevice(id: $id, input: $input) {
  device { firmware overrides { operation } } userErrors { code field }
} }"""
PROBE = """mutation ($id: ID!) { probeDevice(id: $id) {
  probe { deviceId model firmware findings {
    operation evidence path verdict status milliseconds unknown missing reason sample
  } } userErrors { code }
} }"""
EXCHANGE = """mutation ($id: ID!, $input: FfwsRequestInput!) {
  ffwsExchange(deviceId: $id, input: $input) {
    answer { status contentType size limited xml json base64 } userErrors { code field }
  }
}"""


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", seed=7, start=NOON) as started:
        yield started


async def registered(client: Client, url: str, **more: object) -> str:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin", **more}
    done = await client.ask(REGISTER, input={"pollIdleSeconds": 3600.0, **body})
    return str(done["registerDevice"]["device"]["id"])


async def test_a_record_takes_overrides_and_a_firmware(client: Client) -> None:
    seen = {
        "operation": "about.get",
        "path": "/system",
        "method": None,
        "elements": [{"ours": "about", "theirs": "system"}],
    }
    body = {"name": "one", "url": "http://192.0.2.7", "username": "a", "password": "b"}
    given = {**body, "firmware": "3.5.2", "overrides": [seen]}
    done = (await client.ask(REGISTER, input=given))["registerDevice"]
    assert (done["device"]["firmware"], done["device"]["overrides"]) == ("3.5.2", [seen])
    change = {"firmware": "3.6", "overrides": [{"operation": "call_log.list"}]}
    changed = await client.ask(UPDATE, id=done["device"]["id"], input=change)
    assert changed["updateDevice"] == {
        "device": {"firmware": "3.6", "overrides": [{"operation": "call_log.list"}]},
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ([{"operation": "fax.fold"}], "overrides.fax.fold"),
        ([{"operation": "about.get", "path": "/%2e%2e"}], "overrides.about.get"),
        ([{"operation": "about.get", "method": "BREW"}], "overrides.about.get"),
        ([{"operation": "about.get"}, {"operation": "about.get"}], "overrides[1].operation"),
    ],
)
async def test_an_override_that_makes_no_sense_is_named(
    client: Client, overrides: list[dict[str, str]], field: str
) -> None:
    body = {"name": "one", "url": "http://192.0.2.7", "username": "a", "password": "b"}
    done = (await client.ask(REGISTER, input={**body, "overrides": overrides}))["registerDevice"]
    assert done == {"device": None, "userErrors": [{"code": "invalid-request", "field": field}]}


async def test_an_appliance_is_probed(client: Client, box: Simulator) -> None:
    device = await registered(client, box.url, model="FF440")
    done = (await client.ask(PROBE, id=device))["probeDevice"]
    found = {one["operation"]: one for one in done["probe"]["findings"]}
    assert (done["probe"]["deviceId"], done["userErrors"]) == (device, [])
    assert (found["about.get"]["evidence"], found["about.get"]["status"]) == ("STAND_IN", 200)
    assert found["about.get"]["verdict"] == "AS_BELIEVED"
    assert found["channel_status.list"]["verdict"] == "NOT_ASKED"
    assert {method for method, _ in box.requests} == {"GET"}


async def test_anything_is_exchanged(client: Client, box: Simulator) -> None:
    device = await registered(client, box.url, model="FF440")
    query = [{"name": "a", "value": "b"}]
    request: dict[str, object] = {"method": "GET", "path": "users/admin", "query": query}
    answer = (await client.ask(EXCHANGE, id=device, input=request))["ffwsExchange"]["answer"]
    assert (answer["status"], answer["limited"], answer["base64"]) == (200, False, None)
    assert [one["name"] for one in answer["json"]["children"]] == ["message", "user"]
    contact = {"name": "contact", "children": [{"name": "name", "text": "Ada"}]}
    request = {"method": "POST", "path": "contacts/admin", "json": contact}
    answer = (await client.ask(EXCHANGE, id=device, input=request))["ffwsExchange"]["answer"]
    assert answer["xml"].startswith("<?xml")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "PATCH"}, "method"),
        ({"path": "../x"}, "path"),
        ({"path": "a%2fb"}, "path"),
        ({"method": "POST", "json": [1]}, "json"),
        ({"method": "POST", "json": {"name": 1}}, "json"),
        ({"method": "POST", "xml": "\x00"}, "xml"),
        ({"xml": "<a/>"}, "xml"),
    ],
)
async def test_what_cannot_be_sent_is_said_as_data(
    client: Client, box: Simulator, change: dict[str, object], field: str
) -> None:
    device = await registered(client, box.url)
    request = {"method": "GET", "path": "ofax", **change}
    done = (await client.ask(EXCHANGE, id=device, input=request))["ffwsExchange"]
    assert done == {"answer": None, "userErrors": [{"code": "invalid-request", "field": field}]}


async def test_only_an_administrator_may_exchange(client: Client, box: Simulator) -> None:
    device = await registered(client, box.url)
    key = await client.key("DEVICES_ADMIN")
    request = {"method": "GET", "path": "ofax"}
    error = await client.fail(EXCHANGE, key=key, id=device, input=request)
    assert error["extensions"]["code"] == "forbidden"

"""How an appliance is set up, over GraphQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import ADMIN, Client

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", start=NOON) as started:
        yield started


@pytest.fixture
async def device(client: Client, box: Simulator) -> str:
    body = {"name": "one", "url": box.url, "username": "admin", "password": "admin"}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    answer = await client.http.post("/v1/devices", json=body, headers=headers)
    return str(answer.json()["id"])


CHANGE = """mutation ($device: ID!) {
  addInboundRoute(deviceId: $device, input: {
    name: "All", scope: GLOBAL, destinations: [{type: EMAIL, value: "faxes@example.com"}]
  }) { inboundRoute { id etag }  userErrors { code } }
  editInboundRoute(deviceId: $device, id: "1", input: {name: "Everything"}) {
    inboundRoute { name }  userErrors { code }
  }
  editT37Settings(deviceId: $device, input: {enabled: true, domain: "fax.example.com"}) {
    t37Settings { enabled domain }  userErrors { code }
  }
  editModemSettings(deviceId: $device, number: 2, input: {routing: "pbx"}) {
    modemSettings { number routing }  userErrors { code }
  }
  wrong: editT37Settings(deviceId: $device, input: {priority: 9}) { userErrors { code field } }
}"""
LOOK = """query ($device: ID!) { device(id: $device) {
  inboundRoutes { nodes { id name scope destinations { type value } } }
  inboundRoute(id: "1") { name }
  t37Settings { domain }
  modemSettings(first: 2) { nodes { number routing } pageInfo { hasNextPage } }
  modemSetting(number: 2) { routing }
  globalContactsStatus
  about { model firmware }
} }"""


async def test_settings_are_changed_and_seen(client: Client, device: str) -> None:
    done = await client.ask(CHANGE, device=device)
    assert done["editInboundRoute"]["inboundRoute"]["name"] == "Everything"
    assert done["editModemSettings"]["modemSettings"] == {"number": 2, "routing": "pbx"}
    assert done["wrong"]["userErrors"] == [{"code": "invalid-request", "field": "priority"}]
    found = (await client.ask(LOOK, device=device))["device"]
    to = [{"type": "EMAIL", "value": "faxes@example.com"}]
    assert found["inboundRoutes"]["nodes"] == [
        {"id": "1", "name": "Everything", "scope": "GLOBAL", "destinations": to}
    ]
    assert found["t37Settings"] == {"domain": "fax.example.com"}
    assert found["modemSettings"] == {
        "nodes": [{"number": 1, "routing": "pots_line"}, {"number": 2, "routing": "pbx"}],
        "pageInfo": {"hasNextPage": True},
    }
    assert (found["globalContactsStatus"], found["about"]["model"]) == (False, "FF440")
    gone = await client.ask(
        'mutation ($device: ID!) { removeInboundRoute(deviceId: $device, id: "1") { id } }',
        device=device,
    )
    assert gone["removeInboundRoute"]["id"] == "1"


async def test_every_one_of_them_says_that_it_is_a_stand_in(client: Client, device: str) -> None:
    answer = (
        await client.post(LOOK.replace('inboundRoute(id: "1") { name }', ""), device=device)
    ).json()
    told = {one["function"]: one["evidence"] for one in answer["extensions"]["ffws"]["evidence"]}
    assert set(told) == {
        "inbound_route.list",
        "t37_settings.get",
        "modem_settings.list",
        "modem_settings.get",
        "global_contacts.get",
        "about.get",
    }
    assert set(told.values()) == {"stand-in"}

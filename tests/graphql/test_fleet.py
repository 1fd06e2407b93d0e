"""The fleet as a document, over GraphQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import ADMIN, Client

WANTED: dict[str, Any] = {
    "device": "one",
    "users": [{"username": "pat", "name": "Pat"}],
    "contacts": [{"items": [{"name": "Ada", "faxNumber": "555-0101"}]}],
    "groups": [
        {"items": [{"name": "Ward", "members": [{"name": "Ada", "faxNumber": "5550101"}]}]},
    ],
    "inboundRoutes": {
        "items": [
            {
                "name": "Desk",
                "scope": "EXTENSION",
                "extension": "204",
                "destinations": [{"type": "USER", "value": "pat"}],
            }
        ]
    },
    "t37Settings": {"enabled": True, "domain": "fax.example.com"},
    "modemSettings": [{"number": 1, "settings": {"routing": "pbx"}}],
}
PLAN = """query ($devices: [DeviceToBeInput!]!) { fleetPlan(devices: $devices) {
  userErrors { code field }
  devices { deviceName tag unchanged evidence problem { code field }
    steps { act section name owner differences { field before after } } }
} }"""
APPLY = """mutation ($devices: [DeviceToBeInput!]!, $beside: [DeviceSecretsInput!]) {
  applyFleet(devices: $devices, beside: $beside) {
    devices { deviceName outcome done unchanged problem { code } steps { name } }
    userErrors { code field }
  }
}"""
EXPORT = """query { fleetExport(users: ["pat"]) { userErrors { code } devices {
  device evidence problem { code } omissions { section }
  users { username name } contacts { owner items { name faxNumber } }
  groups { items { name members { name faxNumber } } }
  inboundRoutes { scope extension destinations { type value } }
  t37Settings { domain allowedSenders } modemSettings { number routing }
} } }"""


@pytest.fixture
async def box(client: Client) -> AsyncIterator[Simulator]:
    """An appliance of the fleet, called one."""
    async with running(speed=0) as started:
        body = {"name": "one", "url": started.url, "username": "admin", "password": "admin"}
        headers = {"Authorization": f"Bearer {ADMIN}"}
        await client.http.post("/v1/devices", json={**body, "model": "FF440"}, headers=headers)
        yield started


async def test_a_document_is_planned_applied_and_exported(client: Client, box: Simulator) -> None:
    (plan,) = (await client.ask(PLAN, devices=[WANTED]))["fleetPlan"]["devices"]
    assert [step["name"] for step in plan["steps"]] == [
        "pat", "Ada <555-0101>", "Ward", "extension 204", "T.37", "modem 1",
    ]  # fmt: skip
    assert (plan["evidence"], plan["problem"]) == ("STAND_IN", None)
    assert plan["steps"][1] == {
        "act": "ADD",
        "section": "CONTACTS",
        "name": "Ada <555-0101>",
        "owner": "global",
        "differences": [],
    }
    secrets = {"device": "one", "tag": plan["tag"], "passwords": [PAT]}
    done = (await client.ask(APPLY, devices=[WANTED], beside=[secrets]))["applyFleet"]
    assert done["userErrors"] == []
    (result,) = done["devices"]
    assert (result["outcome"], result["done"], result["problem"]) == ("DONE", 6, None)
    (again,) = (await client.ask(PLAN, devices=[WANTED]))["fleetPlan"]["devices"]
    assert (again["steps"], again["unchanged"]) == ([], 6)
    (there,) = (await client.ask(EXPORT))["fleetExport"]["devices"]
    assert there["users"] == [{"username": "pat", "name": "Pat"}]
    assert there["groups"][0]["items"][0]["members"] == [{"name": "Ada", "faxNumber": "5550101"}]
    assert there["t37Settings"] == {"domain": "fax.example.com", "allowedSenders": []}
    assert there["modemSettings"][0] == {"number": 1, "routing": "pbx"}


PAT = {"username": "pat", "password": "s3cret"}
WRONG: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "devices[0].users[0].name": ({"users": [{"username": "pat", "name": "\x00"}]}, []),
    "devices[0].contacts[0].items[0].faxNumber": (
        {"contacts": [{"items": [{"name": "Ada", "faxNumber": " "}]}]},
        [],
    ),
    "beside[0].device": ({}, [{"device": "two"}]),
}


@pytest.mark.parametrize("place", WRONG)
async def test_what_cannot_be_read_is_told_by_its_place(
    client: Client, box: Simulator, place: str
) -> None:
    sections, beside = WRONG[place]
    devices = [{"device": "one", **sections}]
    done = (await client.ask(APPLY, devices=devices, beside=beside))["applyFleet"]
    assert done == {"devices": [], "userErrors": [{"code": "invalid-request", "field": place}]}


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "contacts[0].items[1]": {"contacts": [{"items": [{"name": "Ada", "faxNumber": "1"}] * 2}]},
    "inboundRoutes.items[0].destinations": {
        "inboundRoutes": {"items": [{"name": "a", "scope": "GLOBAL", "destinations": []}]}
    },
}


@pytest.mark.parametrize("place", IMPOSSIBLE)
async def test_what_cannot_be_on_a_device_is_the_problem_of_its_plan(
    client: Client, box: Simulator, place: str
) -> None:
    devices = [{"device": "one", **IMPOSSIBLE[place]}]
    (found,) = (await client.ask(PLAN, devices=devices))["fleetPlan"]["devices"]
    assert found["problem"] == {"code": "invalid-request", "field": place}


async def test_an_appliance_that_is_down_is_told_in_its_plan(client: Client) -> None:
    body = {"name": "one", "url": "http://127.0.0.1:9", "username": "admin", "password": "admin"}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    await client.http.post("/v1/devices", json=body, headers=headers)
    (plan,) = (await client.ask(PLAN, devices=[WANTED]))["fleetPlan"]["devices"]
    assert plan["problem"]["code"] == "device-unreachable"
    assert (plan["tag"], plan["steps"]) == (None, [])


async def test_a_device_nobody_knows_is_an_error_of_the_user(
    client: Client, box: Simulator
) -> None:
    told = await client.ask(PLAN, devices=[{"device": "nobody"}])
    wrong = [{"code": "not-found", "field": "devices[0].device"}]
    assert told["fleetPlan"] == {"devices": [], "userErrors": wrong}
    asked = await client.ask(
        'query { fleetExport(devices: [""]) { userErrors { field } devices { device } } }'
    )
    assert asked["fleetExport"] == {"devices": [], "userErrors": [{"field": "devices[0]"}]}

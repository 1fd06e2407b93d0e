"""One change for many appliances in GraphQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import Client
from tests.graphql.test_groups import registered

RESULT = """results { deviceId deviceName outcome created changed unchanged left evidence
  refusals { index code } problem { code message cure } } userErrors { code field message }"""
CONTACTS = f"""
mutation ($contacts: [WantedContactInput!]!, $devices: [ID!], $all: Boolean! = false, $owner: String)
{{ applyContacts(contacts: $contacts, devices: $devices, all: $all, owner: $owner) {{ {RESULT} }} }}
"""
GROUPS = f"""
mutation ($groups: [WantedGroupInput!]!) {{ applyGroups(groups: $groups, all: true) {{ {RESULT} }} }}
"""
USERS = f"""
mutation ($users: [WantedUserInput!]!) {{ applyUsers(users: $users, all: true) {{ {RESULT} }} }}
"""
ROUTES = f"""
mutation ($routes: [AddInboundRouteInput!]!)
{{ applyInboundRoutes(routes: $routes, all: true) {{ {RESULT} }} }}
"""
ADA = {"name": "Ada", "faxNumber": "555-0101"}


@pytest.fixture
async def boxes(client: Client) -> AsyncIterator[dict[str, Simulator]]:
    """Two appliances of the fleet, by their ids."""
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("one", "two"):
            box = await stack.enter_async_context(running(speed=0))
            found[await registered(client, box.url, name=name)] = box
        yield found


async def apply(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await client.ask(query, **variables)).values()
    assert isinstance(payload, dict)
    return payload


async def test_contacts_groups_users_and_routes_go_everywhere_once(
    client: Client, boxes: dict[str, Simulator]
) -> None:
    user = {"username": "eve", "password": "secret-e"}
    group = {"name": "Nurses", "members": [ADA]}
    route = {"name": "Ward", "scope": "GLOBAL", "destinations": [{"type": "TRASH"}]}
    changes: list[tuple[str, dict[str, Any]]] = [
        (CONTACTS, {"contacts": [ADA], "all": True}),
        (GROUPS, {"groups": [group]}),
        (USERS, {"users": [user]}),
        (ROUTES, {"routes": [route]}),
    ]
    for created, unchanged in ((1, 0), (0, 1)):
        for query, given in changes:
            done = await apply(client, query, **given)
            assert done["userErrors"] == []
            assert [
                (one["outcome"], one["created"], one["unchanged"]) for one in done["results"]
            ] == [("DONE", created, unchanged)] * 2
    for box in boxes.values():
        (found,) = box.appliance.groups.of("admin")
        assert [place.id for place in found.members] == [1]


async def test_the_chosen_are_asked_and_each_answers_for_itself(
    client: Client, boxes: dict[str, Simulator]
) -> None:
    (one, box), _ = boxes.items()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    (result,) = (await apply(client, CONTACTS, contacts=[ADA], devices=[one]))["results"]
    assert (result["deviceId"], result["outcome"], result["left"]) == (one, "SILENT", 1)
    assert (result["problem"]["code"], result["evidence"]) == ("device-silent", "DOCUMENTED")
    (result,) = (await apply(client, CONTACTS, contacts=[ADA], devices=[one]))["results"]
    assert (result["outcome"], result["unchanged"]) == ("DONE", 1)


async def test_a_refused_thing_is_told_by_its_place(
    client: Client, boxes: dict[str, Simulator]
) -> None:
    done = await apply(client, GROUPS, groups=[{"name": "A"}, {"name": "B", "members": [ADA]}])
    for result in done["results"]:
        assert (result["outcome"], result["created"]) == ("REFUSED", 1)
        assert result["refusals"] == [{"index": 1, "code": "device-not-there"}]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"contacts": [ADA]}, "devices"),
        ({"contacts": [ADA], "all": True, "devices": []}, "devices"),
        ({"contacts": [], "all": True}, "contacts"),
        ({"contacts": [ADA | {"faxNumber": "\n"}], "all": True}, "contacts[0].faxNumber"),
        ({"contacts": [ADA], "devices": ["dev_none"]}, "devices[0]"),
        ({"contacts": [ADA], "all": True, "owner": "a/b"}, "owner"),
    ],
)
async def test_what_is_wrong_is_said_as_data_and_nothing_is_done(
    client: Client, boxes: dict[str, Simulator], given: dict[str, Any], field: str
) -> None:
    done = await apply(client, CONTACTS, **given)
    assert done["results"] == []
    assert [wrong["field"] for wrong in done["userErrors"]] == [field]
    assert not any("contact" in path for box in boxes.values() for _, path in box.requests)

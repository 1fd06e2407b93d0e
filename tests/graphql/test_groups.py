"""Groups of contacts in GraphQL: one call for one thing, and user errors as data."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ffgateway.ffws.people import Contact
from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import ADMIN, Client

CREATE = """
mutation ($device: ID!, $input: CreateGroupInput!, $owner: String) {
  createGroup(deviceId: $device, input: $input, owner: $owner) {
    group { id owner name description members etag } userErrors { code field message cure } } }
"""
EDIT = """
mutation ($device: ID!, $id: ID!, $input: EditGroupInput!, $seen: String) {
  editGroup(deviceId: $device, id: $id, input: $input, ifMatch: $seen) {
    group { name members etag } userErrors { code field } } }
"""
REMOVE = """
mutation ($device: ID!, $id: ID!, $seen: String) {
  removeGroup(deviceId: $device, id: $id, ifMatch: $seen) { id userErrors { code field } } }
"""
READ = """
query ($device: ID!) { device(id: $device) {
  group(id: "admin~1") { name members } groupIds
  one: groups(first: 2) { ...Page } again: groups(first: 2) { nodes { description } } } }
fragment Page on GroupConnection { nodes { id name } pageInfo { hasNextPage endCursor } }
"""


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0) as simulator:
        simulator.appliance.contacts.add("admin", Contact(name="Ada", fax_number="555-0100"))
        yield simulator


@pytest.fixture
async def device(client: Client, box: Simulator) -> str:
    return await registered(client, box.url)


async def registered(client: Client, url: str, name: str = "one", **more: str) -> str:
    body = {"name": name, "url": url, "username": "admin", "password": "admin"} | more
    headers = {"Authorization": f"Bearer {ADMIN}"}
    answer = await client.http.post("/v1/devices", json=body, headers=headers)
    return str(answer.json()["id"])


async def make(client: Client, device: str, name: str, **more: Any) -> dict[str, Any]:
    data = await client.ask(CREATE, device=device, input={"name": name} | more)
    made: dict[str, Any] = data["createGroup"]
    return made


async def test_a_group_is_made_changed_and_removed(client: Client, device: str) -> None:
    made = await make(client, device, "Nurses", members=["admin~1"])
    assert made["userErrors"] == []
    group = made["group"]
    assert (group["id"], group["owner"], group["description"]) == ("admin~1", "admin", None)
    given = {"device": device, "id": group["id"], "seen": group["etag"]}
    edited = (await client.ask(EDIT, **given, input={"members": []}))["editGroup"]
    assert edited["group"] == {
        "name": "Nurses",
        "members": [],
        "etag": edited["group"]["etag"],
    }
    stale = (await client.ask(EDIT, **given, input={"name": "x"}))["editGroup"]
    assert stale == {"group": None, "userErrors": [{"code": "changed-meanwhile", "field": None}]}
    assert (await client.ask(REMOVE, **given))["removeGroup"]["id"] is None
    given["seen"] = edited["group"]["etag"]
    gone = (await client.ask(REMOVE, **given))["removeGroup"]
    assert gone == {"id": "admin~1", "userErrors": []}


async def test_each_thing_is_asked_once_and_says_how_it_is_known(
    client: Client, device: str, box: Simulator
) -> None:
    for name in ("A", "B", "C"):
        await make(client, device, name)
    before = len(box.requests)
    answer = (await client.post(READ, device=device)).json()
    asked = [path for _, path in list(box.requests)[before:] if "contact_groups" in path]
    assert sorted(asked) == [
        "/ffws/v1/contact_groups/admin",  # the page, for both fields that have it
        "/ffws/v1/contact_groups/admin",  # the ids
        "/ffws/v1/contact_groups/admin/1",
    ]
    found = answer["data"]["device"]
    assert found["group"] == {"name": "A", "members": []}
    assert found["groupIds"] == ["admin~1", "admin~2", "admin~3"]
    assert [node["name"] for node in found["one"]["nodes"]] == ["A", "B"]
    assert len(found["again"]["nodes"]) == 2
    assert [
        (one["function"], one["evidence"]) for one in answer["extensions"]["ffws"]["evidence"]
    ] == [("group.get", "stand-in"), ("group.ids", "stand-in"), ("group.list", "documented")]


async def test_pages_lead_on_from_any_edge(client: Client, device: str) -> None:
    for name in ("A", "B", "C"):
        await make(client, device, name)
    page = """query ($device: ID!, $after: String) { device(id: $device) {
      groups(first: 2, after: $after) { edges { cursor node { name } } pageInfo { hasNextPage } } } }"""
    first = (await client.ask(page, device=device))["device"]["groups"]
    assert first["pageInfo"]["hasNextPage"]
    after = first["edges"][0]["cursor"]
    rest = (await client.ask(page, device=device, after=after))["device"]["groups"]
    assert [edge["node"]["name"] for edge in rest["edges"]] == ["B", "C"]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": " "}, "invalid-request", "name"),
        ({"members": ["admin"]}, "invalid-request", "members[0]"),
        ({"members": ["admin~99"]}, "device-refused", None),
        ({"description": "two\nlines"}, "invalid-request", "description"),
    ],
)
async def test_what_is_wrong_with_a_group_is_said_as_data(
    client: Client, device: str, change: dict[str, object], code: str, field: str | None
) -> None:
    made = await client.ask(CREATE, device=device, input={"name": "x"} | change)
    (wrong,) = made["createGroup"]["userErrors"]
    assert (made["createGroup"]["group"], wrong["code"], wrong["field"]) == (None, code, field)


async def test_a_list_that_cannot_be_had_is_null_and_an_error_names_the_appliance(
    client: Client, device: str
) -> None:
    await make(client, device, "A")
    down = await registered(client, "http://127.0.0.1:9", name="down")
    query = "{ devices(first: 9) { nodes { name groups { nodes { name } } } } }"
    answer = (await client.post(query)).json()
    found = {node["name"]: node["groups"] for node in answer["data"]["devices"]["nodes"]}
    assert found == {"one": {"nodes": [{"name": "A"}]}, "down": None}
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["deviceId"]) == (
        "device-unreachable",
        down,
    )


async def test_a_key_for_reading_changes_nothing(client: Client, device: str) -> None:
    key = await client.key("DIRECTORY_READ", "DEVICES_READ")
    error = await client.fail(CREATE, key=key, device=device, input={"name": "x"})
    assert error["extensions"]["code"] == "forbidden"
    found = await client.ask(
        "query ($id: ID!) { device(id: $id) { groupIds } }", key=key, id=device
    )
    assert found["device"]["groupIds"] == []

"""Users and contacts of an appliance over GraphQL."""

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


ADD = """mutation ($device: ID!, $name: String!, $owner: String) {
  addContact(deviceId: $device, owner: $owner, input: {name: $name, faxNumber: "312-555-0100"}) {
    contact { id name etag }  userErrors { code field }
  }
}"""


async def test_a_contact_is_made_found_changed_and_removed(client: Client, device: str) -> None:
    made = (await client.ask(ADD, device=device, name="Ada"))["addContact"]["contact"]
    assert (made["id"], made["name"]) == ("admin~1", "Ada")
    edit = """mutation ($device: ID!, $id: ID!, $etag: String) {
      editContact(deviceId: $device, id: $id, ifMatch: $etag, input: {organization: "Clinic"}) {
        contact { organization etag }  userErrors { code }
      }
    }"""
    first = await client.ask(edit, device=device, id=made["id"], etag=made["etag"])
    assert first["editContact"]["contact"]["organization"] == "Clinic"
    late = await client.ask(edit, device=device, id=made["id"], etag=made["etag"])
    assert late["editContact"] == {"contact": None, "userErrors": [{"code": "changed-meanwhile"}]}
    found = await client.ask(
        """query ($device: ID!, $id: ID!) { device(id: $device) {
             contact(id: $id) { owner organization }  contacts(name: "d") { nodes { id } }
           } }""",
        device=device,
        id=made["id"],
    )
    assert found["device"] == {
        "contact": {"owner": "admin", "organization": "Clinic"},
        "contacts": {"nodes": [{"id": "admin~1"}]},
    }
    gone = await client.ask(
        'mutation ($device: ID!) { removeContact(deviceId: $device, id: "admin~1") { id } }',
        device=device,
    )
    assert gone["removeContact"]["id"] == "admin~1"


async def test_an_address_book_is_a_connection(client: Client, device: str) -> None:
    for name in ("a", "b", "c"):
        await client.ask(ADD, device=device, name=name, owner="global")
    page = """query ($device: ID!, $after: String) { device(id: $device) {
      contacts(owner: "global", first: 2, after: $after) {
        edges { cursor node { name } }  pageInfo { hasNextPage endCursor }
      } } }"""
    names, after = [], None
    for _ in range(2):
        found = (await client.ask(page, device=device, after=after))["device"]["contacts"]
        names.append([edge["node"]["name"] for edge in found["edges"]])
        after = found["pageInfo"]["endCursor"]
    assert (names, found["pageInfo"]["hasNextPage"]) == ([["a", "b"], ["c"]], False)


async def test_a_user_is_made_changed_and_verified(client: Client, device: str) -> None:
    made = await client.ask(
        """mutation ($device: ID!) {
             addUser(deviceId: $device, input: {username: "eve", password: "pw1", priority: 2}) {
               user { username priority receipt }  userErrors { code }
             }
             editUser(deviceId: $device, username: "eve", input: {name: "Eve"}) { user { name } }
             right: verifyUser(deviceId: $device, username: "eve", password: "pw1") { verified }
             wrong: verifyUser(deviceId: $device, username: "eve", password: "no") { verified }
             again: addUser(deviceId: $device, input: {username: "eve", password: "x"}) {
               user { username }  userErrors { code message }
             }
           }""",
        device=device,
    )
    assert made["addUser"]["user"] == {"username": "eve", "priority": 2, "receipt": "never"}
    assert made["editUser"]["user"]["name"] == "Eve"
    assert (made["right"]["verified"], made["wrong"]["verified"]) == (True, False)
    assert made["again"]["userErrors"] == [
        {"code": "device-refused", "message": "Username already exists"}
    ]


async def test_what_is_asked_in_two_places_is_asked_once(
    client: Client, device: str, box: Simulator
) -> None:
    await client.ask(ADD, device=device, name="Ada")
    query = """query ($device: ID!) {
      device(id: $device) { contacts { nodes { name } } again: contacts { edges { cursor } } ...U }
      devices { nodes { ...U  contacts { nodes { id } } } }
    }
    fragment U on Device { user(username: "admin") { name } }"""
    before = len(box.requests)
    await client.ask(query, device=device)
    asked = [path for _, path in box.requests[before:] if "/contacts" in path or "/users" in path]
    assert sorted(asked) == ["/ffws/v1/contacts/admin", "/ffws/v1/users/admin"]

"""Groups of contacts over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ffgateway.ffws.people import Contact
from ffgateway.simulator.running import Simulator, running


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    """An appliance with a contact of the administrator's and one for everybody."""
    async with running(speed=0) as simulator:
        for owner in ("admin", "global_contact_list"):
            simulator.appliance.contacts.add(owner, Contact(name=owner, fax_number="555-0100"))
        yield simulator


@pytest.fixture
async def device(client: httpx.AsyncClient, box: Simulator) -> str:
    """The path of the appliance."""
    return await registered(client, box.url)


async def registered(client: httpx.AsyncClient, url: str, **more: str) -> str:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin"} | more
    answer = await client.post("/v1/devices", json=body)
    return str(answer.headers["location"])


NURSES = {"name": "Nurses", "description": "All", "members": ["admin~1", "global~2"]}


async def test_a_group_is_made_read_changed_and_removed(
    client: httpx.AsyncClient, device: str
) -> None:
    made = await client.post(f"{device}/groups", json=NURSES)
    assert (made.status_code, made.json()) == (201, NURSES | {"id": "admin~1", "owner": "admin"})
    where = made.headers["location"]
    assert where == f"{device}/groups/admin~1"
    shown = await client.get(where)
    assert shown.json() == made.json()
    assert shown.headers["etag"] == made.headers["etag"]
    changed = await client.patch(where, json={"description": "Most"})
    assert changed.json() == made.json() | {"description": "Most"}
    assert (await client.get(where)).headers["etag"] == changed.headers["etag"]
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404


async def test_a_stale_version_changes_nothing(client: httpx.AsyncClient, device: str) -> None:
    made = await client.post(f"{device}/groups", json=NURSES)
    where, seen = made.headers["location"], {"If-Match": made.headers["etag"]}
    assert (await client.patch(where, json={"name": "A"}, headers=seen)).status_code == 200
    for request in (
        client.patch(where, json={"name": "B"}, headers=seen),
        client.delete(where, headers=seen),
    ):
        answer = await request
        assert (answer.status_code, answer.json()["code"]) == (412, "changed-meanwhile")
    assert (await client.get(where)).json()["name"] == "A"


async def test_each_answer_says_how_it_is_known(client: httpx.AsyncClient, device: str) -> None:
    await client.post(f"{device}/groups", json=NURSES)
    grades = {
        path: (await client.get(f"{device}{path}")).headers["x-ffws-evidence"]
        for path in ("/groups", "/groups/admin~1", "/group-ids")
    }
    assert grades == {
        "/groups": "documented",
        "/groups/admin~1": "stand-in",
        "/group-ids": "stand-in",
    }
    gone = await client.delete(f"{device}/groups/admin~1")
    assert gone.headers["x-ffws-evidence"] == "inferred"


async def test_a_list_is_searched_and_paged(client: httpx.AsyncClient, device: str) -> None:
    for name in ("a1", "b", "a2", "a3"):
        await client.post(f"{device}/groups?owner=global", json={"name": name})
    found, url = [], f"{device}/groups?owner=global&name=a&order=name&limit=2"
    while url:
        answer = await client.get(url)
        found.append([one["name"] for one in answer.json()["items"]])
        url = answer.links["next"]["url"] if "next" in answer.links else ""
    assert found == [["a1", "a2"], ["a3"]]
    ids = (await client.get(f"{device}/group-ids?owner=global")).json()
    assert ids == {"ids": [f"global~{n}" for n in (1, 2, 3, 4)]}


@pytest.mark.parametrize(
    ("request_line", "body", "problem"),
    [
        ("POST /groups", {"name": ""}, (422, "name")),
        ("POST /groups", {"name": " "}, (422, "name")),
        ("POST /groups", {}, (422, "name")),
        ("POST /groups", {"name": "x", "members": ["admin"]}, (422, "members[0]")),
        ("POST /groups?owner=admin", {"name": "x", "members": ["ann~1"]}, (502, None)),
        ("POST /groups?owner=..", {"name": "x"}, (422, "owner")),
        ("POST /groups", {"name": "x\u0000"}, (422, "name")),
        ("POST /groups", {"name": "x", "members": ["admin~99"]}, (502, None)),
        ("POST /groups?owner=nobody", {"name": "x"}, (404, None)),
        ("PATCH /groups/admin~9", {"name": "x"}, (404, None)),
        ("PATCH /groups/admin", {"name": "x"}, (404, "group_id")),
        ("PATCH /groups/..~1", {"name": "x"}, (404, "group_id")),
        ("DELETE /groups/admin~9", None, (404, None)),
        ("GET /groups?order=colour", None, (422, "order")),
        ("GET /groups?cursor=x", None, (422, "cursor")),
        ("GET /groups?owner=a%2Fb", None, (422, "owner")),
    ],
)
async def test_what_cannot_be_is_a_problem(
    client: httpx.AsyncClient,
    device: str,
    request_line: str,
    body: object,
    problem: tuple[int, str | None],
) -> None:
    method, _, path = request_line.partition(" ")
    answer = await client.request(method, device + path, json=body)
    assert (answer.status_code, answer.json().get("field")) == problem, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_model_that_does_not_sort_is_not_asked_to(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    device = await registered(client, box.url, model="FF130")
    answer = await client.get(f"{device}/groups?order=name")
    assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
    assert len(box.requests) == 0


@pytest.mark.parametrize(
    ("scopes", "reads", "changes"),
    [
        (["directory:read"], 200, 403),
        (["directory:admin"], 200, 201),
        (["devices:admin"], 200, 201),
        (["devices:read"], 403, 403),
    ],
)
async def test_what_a_key_may_do(
    client: httpx.AsyncClient, device: str, scopes: list[str], reads: int, changes: int
) -> None:
    made = await client.post("/v1/keys", json={"name": "k", "scopes": scopes})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await client.get(f"{device}/groups", headers=key)).status_code == reads
    answer = await client.post(f"{device}/groups", json=NURSES, headers=key)
    assert answer.status_code == changes

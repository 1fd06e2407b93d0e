"""Users and contacts of an appliance over HTTP: the paths, their grades, and nobody's change lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from ffgateway.ffws.people import Contact
from ffgateway.simulator.running import Simulator, running

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA = {"name": "Ada", "fax_number": "312-555-0100", "organization": "Clinic"}


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", start=NOON) as started:
        yield started


async def registered(client: httpx.AsyncClient, box: Simulator, **more: str) -> str:
    body = {"name": "one", "url": box.url, "username": "admin", "password": "admin", **more}
    answer = await client.post("/v1/devices", json=body)
    return f"/v1/devices/{answer.json()['id']}"


@pytest.fixture
async def base(client: httpx.AsyncClient, box: Simulator) -> str:
    return await registered(client, box, model="FF440")


async def test_a_user_is_made_read_changed_and_verified(
    client: httpx.AsyncClient, base: str
) -> None:
    body = {"username": "eve", "password": "pw1", "name": "Eve", "priority": 2}
    made = await client.post(f"{base}/users", json=body)
    assert (made.status_code, made.headers["location"]) == (201, f"{base}/users/eve")
    assert made.headers["x-ffws-evidence"] == "documented"
    assert "pw1" not in made.text
    changed = await client.patch(f"{base}/users/eve", json={"organization": "Ward 3"})
    assert changed.status_code == 200
    found = await client.get(f"{base}/users/eve")
    assert found.json() == {**made.json(), "organization": "Ward 3"}
    assert found.headers["etag"] == changed.headers["etag"] != made.headers["etag"]
    for password, right in (("pw1", True), ("guess", False)):
        verdict = await client.post(f"{base}/users/eve/verify", json={"password": password})
        assert (verdict.json(), verdict.headers["x-ffws-evidence"]) == (
            {"verified": right},
            "stand-in",
        )
    await client.patch(f"{base}/users/eve", json={"password": "pw2"})
    verdict = await client.post(f"{base}/users/eve/verify", json={"password": "pw2"})
    assert verdict.json() == {"verified": True}


async def test_no_password_is_on_record(client: httpx.AsyncClient, base: str) -> None:
    await client.post(f"{base}/users", json={"username": "eve", "password": "canary77"})
    await client.patch(f"{base}/users/eve", json={"password": "canary78"})
    await client.post(f"{base}/users/eve/verify", json={"password": "canary79"})
    log = (await client.get("/v1/audit", params={"limit": 100})).text
    assert "user.verify" in log
    assert "canary" not in log


async def test_a_contact_is_made_read_changed_and_removed(
    client: httpx.AsyncClient, base: str
) -> None:
    made = await client.post(f"{base}/contacts", json=ADA)
    assert made.status_code == 201
    assert made.json() == {"id": "admin~1", "owner": "admin", "phone_number": "", **ADA}
    where = made.headers["location"]
    changed = await client.patch(where, json={"phone_number": "312-555-0101"})
    found = await client.get(where)
    assert found.json() == changed.json() == {**made.json(), "phone_number": "312-555-0101"}
    gone = await client.delete(where)
    assert (gone.status_code, gone.headers["x-ffws-evidence"]) == (204, "documented")
    assert (await client.get(where)).status_code == 404


async def test_whoever_saw_an_older_version_changes_nothing(
    client: httpx.AsyncClient, base: str, box: Simulator
) -> None:
    made = await client.post(f"{base}/contacts", json=ADA)
    where, seen = made.headers["location"], {"If-Match": made.headers["etag"]}
    (kept,) = box.appliance.contacts.of("admin")
    assert kept.place is not None
    box.appliance.contacts.change(kept.place, {"name": "Ada B."})  # on the appliance's own page
    for method, body in (("PATCH", {"organization": "Other"}), ("DELETE", None)):
        answer = await client.request(method, where, json=body, headers=seen)
        assert (answer.status_code, answer.json()["code"]) == (412, "changed-meanwhile")
    fresh = {"If-Match": (await client.get(where)).headers["etag"]}
    assert (await client.patch(where, json={"name": "Ada C."}, headers=fresh)).status_code == 200


async def test_lists_are_paged_by_cursor_to_the_end(
    client: httpx.AsyncClient, base: str, box: Simulator
) -> None:
    for number in range(5):
        box.appliance.contacts.add("admin", Contact(name=f"c{number}", fax_number="555-0100"))
    found: list[str] = []
    link: str | None = f"{base}/contacts?limit=2"
    pages = 0
    while link:
        answer = await client.get(link)
        found += [one["name"] for one in answer.json()["items"]]
        link, pages = answer.links.get("next", {}).get("url"), pages + 1
    assert (found, pages) == ([f"c{number}" for number in range(5)], 3)


async def test_a_list_is_searched_and_the_one_for_all_is_called_global(
    client: httpx.AsyncClient, base: str
) -> None:
    await client.post(f"{base}/contacts?owner=global", json=ADA)
    await client.post(f"{base}/contacts?owner=global", json={**ADA, "name": "Bea"})
    found = await client.get(f"{base}/contacts?owner=global&name=Be")
    assert [one["id"] for one in found.json()["items"]] == ["global~2"]


async def test_an_ffx30_is_not_asked_to_sort(client: httpx.AsyncClient) -> None:
    async with running(model="FF230", start=NOON) as old:
        base = await registered(client, old, model="FF230")
        answer = await client.get(f"{base}/contacts?order=name")
        assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
        assert not [path for _, path in old.requests if "contacts" in path]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/contacts", {"name": "Ada"}, 422, "fax_number"),
        ("POST", "/contacts", {**ADA, "name": ""}, 422, "name"),
        ("POST", "/contacts", {**ADA, "nickname": "A"}, 422, "nickname"),
        ("POST", "/users", {"username": "a b", "password": "x"}, 422, "username"),
        ("POST", "/users", {"username": "global", "password": "x"}, 422, "username"),
        ("POST", "/users", {"username": "eve", "password": "a b"}, 422, "password"),
        ("POST", "/users", {"username": "eve", "password": "x", "priority": 6}, 422, "priority"),
        ("GET", "/contacts?owner=../admin", None, 422, "owner"),
        ("GET", "/contacts?cursor=!", None, 422, "cursor"),
        ("GET", "/contacts/admin~x", None, 404, "contact_id"),
        ("GET", "/contacts/admin~99", None, 404, None),
        ("GET", "/users/nobody", None, 404, None),
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
    field: str | None,
) -> None:
    answer = await client.request(method, f"{base}{path}", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


async def test_reading_people_needs_a_scope_of_its_own(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, base: str
) -> None:
    for scope, status in (("devices:read", 403), ("directory:read", 200)):
        key = (await client.post("/v1/keys", json={"name": "k", "scopes": [scope]})).json()["key"]
        stranger.headers["Authorization"] = f"Bearer {key}"
        assert (await stranger.get(f"{base}/contacts")).status_code == status
    assert (await stranger.post(f"{base}/contacts", json=ADA)).status_code == 403

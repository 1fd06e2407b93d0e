"""Versions, preferences and ends, the same over the whole table of operations."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from ffgateway.rest.middleware import Frame
from ffgateway.rest.openapi import document
from ffgateway.rest.operations import Ending
from ffgateway.rest.problems import handlers
from ffgateway.rest.routes import routes
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.gateway import Gateway
from ffgateway.simulator.running import running
from tests.rest.conftest import client_of

DEVICE = {"name": "front", "url": "http://192.0.2.10", "username": "u", "password": "p"}
HOOK = {"url": "https://receiver.example/faxes", "events": ["fax.*"]}
NEVER = {"If-Match": f'"{"0" * 32}"'}

NO_RECORDS = {"abortDeviceFaxEntry": "it ends what goes on by itself, in whatever state"}
"""Changes of what is shown alone, and that is no record with versions."""


def test_every_change_of_what_has_a_tag_is_conditional() -> None:
    tagged = {one.path for one in OPERATIONS if one.tagged}
    changes = [
        one for one in OPERATIONS if one.method in {"PATCH", "PUT", "DELETE"} and one.path in tagged
    ]
    assert {one.name for one in changes if not one.conditional} == set(NO_RECORDS)
    assert len(changes) > 12


@pytest.fixture
async def made(client: httpx.AsyncClient) -> dict[str, httpx.Response]:
    return {
        "device": await client.post("/v1/devices", json=DEVICE),
        "webhook": await client.post("/v1/webhooks", json=HOOK),
    }


@pytest.mark.parametrize(
    ("kind", "change"), [("device", {"name": "back"}), ("webhook", {"description": "ours"})]
)
async def test_a_version_is_read_once_changed_once_and_removed_as_it_was_seen(
    client: httpx.AsyncClient, made: dict[str, httpx.Response], kind: str, change: dict[str, Any]
) -> None:
    where = made[kind].headers["location"]
    first = await client.get(where)
    seen = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    same = await client.get(where, headers=seen)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    assert "ratelimit" in same.headers
    assert "content-type" not in same.headers

    tag = {"If-Match": first.headers["etag"]}
    less = await client.patch(where, json=change, headers=tag | {"Prefer": "return=minimal"})
    assert (less.status_code, less.content) == (204, b"")
    assert less.headers["preference-applied"] == "return=minimal"
    second = await client.get(where, headers=seen)
    assert (second.status_code, second.headers["etag"]) == (200, less.headers["etag"])
    for stale in (tag, NEVER):
        for answer in (
            await client.patch(where, json=change, headers=stale),
            await client.delete(where, headers=stale),
        ):
            assert (answer.status_code, answer.json()["code"]) == (412, "changed-meanwhile")
    assert (
        await client.delete(where, headers={"If-Match": less.headers["etag"]})
    ).status_code == 204


async def test_how_a_device_fares_is_shown_by_its_tag_and_is_no_other_version(
    client: httpx.AsyncClient,
) -> None:
    made = await client.post("/v1/devices", json=DEVICE | {"url": "http://127.0.0.1:1"})
    where = made.headers["location"]
    before = (await client.get(where)).headers["etag"]
    await client.post(f"{where}/check")  # nobody answers there
    after = await client.get(where, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["health"]) == (200, "offline")
    assert after.headers["etag"] != before
    changed = await client.patch(where, json={"name": "x"}, headers={"If-Match": before})
    assert changed.status_code == 200


async def test_a_record_of_an_appliance_is_not_asked_for_again_by_who_has_it(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    async with running(model="FF440") as box:
        body = DEVICE | {"url": box.url, "username": "admin", "password": "admin"}
        where = (await client.post("/v1/devices", json=body)).headers["location"]
        acting = {"name": "billing", "username": "bob", "password": "bob"}
        assert (await client.post(f"{where}/acting-users", json=acting)).status_code == 200
        user = f"{where}/users/admin"
        tag = (await client.get(user)).headers["etag"]
        edited = await client.patch(user, json={"organization": "Ward 3"})
        assert edited.status_code == 200
        fresh = await client.get(user, headers={"If-None-Match": tag})
        assert fresh.status_code == 200  # a change ends what was remembered
    seen = {"If-None-Match": fresh.headers["etag"]}
    again = await client.get(user, headers=seen)  # there is nobody to be asked any more
    assert (again.status_code, again.headers["etag"]) == (304, fresh.headers["etag"])
    assert (await client.get(user, headers={"If-None-Match": tag})).status_code == 503
    assert (await client.get(user)).status_code == 503
    made = await client.post("/v1/keys", json={"name": "sender", "scopes": ["faxes:send"]})
    stranger.headers["Authorization"] = f"Bearer {made.json()['key']}"
    assert (await stranger.get(user, headers=seen)).status_code == 403
    another = {"name": "b", "scopes": ["directory:read"], "limits": {"acts_as": "billing"}}
    made = await client.post("/v1/keys", json=another)
    stranger.headers["Authorization"] = f"Bearer {made.json()['key']}"
    # what there is for bob, the appliance alone knows
    assert (await stranger.get(user, headers={"If-None-Match": "*"})).status_code == 503


# Where an operator demands it, and what is to go ---------------------------------------------------

GOING = Ending(
    since=datetime(2026, 1, 1, tzinfo=UTC),
    sunset=datetime(2027, 1, 1, 12, tzinfo=UTC),
    link="https://example.com/why",
)
TABLE = [replace(one, ending=GOING) if one.name == "listFaxes" else one for one in OPERATIONS]


@pytest.fixture
async def strict(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A surface that demands `If-Match`, with an operation that is to go."""
    surface = routes(gateway, metrics_open=False, demanding=True, operations=TABLE)
    async with client_of(Frame(Starlette(routes=surface, exception_handlers=handlers()))) as opened:
        yield opened


async def test_a_change_says_what_was_seen_where_that_is_demanded(
    strict: httpx.AsyncClient, made: dict[str, httpx.Response]
) -> None:
    where = made["device"].headers["location"]
    for answer in (await strict.patch(where, json={"name": "x"}), await strict.delete(where)):
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition-required")
    whatever = await strict.patch(where, json={"name": "x"}, headers={"If-Match": "*"})
    assert whatever.status_code == 200


@pytest.mark.parametrize(("query", "status"), [("", 200), ("?limit=0", 422)])
async def test_what_is_to_go_says_so_with_every_answer(
    strict: httpx.AsyncClient, query: str, status: int
) -> None:
    answer = await strict.get(f"/v1/faxes{query}")
    assert answer.status_code == status
    assert answer.headers["deprecation"] == "@1767225600"
    assert answer.headers["sunset"] == "Fri, 01 Jan 2027 12:00:00 GMT"
    assert '<https://example.com/why>; rel="deprecation"' in answer.headers["link"]
    other = await strict.get("/v1/devices")
    assert not {"deprecation", "sunset"} & set(other.headers)


def test_what_is_to_go_is_marked_in_the_document() -> None:
    paths = document(operations=TABLE)["paths"]
    going = paths["/v1/faxes"]["get"]
    assert going["deprecated"] is True
    assert {"Deprecation", "Sunset", "Link"} <= set(going["responses"]["200"]["headers"])
    assert "deprecated" not in paths["/v1/faxes"]["post"]

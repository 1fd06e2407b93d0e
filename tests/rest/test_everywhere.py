"""One change for many appliances over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running

ADA = {"name": "Ada", "fax_number": "555-0101", "organization": "Ward 3"}
BEA = {"name": "Bea", "fax_number": "555-0102"}
NOBODY = "dev_00000000000000000000000000"


@pytest.fixture
async def boxes(client: httpx.AsyncClient) -> AsyncIterator[list[Simulator]]:
    """Two appliances of the fleet, one and two."""
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(running(speed=0)) for _ in range(2)]
        for name, box in zip(("one", "two"), found, strict=True):
            body = {"name": name, "url": box.url, "username": "admin", "password": "admin"}
            assert (await client.post("/v1/devices", json=body)).status_code == 201
        yield found


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return sorted(answer.json()["results"], key=lambda one: str(one["device_name"]))


async def test_contacts_and_groups_of_them_go_everywhere_once(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    contacts = {"devices": "all", "owner": "global", "contacts": [ADA, BEA]}
    members = [{"name": "Bea", "fax_number": "5550102"}]
    groups = {"devices": "all", "groups": [{"name": "Nurses", "members": members}]}
    for created, unchanged in ((1, 0), (0, 1)):
        done = results(await client.post("/v1/fleet/contacts", json=contacts))
        assert [one["created"] for one in done] == [2 * created] * 2
        answer = await client.post("/v1/fleet/groups", json=groups)
        assert answer.headers["x-ffws-evidence"] == "documented"
        for one in results(answer):
            assert one == one | {"created": created, "unchanged": unchanged, "outcome": "done"}
    for box in boxes:
        (group,) = box.appliance.groups.of("admin")
        assert [box.appliance.contacts.one(each).name for each in group.members] == ["Bea"]


async def test_each_appliance_has_a_result_of_its_own(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    boxes[0].put(Fault(kind=Kind.UNAUTHORIZED))
    one, two = results(
        await client.post("/v1/fleet/contacts", json={"devices": "all", "contacts": [ADA]})
    )
    assert (one["outcome"], one["left"], one["evidence"]) == ("refused", 1, None)
    assert one["problem"]["code"] == "device-auth-failed"
    assert one["problem"]["cure"]
    assert (two["outcome"], two["created"], two["problem"]) == ("done", 1, None)


async def test_a_refused_thing_is_told_by_its_place(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    groups = [{"name": "A"}, {"name": "B", "members": [BEA]}]
    for one in results(
        await client.post("/v1/fleet/groups", json={"devices": "all", "groups": groups})
    ):
        assert (one["outcome"], one["created"], one["left"]) == ("refused", 1, 0)
        assert one["refusals"][0]["index"] == 1


async def test_users_are_made_with_a_password_that_is_never_shown(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    users = [{"username": "eve", "password": "secret-e", "name": "Eve"}]
    answer = await client.post("/v1/fleet/users", json={"devices": "all", "users": users})
    assert [one["created"] for one in results(answer)] == [1, 1]
    assert "secret-e" not in answer.text
    log = await client.get("/v1/audit?limit=100")
    assert "user.apply" in log.text
    assert "secret-e" not in log.text
    again = await client.post("/v1/fleet/users", json={"devices": "all", "users": users})
    assert [one["unchanged"] for one in results(again)] == [1, 1]
    assert again.headers["x-ffws-evidence"] == "stand-in"  # whether the password is right


async def test_routes_go_everywhere_once_by_a_form_of_our_own(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    to = [{"type": "user", "value": "admin"}]
    route = {"name": "Ward", "scope": "extension", "extension": "204", "destinations": to}
    for created, unchanged in ((1, 0), (0, 1)):
        body = {"devices": "all", "routes": [route]}
        answer = await client.post("/v1/fleet/inbound-routes", json=body)
        assert answer.headers["x-ffws-evidence"] == "stand-in"
        assert [(one["created"], one["unchanged"], one["evidence"]) for one in results(answer)] == [
            (created, unchanged, "stand-in")
        ] * 2


async def test_the_client_says_how_long_it_waits_for_each(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    boxes[0].put(Fault(kind=Kind.LATENCY, seconds=600, times=9))
    answer = await client.post(
        "/v1/fleet/contacts",
        json={"devices": "all", "contacts": [ADA]},
        headers={"Prefer": "wait=1"},
    )
    assert answer.headers["preference-applied"] == "wait=1"
    assert [one["outcome"] for one in results(answer)] == ["unreachable", "done"]


CONTACTS = {"devices": "all", "contacts": [ADA]}


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("contacts", CONTACTS | {"contacts": []}, (422, "contacts")),
        ("contacts", CONTACTS | {"contacts": [ADA] * 501}, (422, "contacts")),
        (
            "contacts",
            CONTACTS | {"contacts": [BEA, {"name": "x"}]},
            (422, "contacts[1].fax_number"),
        ),
        ("contacts", CONTACTS | {"contacts": [BEA | {"name": " "}]}, (422, "contacts[0].name")),
        ("contacts", CONTACTS | {"owner": "a/b"}, (422, "owner")),
        ("contacts", {"contacts": [ADA]}, (422, "devices")),
        ("contacts", CONTACTS | {"devices": [NOBODY]}, (404, "devices[0]")),
        ("groups", {"devices": "all", "groups": [{"name": " "}]}, (422, "groups[0].name")),
        ("users", {"devices": "all", "users": [{"username": "a b"}]}, (422, "users[0].username")),
        (
            "users",
            {"devices": "all", "users": [{"username": "global"}]},
            (422, "users[0].username"),
        ),
        (
            "inbound-routes",
            {
                "devices": "all",
                "routes": [{"name": "x", "scope": "line", "destinations": [{"type": "trash"}]}],
            },
            (422, "routes[0].line"),
        ),
        (
            "users",
            {"devices": "all", "users": [{"username": "eve", "password": "two words"}]},
            (422, "users[0].password"),
        ),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_done(
    client: httpx.AsyncClient,
    boxes: list[Simulator],
    path: str,
    body: dict[str, object],
    problem: tuple[int, str],
) -> None:
    answer = await client.post(f"/v1/fleet/{path}", json=body)
    assert (answer.status_code, answer.json()["field"]) == problem, answer.text
    assert all(len(box.requests) == 0 for box in boxes)


@pytest.mark.parametrize("devices", [[], "some", ["one"], None, {}])
async def test_which_appliances_are_meant_must_be_plain(
    client: httpx.AsyncClient, boxes: list[Simulator], devices: object
) -> None:
    answer = await client.post("/v1/fleet/contacts", json=CONTACTS | {"devices": devices})
    assert answer.status_code == 422
    assert all(len(box.requests) == 0 for box in boxes)


async def test_a_key_that_may_only_read_changes_nothing(
    client: httpx.AsyncClient, boxes: list[Simulator]
) -> None:
    made = await client.post("/v1/keys", json={"name": "k", "scopes": ["directory:read"]})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    answer = await client.post("/v1/fleet/contacts", json=CONTACTS, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert all(len(box.requests) == 0 for box in boxes)

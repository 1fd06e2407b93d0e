"""The fleet as a document, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running

ADA = {"name": "Ada", "fax_number": "555-0101"}
WANTED: dict[str, Any] = {
    "device": "one",
    "users": [{"username": "pat", "name": "Pat"}],
    "contacts": [{"items": [ADA], "prune": True}],
    "groups": [{"items": [{"name": "Ward", "members": [ADA]}]}],
    "inbound_routes": {
        "items": [{"name": "All", "scope": "global", "destinations": [{"type": "trash"}]}]
    },
    "t37_settings": {"enabled": True, "domain": "fax.example.com"},
    "modem_settings": [{"number": 1, "answer_on": 3}],
}
SECRET = "hunter2"
PASSWORDS = [{"username": "pat", "password": SECRET}]


@pytest.fixture
async def box(client: httpx.AsyncClient) -> AsyncIterator[Simulator]:
    """An appliance of the fleet, called one."""
    async with running(speed=0) as started:
        body = {"name": "one", "url": started.url, "username": "admin", "password": "admin"}
        assert (await client.post("/v1/devices", json=body)).status_code == 201
        yield started


async def plan(client: httpx.AsyncClient, *devices: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post("/v1/fleet/plan", json={"devices": devices})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["devices"]
    return found


async def apply(client: httpx.AsyncClient, **device: Any) -> dict[str, Any]:
    answer = await client.post("/v1/fleet/apply", json={"devices": [device]})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["devices"]
    assert isinstance(found, dict)
    return found


async def test_a_document_is_planned_applied_and_exported(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    (before,) = await plan(client, WANTED)
    assert [(one["act"], one["section"], one["name"]) for one in before["steps"]] == [
        ("add", "users", "pat"),
        ("add", "contacts", "Ada <555-0101>"),
        ("add", "groups", "Ward"),
        ("add", "inbound_routes", "every fax"),
        ("change", "t37_settings", "T.37"),
        ("change", "modem_settings", "modem 1"),
    ]
    done = await apply(client, **WANTED, passwords=PASSWORDS, tag=before["tag"])
    assert (done["outcome"], done["done"], done["problem"]) == ("done", 6, None)
    (after,) = await plan(client, WANTED)
    assert (after["steps"], after["unchanged"]) == ([], 6)
    answer = await client.get("/v1/fleet/export", params={"device": "one"})
    assert answer.headers["x-ffws-evidence"] == "stand-in"
    (found,) = answer.json()["devices"]
    assert found["contacts"] == [
        {"owner": "global", "items": [{**ADA, "phone_number": None, "organization": None}]}
    ]
    assert found["modem_settings"][0]["answer_on"] == 3
    again = {name: found[name] for name in WANTED}
    (same,) = await plan(client, again)
    assert same["steps"] == []


async def test_a_refusal_ends_it_there_and_applying_again_goes_on(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    box.put(Fault(kind=Kind.UNAUTHORIZED, method="POST", path="/inbound_routes"))
    stopped = await apply(client, **WANTED, passwords=PASSWORDS)
    assert (stopped["outcome"], stopped["done"]) == ("refused", 3)
    assert stopped["problem"]["code"] == "device-auth-failed"
    assert len(stopped["steps"]) == 6
    rest = await apply(client, **WANTED, passwords=PASSWORDS)
    assert (rest["outcome"], rest["done"], rest["unchanged"]) == ("done", 3, 3)


async def test_a_plan_that_nobody_saw_is_not_carried_out(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    (seen,) = await plan(client, WANTED)
    await apply(client, device="one", contacts=WANTED["contacts"])
    done = await apply(client, **WANTED, passwords=PASSWORDS, tag=seen["tag"])
    assert (done["outcome"], done["problem"]["code"]) == ("refused", "changed-meanwhile")


LITERAL = {
    "in a plan": ("plan", {"users": [{"username": "pat", "password": SECRET}]}),
    "in a document": ("apply", {"users": [{"username": "pat", "password": SECRET}]}),
    "beside a plan": ("plan", {"users": [{"username": "pat"}], "passwords": PASSWORDS}),
}


@pytest.mark.parametrize(("act", "sections"), LITERAL.values(), ids=LITERAL)
async def test_a_password_has_no_place_in_a_document(
    client: httpx.AsyncClient, box: Simulator, act: str, sections: dict[str, Any]
) -> None:
    body = {"devices": [{"device": "one", **sections}]}
    answer = await client.post(f"/v1/fleet/{act}", json=body)
    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert "password" in answer.text


WRONG: dict[str, dict[str, Any]] = {
    "groups[0].items[0].name": {"groups": [{"items": [{"name": " "}]}]},
    "modem_settings[0].routing": {"modem_settings": [{"number": 1, "routing": "x"}]},
    "inbound_routes.items[0].destinations": {
        "inbound_routes": {"items": [{"name": "All", "scope": "global", "destinations": []}]}
    },
}


@pytest.mark.parametrize("place", WRONG)
async def test_what_the_document_excludes_is_refused_by_its_place(
    client: httpx.AsyncClient, box: Simulator, place: str
) -> None:
    body = {"devices": [{"device": "one", **WRONG[place]}]}
    answer = await client.post("/v1/fleet/plan", json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [f"devices[0].{place}"]


async def test_what_cannot_be_on_one_device_is_the_problem_of_its_plan(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    twice = {"device": "one", "contacts": [{}, {"owner": "global"}]}
    (found,) = await plan(client, twice)
    assert (found["problem"]["code"], found["tag"]) == ("invalid-request", None)
    assert found["problem"]["field"] == "contacts[1]"
    assert (await apply(client, **twice))["outcome"] == "refused"


async def test_a_device_is_there_and_named_once(client: httpx.AsyncClient, box: Simulator) -> None:
    one, two = {"device": "one"}, {"device": "two"}
    for devices, status, place in (([one, two], 404, 1), ([one, one], 409, 1)):
        answer = await client.post("/v1/fleet/plan", json={"devices": devices})
        assert answer.status_code == status
        assert answer.json()["field"] == f"devices[{place}].device"


async def test_a_key_needs_the_scopes_of_what_the_document_is_about(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    body = {"name": "reader", "scopes": ["devices:read"]}
    token = (await client.post("/v1/keys", json=body)).json()["key"]
    headers = {"Authorization": f"Bearer {token}"}
    for sections, status in (
        ({"t37_settings": {"enabled": False}}, 200),
        ({"contacts": [{"items": [ADA]}]}, 403),
    ):
        document = {"devices": [{"device": "one", **sections}]}
        answer = await client.post("/v1/fleet/plan", json=document, headers=headers)
        assert answer.status_code == status
        answer = await client.post("/v1/fleet/apply", json=document, headers=headers)
        assert answer.status_code == 403

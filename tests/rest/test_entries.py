"""What an appliance has in its queue, and the faxes of others, over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ffgateway.services.gateway import Gateway
from ffgateway.simulator.running import Simulator, running
from tests.support.strangers import put_in

DEVICE = {"name": "one", "username": "admin", "password": "admin", "model": "FF440"}


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0) as simulator:
        yield simulator


@pytest.fixture
async def faxes(client: httpx.AsyncClient, box: Simulator) -> str:
    """The path of the queue of an appliance that was just registered."""
    made = await client.post("/v1/devices", json=DEVICE | {"url": box.url})
    return f"/v1/devices/{made.json()['id']}/faxes"


async def test_the_queue_is_shown_in_pages_with_its_grade(
    client: httpx.AsyncClient, box: Simulator, faxes: str
) -> None:
    put_in(box, "555-0160", "555-0161", username="carol")
    answer = await client.get(faxes, params={"all_users": "true", "limit": 1})
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-ffws-evidence"] == "documented"
    (one,) = answer.json()["items"]
    assert (one["fax_key"], one["entry_key"], one["username"]) == ("00000001", "0001", "carol")
    assert (one["agent"], one["status"], one["fax_id"]) == ("WebClient", "preparing", None)
    link = answer.headers["link"].split(">")[0].removeprefix("<")
    assert [each["entry_key"] for each in (await client.get(link)).json()["items"]] == ["0000"]
    assert (await client.get(faxes)).json()["items"] == []  # our account has none


@pytest.mark.parametrize(
    "query",
    [
        {"all_users": "yes"},
        {"class": "waiting"},
        {"complete_limit": "-1"},
        {"complete_limit": "1001"},
        {"modem_info": "1"},
        {"of_class": "pending"},
        {"cursor": "?"},
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, faxes: str, query: dict[str, str]
) -> None:
    assert (await client.get(faxes, params=query)).status_code == 422


@pytest.mark.parametrize(("name", "found"), [("pending", 1), ("sending", 0), ("complete", 0)])
async def test_the_queue_is_narrowed_by_class(
    client: httpx.AsyncClient, box: Simulator, faxes: str, name: str, found: int
) -> None:
    put_in(box, "555-0160")
    answer = await client.get(faxes, params={"all_users": "true", "class": name})
    assert len(answer.json()["items"]) == found


async def test_a_fax_and_its_entries_are_looked_up(
    client: httpx.AsyncClient, box: Simulator, faxes: str
) -> None:
    put_in(box, "555-0110", "555-0110")
    box.advance(60)
    whole = await client.get(f"{faxes}/00000001")
    assert [one["entry_key"] for one in whole.json()["items"]] == ["0000", "0001"]
    one = await client.get(f"{faxes}/00000001/0001", params={"modem_info": "true"})
    assert [(fact["name"], fact["evidence"]) for fact in one.json()["modem"]] == [
        ("init_time", "documented"),
        ("connect_time", "documented"),
    ]
    assert (await client.get(f"{faxes}/000000FF")).status_code == 404
    assert (await client.get(f"{faxes}/1b")).status_code == 404


async def test_entries_are_aborted_and_given_another_time(
    client: httpx.AsyncClient, box: Simulator, faxes: str
) -> None:
    put_in(box, "555-0160", "555-0160", "555-0160")
    later = await client.post(
        f"{faxes}/00000001/0000/reschedule", json={"at": "2027-01-01T00:00:00Z"}
    )
    assert later.status_code == 200, later.text
    one = await client.delete(f"{faxes}/00000001/0001")
    assert (one.status_code, one.json()["entry_key"]) == (200, "0001")
    box.advance(2)
    states = [fax["state"] for fax in box.state()["faxes"]]
    assert states == ["pending", "aborted", "pending"]
    assert (await client.delete(f"{faxes}/00000001")).json()["entry_key"] is None
    box.advance(2)
    assert {fax["state"] for fax in box.state()["faxes"]} == {"aborted"}
    refused = await client.delete(f"{faxes}/00000001")
    assert refused.json()["code"] == "device-refused"


async def test_faxes_of_others_are_faxes(
    client: httpx.AsyncClient, gateway: Gateway, box: Simulator, faxes: str
) -> None:
    put_in(box, "555-0160", username="carol")
    device = faxes.removesuffix("/faxes")
    checked = (await client.post(f"{device}/check")).json()
    assert checked["shows_all"] is True
    (fax,) = (await client.get("/v1/faxes", params={"origin": "appliance"})).json()["items"]
    assert (fax["origin"], fax["username"], fax["agent"]) == ("appliance", "carol", "WebClient")
    assert fax["submission_id"].startswith("sub_")
    assert (await client.get(f"/v1/faxes/{fax['id']}/events")).json()["items"] == []
    for query, found in (({"origin": "gateway"}, 0), ({"username": "carol"}, 1)):
        answer = await client.get("/v1/faxes", params=query)
        assert len(answer.json()["items"]) == found
    cancelled = await client.post(f"/v1/faxes/{fax['id']}/cancel")
    assert cancelled.json()["status"] == "cancelling"
    box.advance(2)
    await client.post(f"{device}/check")
    resent = await client.post(f"/v1/faxes/{fax['id']}/resend")
    assert (resent.status_code, resent.json()["code"]) == (409, "no-document")
    (listed,) = (await client.get(faxes, params={"all_users": "true"})).json()["items"]
    assert listed["fax_id"] == fax["id"]

"""The status functions over HTTP, with the grade of how each is known."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ffgateway.simulator.running import Simulator, running
from tests.simulator.making import body_of, fax
from tests.support.calling import call
from tests.support.clock import NOON


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0, start=NOON) as simulator:
        yield simulator


async def registered(client: httpx.AsyncClient, box: Simulator, model: str = "FF440") -> str:
    body = {"name": model, "url": box.url, "username": "admin", "password": "admin", "model": model}
    made = await client.post("/v1/devices", json=body)
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


async def read(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-ffws-evidence"] == "documented"
    return answer.json()


async def test_each_modem_is_shown_and_each_alone(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    call(box, line=2)
    listed = await read(client, f"{where}/modems")
    assert [one["number"] for one in listed["items"]] == [1, 2, 3, 4]
    second = listed["items"][1]
    assert (second["state"], second["idle"], second["page"]) == ("Receiving Page", False, 1)
    assert await read(client, f"{where}/modems/2") == second


async def test_a_list_that_comes_whole_is_given_in_pages(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    first = await client.get(f"{where}/modems?limit=3")
    assert [one["number"] for one in first.json()["items"]] == [1, 2, 3]
    rest = await client.get(first.headers["link"].partition(">")[0][1:])
    assert [one["number"] for one in rest.json()["items"]] == [4]
    assert rest.json()["next_cursor"] is None
    assert (await client.get(f"{where}/modems?cursor=abc")).status_code == 422


async def test_each_channel_is_shown_and_each_alone(client: httpx.AsyncClient) -> None:
    async with running(model="FF240-IP", speed=0, start=NOON) as box:
        where = await registered(client, box, "FF240-IP")
        call(box)
        listed = await read(client, f"{where}/channels")
        assert (listed["items"][0]["ecm"], listed["items"][1]["ecm"]) == ("on", "")
        assert await read(client, f"{where}/channels/1") == listed["items"][0]
        counted = await read(client, f"{where}/status/channel")
        assert counted["lines"] == {"kind": "channel", "receiving": 1, "sending": 0, "idle": 3}


@pytest.mark.parametrize("path", ["channels", "channels/1", "status/channel"])
async def test_what_the_model_cannot_have_is_unsupported_before_any_request(
    client: httpx.AsyncClient, box: Simulator, path: str
) -> None:
    where = await registered(client, box)
    answer = await client.get(f"{where}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (501, "device-operation-unsupported")
    assert not box.requests


@pytest.mark.parametrize("path", ["modems/9", "modems/0", "modems/x", "status/fax", "status/MODEM"])
async def test_a_line_or_section_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, box: Simulator, path: str
) -> None:
    where = await registered(client, box)
    assert (await client.get(f"{where}/{path}")).status_code == 404


async def test_a_section_is_one_part(client: httpx.AsyncClient, box: Simulator) -> None:
    where = await registered(client, box)
    system = await read(client, f"{where}/status/system")
    assert system == {
        "section": "system",
        "lines": None,
        "system": {
            "uptime": "0",
            "current_time": "2026-03-02T12:00:00",
            "time_server": "pool.ntp.org",
        },
        "printers": [],
        "shares": [],
    }
    for part in ("modem", "printer", "share"):
        assert (await read(client, f"{where}/status/{part}"))["section"] == part


async def test_what_is_received_is_shown_live(client: httpx.AsyncClient, box: Simulator) -> None:
    where = await registered(client, box)
    assert (await read(client, f"{where}/inbound-status"))["items"] == []
    call(box)
    (coming,) = (await read(client, f"{where}/inbound-status"))["items"]
    assert coming == {
        "state": "Receiving",
        "line": 1,
        "extension": "12",
        "recipient": "Orders",
        "remote_id": "555-7777",
        "page": 1,
        "start": "2026-03-02T12:00:00",
        "started_at": "2026-03-02T12:00:00+00:00",
    }


async def test_what_goes_out_is_listed_over_pages_though_the_appliance_has_no_offset(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    assert (await read(client, f"{where}/outbound-status"))["items"] == []
    await scheduled(box, 8)
    box.advance(4)
    pages, path = [], f"{where}/outbound-status?limit=3"
    while path:
        answer = await client.get(path)
        pages.append([one["state"] for one in answer.json()["items"]])
        path = answer.headers.get("link", "").partition(">")[0][1:]
    assert pages == [["sending"] * 3, ["sending", "pending", "pending"], ["pending", "pending"]]
    waiting = (await read(client, f"{where}/outbound-status?class=pending"))["items"]
    assert [(one["state"], one["status"]) for one in waiting] == [("pending", "device_queued")] * 4
    assert waiting[0]["fax_number"].startswith("555-10")
    wrong = await client.get(f"{where}/outbound-status?class=complete")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "class")


async def scheduled(box: Simulator, count: int) -> None:
    """Put faxes on the appliance, from outside the gateway."""
    numbers = [f"555-10{number:02}" for number in range(count)]
    async with httpx.AsyncClient(auth=("admin", "admin")) as web:
        answer = await web.post(f"{box.url}/ffws/v1/ofax", content=body_of(fax(*numbers)))
        assert answer.status_code == 201


async def test_the_whole_status_has_printers_shares_and_for_whom_a_fax_comes(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    call(box)
    status = await read(client, f"{where}/status")
    assert (status["printers"], status["shares"]) == ([], [])
    assert status["receiving"][0]["recipient"] == "Orders"


async def test_printers_and_shares_are_shown_where_there_are_any(
    client: httpx.AsyncClient,
) -> None:
    async with running(speed=0, start=NOON, seed=7) as box:
        where = await registered(client, box)
        status = await read(client, f"{where}/status")
        assert [one["status"] for one in status["shares"]] == ["Connected"]
        assert (await read(client, f"{where}/status/share"))["shares"] == status["shares"]
        printers = (await read(client, f"{where}/status/printer"))["printers"]
        assert printers == status["printers"]
        assert len(printers) == 2


async def test_it_takes_the_scope_of_looking_at_devices(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    made = await client.post("/v1/keys", json={"name": "k", "scopes": ["faxes:read"]})
    stranger.headers["Authorization"] = f"Bearer {made.json()['key']}"
    for path in ("modems", "modems/1", "status/system", "inbound-status", "outbound-status"):
        assert (await stranger.get(f"{where}/{path}")).status_code == 403

"""Faxes that came in, over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ffgateway.simulator.running import Simulator, running
from tests.rest.test_lines import registered
from tests.support.calling import call
from tests.support.clock import NOON


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0, start=NOON) as simulator:
        yield simulator


async def test_a_call_is_on_record_while_it_lasts_and_when_it_is_over(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    call(box)
    await client.post(f"{where}/check")  # looks now
    (live,) = (await client.get("/v1/inbound-faxes")).json()["items"]
    assert (live["status"], live["page"], live["pages"]) == ("receiving", 1, None)
    assert (live["ended_at"], live["settled_by"]) == (None, None)
    box.advance(60)
    await client.post(f"{where}/check")
    one = (await client.get(f"/v1/inbound-faxes/{live['id']}")).json()
    assert one == live | {
        "status": "received",
        "pages": 3,
        "ended_at": "2026-03-02T12:00:24+00:00",
        "settled_by": "inbound_log",
        "message": "Successfully received fax",
        "updated_at": one["updated_at"],
    }


async def test_calls_are_listed_by_status_and_appliance_over_pages(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    where = await registered(client, box)
    for outcome in ("ok", "fail", "ok"):
        call(box, outcome=outcome)
        await client.post(f"{where}/check")
        box.advance(60)
        await client.post(f"{where}/check")
    device = where.rpartition("/")[2]

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/v1/inbound-faxes?{query}")
        assert answer.status_code == 200, answer.text
        return [one["status"] for one in answer.json()["items"]]

    assert await listed("") == ["received", "received_partial", "received"]
    assert await listed("status=received") == ["received"] * 2
    assert await listed("status=failed&status=received_partial") == ["received_partial"]
    assert len(await listed(f"device_id={device}")) == 3
    assert await listed(f"device_id=dev_{'0' * 26}") == []
    first = await client.get("/v1/inbound-faxes?limit=2")
    rest = await client.get(first.headers["link"].partition(">")[0][1:])
    assert (len(first.json()["items"]), len(rest.json()["items"])) == (2, 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [("status=lost", "status[0]"), ("device_id=one", "device_id"), ("limit=0", "limit")],
)
async def test_what_no_call_could_be_is_refused(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await client.get(f"/v1/inbound-faxes?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_call_that_never_was_is_not_found(client: httpx.AsyncClient) -> None:
    for name in ("inb_" + "0" * 26, "fax_" + "0" * 26, "x"):
        assert (await client.get(f"/v1/inbound-faxes/{name}")).status_code == 404


async def test_it_takes_the_scope_of_reading_faxes(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await client.post("/v1/keys", json={"name": "k", "scopes": ["devices:read"]})
    stranger.headers["Authorization"] = f"Bearer {made.json()['key']}"
    for path in ("/v1/inbound-faxes", f"/v1/inbound-faxes/inb_{'0' * 26}"):
        assert (await stranger.get(path)).status_code == 403

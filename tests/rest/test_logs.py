"""Logs of an appliance over HTTP: paged, cut by time, and said to be stand-ins."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from ffgateway.simulator.running import Simulator, running

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(
        model="FF440", start=NOON, seed=7, zone="America/Chicago", speed=0
    ) as started:
        yield started


@pytest.fixture
async def base(client: httpx.AsyncClient, box: Simulator) -> str:
    body = {
        "name": "one",
        "url": box.url,
        "username": "admin",
        "password": "admin",
        "zone": "America/Chicago",
    }
    answer = await client.post("/v1/devices", json=body)
    return f"/v1/devices/{answer.json()['id']}"


@pytest.mark.parametrize(("path", "count"), [("inbound-log", 25), ("outbound-log", 40)])
async def test_a_log_is_read_page_by_page_to_its_count(
    client: httpx.AsyncClient, base: str, path: str, count: int
) -> None:
    found: list[str] = []
    link: str | None = f"{base}/{path}?limit=15"
    while link:
        answer = await client.get(link)
        assert answer.headers["x-ffws-evidence"] == "stand-in"
        found += [one["started_at"] for one in answer.json()["items"]]
        link = answer.links.get("next", {}).get("url")
    assert len(found) == count
    assert found == sorted(found, reverse=True)
    assert (await client.get(f"{base}/{path}/count")).json() == {"count": count}


async def test_times_are_moments_whatever_the_clock_of_the_appliance(
    client: httpx.AsyncClient, base: str, box: Simulator
) -> None:
    newest = box.appliance.placed[-1]
    (one,) = (await client.get(f"{base}/outbound-log?limit=1")).json()["items"]
    assert datetime.fromisoformat(one["started_at"]) == newest.start.replace(microsecond=0)
    assert one["duration_seconds"] == newest.duration.total_seconds()


async def test_a_log_is_cut_by_time(client: httpx.AsyncClient, base: str, box: Simulator) -> None:
    starts = [call.start for call in box.appliance.placed]
    query = {"start": starts[10].isoformat(), "end": starts[19].isoformat(), "limit": "50"}
    found = await client.get(f"{base}/outbound-log", params=query)
    assert len(found.json()["items"]) == 10
    wrong = {"start": query["end"], "end": query["start"]}
    answer = await client.get(f"{base}/outbound-log", params=wrong)
    assert (answer.status_code, answer.json()["field"]) == (422, "end")


async def test_calls_of_both_directions_are_in_one_log(
    client: httpx.AsyncClient, base: str
) -> None:
    found = (await client.get(f"{base}/call-log?limit=65")).json()["items"]
    assert {one["direction"] for one in found} == {"inbound", "outbound"}
    assert len(found) == 65


async def test_reading_logs_needs_the_scope_for_faxes(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, base: str
) -> None:
    for scope, status in (("devices:read", 403), ("faxes:read", 200)):
        key = (await client.post("/v1/keys", json={"name": "k", "scopes": [scope]})).json()["key"]
        stranger.headers["Authorization"] = f"Bearer {key}"
        assert (await stranger.get(f"{base}/call-log")).status_code == status

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette

from ffgateway.app import parts
from ffgateway.rest.middleware import Frame
from ffgateway.rest.problems import handlers
from ffgateway.rest.routes import routes
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings
from tests.rest.conftest import client_of, surface

FAX = {"recipients": [{"fax_number": "5550100"}], "cover_page": {"enabled": True}}


async def test_the_log_is_read_on_from_any_position(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await client.post("/v1/faxes", json=FAX)).status_code == 202
    everything = (await client.get("/v1/events?limit=100")).json()
    positions = [event["position"] for event in everything["items"]]
    assert positions == list(range(1, everything["next_after"] + 1))
    found, url = [], "/v1/events?limit=2&types=fax.queued&types=fax.held"
    while url:
        answer = await client.get(url)
        found += answer.json()["items"]
        url = answer.links["next"]["url"] if "next" in answer.links else ""
    assert [event["type"] for event in found] == ["fax.queued"] * 3
    last = (await client.get(f"/v1/events?after={everything['next_after']}")).json()
    assert last == {"items": [], "next_after": everything["next_after"]}


@pytest.mark.parametrize("query", ["after=-1", "types=fax", "types=*%27", "after=x"])
async def test_a_flawed_position_or_type_is_refused(client: httpx.AsyncClient, query: str) -> None:
    for path in ("/v1/events", "/v1/events/stream"):
        assert (await client.get(f"{path}?{query}")).status_code == 422


async def test_a_flawed_last_event_id_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/events/stream", headers={"Last-Event-ID": "evt_1"})
    assert (answer.status_code, answer.json()["field"]) == (422, "Last-Event-ID")


async def test_a_key_without_the_scope_gets_a_problem_and_no_stream(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await client.post("/v1/keys", json={"name": "n", "scopes": ["audit:read"]})
    stranger.headers["Authorization"] = f"Bearer {made.json()['key']}"
    answer = await stranger.get("/v1/events/stream")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@asynccontextmanager
async def served(gateway: Gateway) -> AsyncIterator[str]:
    """The surface on a real socket: a client in memory would wait for the end of a stream."""
    app = Frame(
        Starlette(routes=routes(gateway, metrics_open=False), exception_handlers=handlers())
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def _frames(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    frame: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            frame[name] = value
        elif frame:
            yield frame
            frame = {}


async def _told(client: httpx.AsyncClient, count: int, **how: Any) -> list[dict[str, str]]:
    found = []
    async with client.stream("GET", "/v1/events/stream", **how) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for frame in _frames(answer.aiter_lines()):
            if "data" in frame:
                found.append(frame)
            if len(found) == count:
                break
    return found


async def test_a_stream_tells_the_past_then_the_present_and_goes_on_where_it_was_cut(
    open_settings: Settings, admin: str
) -> None:
    async with parts(open_settings) as wired:
        await wired.start()
        async with (
            served(wired.gateway) as url,
            httpx.AsyncClient(
                base_url=url, headers={"Authorization": f"Bearer {admin}"}, timeout=30
            ) as client,
            asyncio.timeout(30),
        ):
            await client.post("/v1/faxes", json=FAX)
            past = await _told(client, 2, params={"after": 0, "types": "fax.*"})
            assert [frame["event"] for frame in past] == ["fax.accepted", "fax.queued"]
            seen = past[-1]["id"]
            assert orjson.loads(past[-1]["data"])["position"] == int(seen)
            listening = asyncio.create_task(
                _told(client, 2, headers={"Last-Event-ID": seen}, params={"types": "fax.accepted"})
            )
            for _ in range(2):
                await client.post("/v1/faxes", json=FAX)
            present = await listening
    assert [frame["event"] for frame in present] == ["fax.accepted"] * 2
    assert all(int(frame["id"]) > int(seen) for frame in present)


async def test_a_page_that_is_not_full_leads_behind_everything_that_was_looked_through(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/v1/faxes", json=FAX)
    head = (await client.get("/v1/events?limit=100")).json()["next_after"]
    seldom = (await client.get("/v1/events?types=device.offline")).json()
    assert seldom == {"items": [], "next_after": head}


async def test_a_position_beyond_the_log_is_no_cursor(client: httpx.AsyncClient) -> None:
    for path in ("/v1/events", "/v1/events/stream"):
        answer = await client.get(path, params={"after": 999})
        assert (answer.status_code, answer.json()["field"]) == (422, "after")


async def test_a_cursor_from_before_the_log_is_gone_with_the_oldest_position(
    open_settings: Settings, admin: str
) -> None:
    kept = open_settings.model_copy(update={"event_retention_days": 1e-9})
    async with parts(kept) as wired, client_of(surface(wired.gateway), admin) as client:
        await client.post("/v1/faxes", json=FAX)
        await wired.keeping.retire_events()
        head = await wired.history.head()
        for answer in (
            await client.get("/v1/events?after=1"),
            await client.get("/v1/events/stream", headers={"Last-Event-ID": "1"}),
        ):
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (410, "events-gone")
            assert problem["oldest_position"] == head + 1
            assert problem["cure"].endswith(f"go on after {head}.")

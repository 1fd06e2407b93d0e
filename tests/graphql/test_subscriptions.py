"""Following over a real server on loopback: graphql-transport-ws and server-sent events."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ffgateway.app import running, surface
from ffgateway.graphql import sockets
from ffgateway.graphql.context import Context
from ffgateway.graphql.schema import schema
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings
from tests.graphql.conftest import ADMIN, Client
from tests.graphql.test_schema import send

TRANSPORT = Subprotocol("graphql-transport-ws")
WITHIN = 20
"""Seconds: far more than any of this takes."""

CHANGES = """subscription ($ids: [ID!], $after: String) {
  faxStatusChanged(ids: $ids, after: $after) {
    position sequence type status previousStatus at data fax { id status } } }"""
EVENTS = """subscription ($types: [String!], $after: String) {
  eventHappened(types: $types, after: $after) { position type subject } }"""


@pytest.fixture
async def address(gateway: Gateway, settings: Settings) -> AsyncIterator[str]:
    """Host and port of the whole surface behind uvicorn."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        surface(gateway, settings), log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


async def said(ws: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN):
        message: dict[str, Any] = json.loads(await ws.recv(decode=True))
    return message


async def tell(ws: ClientConnection, **message: Any) -> None:
    await ws.send(json.dumps(message))


async def enter(ws: ClientConnection, key: str = ADMIN) -> None:
    await tell(ws, type="connection_init", payload={"Authorization": f"Bearer {key}"})
    assert (await said(ws))["type"] == "connection_ack"


async def follow(ws: ClientConnection, query: str, **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await tell(ws, id="1", type="subscribe", payload=payload)


async def next_of(ws: ClientConnection) -> dict[str, Any]:
    message = await said(ws)
    assert message["type"] == "next", message
    data: dict[str, Any] = message["payload"]["data"]
    (value,) = data.values()
    assert isinstance(value, dict)
    return value


async def closed(ws: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as end:
        await said(ws)
    assert end.value.rcvd is not None
    return end.value.rcvd.code


async def test_changes_of_status_are_told_from_a_position_on(client: Client, address: str) -> None:
    fax = (await send(client))["faxes"][0]["id"]
    other = (await send(client))["faxes"][0]["id"]
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, CHANGES, ids=[fax], after="0")
        first, second, third = [await next_of(ws) for _ in range(3)]
    assert (first["type"], first["status"], first["previousStatus"]) == (
        "fax.accepted",
        "ACCEPTED",
        None,
    )
    assert (second["status"], second["previousStatus"]) == ("QUEUED", "ACCEPTED")
    assert third["status"] == "HELD"  # there is no appliance
    assert [one["sequence"] for one in (first, second, third)] == [1, 2, 3]
    assert {one["fax"]["id"] for one in (first, second, third)} == {fax} != {other}
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, CHANGES, ids=[fax], after=second["position"])
        assert (await next_of(ws))["position"] == third["position"]


async def test_what_happens_later_is_told_as_it_happens(client: Client, address: str) -> None:
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[TRANSPORT],
        additional_headers={"Authorization": f"Bearer {ADMIN}"},
    ) as ws:
        await tell(ws, type="connection_init")
        assert (await said(ws))["type"] == "connection_ack"
        head = str(await client.gateway.history.head())
        await follow(ws, EVENTS, types=["fax.*"], after=head)
        await client.key("FAXES_READ")  # tells of a key, which nobody asked for
        fax = (await send(client))["faxes"][0]["id"]
        told = await next_of(ws)
    assert (told["type"], told["subject"]) == ("fax.accepted", fax)


async def test_a_revoked_key_ends_what_it_follows(client: Client, address: str) -> None:
    key = await client.key("FAXES_READ")
    listed = (await client.ask("{ keys { id prefix } }"))["keys"]
    (key_id,) = [one["id"] for one in listed if key.startswith(one["prefix"])]
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws, key)
        await follow(ws, EVENTS, types=["key.revoked"])
        await tell(ws, type="ping")
        assert (await said(ws))["type"] == "pong"
        await client.ask("mutation ($id: ID!) { revokeKey(id: $id) { id } }", id=key_id)
        codes = []
        while (message := await said(ws))["type"] != "complete":
            codes += [one["extensions"]["code"] for one in message["payload"].get("errors", [])]
        assert codes == ["unauthenticated"]
        await tell(ws, id="2", type="subscribe", payload={"query": "{ keys { id } }"})
        (error,) = (await said(ws))["payload"]
        assert error["extensions"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "payload", [{}, {"Authorization": "Bearer ffgw_wrong"}, {"authorization": 5}]
)
async def test_a_socket_without_a_known_key_is_closed(
    address: str, payload: dict[str, Any]
) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await tell(ws, type="connection_init", payload=payload)
        assert await closed(ws) == 4403


async def test_nothing_is_followed_before_the_key_is_known(address: str) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await follow(ws, EVENTS)
        assert await closed(ws) == 4401


@pytest.mark.parametrize(
    "text",
    ['"x"', "5", "{", '{"type": 5}', '{"id": null, "type": "subscribe", "payload": {"query": "{a}"}}',
     '{"type": "ping", "payload": 5}',
     '{"id": "1", "type": "subscribe", "payload": {"query": 5}}',
     '{"id": "1", "type": "subscribe", "payload": {"query": "{a}", "variables": []}}'],
)  # fmt: skip
async def test_a_message_that_is_none_closes_the_socket(address: str, text: str) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await ws.send(text)
        assert await closed(ws) == 4400


async def test_a_socket_with_many_operations_is_told_so_by_a_code(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST", 1)
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, EVENTS)
        await tell(ws, id="2", type="subscribe", payload={"query": "{ __typename }"})
        refused = await said(ws)
        assert (refused["id"], refused["type"]) == ("2", "error")
        assert refused["payload"][0]["extensions"]["code"] == "invalid-request"
        await tell(ws, id="1", type="complete")
        await tell(ws, id="3", type="subscribe", payload={"query": "{ __typename }"})
        assert (await said(ws))["id"] == "3"


async def test_the_legacy_protocol_is_refused(address: str) -> None:
    legacy = Subprotocol("graphql-ws")
    async with connect(f"ws://{address}/graphql", subprotocols=[legacy]) as ws:
        assert await closed(ws) == 4406


async def test_a_position_that_is_none_is_said_to_be(address: str) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, CHANGES, after="yesterday")
        message = await said(ws)
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["field"] == "after"


async def test_a_position_beyond_the_log_is_no_cursor(address: str) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, EVENTS, after="999")
        message = await said(ws)
    assert message["payload"]["errors"][0]["extensions"]["field"] == "after"


async def test_server_sent_events_tell_the_same(client: Client, address: str) -> None:
    fax = (await send(client))["faxes"][0]["id"]
    headers = {"Authorization": f"Bearer {ADMIN}", "Accept": "text/event-stream"}
    body = {"query": CHANGES, "variables": {"ids": [fax], "after": "0"}}
    seen: list[str] = []
    async with (
        asyncio.timeout(WITHIN),
        httpx.AsyncClient(trust_env=False) as http,
        http.stream("POST", f"http://{address}/graphql", json=body, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data:") and "faxStatusChanged" in line:
                seen.append(json.loads(line[5:])["data"]["faxStatusChanged"]["status"])
            if len(seen) == 2:
                break
    assert seen == ["ACCEPTED", "QUEUED"]


async def test_server_sent_events_need_a_key(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"http://{address}/graphql",
            json={"query": EVENTS},
            headers={"Accept": "text/event-stream"},
        )
    assert answer.status_code == 401


async def test_a_listener_is_let_go_when_the_gateway_stops(settings: Settings) -> None:
    async with running(settings) as gateway:
        context = Context(gateway, authorization=f"Bearer {ADMIN}")
        results = await schema().subscribe(EVENTS, {"types": ["webhook.*"]}, context)
        ending = asyncio.ensure_future(anext(aiter(results), None))
        await gateway.history.head()
    async with asyncio.timeout(WITHIN):
        assert await ending is None


async def test_a_socket_has_the_same_limits_and_pays_from_the_same_budget(address: str) -> None:
    too_large = "subscription { " + "...a " * 16 + "} fragment a on Subscription { a: __typename }"
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        for asked, code in (
            ({"query": too_large}, "invalid-request"),
            ({"query": "{ nothing }"}, "invalid-request"),
            ({"documentId": "sha256:" + "0" * 64}, "not-found"),
        ):
            await tell(ws, id="1", type="subscribe", payload=asked)
            message = await said(ws)
            assert (message["type"], message["id"]) == ("error", "1")
            assert message["payload"][0]["extensions"]["code"] == code
        for asked, cost in (({"query": "{ __typename }"}, 1), ({"query": "{ keys { id } }"}, 3)):
            await tell(ws, id="1", type="subscribe", payload=asked)
            told = (await said(ws))["payload"]["extensions"]["cost"]
            assert told["actual"] == cost
            assert (await said(ws))["type"] == "complete"
        assert told["limit"] - told["remaining"] == 1 + 3


async def test_a_subscription_says_once_what_it_costs(client: Client, address: str) -> None:
    await send(client)
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await follow(ws, EVENTS, after="0")
        payloads = [(await said(ws))["payload"] for _ in range(3)]
    assert payloads[0]["extensions"]["cost"]["asked"] == 11
    assert [one.get("extensions") for one in payloads[1:]] == [None, None]


async def test_a_text_that_cannot_be_read_closes_the_socket_and_is_no_fault(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT]) as ws:
        await enter(ws)
        await tell(ws, id="1", type="subscribe", payload={"query": "{"})
        assert await closed(ws) == 4400
    assert not [one for one in caplog.records if one.levelname == "ERROR"]

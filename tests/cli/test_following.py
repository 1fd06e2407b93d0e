"""The demonstration's subscription, against servers on real sockets that keep to the protocol or not."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from ffgateway.cli.following import PROTOCOL, following
from ffgateway.cli.output import Trouble


def change(position: int) -> dict[str, Any]:
    told = {"position": str(position), "type": "fax.queued", "status": "QUEUED"}
    return {"faxStatusChanged": {**told, "fax": {"id": "fax_1"}}}


def following_message(payload: dict[str, Any]) -> dict[str, Any]:
    return {"id": "1", "type": "next", "payload": payload}


@asynccontextmanager
async def saying(
    messages: Sequence[dict[str, Any]], *, greeting: str = "connection_ack", hang_up: bool = False
) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that greets, is asked, and says what it was told to; what it heard is kept."""
    heard: list[dict[str, Any]] = []

    async def converse(socket: ServerConnection) -> None:
        heard.append(json.loads(await socket.recv()))
        await socket.send(json.dumps({"type": greeting}))
        heard.append(json.loads(await socket.recv()))
        for message in messages:
            await socket.send(json.dumps(message))
        if not hang_up:
            await socket.wait_closed()

    async with serve(converse, "127.0.0.1", 0, subprotocols=[PROTOCOL]) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql", heard


async def test_changes_are_kept_in_order_with_their_positions_as_numbers() -> None:
    told = [following_message({"data": change(position)}) for position in (3, 4)]
    async with asyncio.timeout(10), saying(told) as (url, heard), following(url, "key") as changes:
        await changes.until_position(4)
        assert [one["position"] for one in changes.changes] == [3, 4]
        assert [one["type"] for one in heard] == ["connection_init", "subscribe"]


@pytest.mark.parametrize(
    "bad",
    [
        following_message({"errors": [{"message": "no such field"}]}),
        {"id": "1", "type": "error", "payload": [{"message": "no such field"}]},
        {"id": "1", "type": "complete"},
    ],
    ids=["errors beside data", "an error", "an early end"],
)
async def test_a_subscription_that_fails_is_trouble(bad: dict[str, Any]) -> None:
    async with asyncio.timeout(10), saying([bad]) as (url, _), following(url, "key") as changes:
        with pytest.raises(Trouble, match="the GraphQL subscription failed"):
            await changes.until_position(1)


async def test_a_server_that_hangs_up_is_trouble() -> None:
    async with (
        asyncio.timeout(10),
        saying([], hang_up=True) as (url, _),
        following(url, "key") as changes,
    ):
        with pytest.raises(Trouble, match="ended the GraphQL subscription"):
            await changes.until_position(1)


async def test_a_server_of_another_protocol_is_trouble() -> None:
    async with asyncio.timeout(10), saying([], greeting="hello") as (url, _):
        with pytest.raises(Trouble, match="answered hello"):
            async with following(url, "key"):
                pass


async def test_a_server_that_is_not_there_is_trouble() -> None:
    async with saying([]) as (url, _):
        pass
    with pytest.raises(Trouble, match="the GraphQL subscription ended"):
        async with following(url, "key"):
            pass

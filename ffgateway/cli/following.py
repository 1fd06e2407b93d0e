"""A GraphQL subscription over WebSockets (graphql-transport-ws), for the demonstration."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from ffgateway.cli.output import Trouble

CHANGES = 'subscription { faxStatusChanged(after: "0") { position type status fax { id } } }'
PROTOCOL = Subprotocol("graphql-transport-ws")
HANDSHAKE = 10.0
"""Seconds for the server to acknowledge."""


class Following:
    """The changes that one subscription has told of, in order."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self._trouble = ""
        self._changed = asyncio.Condition()

    async def read(self, socket: ClientConnection) -> None:
        """Take in what the server says, until it ends."""
        try:
            async for text in socket:
                await self._take(json.loads(text), socket)
            self._trouble = "the server ended the GraphQL subscription"
        except (Trouble, WebSocketException) as trouble:
            self._trouble = str(trouble)
        async with self._changed:
            self._changed.notify_all()

    async def _take(self, message: dict[str, Any], socket: ClientConnection) -> None:
        if message["type"] == "ping":
            await socket.send(json.dumps({"type": "pong"}))
        elif message["type"] == "next" and not message["payload"].get("errors"):
            change = message["payload"]["data"]["faxStatusChanged"]
            self.changes.append(change | {"position": int(change["position"])})
            async with self._changed:
                self._changed.notify_all()
        elif message["type"] in {"next", "error", "complete"}:
            raise Trouble(f"the GraphQL subscription failed: {message}")

    async def until_position(self, position: int) -> None:
        """Wait until it has come as far as a position; how long is up to the caller.

        Raises `Trouble` when it ended before.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._trouble or self._at(position))
        if not self._at(position):
            raise Trouble(self._trouble)

    def _at(self, position: int) -> bool:
        return any(change["position"] >= position for change in self.changes)


@asynccontextmanager
async def following(url: str, key: str) -> AsyncIterator[Following]:
    """Follow every change of a fax on the gateway at `url` (http://…/graphql). Raises `Trouble`."""
    headers = {"Authorization": f"Bearer {key}"}
    address = url.replace("http", "ws", 1)
    try:
        async with connect(
            address,
            subprotocols=[PROTOCOL],
            additional_headers=headers,
            proxy=None,
            open_timeout=HANDSHAKE,
        ) as socket:
            await _subscribe(socket)
            changes = Following()
            reading = asyncio.create_task(changes.read(socket))
            try:
                yield changes
            finally:
                reading.cancel()
                await asyncio.wait([reading])
    except (OSError, WebSocketException) as gone:
        raise Trouble(f"the GraphQL subscription ended: {gone}") from gone


async def _subscribe(socket: ClientConnection) -> None:
    await socket.send(json.dumps({"type": "connection_init"}))
    async with asyncio.timeout(HANDSHAKE):
        answer = json.loads(await socket.recv())
    if answer["type"] != "connection_ack":
        raise Trouble(f"the GraphQL server answered {answer['type']} to a greeting")
    request = {"type": "subscribe", "id": "1", "payload": {"query": CHANGES}}
    await socket.send(json.dumps(request))

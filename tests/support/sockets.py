"""A client of graphql-transport-ws that speaks to an application without a server in between.

async with opened(app, "ffgw_…") as socket:
    messages = await socket.run("{ keys { id } }")
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message

WITHIN = 20
"""Seconds until an application is taken for stuck."""


class Socket:
    """One connection, whose key was taken."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.received: asyncio.Queue[Message] = asyncio.Queue()
        self._operations = 0

    async def tell(self, **message: Any) -> None:
        """Send a message."""
        await self.sent.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def said(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(WITHIN):
            event = await self.received.get()
        assert event["type"] == "websocket.send", event
        message: dict[str, Any] = json.loads(event["text"])
        return message

    async def run(self, query: str) -> list[dict[str, Any]]:
        """Run an operation to its end; return what was said of it."""
        self._operations += 1
        number = str(self._operations)
        await self.tell(id=number, type="subscribe", payload={"query": query})
        heard = [await self.said()]
        while heard[-1]["type"] not in {"complete", "error"}:
            heard.append(await self.said())
        assert {one["id"] for one in heard} == {number}
        return heard


@asynccontextmanager
async def opened(app: ASGIApp, key: str) -> AsyncIterator[Socket]:
    """Connect, be let in with a key, and leave at the end."""
    socket = Socket()
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
        "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"gateway")], "client": ("127.0.0.1", 1), "server": ("gateway", 80),
        "subprotocols": ["graphql-transport-ws"], "state": {},
    }  # fmt: skip
    async with asyncio.TaskGroup() as group:

        async def serve() -> None:
            await app(scope, socket.sent.get, socket.received.put)

        group.create_task(serve())
        await socket.sent.put({"type": "websocket.connect"})
        accepted = await socket.received.get()
        assert accepted["type"] == "websocket.accept", accepted
        await socket.tell(type="connection_init", payload={"Authorization": f"Bearer {key}"})
        assert (await socket.said())["type"] == "connection_ack"
        yield socket
        await socket.sent.put({"type": "websocket.disconnect", "code": 1000})

"""What a thousand who listen and hear nothing cost, and what one event told to all of them does.

    make bench ARGS=tests/bench/test_listeners.py

The gateway is a process of its own; listeners are bare sockets here. Memory is its resident set.
Whoever does not answer a ping of the gateway's within twenty seconds is closed by right (1011), so what
comes over a WebSocket is read all the time, whether somebody waits for it or not.
"""

import asyncio
import base64
import os
import resource
import statistics
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import psutil
import pytest

from tests.support.processes import KEY, GatewayProcess, gateway_process

LISTENERS, WARM, IDLE = 1000, 100, 45
MOST = 64 * 1024
"""Bytes of memory that each may cost."""

Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LISTENING: set[asyncio.Task[None]] = set()

CLOSE, PING, PONG = 0x88, 0x89, 0x8A
FOLLOW = "subscription { eventHappened { position type subject } }"
HEADERS = f"Host: gateway\r\nAuthorization: Bearer {KEY}\r\n"


class Closed(Exception):
    """The gateway closed a WebSocket: with which code, and why."""


async def stream(port: int) -> Socket:
    """Follow the log by server-sent events, as far as the first frame."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /v1/events/stream HTTP/1.1\r\n{HEADERS}\r\n".encode())
    await reader.readuntil(b"from here on")
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def subscription(port: int) -> Socket:
    """Follow the log over a WebSocket, as far as a ping that is answered behind the subscription.

    Compression is offered, as browsers do. What is read afterwards are messages alone.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /graphql HTTP/1.1\r\n{HEADERS}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    for message in (
        {"type": "connection_init"},
        {"type": "subscribe", "id": "1", "payload": {"query": FOLLOW}},
        {"type": "ping"},
    ):
        text = orjson.dumps(message)
        writer.write(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)  # a mask of zeros
    heard = asyncio.StreamReader()
    task = asyncio.create_task(listen(reader, writer, heard))
    LISTENING.add(task)
    task.add_done_callback(LISTENING.discard)
    await heard.readuntil(b'"pong"')
    return heard, writer


async def listen(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: asyncio.StreamReader
) -> None:
    """Pass on what is told, and answer pings, to the end; whoever reads after that is told why."""
    try:
        while True:
            kind, length = await reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack(">H", await reader.readexactly(2))
            body = await reader.readexactly(length)
            if kind == CLOSE:
                heard.set_exception(Closed(f"{int.from_bytes(body[:2])} {body[2:].decode()}"))
                return
            if kind == PING:
                writer.write(bytes([PONG, 0x80 | length]) + bytes(4) + body)
            else:
                heard.feed_data(body)
    except (asyncio.IncompleteReadError, ConnectionError) as end:
        heard.set_exception(end)


KINDS = {
    "server-sent events": (stream, b"event: key.created"),
    "GraphQL over WebSocket": (subscription, b'"type":"key.created"'),
}
"""How to follow, and what tells of a key: the log has other events as well, such as checkpoints."""


async def tell(gateway: GatewayProcess) -> None:
    async with gateway.client() as client:
        made = await client.post("/v1/keys", json={"name": "n", "scopes": ["audit:read"]})
        assert made.status_code == 201


async def settled(gateway: GatewayProcess, process: psutil.Process) -> int:
    """The resident set once it has stopped to change."""
    sizes = [0]
    while len(sizes) < 4 or max(sizes[-3:]) - min(sizes[-3:]) > 64 * 1024:
        await asyncio.sleep(0.5)
        gateway.still_there()
        sizes.append(process.memory_info().rss)
    return sizes[-1]


def spent(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_thousand_idle_listeners(kind: str, tmp_path: Path) -> None:
    open_one, told = KINDS[kind]

    async def heard(socket: Socket) -> None:
        await socket[0].readuntil(told)

    resource.setrlimit(
        resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(gateway_process(tmp_path))
        assert gateway.process is not None
        process = psutil.Process(gateway.process.pid)
        warm = await opened(open_one, gateway.port, WARM)
        await tell(gateway)
        await asyncio.gather(*map(heard, warm))
        before = await settled(gateway, process)
        sockets = await opened(open_one, gateway.port, LISTENERS)
        after = await settled(gateway, process)
        each = (after - before) / LISTENERS
        waits, used = [], []
        for again in range(5):
            hearing = asyncio.gather(*map(heard, (*warm, *sockets)))
            if not again:
                began = spent(process)
                await asyncio.sleep(IDLE)
                idle = (spent(process) - began) / IDLE
            began, at = spent(process), time.perf_counter()
            await tell(gateway)
            await hearing
            waits.append(time.perf_counter() - at)
            await asyncio.sleep(0.3)
            used.append(spent(process) - began)
        crowded = await settled(gateway, process)
        for _, writer in (*warm, *sockets):
            writer.close()
    print(
        f"\n{kind}: {each / 1024:.1f} KiB each ({LISTENERS} beyond {WARM}; {before / 2**20:.0f} to"
        f" {after / 2**20:.0f} MiB, {crowded / 2**20:.0f} MiB after five events); idle {idle:.1%} of a core; "
        f"one event to all: {statistics.median(waits) * 1000:.0f} ms, {statistics.median(used) * 1000:.0f} ms of CPU"
    )
    assert each <= MOST


async def opened(
    open_one: Callable[[int], Awaitable[Socket]], port: int, count: int
) -> list[Socket]:
    found: list[Socket] = []
    for start in range(0, count, 20):
        some = min(20, count - start)
        found += await asyncio.gather(*(open_one(port) for _ in range(some)))
    return found

"""The server's own part: who takes nothing is let go, and listeners end with it."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, Self

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from ffgateway.app import create_app
from ffgateway.cli import patience, serving
from ffgateway.cli.server import Server, configured
from ffgateway.cli.serving import REASON, TOO_LARGE, TOO_LATE
from ffgateway.graphql.requests import LARGEST
from ffgateway.settings import Settings
from tests.support.processes import KEY

PIECE = b"x" * 10_000
MOST = 300_000
"""Bytes on their way at the most: the server's buffer of 64 KiB, a piece, and the kernel's, kept small here."""

WITHIN = 20
"""Seconds: far more than any of this takes."""


class Talker:
    """Sends as much as it is let, over HTTP and over WebSockets; counts what went, and its ends."""

    def __init__(self) -> None:
        self.sent = 0
        self.gone = False
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk until the other end is gone."""
        await receive()
        web = scope["type"] == "http"
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start if web else {"type": "websocket.accept"})
        body = {"type": "http.response.body", "body": PIECE, "more_body": True}
        talking = asyncio.create_task(
            self._talk(send, body if web else {"type": "websocket.send", "bytes": PIECE})
        )
        while not (await receive())["type"].endswith("disconnect"):
            pass
        talking.cancel()
        self.ended.set()

    async def _talk(self, send: Send, piece: Message) -> None:
        try:
            while True:
                await send(piece)
                self.sent += len(PIECE)
                await asyncio.sleep(0)
        except OSError:  # how an application is told so (ASGI, 2.4)
            self.gone = True


class Noticed(logging.Handler):
    """Waits for the server to notice a client that takes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.noticed = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Hear a line of the log."""
        if record.getMessage() == "listener.slow":
            self.noticed.set()

    async def __aenter__(self) -> Self:
        logging.getLogger(patience.__name__).addHandler(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        logging.getLogger(patience.__name__).removeHandler(self)


@asynccontextmanager
async def served(
    app: ASGIApp,
    *,
    patience: float = 60,
    stopping: Callable[[], None] = lambda: None,
    lifespan: Literal["on", "off"] = "off",
    ping: float = 20,
    message_within: float = 60,
    proxies: tuple[str, ...] = (),
) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        config = configured(
            app,
            patience=patience,
            message_within=message_within,
            proxies=proxies,
            lifespan=lifespan,
            ws_ping_interval=ping,
            ws_ping_timeout=ping,
        )
        server = Server(config, stopping=stopping)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await running


async def test_a_client_that_takes_nothing_is_let_go_and_costs_no_more_than_its_sockets() -> None:
    talker = Talker()
    async with served(talker, patience=0.1) as port, asyncio.timeout(WITHIN), asking(port):
        await talker.ended.wait()
    assert talker.sent < MOST


async def test_a_websocket_that_takes_nothing_is_told_why_behind_what_it_has_still_to_read() -> (
    None
):
    talker, received, slow = Talker(), 0, Noticed()
    async with served(talker, patience=0.1) as port, asyncio.timeout(WITHIN), slow:
        address = f"ws://127.0.0.1:{port}/"
        async with connect(address, compression=None, max_queue=1, proxy=None) as client:
            await slow.noticed.wait()
            with pytest.raises(ConnectionClosedError) as end:
                while True:
                    received += len(await client.recv())
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (1013, REASON)
    assert received == talker.sent
    assert talker.gone


async def test_a_client_that_reads_slowly_is_kept() -> None:
    talker, received = Talker(), 0
    async with (
        served(talker, patience=0.2) as port,
        asyncio.timeout(WITHIN),
        asking(port) as reader,
    ):
        while received < 1_000_000:
            received += len(await reader.read(20_000))
            await asyncio.sleep(0.002)
        assert not talker.ended.is_set()


async def test_listeners_end_whole_when_the_server_stops(tmp_path: Path) -> None:
    app = create_app(
        Settings.model_validate(
            {
                "database_url": f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}",
                "spool_dir": tmp_path / "spool",
                "key_file": tmp_path / "service.key",
                "bootstrap_key": KEY,
            }
        )
    )
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream"}
    follow = {"query": "subscription { eventHappened { position } }"}
    async with asyncio.timeout(WITHIN), AsyncExitStack() as clients:
        async with served(app, stopping=app.stopping, lifespan="on") as port:
            url = f"http://127.0.0.1:{port}"
            http = httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)
            await clients.enter_async_context(http)
            while (await http.get("/livez")).status_code != 200:
                pass
            socket_of = connect(
                f"ws://127.0.0.1:{port}/graphql",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                additional_headers=headers,
                proxy=None,
            )
            client = await clients.enter_async_context(socket_of)
            streams = [
                await clients.enter_async_context(http.stream(*asked, json=body))
                for *asked, body in (
                    ("GET", "/v1/events/stream", None),
                    ("POST", "/graphql", follow),
                )
            ]
        for answer in streams:
            assert answer.status_code == 200
            await answer.aread()  # raises when it was cut
        with pytest.raises(ConnectionClosedError) as end:
            await client.recv()
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 1012  # service restart: come again


@asynccontextmanager
async def asking(port: int) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for something, with small buffers on this side."""
    bare = socket.socket()
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    bare.setblocking(False)
    await asyncio.get_running_loop().sock_connect(bare, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=bare, limit=1024)
    writer.write(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")
    try:
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def refusing(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Let no WebSocket in, in words."""
    await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b"{}"})


HANDSHAKE = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404),
        ("/", {"Sec-WebSocket-Version": "12"}, 400),
        ("/", {"Sec-WebSocket-Key": ""}, 400),
        ("/", {"Connection": "Upgrade", "X": "y" * 9_000}, 431),
        (f"/{'y' * 9_000}", {}, 414),
        ("/", {f"X-{n}": "" for n in range(200)}, 431),
    ],
)
async def test_a_handshake_that_is_refused_is_told_why_and_is_no_fault_of_ours(
    path: str, headers: dict[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in (HANDSHAKE | headers).items())
    async with served(refusing) as port, asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    if status != 404:  # whose words are the application's
        assert b"\r\ncontent-type: application/problem+json\r\n" in head.lower() + b"\r\n"
        assert json.loads(body)["status"] == status
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


class Echo:
    """Says how long each message is, and lets nobody in before it may."""

    def __init__(self) -> None:
        self.asked, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Speak to one client."""
        await receive()
        self.asked.set()
        await self.open.wait()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": str(len(message["text"]))})


HALF = b"x" * (LARGEST // 2)


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        ([HALF, HALF], str(LARGEST)),
        ([b""] * 1000 + [b"x", b"y"], "2"),
        ([HALF + HALF + b"x"], (1009, TOO_LARGE)),
        ([HALF, HALF, b"x"], (1009, TOO_LARGE)),
        ([b"x", b"\xff"], (1007, "invalid start byte at position 1")),
    ],
    ids=["just", "crumbs", "too large", "too large in pieces", "no text"],
)
async def test_a_message_is_bounded_and_who_sends_more_is_told_the_way_on(
    pieces: list[bytes], heard: str | tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        served(Echo()) as port,
        asyncio.timeout(WITHIN),
        connect(f"ws://127.0.0.1:{port}/", proxy=None) as client,
    ):
        try:
            await client.send(pieces, text=True)
            said: object = await client.recv()
        except ConnectionClosedError as end:
            said = end.rcvd and (end.rcvd.code, end.rcvd.reason)
    assert said == heard
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def shaking_hands(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a WebSocket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
    writer.write(f"GET / HTTP/1.1\r\n{fields}\r\n".encode())
    return reader, writer


async def test_a_message_that_comes_to_no_end_is_not_waited_for_though_pings_are_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        served(Echo(), message_within=0.2, ping=0.02) as port,
        asyncio.timeout(WITHIN),
        connect(f"ws://127.0.0.1:{port}/", proxy=None) as client,
    ):
        await client.send("whole")
        assert await client.recv() == "5"
        sending = asyncio.create_task(client.send(begun_with("x", asyncio.Event())))
        with pytest.raises(ConnectionClosedError) as end:
            await client.recv()
        sending.cancel()
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (1008, TOO_LATE)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_a_message_that_comes_slowly_and_keeps_its_pace_is_taken() -> None:
    rest = asyncio.Event()
    async with (
        served(Echo(), message_within=0.05) as port,
        asyncio.timeout(WITHIN),
        connect(f"ws://127.0.0.1:{port}/", proxy=None) as client,
    ):
        sending = asyncio.create_task(client.send(begun_with("x" * 20 * serving.RATE, rest)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.recv(), 0.2)
        rest.set()
        assert await client.recv() == str(20 * serving.RATE + 1)
        await sending


async def begun_with(beginning: str, rest: asyncio.Event) -> AsyncIterator[str]:
    """A message in pieces, the last of which waits."""
    yield beginning
    await rest.wait()
    yield "x"


async def test_who_reads_only_when_all_of_it_is_sent_is_told_as_well() -> None:
    async with served(Echo()) as port, asyncio.timeout(WITHIN):
        reader, writer = await shaking_hands(port)
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(Frame(Opcode.TEXT, HALF * 16).serialize(mask=True))
        writer.transport.set_write_buffer_limits(0)
        await writer.drain()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert TOO_LARGE.encode() in await reader.read()
        writer.close()


async def test_a_websocket_that_answers_no_ping_is_let_go_though_it_has_not_taken_all(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "GRACE", 0.1)
    talker = Talker()
    caplog.set_level(logging.INFO, serving.__name__)
    async with served(talker, ping=0.05) as port, asyncio.timeout(WITHIN):
        _, writer = await shaking_hands(port)
        await talker.ended.wait()
        writer.close()
    assert [one.getMessage() for one in caplog.records if one.name == serving.__name__] == [
        "listener.silent"
    ]
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_what_is_said_before_a_socket_is_open_is_no_fault_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Echo()
    app.open.clear()
    async with served(app) as port, asyncio.timeout(WITHIN):
        reader, writer = await shaking_hands(port)
        await app.asked.wait()
        writer.write(b"nonsense")
        assert await reader.read() == b""
        writer.close()
        app.open.set()
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def telling(scope: Scope, _receive: Receive, send: Send) -> None:
    """Say from where a request comes."""
    host, _ = scope["client"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": host.encode()})


async def test_nobody_says_themselves_from_where_they_come() -> None:
    async with served(telling) as port, httpx.AsyncClient(trust_env=False) as client:
        said = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "https"}
        answer = await client.get(f"http://127.0.0.1:{port}/", headers=said)
    assert answer.text == "127.0.0.1"
    assert "server" not in answer.headers  # what it runs on is nobody's business


@pytest.mark.parametrize(
    ("proxies", "said", "told"),
    [
        (("127.0.0.0/8",), "192.0.2.66", "192.0.2.66"),
        (
            ("127.0.0.0/8",),
            "198.51.100.1, 192.0.2.66",
            "192.0.2.66",
        ),  # what it was told, it says on
        (("127.0.0.0/8", "10.0.0.0/8"), "192.0.2.66, 10.1.2.3", "192.0.2.66"),
        (("127.0.0.0/8",), "", "127.0.0.1"),
        (("10.0.0.0/8",), "192.0.2.66", "127.0.0.1"),
    ],
)
async def test_a_proxy_that_is_trusted_says_from_where_its_clients_come(
    proxies: tuple[str, ...], said: str, told: str
) -> None:
    async with (
        served(telling, proxies=proxies) as port,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        answer = await client.get(
            f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": said} if said else {}
        )
    assert answer.text == told

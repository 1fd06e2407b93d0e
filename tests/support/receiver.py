"""A webhook receiver on a loopback socket, for every test that wants something delivered.

It reads whatever is posted to it, keeps it, holds deliveries against their schemas, and answers as
it was told: with a status, after an event of the test's, never, or by hanging up.

    async with receiving() as receiver:
        receiver.answer(Answer(status=500), path="/broken")
        ...
        await receiver.received.until(lambda received: len(received) == 2)
"""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, overload

from jsonschema import Draft202012Validator

from ffgateway.delivery.payload_schemas import schema
from ffgateway.domain.events import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came in. Header names are in lower case; `connection` counts from 1."""

    method: str
    path: str  # with the query
    headers: Mapping[str, str]
    body: bytes
    at: float  # the event loop's monotonic seconds
    connection: int

    @property
    def event(self) -> dict[str, Any]:
        """The body, read as JSON. Raises `ValueError` when it is none."""
        event: dict[str, Any] = json.loads(self.body)
        return event


Wire = Callable[[], AsyncIterator[bytes]]
"""The bytes of an answer, status line and all, for peers that break the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say. With `after`, not before that event is set; with `wire`, just those bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: asyncio.Event | None = None
    drop: bool = False  # hang up instead
    close: bool = False  # hang up afterwards, without having said so
    wire: Wire | None = None


OK = Answer()
DROP = Answer(drop=True)
Behaviour = Answer | Callable[[Call], Answer | Awaitable[Answer]]


def hang() -> Answer:
    """Never answer."""
    return Answer(after=asyncio.Event())


class Received(Sequence[Call]):
    """The calls in order of arrival."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._news = asyncio.Condition()

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]

    def to(self, path: str) -> list[Call]:
        """The calls to one path."""
        return [call for call in self._calls if call.path == path]

    async def add(self, call: Call) -> None:
        """Keep a call and wake whoever waits for it."""
        async with self._news:
            self._calls.append(call)
            self._news.notify_all()

    async def until(
        self, predicate: Callable[["Received"], bool], *, within: float = 10
    ) -> "Received":
        """Wait until the predicate holds. Fails the test, with what did come, after `within` seconds."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: predicate(self))
        except TimeoutError:
            came = [(call.method, call.path, call.body[:200]) for call in self._calls]
            raise AssertionError(f"not within {within} s; what came: {came}") from None
        return self


class Receiver:
    """The running receiver. Answers 200 to everything until it is told otherwise."""

    def __init__(self, *, scheme: str, port: int) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.received = Received()
        self.connections = 0
        self.flaws: list[str] = []
        self._answers: dict[str | None, Behaviour] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, behaviour: Behaviour, *, path: str | None = None) -> None:
        """Answer so from now on: to one path (with its query), or to all that have none of their own."""
        self._answers[path] = behaviour

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        self.connections += 1
        number = self.connections
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while call := await _read(reader, connection=number):
                if "webhook-id" in call.headers:
                    self.flaws += flaws(call)
                await self.received.add(call)
                if not await self._reply(call, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other end left in the middle, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _reply(self, call: Call, writer: asyncio.StreamWriter) -> bool:
        """Answer one call; False when the connection is to end."""
        behaviour = self._answers.get(call.path, self._answers.get(None, OK))
        made = behaviour if isinstance(behaviour, Answer) else behaviour(call)
        answer = made if isinstance(made, Answer) else await made
        if answer.after is not None:
            await answer.after.wait()
        if answer.drop:
            return False
        if answer.wire is not None:
            async for chunk in answer.wire():
                writer.write(chunk)
                await writer.drain()
            return False
        lengths = {} if answer.status in {204, 304} else {"content-length": str(len(answer.body))}
        lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in {**lengths, **answer.headers}.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body)
        await writer.drain()
        return not answer.close

    async def stop(self) -> None:
        """End every connection, and wait until each has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _reason(status: int) -> str:
    with contextlib.suppress(ValueError):
        return HTTPStatus(status).phrase
    return "Unknown"


async def _read(reader: asyncio.StreamReader, *, connection: int) -> Call | None:
    """Read one request with a Content-Length, None when the other end is done."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    return Call(
        method=method,
        path=path,
        headers=headers,
        body=await reader.readexactly(int(headers.get("content-length", "0"))),
        at=asyncio.get_running_loop().time(),
        connection=connection,
    )


@asynccontextmanager
async def receiving(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port; with `tls`, over HTTPS with that context."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        port = listener.getsockname()[1]
        receiver = Receiver(scheme="https" if tls else "http", port=port)
        server = await asyncio.start_server(receiver.serve, sock=listener, ssl=tls)
        try:
            yield receiver
        finally:
            server.close()
            await receiver.stop()
            await server.wait_closed()
        assert receiver.flaws == [], "what was delivered is not as its schema says"


@cache
def _validator(kind: str, part: str) -> Draft202012Validator:
    """Of the whole body, or of its `data` alone."""
    whole = schema(EventType(kind))
    return Draft202012Validator(whole if part == "whole" else whole["properties"]["data"])


def flaws(call: Call) -> list[str]:
    """How a delivery departs from the published schema of its type, in whichever form it came."""
    try:
        body = call.event
        if call.headers["content-type"].startswith("application/cloudevents+json"):
            kind, part, body = body["type"], "data", body["data"]
        elif "ce-type" in call.headers:
            kind, part = call.headers["ce-type"], "data"
        else:
            kind, part = body["type"], "whole"
        return [f"{kind}: {one.message}" for one in _validator(kind, part).iter_errors(body)]
    except (ValueError, KeyError, TypeError) as flaw:
        return [f"{call.body[:200]!r} is no event: {flaw!r}"]


async def dripping(line: bytes, *, pause: float) -> AsyncIterator[bytes]:
    """A hostile answer: a status line, then a header now and then, without end.

    The pauses are what the peer is about; nothing waits for them to be over.
    """
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield line
        await asyncio.sleep(pause)


def closed_port() -> int:
    """A port on the loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

"""Large documents as the server reads them: whole, once, and in memory that nobody else is given meanwhile."""

import asyncio
import gc
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.types import Receive, Scope, Send

from ffgateway.cli.web import LargeBody, Web
from ffgateway.store.incoming import BLOCK
from tests.cli.test_serving import WITHIN, served

HUGE = os.urandom(3 * BLOCK + 17)


@dataclass
class Taker:
    """An application that takes bodies in, and keeps every piece of the last one or none."""

    keeps: bool = False
    most: int = 1 << 30
    pieces: list[bytes | memoryview] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        digest, size, last = hashlib.sha256(), 0, False
        self.pieces = []
        while not last and size <= self.most:
            message = await receive()
            if message["type"] != "http.request":
                await self.ended.put(message["type"])
                return
            piece, last = message["body"], not message["more_body"]
            digest.update(piece)
            size += len(piece)
            if self.keeps:
                self.pieces.append(piece)
            self.came.set()
        text = f"{digest.hexdigest()} {size}".encode()
        length = (b"content-length", str(len(text)).encode())
        status = 200 if last else 413
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": text})


@pytest.fixture(autouse=True)
def _none_made(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(LargeBody, "made", [])
    yield
    gc.collect()
    for one in LargeBody.made:
        one.pop()  # raises where somebody has a view of it


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


def head(length: int, kind: str = "application/pdf") -> bytes:
    """The head of a request with so long a document."""
    return f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    top = await reader.readuntil(b"\r\n\r\n")
    length = int(top.lower().partition(b"content-length: ")[2].split()[0])
    return int(top.split()[1]), await reader.readexactly(length)


def known(body: bytes) -> tuple[int, bytes]:
    """What is answered to a body that was taken."""
    return 200, f"{hashlib.sha256(body).hexdigest()} {len(body)}".encode()


@pytest.mark.parametrize(
    "length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, len(HUGE)], ids=str
)
async def test_a_document_of_any_length_comes_whole_and_so_does_what_is_behind_it(
    length: int,
) -> None:
    body = HUGE[:length]
    async with (
        served(Taker()) as port,
        connected(port) as (reader, writer),
        asyncio.timeout(WITHIN),
    ):
        for _ in range(2):
            writer.write(head(length) + body)
            assert await answer(reader) == known(body)
        writer.write(head(length) + body + head(3) + b"abc" + head(length) + body)
        assert [await answer(reader) for _ in range(3)] == [known(body), known(b"abc"), known(body)]


@pytest.mark.parametrize("piece", [1_000, 65_537, BLOCK - 1, BLOCK])
async def test_it_does_not_matter_how_it_is_sent(piece: int) -> None:
    taker = Taker(keeps=True)
    async with served(taker) as port, connected(port) as (reader, writer), asyncio.timeout(WITHIN):
        writer.write(head(len(HUGE)))
        for start in range(0, len(HUGE), piece):
            writer.write(HUGE[start : start + piece])
            await writer.drain()
        assert await answer(reader) == known(HUGE)
        assert b"".join(taker.pieces) == HUGE, "kept as they were until somebody looked"
        taker.pieces.clear()


async def test_a_block_is_handed_on_without_a_copy_and_used_again() -> None:
    taker = Taker(keeps=True)
    async with served(taker) as port, connected(port) as (reader, writer), asyncio.timeout(WITHIN):
        writer.write(head(2 * BLOCK) + HUGE[: 2 * BLOCK])
        assert await answer(reader) == known(HUGE[: 2 * BLOCK])
        whole = [one for one in taker.pieces if isinstance(one, memoryview) and len(one) == BLOCK]
        assert whole, "at least the last one had no reason to wait"
        assert len(LargeBody.made) >= len(whole)
        del whole
        taker.keeps = False
        taker.pieces.clear()
        for _ in range(3):
            writer.write(head(len(HUGE)) + HUGE)
            assert await answer(reader) == known(HUGE)
        assert len(LargeBody.made) <= 3, "one is filled, one waits, and one is worked on"


async def test_what_has_come_is_handed_on_though_the_rest_does_not_come_yet() -> None:
    taker = Taker(keeps=True)
    async with served(taker) as port, connected(port) as (reader, writer), asyncio.timeout(WITHIN):
        writer.write(head(len(HUGE)) + HUGE[:10])
        await taker.came.wait()
        assert b"".join(taker.pieces) == HUGE[:10]
        writer.write(HUGE[10:])
        assert await answer(reader) == known(HUGE)
        taker.pieces.clear()


async def test_who_was_refused_may_send_the_rest_and_ask_again() -> None:
    taker = Taker(most=0)
    async with served(taker) as port, connected(port) as (reader, writer), asyncio.timeout(WITHIN):
        writer.write(head(len(HUGE)) + HUGE[:10])
        status, _ = await answer(reader)
        assert status == 413
        writer.write(HUGE[10:] + head(3) + b"abc")
        assert await answer(reader) == known(b"abc")


async def test_who_is_refused_and_sends_the_rest_for_ever_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Web, "HEAD_WITHIN", 0.05)
    monkeypatch.setattr(Web, "timeout_keep_alive_handler", lambda _: None)  # not by that
    taker = Taker(most=0)
    async with served(taker) as port, connected(port) as (reader, writer), asyncio.timeout(WITHIN):
        writer.write(head(len(HUGE)) + HUGE[:10])
        status, _ = await answer(reader)
        assert status == 413
        writer.write(HUGE[10:20])
        assert await reader.read() == b""


async def test_who_goes_in_the_middle_is_told_to_the_application() -> None:
    taker = Taker()
    async with served(taker) as port, asyncio.timeout(WITHIN):
        async with connected(port) as (_, writer):
            writer.write(head(len(HUGE)) + HUGE[: BLOCK + 5])
            await taker.came.wait()
        assert await taker.ended.get() == "http.disconnect"


async def test_who_waits_to_be_told_to_go_on_is_told() -> None:
    async with (
        served(Taker()) as port,
        connected(port) as (reader, writer),
        asyncio.timeout(WITHIN),
    ):
        writer.write(head(BLOCK)[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(HUGE[:BLOCK])
        assert await answer(reader) == known(HUGE[:BLOCK])

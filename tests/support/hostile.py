"""Appliances that mean harm: raw sockets that answer what no appliance would, as long as they are let."""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

MEBIBYTE = 1 << 20
BLOCK = b" " * 65536

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE response [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>
<response><message>&e;&e;&e;&e;&e;&e;&e;</message></response>"""


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    packed = b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE))
    return packed + packer.flush()


BOMB = _bomb(192 * MEBIBYTE)
"""So many zeros, as gzip has them: less than a hundredth of it."""


def _answer(body: bytes, *, length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {size}\r\n{more}\r\n"
    return head.encode() + body


async def _endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<response>")
    while True:
        writer.write(BLOCK)
        await writer.drain()


async def _endless_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + BLOCK + b"\r\n")
        await writer.drain()


async def _endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Y: z\r\n" * 1000)
        await writer.drain()


async def _endless_line(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 ")
    while True:
        writer.write(BLOCK)
        await writer.drain()


async def _a_gibibyte(writer: asyncio.StreamWriter) -> None:
    writer.write(_answer(b"<response>", length=1 << 30))
    for _ in range(1 << 14):
        writer.write(BLOCK)
        await writer.drain()


Attack = Callable[[asyncio.StreamWriter], Awaitable[None]]


def _says(content: bytes) -> Attack:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return say


ATTACKS: dict[str, Attack] = {
    "endless body": _endless_body,
    "endless chunks": _endless_chunks,
    "endless head": _endless_head,
    "endless status line": _endless_line,
    "a gibibyte": _a_gibibyte,
    "more than it said": _says(_answer(b"<response/>" * 100, length=11)),
    "less than it said": _says(_answer(b"<response/>", length=1000)),
    "a length below nothing": _says(_answer(b"<response/>", length=-1)),
    "two lengths": _says(_answer(b"<response/>", more="Content-Length: 3\r\n")),
    "a chunk beyond all numbers": _says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n<a/>"
    ),
    "no HTTP": _says(bytes(range(256)) * 100),
    "nothing": _says(b""),
    "a billion laughs": _says(_answer(LAUGHS)),
    "an external entity": _says(
        _answer(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response>&x;</response>')
    ),
    "a hundred thousand levels": _says(_answer(b"<a>" * 100_000 + b"</a>" * 100_000)),
    "a million elements": _says(_answer(b"<response>" + b"<a/>" * 1_000_000 + b"</response>")),
    "an element of fifteen megabytes": _says(
        _answer(b"<response><message>" + b"x" * (15 * MEBIBYTE) + b"</message></response>")
    ),
    "invalid UTF-8": _says(_answer(b"<response><message>\xc3\x28\xff</message></response>")),
    "a bomb": _says(_answer(BOMB, more="Content-Encoding: gzip\r\n")),
    "a broken bomb": _says(_answer(b"\x1f\x8b\x08\x00garbage", more="Content-Encoding: gzip\r\n")),
    "a redirect to elsewhere": _says(
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    ),
}


@asynccontextmanager
async def hostile(attack: Attack) -> AsyncIterator[tuple[str, list[int]]]:
    """An appliance that answers every request so; its URL, and how often it was asked."""
    asked = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                asked[0] += 1
                await attack(writer)
                if asked[0] % 2:  # now one that stays, now one that hangs up
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()

"""Appliances that answer a hand-over before it was read to its end: only a whole answer is one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from ffgateway.domain.errors import DeviceAuthFailed, DeviceError, DeviceRefused, DeviceSilent
from ffgateway.store.spool import Spool
from tests.devices.speaking import draft, opened

LARGE = b"x" * (8 * 1024 * 1024)
"""More than sockets keep between two processes, so that writing is under way when the answer comes."""

NO = b"<response><message>Disk full</message></response>"
ENTRY = (
    b"<response><message>Success</message><fax_entry>"
    b"<fax_entry_url>https://unit/ffws/v1/ofax/00000007/0000</fax_entry_url>"
    b"<state>preprocessing</state><recipient><fax_number>555-0160</fax_number></recipient>"
    b"</fax_entry></response>"
)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[str]:
    """Somebody who has read the head of a request, and then does as told."""
    over = asyncio.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await talk(reader, writer)
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()


def answer(status: bytes, body: bytes, *, length: int | None = None) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        len(body) if length is None else length,
        body,
    )


async def outcome(url: str, spool: Spool) -> DeviceError | tuple[str, ...]:
    """What a large hand-over comes to: an error, or the keys of its entries."""
    async with opened(url) as appliance:
        one = await draft(spool, content=LARGE)
        try:
            async with asyncio.timeout(20):
                sightings = await appliance.schedule(one, one.recipients, spool.read)
        except DeviceError as error:
            return error
    return tuple(sighting.fax_key for sighting in sightings)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(b"400 Bad Request", NO), DeviceRefused),
        (answer(b"413 Too Large", b""), DeviceRefused),
        (answer(b"401 Unauthorized", b""), DeviceAuthFailed),
    ],
    ids=["400", "413", "401"],
)
async def test_a_whole_no_is_a_no_though_it_came_early(
    spool: Spool, said: bytes, error: type[DeviceError]
) -> None:
    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with peer(early) as url:
        assert type(await outcome(url, spool)) is error


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 400 Bad",
        b"HTTP/1.1 400 Bad Request\r\nContent-Le",
        answer(b"400 Bad Request", NO, length=len(NO) + 1),
        answer(b"401 Unauthorized", NO[:10], length=len(NO)),
        answer(b"201 Created", ENTRY[:-20], length=len(ENTRY)),
        b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<resp",
    ],
    ids=["nothing", "half a line", "half a head", "400", "401", "201", "half a chunk"],
)
@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_a_no_that_breaks_off_proves_nothing(spool: Spool, said: bytes, how: str) -> None:
    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        if how == "closes":
            writer.close()
        else:
            writer.transport.abort()

    async with peer(early) as url:
        assert type(await outcome(url, spool)) is DeviceSilent


async def test_a_whole_no_with_the_door_slammed_is_a_no_or_nothing(spool: Spool) -> None:
    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"400 Bad Request", NO))
        await writer.drain()
        writer.transport.abort()  # what was sent may be thrown away on the other side

    async with peer(early) as url:
        assert type(await outcome(url, spool)) in {DeviceRefused, DeviceSilent}


async def test_an_appliance_may_ask_to_go_on_first(spool: Spool) -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        tail = b""
        while not tail.endswith(b"</schedule_fax>"):
            piece = await reader.read(1 << 20)
            tail = (tail + piece).rstrip()[-64:]
        writer.write(answer(b"201 Created", ENTRY))
        await writer.drain()

    async with peer(late) as url:
        assert await outcome(url, spool) == ("00000007",)


async def test_an_appliance_that_went_on_and_then_hung_up_proves_nothing(spool: Spool) -> None:
    async def gone(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        writer.close()

    async with peer(gone) as url:
        assert type(await outcome(url, spool)) is DeviceSilent

"""A request with a long body: written, and its answer read, by a thread that does nothing else.

A fax may be 36 MB. Copied, and sealed under TLS, by the loop, it would keep everybody else waiting.
The loop makes the connection and waits for the end; in between it is not asked.

An appliance may answer before it has read everything, and then nothing more is sent. How far an
exchange got is told by the kind of its failure: `NotConnected` and `NotTrusted` before a byte of the
request was sent, `BrokenOff` from then on.
"""

import asyncio
import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import h11
import httpx

from ffgateway.devices.trust import secured
from ffgateway.domain.devices import Trust
from ffgateway.domain.document_errors import DocumentDamaged

READ: Final = 65_536
"""Bytes read at a time: more than a record of TLS holds, so none is left where nobody looks."""

PORTS: Final = {"http": 80, "https": 443}

Outcome = TypeVar("Outcome")


class NotConnected(Exception):
    """Nothing of the request was sent: there was nobody to send it to."""


class NotTrusted(Exception):
    """Nothing of the request was sent: that is not who it was meant for."""


class BrokenOff(Exception):
    """No whole answer came, and the request may have been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long an exchange may take, in seconds, and how many bytes its answer may have.

    `silence` counts once all was sent: how fast somebody reads is bounded by `within` alone.
    """

    connect: float
    silence: float
    within: float
    answer: int


async def upload(
    request: httpx.Request, content: Iterable[bytes], *, trust: Trust, bounds: Bounds
) -> tuple[int, bytes]:
    """Send a request, whose headers tell the length of `content`; return status and body.

    It goes out once, over a connection of its own. `content` is drawn from in the thread: it may block.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(bounds.connect):
            line = await _connected(request.url)
    except OSError as never:  # `TimeoutError` is one
        raise NotConnected from never
    with line:
        exchange = _Exchange(line.dup(), request, content, trust=trust, bounds=bounds, began=began)
        return await _beside(exchange.run, stop=lambda: line.shutdown(socket.SHUT_RDWR))


async def _connected(url: httpx.URL) -> socket.socket:
    """A connection to the first address that takes one. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    port = url.port or PORTS[url.scheme]
    refused: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        url.host, port, type=socket.SOCK_STREAM
    ):
        line = socket.socket(family, kind, protocol)
        try:
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(line, address)
        except OSError as no:
            line.close()
            refused = no
        except BaseException:
            line.close()
            raise
        else:
            return line
    raise refused or OSError(f"{url.host} has no address")


async def _beside(work: Callable[[], Outcome], *, stop: Callable[[], None]) -> Outcome:
    """Do something in a thread of its own. Who gives up waiting has it stopped, and waits for that.

    Not in a pool with others: what is about to leave must not stand in a line behind appliances that are slow.
    """
    own = ThreadPoolExecutor(1, thread_name_prefix="upload")
    working = asyncio.get_running_loop().run_in_executor(own, work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):  # it has ended by itself
            stop()
        await asyncio.wait([working])
        working.exception()  # that it was stopped is known
        raise
    finally:
        own.shutdown(wait=False)


class _Exchange:
    """One request and its answer, over a connection that is made. It blocks."""

    def __init__(
        self,
        line: socket.socket,
        request: httpx.Request,
        content: Iterable[bytes],
        *,
        trust: Trust,
        bounds: Bounds,
        began: float,
    ) -> None:
        self._line = line
        self._request = request
        self._content = content
        self._trust = trust
        self._bounds = bounds
        self._began = began
        self._wire = h11.Connection(h11.CLIENT)
        self._poll = select.poll()
        self._status = 0
        self._body = bytearray()

    def run(self) -> tuple[int, bytes]:
        """Say all, hear all, hang up."""
        try:
            if self._request.url.scheme == "https":
                self._secure()
            self._line.setblocking(False)
            self._talk()
        finally:
            self._line.close()
        return self._status, bytes(self._body)

    def _secure(self) -> None:
        """Make sure who that is."""
        left = self._began + self._bounds.connect - time.monotonic()
        self._line.settimeout(max(left, 0.001))
        try:
            self._line = secured(self._line, self._trust, host=self._request.url.host)
        except ssl.SSLCertVerificationError as another:
            raise NotTrusted from another
        except OSError as never:
            raise NotConnected from never

    def _talk(self) -> None:
        self._poll.register(self._line)
        try:
            saying = self._said()
            left = memoryview(next(saying))
            while not self._heard_out():
                if self._answering(sending=bool(left)):
                    self._hear()
                else:
                    left = left[self._say(left) :] or memoryview(next(saying, b""))
                if self._status:
                    left = memoryview(b"")  # it has made up its mind
        except (OSError, h11.ProtocolError, DocumentDamaged) as gone:
            raise BrokenOff(type(gone).__name__) from gone

    def _said(self) -> Iterator[bytes]:
        """The request, a piece at a time."""
        url = self._request.url
        head = h11.Request(
            method=self._request.method, target=url.raw_path, headers=self._request.headers.raw
        )
        yield self._wire.send(head) or b""
        for piece in self._content:
            if piece:
                # as it is: `send` would make a copy of it
                yield from self._wire.send_with_data_passthrough(h11.Data(data=piece)) or ()
        self._wire.send(h11.EndOfMessage())  # raises for content of another length

    def _answering(self, *, sending: bool) -> bool:
        """Wait until something can be heard, or said if there is anything to say; tell which."""
        now = time.monotonic()
        until = self._began + self._bounds.within
        if not sending:
            until = min(until, now + self._bounds.silence)
        self._poll.modify(self._line, select.POLLIN | (select.POLLOUT if sending else 0))
        ready = self._poll.poll(max(until - now, 0) * 1000)
        if not ready:
            raise TimeoutError
        ((_, what),) = ready
        return what != select.POLLOUT

    def _say(self, piece: memoryview) -> int:
        """Send as much as goes now."""
        try:
            return self._line.send(piece)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def _hear(self) -> None:
        try:
            self._wire.receive_data(self._line.recv(READ))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return

    def _heard_out(self) -> bool:
        """Take in what was heard; say whether that was all of the answer."""
        while True:
            event = self._wire.next_event()
            if isinstance(event, h11.EndOfMessage):
                return True
            if isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._bounds.answer:
                    raise BrokenOff("too long to be an answer")
            elif not isinstance(event, h11.InformationalResponse):
                return False  # there is more to come

"""One HTTP call: how far it came, who answered, what is read of the answer, and why it ended.

What is in here knows nothing of events. The connector makes sockets without saying for which
request; a context variable knows, so each call sets its `Trail` before it asks for anything.
"""

import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from ffgateway.delivery.sink import Times
from ffgateway.domain.errors import AddressRefused

T = TypeVar("T")

READ_AT_MOST = 64 * 1024
"""Bytes of an answer that are read; a longer one is cut, and its connection not used again."""

KEPT = 4 * 1024
"""Bytes of an answer that are kept, for people who look for what went wrong."""


CROSSED_OUT = "***"


class Trail:
    """How far one try has come: every address that a socket was wanted for, and why not when refused."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str | None]] = []
        self.peer = ""
        self.status: int | None = None
        self.stage = ""  # what is being done before the call itself, as a word of `ERRORS`
        self.dns_ms: float | None = None
        self._moments: dict[str, float] = {}

    def pass_by(self, milestone: str) -> None:
        """Note when the first of several chances to come so far was taken."""
        self._moments.setdefault(milestone, time.perf_counter())

    def _between(self, start: str, *ends: str) -> float | None:
        end = next((self._moments[one] for one in ends if one in self._moments), None)
        return (
            None if end is None or start not in self._moments else _ms(end - self._moments[start])
        )

    def times(self) -> Times:
        """How long each part took."""
        return Times(
            dns_ms=self.dns_ms,
            connect_ms=self._between("connecting", "securing", "asked"),
            tls_ms=self._between("securing", "asked"),
            first_byte_ms=self._between("asked", "answered"),
        )

    @property
    def address(self) -> str:
        """The address that was written to, or else the last that was tried."""
        return self.peer or (self.steps[-1][0] if self.steps else "")

    @property
    def refused(self) -> bool:
        """Whether the guard, and nothing else, kept the try from connecting."""
        return bool(self.steps) and all(reason is not None for _, reason in self.steps)

    @property
    def stale(self) -> bool:
        """Whether the try used a connection that was kept from before, and got nothing over it."""
        return not self.steps and self.status is None


TRAIL: ContextVar[Trail] = ContextVar("trail")
"""Of the call that this task makes."""


@contextmanager
def another() -> Iterator[Trail]:
    """Make a call of its own in the middle of one."""
    token = TRAIL.set(Trail())
    try:
        yield TRAIL.get()
    finally:
        TRAIL.reset(token)


class Answer(aiohttp.ClientResponse):
    """An answer that notes who gave it and what it began with: it may break off, its connection go."""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        """Read the head of the answer."""
        trail, transport = TRAIL.get(), connection.transport
        trail.pass_by("asked")
        peer = transport.get_extra_info("peername") if transport is not None else None
        trail.peer = str(peer[0]) if peer else ""
        started = await super().start(connection)
        trail.pass_by("answered")
        trail.status = started.status
        return started


class _Secured(ssl.SSLContext):
    """TLS that notes when it is begun: the connector connects and secures in one go."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        TRAIL.get().pass_by("securing")
        return super().wrap_bio(*args, **kwargs)


class Timed(AbstractResolver):
    """A resolver, and how long it took."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve, and note how long that took."""
        began, trail = time.perf_counter(), TRAIL.get()
        try:
            return await self._resolver.resolve(host, port, family)
        finally:
            trail.dns_ms = _ms(time.perf_counter() - began)

    async def close(self) -> None:
        """Close the resolver within."""
        await self._resolver.close()


def trusted() -> ssl.SSLContext:
    """Verify certificates against the authorities of the system and those of certifi."""
    context = _Secured(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    return context


everyone = cache(trusted)
"""`trusted`, read from the disk once for the process; not to be added to."""


async def past_stale(trail: Trail, call: Callable[[], Awaitable[T]]) -> T:
    """Call; and once more when a connection that was kept proves to have been closed."""
    try:
        return await call()
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        if not trail.stale:
            raise
    return await call()


async def read(response: aiohttp.ClientResponse, *, whole: bool = False) -> bytes:
    """Read up to `READ_AT_MOST` bytes; return the first `KEPT` of them, or all that were read."""
    got = bytearray()
    kept = READ_AT_MOST if whole else KEPT
    while len(got) < READ_AT_MOST:
        chunk = await response.content.read(READ_AT_MOST - len(got))
        if not chunk:
            return bytes(got[:kept])
        got += chunk
    response.close()  # or the rest would have to be read before the connection serves again
    return bytes(got[:kept])


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def text_of(kept: bytes) -> str:
    """Decode, and give NUL the same treatment as what is no UTF-8: PostgreSQL stores neither."""
    return kept.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def without(text: str, secrets: Iterable[str]) -> str:
    """Cross out what must not be shown: a receiver may repeat what it was sent.

    Also what may be the beginning of one, at the end of a text that was cut.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, CROSSED_OUT)
        for size in range(min(len(secret), len(text)) - 1, 3, -1):
            if text.endswith(secret[:size]):
                text = text[:-size] + CROSSED_OUT
                break
    return text


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (AddressRefused, "address-refused"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "connection-refused"),
    (ConnectionError, "cut-off"),
    (aiohttp.ServerDisconnectedError, "cut-off"),
    (aiohttp.ClientOSError, "cut-off"),
    (aiohttp.ClientPayloadError, "cut-off"),
    (aiohttp.ClientError, "protocol"),
    (OSError, "unreachable"),
)
# From the narrow to the wide: the first that fits names the failure.


def word_of(why: Exception) -> str:
    """Name a failure by one of the words in `sink.ERRORS`."""
    dns_or_tls = isinstance(why, (aiohttp.ClientConnectorDNSError, aiohttp.ClientSSLError))
    if isinstance(why, aiohttp.ClientConnectorError) and not dns_or_tls:
        why = why.os_error  # what the system said
    return next(word for kind, word in _WORDS if isinstance(why, kind))

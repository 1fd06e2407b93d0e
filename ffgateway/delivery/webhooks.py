"""Webhooks: sign, post, read the answer.

An event, a URL and its secrets come in, an `Outcome` goes out; nothing is kept but connections.
Never followed: redirects. Never read: the environment (proxies, `.netrc`), cookies, more than
64 KiB of an answer. Every concrete address is judged just before a socket is made for it, so a
name that changes its mind between look-up and connect gains nothing.
"""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ffgateway import __version__
from ffgateway.clock import Clock
from ffgateway.delivery.names import Names
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.signing import sign
from ffgateway.delivery.sink import Outcome, Target, Times
from ffgateway.domain.errors import AddressRefused
from ffgateway.domain.events import Event
from ffgateway.domain.retries import LONGEST_WISH

DEADLINE = timedelta(seconds=15)
"""For one try as a whole: look-up, connecting, TLS, sending, and the answer to its last byte."""

READ_AT_MOST = 64 * 1024
"""Bytes of an answer that are read; a longer one is cut, and its connection not used again."""

KEPT = 4 * 1024
"""Bytes of an answer that are kept, for people who look for what went wrong."""

IDLE = 4.0
"""Seconds that an unused connection is kept: less than the five after which common servers close theirs."""

SLOW_DOWN = frozenset({429, 502, 503, 504})
"""Statuses with which a receiver may say when it wants to be asked again."""

USER_AGENT = f"ffgateway/{__version__}"


class _Trail:
    """How far one try has come: every address that a socket was wanted for, and why not when refused."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str | None]] = []
        self.peer = ""
        self.status: int | None = None
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


_trail: ContextVar[_Trail] = ContextVar("trail")
# The connector makes sockets without saying for which request; the context knows.


class _Answer(aiohttp.ClientResponse):
    """An answer that notes who gave it and what it began with: it may break off, its connection go."""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        trail, transport = _trail.get(), connection.transport
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
        _trail.get().pass_by("securing")
        return super().wrap_bio(*args, **kwargs)


class _Timed(AbstractResolver):
    """A resolver, and how long it took."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        began, trail = time.perf_counter(), _trail.get()
        try:
            return await self._resolver.resolve(host, port, family)
        finally:
            trail.dns_ms = _ms(time.perf_counter() - began)

    async def close(self) -> None:
        await self._resolver.close()


def trusted() -> ssl.SSLContext:
    """Verify certificates against the authorities of the system and those of certifi."""
    context = _Secured(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    return context


class WebhookSink:
    """Posts events over HTTP. Must be made inside a running loop, and closed in it."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        clock: Clock,
        deadline: timedelta = DEADLINE,
        connections: int = 256,
        connections_per_host: int = 32,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Keep no more sends under way than there are connections: the wait for one is on the deadline.

        Without `tls` certificates are verified as `trusted` says; without `resolver` the system's is asked.
        """
        self._guard = guard
        self._clock = clock
        self._deadline = deadline
        self._resolver = _Timed(resolver or Names())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls or trusted(),
                resolver=self._resolver,
                limit=connections,
                limit_per_host=connections_per_host,
                keepalive_timeout=IDLE,
                socket_factory=self._socket,
            ),
            response_class=_Answer,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # none of its own: the deadline is for the whole
            trust_env=False,
            auto_decompress=False,  # 64 KiB are read as they come, not as they unfold
            read_bufsize=READ_AT_MOST // 2,
        )

    async def close(self) -> None:
        """Close every connection. Sends still under way are cut off."""
        await self._session.close()
        await self._resolver.close()

    async def send(self, target: Target, event: Event) -> Outcome:
        """Post the event, signed with each of the target's secrets.

        Whatever goes wrong on the way is an outcome. Raises `ValueError` for a secret that is none.
        """
        began, trail = self._clock.monotonic(), _Trail()
        _trail.set(trail)
        try:
            url = self._guard.check_url(target.url)
            async with asyncio.timeout(self._deadline.total_seconds()):
                outcome = await self._post(url, event, target.secrets, trail)
        except (AddressRefused, TimeoutError, aiohttp.ClientError, OSError) as why:
            word = "address-refused" if trail.refused else _word(why)
            outcome = Outcome(delivered=False, status=trail.status, error=word)
        took = round((self._clock.monotonic() - began) * 1000)
        return replace(outcome, duration_ms=took, address=trail.address, times=trail.times())

    async def _post(self, url: URL, event: Event, secrets: Sequence[str], trail: _Trail) -> Outcome:
        """Post once; and once more when a connection that was kept proves to have been closed."""
        body = payload(event)
        headers = self._headers(event, secrets, body)
        try:
            return await self._exchange(url, headers, body)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not trail.stale:
                raise
        return await self._exchange(url, headers, body)

    def _headers(self, event: Event, secrets: Sequence[str], body: bytes) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        return {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secrets, message_id=event.id, timestamp=timestamp, body=body),
        }

    async def _exchange(self, url: URL, headers: dict[str, str], body: bytes) -> Outcome:
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False
        ) as response:
            kept = await _read(response)
            slow = response.status in SLOW_DOWN
            wish = response.headers.get("retry-after") if slow else None
            said = _said(response.headers.get("webhook-delivery", ""))
            return Outcome(
                delivered=200 <= response.status < 300,
                status=response.status,
                response=_text(kept),
                retry_after=None if wish is None else retry_after(wish, now=self._clock.now()),
                gone=response.status == 410 or "disable" in said,
                aborted="abort-message" in said,
                slow=slow,
            )

    def _socket(self, target: aiohttp.AddrInfoType) -> socket.socket:
        """Make the socket for one concrete address, or refuse to: the last word before connecting."""
        family, kind, protocol, _, (address, *_) = target
        reason = self._guard.refusal(address)
        trail = _trail.get()
        trail.pass_by("connecting")
        trail.steps.append((address, reason))
        if reason is not None:
            raise PermissionError(errno.EACCES, f"{address} is {reason}")
        return socket.socket(family, kind, protocol)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read up to `READ_AT_MOST` bytes and return the first `KEPT` of them."""
    read = bytearray()
    while len(read) < READ_AT_MOST:
        chunk = await response.content.read(READ_AT_MOST - len(read))
        if not chunk:
            return bytes(read[:KEPT])
        read += chunk
    response.close()  # or the rest would have to be read before the connection serves again
    return bytes(read[:KEPT])


def _said(header: str) -> frozenset[str]:
    """What a receiver says of the delivery itself, whatever its status."""
    return frozenset(word.strip().lower() for word in header.split(","))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _text(kept: bytes) -> str:
    """Decode, and give NUL the same treatment as what is no UTF-8: PostgreSQL stores neither."""
    return kept.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def retry_after(value: str, *, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header, seconds or a date (RFC 9110, section 10.2.3); None for anything else.

    At least zero and at most `LONGEST_WISH`, so that no receiver can put us off for good.
    """
    if value.isascii() and value.isdigit():
        seconds = int(value) if len(value) < 10 else LONGEST_WISH.total_seconds()
        return min(timedelta(seconds=seconds), LONGEST_WISH)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WISH)


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


def _word(why: Exception) -> str:
    dns_or_tls = isinstance(why, (aiohttp.ClientConnectorDNSError, aiohttp.ClientSSLError))
    if isinstance(why, aiohttp.ClientConnectorError) and not dns_or_tls:
        why = why.os_error  # what the system said
    return next(word for kind, word in _WORDS if isinstance(why, kind))

"""Webhooks: sign, post, read the answer.

An event, a URL and its secrets come in, an `Outcome` goes out; nothing is kept but connections.
Never followed: redirects. Never read: the environment (proxies, `.netrc`), cookies, more than
64 KiB of an answer. Every concrete address is judged just before a socket is made for it, so a
name that changes its mind between look-up and connect gains nothing. Where the operator names a
proxy, everything goes there and nowhere else: URLs are judged as they are written, and what their
names lead to is for the proxy to judge.
"""

import asyncio
import base64
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDictProxy
from yarl import URL

from ffgateway import __version__
from ffgateway.clock import Clock
from ffgateway.delivery.bodies import Written, written
from ffgateway.delivery.calls import (
    READ_AT_MOST,
    TRAIL,
    Answer,
    Timed,
    Trail,
    everyone,
    past_stale,
    read,
    text_of,
    without,
    word_of,
)
from ffgateway.delivery.names import Names
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.signing import sign
from ffgateway.delivery.sink import Outcome, Target
from ffgateway.delivery.tokens import NoToken, Tokens
from ffgateway.domain.errors import AddressRefused
from ffgateway.domain.events import Event
from ffgateway.domain.receivers import Basic, Bearer, ClientCredentials
from ffgateway.domain.retries import LONGEST_WISH

DEADLINE = timedelta(seconds=15)
"""For one try as a whole: look-up, connecting, TLS, sending, and the answer to its last byte."""

IDLE = 4.0
"""Seconds that an unused connection is kept: less than the five after which common servers close theirs."""

SLOW_DOWN = frozenset({429, 502, 503, 504})
"""Statuses with which a receiver may say when it wants to be asked again."""

USER_AGENT = f"ffgateway/{__version__}"

Headers = dict[str, str]


class WebhookSink:
    """Posts events over HTTP. Must be made inside a running loop, and closed in it."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        clock: Clock,
        deadline: timedelta = DEADLINE,
        connections: int = 256,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        proxy: str | None = None,
    ) -> None:
        """Keep no more sends under way than there are connections: the wait for one is on the deadline.

        Without `tls` certificates are verified as `trusted` says; without `resolver` the system's is asked.
        """
        self._guard = guard
        self._through_proxy = proxy is not None
        self._clock = clock
        self._deadline = deadline
        self._resolver = Timed(resolver or Names())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls or everyone(),
                resolver=self._resolver,
                limit=connections,
                keepalive_timeout=IDLE,
                socket_factory=self._socket,
            ),
            response_class=Answer,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # none of its own: the deadline is for the whole
            proxy=proxy,
            trust_env=False,
            auto_decompress=False,  # 64 KiB are read as they come, not as they unfold
            read_bufsize=READ_AT_MOST // 2,
        )
        self._tokens = Tokens(self._session, guard, clock)

    async def close(self) -> None:
        """Close every connection. Sends still under way are cut off."""
        await self._session.close()
        await self._resolver.close()

    async def send(self, target: Target, event: Event) -> Outcome:
        """Post the event, signed with each of the target's secrets.

        Whatever goes wrong on the way is an outcome. Raises `ValueError` for a secret that is none.
        """
        body = written(event, target.body)

        async def post(url: URL, trail: Trail, let_in: Headers) -> Outcome:
            headers = self._headers(event, target, body) | let_in
            return await past_stale(
                trail, lambda: self._exchange("POST", url, headers, body.content)
            )

        return await self._call(target, post)

    async def ask(
        self, target: Target, *, origin: str, rate: int | None
    ) -> tuple[Outcome, Headers]:
        """Ask whether the target wants events from `origin`; return its answer's headers, too.

        CloudEvents HTTP 1.1 Web Hooks, section 4.1. `rate` is in requests a minute. Names of
        headers are in lower case.
        """
        told: Headers = {}
        asked = {"user-agent": USER_AGENT, "webhook-request-origin": origin}
        if rate is not None:
            asked["webhook-request-rate"] = str(rate)

        async def options(url: URL, _trail: Trail, let_in: Headers) -> Outcome:
            headers = asked | dict(target.access.headers) | let_in
            return await self._exchange("OPTIONS", url, headers, b"", told)

        return await self._call(target, options), told

    async def _call(
        self, target: Target, call: Callable[[URL, Trail, Headers], Awaitable[Outcome]]
    ) -> Outcome:
        """Make a call under the guard and the deadline, with what lets it in."""
        began, trail = self._clock.monotonic(), Trail()
        TRAIL.set(trail)
        # a receiver that shows its own settings shows what it checks our signatures with
        signing = (secret.partition("_")[2] or secret for secret in target.secrets)
        shown: list[str] = [*target.access.secrets, *signing]
        try:
            url = self._guard.check_url(target.url)
            async with asyncio.timeout(self._deadline.total_seconds()):
                outcome = await self._let_in(url, target, call, trail=trail, shown=shown)
        except NoToken as why:
            outcome = Outcome(delivered=False, error="oauth", response=str(why))
        except (AddressRefused, TimeoutError, aiohttp.ClientError, OSError) as why:
            word = "address-refused" if trail.refused else word_of(why)
            outcome = Outcome(delivered=False, status=trail.status, error=trail.stage or word)
        took = round((self._clock.monotonic() - began) * 1000)
        return replace(
            outcome,
            response=without(outcome.response, shown),
            duration_ms=took,
            address=trail.address,
            times=trail.times(),
        )

    async def _let_in(
        self,
        url: URL,
        target: Target,
        call: Callable[[URL, Trail, Headers], Awaitable[Outcome]],
        *,
        trail: Trail,
        shown: list[str],
    ) -> Outcome:
        """Call with the target's credentials; with a new token once more when the one known is refused."""
        credentials = target.access.credentials
        if not isinstance(credentials, ClientCredentials):
            header = _authorization(credentials)
            shown += [one.partition(" ")[2] for one in header.values()]
            return await call(url, trail, header)
        for again in (True, False):
            trail.stage = "oauth"  # what takes too long now is the token
            token = await self._tokens.get(credentials)
            trail.stage = ""
            shown.append(token)
            outcome = await call(url, trail, {"authorization": f"Bearer {token}"})
            if outcome.status != 401 or not again:
                break
            self._tokens.forget(credentials, token)
        return outcome

    def _headers(self, event: Event, target: Target, body: Written) -> Headers:
        timestamp = int(self._clock.now().timestamp())
        consented = {"webhook-request-origin": target.origin} if target.origin else {}
        return {
            **target.access.headers,
            **consented,
            **body.headers,
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(
                target.secrets,
                message_id=event.id,
                timestamp=timestamp,
                body=body.content,
                signers=target.signers,
            ),
        }

    async def _exchange(
        self, method: str, url: URL, headers: Headers, body: bytes, told: Headers | None = None
    ) -> Outcome:
        async with self._session.request(
            method, url, data=body or None, headers=headers, allow_redirects=False
        ) as response:
            kept = await read(response)
            if told is not None:
                told |= _lower(response.headers)
            slow = response.status in SLOW_DOWN
            wish = response.headers.get("retry-after") if slow else None
            said = _said(response.headers.get("webhook-delivery", ""))
            return Outcome(
                delivered=200 <= response.status < 300,
                status=response.status,
                response=text_of(kept),
                retry_after=None if wish is None else retry_after(wish, now=self._clock.now()),
                gone=response.status == 410 or "disable" in said,
                aborted="abort-message" in said,
                slow=slow,
            )

    def _socket(self, target: aiohttp.AddrInfoType) -> socket.socket:
        """Make the socket for one concrete address, or refuse to: the last word before connecting."""
        family, kind, protocol, _, (address, *_) = target
        reason = None if self._through_proxy else self._guard.refusal(address)
        trail = TRAIL.get()
        trail.pass_by("connecting")
        trail.steps.append((address, reason))
        if reason is not None:
            raise PermissionError(errno.EACCES, f"{address} is {reason}")
        return socket.socket(family, kind, protocol)


def _authorization(credentials: object) -> Headers:
    match credentials:
        case Basic(username=username, password=password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            return {"authorization": f"Basic {pair}"}
        case Bearer(token=token):
            return {"authorization": f"Bearer {token}"}
    return {}


def _lower(headers: CIMultiDictProxy[str]) -> Headers:
    return {name.lower(): value for name, value in headers.items()}


def _said(header: str) -> frozenset[str]:
    """What a receiver says of the delivery itself, whatever its status."""
    return frozenset(word.strip().lower() for word in header.split(","))


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

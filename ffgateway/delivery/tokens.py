"""Access tokens for receivers that want them: OAuth 2.0 client credentials (RFC 6749, section 4.4).

A token is fetched through the session and guard of the deliveries, kept until shortly before it
expires, and forgotten when a receiver refuses it. The client says who it is by Basic (section
2.3.1), which every server that gives out client secrets must understand.
"""

import asyncio
import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote_plus

import aiohttp
import orjson
from yarl import URL

from ffgateway.clock import Clock
from ffgateway.delivery.calls import READ_AT_MOST, another, past_stale, read, word_of
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.domain.errors import AddressRefused
from ffgateway.domain.receivers import ClientCredentials

EARLY = 30.0
"""Seconds before its end that a token is not used any more; a tenth of its life when that is less."""

UNSAID = 300.0
LONGEST = 86400.0
"""Seconds that a token is kept when its server does not say, and at most."""

MOST = 1000
"""Tokens that are kept; the one longest here makes room."""

_TOKEN = re.compile(r"[!-~]{1,16384}")

_SAYINGS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
"""What a server may say is wrong (section 5.2). Nothing else of its answer is shown: it was sent a secret."""


class NoToken(Exception):
    """There is no token; the text says why, for people, and repeats nothing that is secret."""


@dataclass(slots=True)
class _Kept:
    """A token and until when, by the monotonic clock; one at a time fetches it."""

    token: str = field(default="", repr=False)
    until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Tokens:
    """The tokens of every client."""

    def __init__(self, session: aiohttp.ClientSession, guard: AddressGuard, clock: Clock) -> None:
        self._session = session
        self._guard = guard
        self._clock = clock
        self._kept: dict[ClientCredentials, _Kept] = {}

    async def get(self, client: ClientCredentials) -> str:
        """Return a token, fetched if none is known that lasts. Raises `NoToken`."""
        kept = self._kept.setdefault(client, _Kept())
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        async with kept.lock:
            if self._clock.monotonic() >= kept.until:
                kept.token, life = await self._fetch(client)
                kept.until = self._clock.monotonic() + life - min(EARLY, life / 10)
            return kept.token

    def forget(self, client: ClientCredentials, token: str) -> None:
        """Use a token no more. Does nothing when another one has taken its place."""
        kept = self._kept.get(client)
        if kept is not None and kept.token == token:
            kept.until = 0.0

    async def _fetch(self, client: ClientCredentials) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"}
        form |= {"scope": client.scope} if client.scope else {}
        form |= {"audience": client.audience} if client.audience else {}
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        headers = {
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "accept": "application/json",
            "accept-encoding": "identity",
        }
        with another() as trail:
            try:
                url = self._guard.check_url(client.token_url)
                status, content = await past_stale(trail, lambda: self._ask(url, form, headers))
            except (AddressRefused, aiohttp.ClientError, OSError) as why:
                if isinstance(why, TimeoutError):
                    raise
                word = "address-refused" if trail.refused else word_of(why)
                raise NoToken(f"The token's server could not be asked: {word}.") from None
        return _token(status, content)

    async def _ask(
        self, url: URL, form: dict[str, str], headers: dict[str, str]
    ) -> tuple[int, bytes]:
        async with self._session.post(
            url, data=form, headers=headers, allow_redirects=False
        ) as response:
            return response.status, await read(response, whole=True)


def _token(status: int, content: bytes) -> tuple[str, float]:
    """Read the answer (section 5.1): the token, and how many seconds it lasts."""
    try:
        told = orjson.loads(content[:READ_AT_MOST])
    except orjson.JSONDecodeError:
        told = None
    answer = told if isinstance(told, dict) else {}
    if status != 200:
        saying = answer.get("error")
        more = f" {saying}" if isinstance(saying, str) and saying in _SAYINGS else ""
        raise NoToken(f"The token's server answered {status}{more}.")
    token, kind = answer.get("access_token"), str(answer.get("token_type", "bearer"))
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or kind.lower() != "bearer":
        raise NoToken("The token's server gave no bearer token.")
    return token, _life(answer.get("expires_in"))


def _life(said: object) -> float:
    """Seconds; some servers write the number as a text."""
    if isinstance(said, str) and re.fullmatch("[0-9]{1,9}", said, re.ASCII):
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int | float) or said < 0:
        return UNSAID
    return min(float(said), LONGEST)

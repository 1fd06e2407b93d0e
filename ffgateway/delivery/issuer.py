"""The public keys of a token issuer (OpenID Connect Discovery 1.0, JWK Set: RFC 7517), kept for a while.

A key that is not known is asked for at most once a minute, whoever sends tokens that name it. Keys
that are here hold while the issuer does not answer, for a day; without any, nobody is let in.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from ffgateway.clock import Clock

log = logging.getLogger(__name__)

FRESH: Final = 3600.0
"""Seconds after which keys are asked for again."""

AGAIN: Final = 60.0
"""Seconds between two questions to the issuer, whatever they are for."""

KEPT: Final = 86_400.0
"""Seconds that keys hold without an answer: one that leaked is taken back within a day at the latest."""

WITHIN: Final = 5.0
LARGEST: Final = 1 << 20
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_LEAST_BITS: Final = 2048
"""Of an RSA key (NIST SP 800-131A)."""

PublicKey = RSAKey | ECKey | OKPKey


class IssuerSilent(Exception):
    """The issuer gave no keys, and there are none that hold."""


class IssuerKeys:
    """The keys of one issuer. The first token asks for them; nothing is asked before."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=WITHIN, trust_env=False)
        self._keys: dict[str, tuple[PublicKey, Mapping[str, Any]]] = {}
        self._had_at: float | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that name for that algorithm; without a name, when there is but one.

        Raises `IssuerSilent`.
        """
        found = self._known(kid, algorithm) if self._younger_than(FRESH) else None
        if found is None:
            await self._ask_once()
            if not self._younger_than(KEPT):
                raise IssuerSilent
            found = self._known(kid, algorithm)
        return found

    def _younger_than(self, seconds: float) -> bool:
        return self._had_at is not None and self._clock.monotonic() - self._had_at < seconds

    def _known(self, kid: str | None, algorithm: str) -> PublicKey | None:
        if kid is None:
            entries = list(self._keys.values()) if len(self._keys) == 1 else []
        else:
            entries = [self._keys[kid]] if kid in self._keys else []
        for key, said in entries:
            if said.get("alg", algorithm) == algorithm:
                return key
        return None

    async def _ask_once(self) -> None:
        """Ask, unless that was done within the last minute; who comes meanwhile waits for the answer."""
        asked_before = self._asked_at
        async with self._asking:
            now = self._clock.monotonic()
            if self._asked_at != asked_before:
                return  # somebody else just did
            if self._asked_at is not None and now - self._asked_at < AGAIN:
                return
            self._asked_at = now
            try:
                async with asyncio.timeout(WITHIN):
                    self._keys = await self._fetched()
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as fault:
                log.warning("issuer.silent", extra={"issuer": self._issuer, "error": repr(fault)})
                return
            self._had_at = now

    async def _fetched(self) -> dict[str, tuple[PublicKey, Mapping[str, Any]]]:
        described = await self._read(self._issuer.rstrip("/") + _WELL_KNOWN)
        if described.get("issuer") != self._issuer:  # Discovery 1.0, section 4.3
            raise ValueError("the document is of another issuer")
        where = str(described.get("jwks_uri", ""))
        if not where.startswith(self._issuer.partition(":")[0] + ":"):
            raise ValueError("the keys are elsewhere, less safely")
        listed = (await self._read(where)).get("keys")
        keys = {}
        for number, said in enumerate(listed if isinstance(listed, list) else ()):
            key = _public(said)
            if key is not None:
                keys[str(said.get("kid", number))] = (key, said)
        if not keys:
            raise ValueError("there is no key that can be used")
        return keys

    async def _read(self, url: str) -> dict[str, Any]:
        body = bytearray()
        async with self._client.stream("GET", url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise ValueError("the answer is too large")
        found = orjson.loads(bytes(body))
        return found if isinstance(found, dict) else {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _public(said: object) -> PublicKey | None:
    """A key that may check signatures, or None. One that is shared (`oct`) never is."""
    if not isinstance(said, dict) or said.get("kty") not in {"RSA", "EC", "OKP"}:
        return None
    if said.get("use", "sig") != "sig" or "verify" not in said.get("key_ops", ["verify"]):
        return None
    if said["kty"] == "RSA" and len(str(said.get("n"))) * 6 < _LEAST_BITS:  # base64: 6 bits each
        return None
    try:
        key = JWKRegistry.import_key({name: value for name, value in said.items() if name != "d"})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None

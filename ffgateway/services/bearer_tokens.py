"""Tokens of an OpenID Connect issuer: who they are about, and what that one may do here.

Checked are the signature, with an algorithm of the settings alone (never `none`, nor one with a
shared secret), issuer, audience, and the times (RFC 7519, RFC 8725). Values of one claim are looked
up among the grants of the settings: the first that there is counts, and no other.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from ffgateway.clock import Clock
from ffgateway.delivery.issuer import IssuerKeys, IssuerSilent
from ffgateway.domain.access import Grant, Principal
from ffgateway.domain.errors import Unauthenticated

LEEWAY: Final = timedelta(seconds=30)
"""How far the clocks of an issuer and ours may be apart."""

LONGEST: Final = 16_384
_KINDS: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class BadToken(Exception):
    """The token lets nobody in."""


class BearerTokens:
    """Reads the tokens of one issuer, meant for one audience."""

    def __init__(
        self,
        keys: IssuerKeys,
        clock: Clock,
        *,
        issuer: str,
        audience: str,
        algorithms: tuple[str, ...],
        claim: str,
        grants: Mapping[str, Grant],
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._claim = claim.split(".")
        self._grants = grants
        self._registry = JWSRegistry(algorithms=list(algorithms), strict_check_header=False)
        self._registry.max_header_length = 4096
        self._algorithms = algorithms

    async def read(self, token: str) -> Principal:
        """Say whom a token is about. Raises `BadToken`; `Unauthenticated` when nobody can tell now."""
        kid, algorithm = self._named(token)
        try:
            key = await self._keys.find(kid, algorithm)
        except IssuerSilent:
            raise Unauthenticated(
                "Tokens cannot be checked now: their issuer does not answer.",
                cure="Try again in a minute, or use a key.",
            ) from None
        if key is None:
            raise BadToken
        now = int(self._clock.now().timestamp())
        rules = jwt.JWTClaimsRegistry(
            now=now,
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=self._registry).claims
            rules.validate(claims)
            ends = datetime.fromtimestamp(claims["exp"], UTC) + LEEWAY
        except (JoseError, ValueError, OverflowError, TypeError, OSError):
            raise BadToken from None
        return replace(self._principal(claims, ends), known_at=self._clock.now())

    def _named(self, token: str) -> tuple[str | None, str]:
        """The name of the key and the algorithm that a token says it was signed with."""
        if len(token) > LONGEST:
            raise BadToken
        try:
            first = token.partition(".")[0].encode("ascii")
            header = orjson.loads(base64.urlsafe_b64decode(first + b"=" * (-len(first) % 4)))
        except ValueError:
            raise BadToken from None
        if not isinstance(header, dict):
            raise BadToken
        kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "")
        if algorithm not in self._algorithms or not isinstance(kid, str | None):
            raise BadToken
        if not isinstance(kind, str) or kind.lower() not in _KINDS:
            raise BadToken
        return kid, str(algorithm)

    def _principal(self, claims: Mapping[str, Any], ends: datetime) -> Principal:
        subject = str(claims["sub"])
        whole = f"{self._issuer}\x00{subject}".encode("utf-8", "surrogatepass")
        granted = Grant()
        said = self._said(claims)
        for value, grant in self._grants.items():
            if value in said:
                granted = grant
                break
        return Principal(
            id=f"oidc_{hashlib.sha256(whole).hexdigest()[:26]}",
            name=_CONTROL.sub("?", subject)[:200] or "?",
            scopes=granted.scopes,
            limits=granted.limits,
            expires_at=ends,
        )

    def _said(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """The values of the claim: a list, or a text with spaces between them (RFC 8693, 4.2)."""
        value: Any = claims
        for word in self._claim:
            value = value.get(word) if isinstance(value, Mapping) else None
        if isinstance(value, str):
            return frozenset(value.split())
        return (
            frozenset(one for one in value if isinstance(one, str))
            if isinstance(value, list)
            else frozenset()
        )

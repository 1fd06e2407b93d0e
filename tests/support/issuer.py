"""A small issuer of tokens on a loopback socket: discovery, its public keys, and their rotation.

async with issuing(clock) as issuer:
    token = issuer.token(scope="sender")
    issuer.rotate()
"""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from ffgateway.clock import Clock
from tests.support.receiver import DROP, Answer, Receiver, receiving

AUDIENCE = "https://faxes.example"
SigningKey = RSAKey | ECKey | OctKey


@cache
def rsa(number: int = 0, bits: int = 2048) -> RSAKey:
    """An RSA key; each number has its own, made once: making one takes a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # short ones are made to be refused
        return RSAKey.generate_key(bits, {"kid": f"rsa-{number}-{bits}"})


class Issuer:
    """The running issuer; it signs with `key` and publishes `published`."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self.receiver = receiver
        self.clock = clock
        self.url = receiver.url
        self.key: SigningKey = rsa()
        self.publish(self.key)

    @property
    def asked(self) -> int:
        """How often its keys were asked for."""
        return sum(call.path == "/keys" for call in self.receiver.received)

    def publish(self, *keys: SigningKey, issuer: str | None = None, **more: Any) -> None:
        """Publish these keys from now on, as an issuer of this name."""
        said = {"issuer": issuer or self.url, "jwks_uri": f"{self.url}/keys"}
        listed = [key.as_dict(private=isinstance(key, OctKey)) | more for key in keys]
        self._say("/.well-known/openid-configuration", said)
        self._say("/keys", {"keys": listed})

    def rotate(self, key: SigningKey) -> None:
        """Sign with another key from now on, and publish it alone."""
        self.key = key
        self.publish(key)

    def fall_silent(self) -> None:
        """Answer nobody."""
        for path in ("/.well-known/openid-configuration", "/keys"):
            self.receiver.answer(DROP, path=path)

    def token(
        self,
        *,
        key: SigningKey | None = None,
        algorithm: str = "RS256",
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token that holds, but for what is given; a claim that is None is left out."""
        now, key = int(self.clock.now().timestamp()), key or self.key
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "pat",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        } | claims
        said = {name: value for name, value in said.items() if value is not None}
        head = {"alg": algorithm, "kid": key.kid} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        odd = {"exp": HeaderParameter("never critical", "int")}
        registry = JWSRegistry(odd, algorithms=[algorithm], strict_check_header=False)
        return jwt.encode(head, said, key, registry=registry)

    def _say(self, path: str, body: object) -> None:
        headers = {"content-type": "application/json"}
        self.receiver.answer(Answer(headers=headers, body=orjson.dumps(body)), path=path)


@asynccontextmanager
async def issuing(clock: Clock) -> AsyncIterator[Issuer]:
    """Run an issuer on a free port."""
    async with receiving() as receiver:
        yield Issuer(receiver, clock)

"""Standard Webhooks 1.0 signatures, version `v1`: HMAC-SHA256 over `id.timestamp.body`.

A secret is written `whsec_` and the base64 of its bytes; nothing here keeps one.
"""

import base64
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"

SIZES = range(24, 65)
"""Bytes that a secret may have (Standard Webhooks 1.0, "Symmetric")."""


def new_secret(entropy: bytes) -> str:
    """Write `entropy`, 24 to 64 random bytes, as a secret. Raises `ValueError` for any other length."""
    if len(entropy) not in SIZES:
        raise ValueError(f"a webhook secret has 24 to 64 bytes, not {len(entropy)}")
    return PREFIX + base64.b64encode(entropy).decode()


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` header: one signature for each secret, separated by spaces.

    During a rotation the old and the new secret both sign, so that a receiver may know either.
    `timestamp` is in seconds since 1970 and is that of this attempt; `body` is what goes on the wire.
    """
    message = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, message)}" for secret in secrets)


def _signature(secret: str, message: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()

"""Standard Webhooks 1.0 signatures over `id.timestamp.body`: `v1` (HMAC-SHA256) and `v1a` (Ed25519).

A shared secret is written `whsec_` and the base64 of its bytes; a private key `whsk_` and the base64
of its seed, the public one beside it `whpk_` and the base64 of 32 bytes. Nothing here keeps one.
"""

import base64
import hmac
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Signer = Callable[[bytes], str]
"""Signs a message: its version, a comma, and the signature."""

PREFIX = "whsec_"
PRIVATE = "whsk_"
PUBLIC = "whpk_"

SIZES = range(24, 65)
"""Bytes that a secret may have (Standard Webhooks 1.0, "Symmetric")."""

SEED = 32
"""Bytes that an Ed25519 key is made from (RFC 8032, section 5.1.5)."""


def new_secret(entropy: bytes) -> str:
    """Write `entropy`, 24 to 64 random bytes, as a secret. Raises `ValueError` for any other length."""
    if len(entropy) not in SIZES:
        raise ValueError(f"a webhook secret has 24 to 64 bytes, not {len(entropy)}")
    return PREFIX + base64.b64encode(entropy).decode()


def check_secret(secret: str) -> None:
    """Raise `ValueError` for a text that is no `whsec_` secret. Its strength cannot be seen."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"a webhook secret begins with {PREFIX}")
    size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    if size not in SIZES:
        raise ValueError(f"a webhook secret has 24 to 64 bytes, not {size}")


def new_pair(seed: bytes) -> tuple[str, str]:
    """Write a private key made from 32 random bytes, and its public key."""
    if len(seed) != SEED:
        raise ValueError(f"an Ed25519 key is made from {SEED} bytes, not {len(seed)}")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return PRIVATE + base64.b64encode(seed).decode(), PUBLIC + base64.b64encode(public).decode()


def sign(
    secrets: Sequence[str],
    *,
    message_id: str,
    timestamp: int,
    body: bytes,
    signers: dict[str, Signer] | None = None,
) -> str:
    """Return the `webhook-signature` header: one signature for each secret, separated by spaces.

    During a rotation the old and the new secret both sign, so that a receiver may know either. The
    prefix of a secret says which kind of signature it makes. `timestamp` is in seconds since 1970
    and is that of this attempt; `body` is what goes on the wire. In `signers` the caller keeps what
    was made of each secret, for the next time.
    """
    message = f"{message_id}.{timestamp}.".encode() + body
    known = {} if signers is None else signers
    for secret in secrets:
        if secret not in known:
            known[secret] = signer(secret)
    return " ".join(known[secret](message) for secret in secrets)


def signer(secret: str) -> Signer:
    """What makes the signatures of a secret: to read a private key takes as long as to use it."""
    if secret.startswith(PRIVATE):
        seed = base64.b64decode(secret.removeprefix(PRIVATE), validate=True)
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return lambda message: "v1a," + base64.b64encode(private.sign(message)).decode()
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return lambda message: "v1," + base64.b64encode(hmac.digest(key, message, "sha256")).decode()

"""The keys that sign checkpoints: made here, and used where their secrets are at hand."""

import os
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ffgateway.audit_verify import Key
from ffgateway.domain.sealing import SigningKey


def new_signing_key(key_id: str, *, origin: str, at: datetime) -> SigningKey:
    """Make a key."""
    secret = os.urandom(32)
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return SigningKey(id=key_id, origin=origin, public=public, secret=secret, created_at=at)


def signed(key: SigningKey, text: str) -> tuple[Key, bytes]:
    """A key's signature under a text, as `audit_verify.note` takes it."""
    if key.secret is None:
        raise ValueError(f"the secret of {key.id} is gone")
    made = Ed25519PrivateKey.from_private_bytes(key.secret).sign(text.encode())
    return key.verifier, made

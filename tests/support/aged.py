"""Secrets and documents as they were sealed before service keys had ids."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ffgateway.store.sealed import CHUNK, FIRST_MAGIC


def aged(key: bytes, secret: bytes, *, context: str) -> bytes:
    """A secret, sealed by the first version."""
    nonce = os.urandom(12)
    return b"\x01" + nonce + AESGCM(key).encrypt(nonce, secret, context.encode())


def aged_document(key: bytes, content: bytes, sha256: str) -> bytes:
    """A document of one chunk, sealed by the first version."""
    own = os.urandom(32)
    wrapped = aged(key, own, context=f"document/{sha256}")
    chunk = AESGCM(own).encrypt(bytes(11) + b"\x01", content, None)
    return FIRST_MAGIC + CHUNK.to_bytes(4, "big") + wrapped + chunk

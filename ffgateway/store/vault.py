"""Secrets at rest: AES-256-GCM under the service key.

What is sealed is bound to where it belongs (`context`), so that a row's secret cannot be moved to
another row. Only this room sees both the key and the rows.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class WrongKey(Exception):
    """The sealed text was made under another key, or was changed."""


class Vault:
    """Seals and opens short texts."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the service key has {len(key)} bytes, {KEY_BYTES} are needed")
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, context: str) -> bytes:
        """Return version, nonce and ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, *, context: str) -> str:
        """Return the text. Raises `WrongKey` when the key or the context is another one."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context.encode()).decode()
        except InvalidTag:
            raise WrongKey(f"{context} was sealed under another key") from None

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

WRAPPED_BYTES = len(_VERSION) + _NONCE_BYTES + KEY_BYTES + 16
"""Bytes of a wrapped key."""


class WrongKey(Exception):
    """The sealed text was made under another key, or was changed."""


class Vault:
    """Seals and opens short texts, and the keys of documents."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the service key has {len(key)} bytes, {KEY_BYTES} are needed")
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, context: str) -> bytes:
        """Return version, nonce and ciphertext."""
        return self.wrap(text.encode(), context=context)

    def open(self, sealed: bytes, *, context: str) -> str:
        """Return the text. Raises `WrongKey` when the key or the context is another one."""
        return self.unwrap(sealed, context=context).decode()

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """Seal another key."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, key, context.encode())

    def unwrap(self, sealed: bytes, *, context: str) -> bytes:
        """Return the other key. Raises `WrongKey` like `open`."""
        if not sealed.startswith(_VERSION):
            raise WrongKey(f"{context} was sealed by another version, or changed")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context.encode())
        except InvalidTag:
            raise WrongKey(f"{context} was sealed under another key") from None

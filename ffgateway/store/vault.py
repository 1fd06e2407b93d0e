"""Secrets at rest: AES-256-GCM under the service keys. One seals, all open.

What is sealed says which key it is under, and is bound to where it belongs (`context`), so that a
row's secret cannot be moved to another row. Only this room sees both the keys and the rows.

The form, in order: a version; from the second on, the id of the key; a nonce; the ciphertext with
its tag. The first version knew one key alone: each of ours is tried on it.
"""

import hashlib
import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ffgateway.store.service_keys import KEY_BYTES

ID_BYTES = 8
_NONCE_BYTES = 12
NAMELESS = b"\x01"
NAMED = b"\x02"
"""Versions: without the id of the key, and with it."""

PREFIX_BYTES = len(NAMED) + ID_BYTES
"""Bytes at the front that say the version and the key."""

WRAPPED_BYTES = PREFIX_BYTES + _NONCE_BYTES + KEY_BYTES + 16
"""Bytes of a wrapped key."""

NAMELESS_BYTES = len(NAMELESS) + _NONCE_BYTES + KEY_BYTES + 16
"""Bytes of one that an earlier version wrapped."""

NO_NAME = ""
"""The id told of what was sealed before keys had ids."""


class WrongKey(Exception):
    """The sealed text was made under another key, or was changed."""


def key_id(key: bytes) -> str:
    """What a key is called: a hash of it, so that nobody has to name it and no two are called alike."""
    return hashlib.sha256(b"ffgateway service key\x00" + key).digest()[:ID_BYTES].hex()


def sealed_under(sealed: bytes) -> str:
    """The id of the key that something is sealed under; `NO_NAME` where it does not say."""
    return sealed[1:PREFIX_BYTES].hex() if sealed.startswith(NAMED) else NO_NAME


class Vault:
    """Seals and opens short texts, and the keys of documents. The first key seals."""

    def __init__(self, active: bytes, *others: bytes) -> None:
        for key in (active, *others):
            if len(key) != KEY_BYTES:
                raise ValueError(f"a service key has {len(key)} bytes, {KEY_BYTES} are needed")
        self._ciphers = {key_id(key): AESGCM(key) for key in (active, *others)}
        self.active = key_id(active)
        self.prefix = NAMED + bytes.fromhex(self.active)

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(self._ciphers)

    def seal(self, text: str, *, context: str) -> bytes:
        """Return version, key, nonce and ciphertext."""
        return self.wrap(text.encode(), context=context)

    def open(self, sealed: bytes, *, context: str) -> str:
        """Return the text. Raises `WrongKey` when the key or the context is another one."""
        return self.unwrap(sealed, context=context).decode()

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """Seal another key."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = self.prefix + context.encode()
        return self.prefix + nonce + self._ciphers[self.active].encrypt(nonce, key, bound)

    def unwrap(self, sealed: bytes, *, context: str) -> bytes:
        """Return the other key. Raises `WrongKey` like `open`."""
        for cipher, prefix, bound in self._candidates(sealed, context):
            body = sealed[len(prefix) :]
            try:
                return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound)
            except (InvalidTag, ValueError):  # the second: too short for a nonce
                continue
        raise WrongKey(
            f"{context} was sealed under another service key, or changed: is FFGATEWAY_SECRET_KEY,"
            " or the key file, the one that this database was used with?"
        )

    def _candidates(self, sealed: bytes, context: str) -> Iterator[tuple[AESGCM, bytes, bytes]]:
        """The ciphers that may open it, what stands before the nonce, and what it is bound to."""
        if sealed.startswith(NAMELESS):
            for cipher in self._ciphers.values():
                yield cipher, NAMELESS, context.encode()
        elif (named := self._ciphers.get(sealed_under(sealed))) is not None:
            prefix = sealed[:PREFIX_BYTES]
            yield named, prefix, prefix + context.encode()

    def current(self, sealed: bytes) -> bool:
        """Whether it is under the key that seals now."""
        return sealed.startswith(self.prefix)

    def rewrap(self, sealed: bytes, *, context: str) -> bytes:
        """The same under the key that seals now. Raises `WrongKey` like `open`."""
        return self.wrap(self.unwrap(sealed, context=context), context=context)

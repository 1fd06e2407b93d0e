"""The keys for secrets at rest: base64 of 32 bytes each, in a text or in a file. The first seals, all open."""

import base64
import binascii
import os
from pathlib import Path

KEY_BYTES = 32


def keys_of(path: Path) -> tuple[bytes, ...]:
    """Those of a file, which is made with a new one if it is missing. Raises as `keys_in` does."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return keys_in(path.read_text(), where=str(path))
    key = os.urandom(KEY_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(key).decode() + "\n")
    return (key,)


def keys_in(text: str, *, where: str) -> tuple[bytes, ...]:
    """Those of a text, with commas or white space between them.

    Raises `ValueError` for one that is not base64 of 32 bytes, and where there is none.
    """
    keys = tuple(_key(word, where) for word in text.replace(",", " ").split())
    return keys or (_key("", where),)


def _key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{where} is not base64 of {KEY_BYTES} bytes")
    return key

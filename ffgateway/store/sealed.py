"""A document at rest: AES-256-GCM in chunks under a key of its own, which the service key wraps.

The form, in order: a magic word with its version; the chunk size; the wrapped key, bound to the
document's SHA-256, so that a file under another's name does not open; then the chunks, each with
its tag. A chunk's nonce counts it and marks the last one (STREAM; Hoang, Reyhanitabar, Rogaway,
Vizár 2015), so chunks that were cut off, moved or exchanged do not open either. Any chunk can be
opened without the ones before it.
"""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ffgateway.domain.errors import DocumentDamaged
from ffgateway.store.vault import WRAPPED_BYTES, Vault, WrongKey

MAGIC: Final = b"FFGWDOC\x01"
TAG: Final = 16
HEADER: Final = len(MAGIC) + 4 + WRAPPED_BYTES
"""Bytes before the first chunk."""

CHUNK: Final = 57 * 4096
"""Bytes of a chunk in the clear: a multiple of 3, so that base64 pieces join without padding."""

KEY_BYTES: Final = 32


def _nonce(number: int, *, last: bool) -> bytes:
    # the key seals this one document, so counting is enough to use no nonce twice
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


class Sealer:
    """Seals one document, chunk after chunk."""

    def __init__(self) -> None:
        self._key = os.urandom(KEY_BYTES)
        self._cipher = AESGCM(self._key)
        self._number = 0

    def seal(self, chunk: bytes | bytearray | memoryview, *, last: bool = False) -> bytes:
        """The next chunk: `CHUNK` bytes, or fewer when it is the last."""
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), chunk, None)
        self._number += 1
        return sealed

    def header(self, vault: Vault, sha256: str) -> bytes:
        """What stands before the chunks, once the whole document was seen."""
        wrapped = vault.wrap(self._key, context=f"document/{sha256}")
        return MAGIC + CHUNK.to_bytes(4, "big") + wrapped

    def layout(self, size: int) -> "Layout":
        """How what was sealed is opened again."""
        return Layout(cipher=self._cipher, chunk=CHUNK, size=size)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the chunks of a sealed document of `size` clear bytes are, and the key to them."""

    cipher: AESGCM
    chunk: int
    size: int

    @property
    def chunks(self) -> int:
        """How many there are; an empty document has one."""
        return max(-(-self.size // self.chunk), 1)

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Where in the file `count` chunks from `first` on begin and end."""
        end = min(first + count, self.chunks)
        stop = HEADER + self.size + self.chunks * TAG
        start = HEADER + first * (self.chunk + TAG)
        return start, stop if end == self.chunks else HEADER + end * (self.chunk + TAG)

    def open(self, first: int, sealed: bytes | memoryview) -> list[bytes]:
        """The chunks that a span holds, in the clear. Raises `DocumentDamaged`."""
        view, step = memoryview(sealed), self.chunk + TAG
        try:
            return [
                self.cipher.decrypt(
                    _nonce(number, last=number == self.chunks - 1),
                    view[start : start + step],
                    None,
                )
                for number, start in enumerate(range(0, len(view), step), first)
            ]
        except InvalidTag:
            raise DocumentDamaged("A document in the spool is not what was put there.") from None


def unsealed(header: bytes, *, length: int, vault: Vault, sha256: str) -> Layout:
    """Read a header, given the length of the whole file. Raises `DocumentDamaged`."""
    chunk = int.from_bytes(header[len(MAGIC) : len(MAGIC) + 4], "big")
    body = length - HEADER
    chunks = -(-body // (chunk + TAG))
    if not header.startswith(MAGIC) or len(header) != HEADER or not chunk or body < TAG:
        raise DocumentDamaged(f"The document {sha256} in the spool has no header of ours.")
    try:
        key = vault.unwrap(header[-WRAPPED_BYTES:], context=f"document/{sha256}")
    except WrongKey:
        raise DocumentDamaged(
            f"The document {sha256} in the spool was sealed under another service key, or changed."
        ) from None
    return Layout(cipher=AESGCM(key), chunk=chunk, size=body - chunks * TAG)


class ClearReader(io.RawIOBase):
    """A sealed document as a file in the clear that can be sought in; one chunk is held at a time.

    `fetch` reads so many sealed bytes from a place. It blocks, so it belongs beside the loop.
    """

    def __init__(self, layout: Layout, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._layout = layout
        self._fetch = fetch
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, also one behind the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._layout.size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer is one
        """Read to the end of a chunk at most."""
        if self._at >= self._layout.size:
            return 0
        number, start = divmod(self._at, self._layout.chunk)
        piece = memoryview(self._chunk(number))[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            begin, end = self._layout.span(number, 1)
            (clear,) = self._layout.open(number, self._fetch(begin, end - begin))
            self._held = (number, clear)
        return self._held[1]

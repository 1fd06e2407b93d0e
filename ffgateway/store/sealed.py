"""A document at rest: AES-256-GCM in chunks under a key of its own, which the service key wraps.

The form, in order: a magic word with its version; the chunk size; the wrapped key, bound to the
document's SHA-256, so that a file under another's name does not open; then the chunks, each with
its tag. A chunk's nonce counts it and marks the last one (STREAM; Hoang, Reyhanitabar, Rogaway,
Vizár 2015), so chunks that were cut off, moved or exchanged do not open either. Any chunk can be
opened without the ones before it.

When the service key changes, the wrapped key is wrapped anew into a small file beside this one,
bound to the header that it stands for: no document is written twice.
"""

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.store.vault import NAMELESS_BYTES, WRAPPED_BYTES, Vault, WrongKey, sealed_under

MAGIC: Final = b"FFGWDOC\x02"
TAG: Final = 16
HEADER: Final = len(MAGIC) + 4 + WRAPPED_BYTES
"""Bytes before the first chunk."""

FIRST_MAGIC: Final = b"FFGWDOC\x01"
FIRST_HEADER: Final = len(FIRST_MAGIC) + 4 + NAMELESS_BYTES
"""Likewise, of a document from before service keys had ids."""

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

    def seal_into(self, sealed: memoryview, chunk: memoryview, *, last: bool = False) -> int:
        """Seal the next chunk, `CHUNK` bytes or fewer when it is the last, into `TAG` bytes more."""
        written = self._cipher.encrypt_into(_nonce(self._number, last=last), chunk, None, sealed)
        self._number += 1
        return written

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
    header: int = HEADER

    @property
    def chunks(self) -> int:
        """How many there are; an empty document has one."""
        return max(-(-self.size // self.chunk), 1)

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Where in the file `count` chunks from `first` on begin and end."""
        end = min(first + count, self.chunks)
        stop = self.header + self.size + self.chunks * TAG
        start = self.header + first * (self.chunk + TAG)
        return start, stop if end == self.chunks else self.header + end * (self.chunk + TAG)

    def open_into(self, clear: memoryview, first: int, sealed: memoryview) -> int:
        """Bring the chunks that a span holds into the clear; return how many bytes there are.

        Raises `DocumentDamaged`.
        """
        step, size = self.chunk + TAG, 0
        try:
            for number, start in enumerate(range(0, len(sealed), step), first):
                chunk = sealed[start : start + step]
                nonce = _nonce(number, last=number == self.chunks - 1)
                into = clear[size : size + len(chunk) - TAG]
                size += self.cipher.decrypt_into(nonce, chunk, None, into)
        except InvalidTag:
            raise DocumentDamaged("A document in the spool is not what was put there.") from None
        return size


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the chunks of a document: their size, and the key to them, wrapped."""

    sha256: str
    chunk: int
    wrapped: bytes

    @classmethod
    def read(cls, head: bytes, *, sha256: str) -> "Header":
        """Read it from the first `HEADER` bytes of a file, or fewer. Raises `DocumentDamaged`."""
        size = FIRST_HEADER if head.startswith(FIRST_MAGIC) else HEADER
        chunk = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 4], "big")
        if not head.startswith((MAGIC, FIRST_MAGIC)) or len(head) < size or not chunk:
            raise DocumentDamaged(f"The document {sha256} in the spool has no header of ours.")
        return cls(sha256, chunk, head[len(MAGIC) + 4 : size])

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(MAGIC) + 4 + len(self.wrapped)

    def layout(self, vault: Vault, *, length: int, beside: bytes | None = None) -> Layout:
        """How a file of `length` bytes is opened; `beside` is the key wrapped anew.

        Raises `DocumentDamaged`.
        """
        body = length - self.size
        if body < TAG:
            raise DocumentDamaged(f"The document {self.sha256} in the spool was cut off.")
        chunks = -(-body // (self.chunk + TAG))
        cipher = AESGCM(self._key(vault, beside))
        return Layout(cipher=cipher, chunk=self.chunk, size=body - chunks * TAG, header=self.size)

    def _key(self, vault: Vault, beside: bytes | None) -> bytes:
        try:
            return vault.unwrap(self.wrapped, context=self._context)
        except WrongKey:
            try:
                return vault.unwrap(beside or b"", context=self._beside)
            except WrongKey:
                raise DocumentDamaged(
                    f"The document {self.sha256} in the spool was sealed under another service key,"
                    " or changed."
                ) from None

    def under(self, vault: Vault, beside: bytes | None) -> str:
        """The id of the service key that the document needs; "" where it does not say."""
        if vault.current(self.wrapped) or beside is None or not self._stands(vault, beside):
            return sealed_under(self.wrapped)
        return sealed_under(beside)

    def _stands(self, vault: Vault, beside: bytes) -> bool:
        """Whether what is beside belongs to this very header; another document may have been here."""
        try:
            vault.unwrap(beside, context=self._beside)
        except WrongKey:
            return False
        return True

    def rewrap(self, vault: Vault, beside: bytes | None) -> bytes:
        """The key, wrapped anew for a place beside. Raises `DocumentDamaged`."""
        return vault.wrap(self._key(vault, beside), context=self._beside)

    @property
    def _context(self) -> str:
        return f"document/{self.sha256}"

    @property
    def _beside(self) -> str:
        return f"{self._context}/{hashlib.sha256(self.wrapped).hexdigest()}"


class ClearReader(io.RawIOBase):
    """A sealed document as a file in the clear that can be sought in; one chunk is held at a time.

    `fetch` reads so many sealed bytes from a place. It blocks, so it belongs beside the loop.
    """

    def __init__(self, layout: Layout, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._layout = layout
        self._fetch = fetch
        self._at = 0
        self._held: tuple[int, bytes | bytearray] = (-1, b"")

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

    def _chunk(self, number: int) -> bytes | bytearray:
        if self._held[0] != number:
            begin, end = self._layout.span(number, 1)
            sealed = self._fetch(begin, end - begin)
            clear = bytearray(len(sealed) - TAG)
            self._layout.open_into(memoryview(clear), number, memoryview(sealed))
            self._held = (number, clear)
        return self._held[1]

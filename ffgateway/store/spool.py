"""Documents on disk: known by their SHA-256, written before anybody is told that they are kept.

A file is streamed in beside its place, synced, and only then given its name, so a name always
stands for the whole document. Nothing here knows which fax needs it.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ffgateway.domain.errors import DocumentTooLarge

CHUNK = 57 * 4096
"""Bytes read at once: a multiple of 3, so that base64 pieces join without padding."""

HEAD = 1024
"""Bytes kept for telling the type; a PDF may start anywhere in its first kilobyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A document that is safely on disk; `head` is its first bytes.

    `reopen` gives its bytes once more, seekable, for a check that has to look around in it. It
    blocks, so it belongs beside the loop, and holds good only while the document is admitted.
    """

    sha256: str
    size: int
    head: bytes
    reopen: Callable[[], IO[bytes]]


class Spool:
    """A folder of documents. Two threads may store the same one at once: the last name wins, alike."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a document lies, two folders deep so that no folder grows too long."""
        return self._folder / sha256[:2] / sha256

    async def store(
        self,
        chunks: AsyncIterator[bytes],
        *,
        limit: int,
        field: str,
        admit: Callable[[Stored], Awaitable[None]] | None = None,
    ) -> Stored:
        """Stream a document in. Raises `DocumentTooLarge` beyond `limit` bytes and keeps nothing.

        `admit` sees it before it is given its name: what it raises keeps the document out, and what
        it records is on record before the file is in place, so that no purge can come between.
        """
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        descriptor, name = await asyncio.to_thread(
            tempfile.mkstemp, dir=self._folder, prefix="incoming-"
        )
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                stored = await _write(file, chunks, part=part, limit=limit, field=field)
            if admit is not None:
                await admit(stored)
            await asyncio.to_thread(self._name, part, stored.sha256)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return stored

    def _name(self, part: Path, sha256: str) -> None:
        place = self.path(sha256)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        part.replace(place)
        for folder in (place.parent, self._folder):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # the name, too, must survive a power cut
            finally:
                os.close(descriptor)

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a document out in pieces of `CHUNK` bytes. Raises `FileNotFoundError`.

        No file is open between two pieces: an appliance may answer, or go, in the middle of a
        request, and then nobody asks for the next piece.
        """
        place, offset = self.path(sha256), 0
        while piece := await asyncio.to_thread(_piece, place, offset):
            yield piece
            offset += len(piece)

    async def has(self, sha256: str) -> bool:
        """Whether the document is still there."""
        return await asyncio.to_thread(self.path(sha256).is_file)

    async def remove(self, sha256: str) -> None:
        """Forget a document; it may be gone already."""
        await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK)


async def _write(
    file: IO[bytes], chunks: AsyncIterator[bytes], *, part: Path, limit: int, field: str
) -> Stored:
    digest, size, head = hashlib.sha256(), 0, b""
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise DocumentTooLarge(
                f"The document has more than the {limit} bytes that fit into one request.",
                field=field,
                cure="Split it, or lower the resolution of its pictures.",
            )
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)

    def sync() -> None:
        file.flush()
        os.fsync(file.fileno())

    await asyncio.to_thread(sync)
    return Stored(sha256=digest.hexdigest(), size=size, head=head, reopen=lambda: part.open("rb"))

"""A document on its way in: gathered in blocks, which a thread hashes, seals and writes.

Two blocks take turns, one filling while the other is worked on. They are made once for a document:
memory that is fresh for each piece costs more than all that is done with it.
"""

import asyncio
import contextlib
import hashlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, Final

from ffgateway.domain.document_errors import DocumentDamaged, DocumentTooLarge
from ffgateway.store.memory import room
from ffgateway.store.sealed import CHUNK, HEADER, TAG, ClearReader, Sealer
from ffgateway.store.troubles import documents_told
from ffgateway.store.vault import Vault

HEAD: Final = 1024
"""Bytes kept for telling the type; a PDF may start anywhere in its first kilobyte."""

AT_ONCE: Final = 8
"""Chunks written or read in one go: enough that going to a thread and back costs little."""

BLOCK: Final = CHUNK * AT_ONCE

AHEAD: Final = 8 << 20
"""Bytes of the disk that a document of several blocks is given at a time: in one piece they cost a third
less to write than found one after the other."""


class Incoming:
    """A document on its way into a file. All but `fed` blocks, so it belongs beside the loop.

    What the disk does not do is a `StorageUnavailable`; what becomes of the bytes before is not.
    """

    def __init__(self, file: Any, part: Path, vault: Vault) -> None:
        self._file = file
        self._part = part
        self._vault = vault
        self._sealer = Sealer()
        self._digest = hashlib.sha256()
        self._sealed = memoryview(b"")
        self._given = 0
        self.sha256 = ""
        """What it is called, once it is whole."""
        self.size = 0
        self.head = b""
        with documents_told(absent=False):
            write(file, bytes(HEADER))

    def take(self, block: memoryview, *, last: bool = False) -> None:
        """Take the next `BLOCK` bytes, or what is left; and then say who it was."""
        with documents_told(absent=False):
            self._take(block, last=last)

    def _take(self, block: memoryview, *, last: bool) -> None:
        self.size += len(block)
        if len(self.head) < HEAD:
            self.head += bytes(block[: HEAD - len(self.head)])
        self._digest.update(block)
        if not self._sealed:
            self._sealed = room(self, len(block) + AT_ONCE * TAG)  # none that comes later is longer
        length, end = 0, max(len(block), 1)  # an empty document has one chunk, too
        for start in range(0, end, CHUNK):
            chunk, ends = block[start : start + CHUNK], last and start + CHUNK >= end
            room_for_it = self._sealed[length : length + len(chunk) + TAG]
            length += self._sealer.seal_into(room_for_it, chunk, last=ends)
        if not last:
            self._give_room(length)
        write(self._file, self._sealed[:length])
        if last:
            self._file.truncate()
            self.sha256 = self._digest.hexdigest()
            self._file.seek(0)
            write(self._file, self._sealer.header(self._vault, self.sha256))

    def _give_room(self, length: int) -> None:
        """Have room on the disk for what is written next and what may come behind it.

        Not before a first block is there: what a request only says of its length takes no room.
        """
        at = self._file.tell()
        if at + length > self._given and hasattr(os, "posix_fallocate"):
            with contextlib.suppress(OSError):  # where there is none, writing complains
                os.posix_fallocate(self._file.fileno(), at, AHEAD)
            self._given = at + AHEAD

    def reopen(self) -> IO[bytes]:
        """Its bytes once more, when it is whole."""

        def fetch(start: int, length: int) -> bytes:
            sealed = bytearray(length)
            read_into(self._part, start, memoryview(sealed))
            return bytes(sealed)

        return io.BufferedReader(ClearReader(self._sealer.layout(self.size), fetch))


async def fed(
    incoming: Incoming, chunks: AsyncIterator[bytes | memoryview], *, limit: int, field: str
) -> None:
    """Give a document to a thread in blocks. Raises `DocumentTooLarge`.

    What comes as a block is taken as it is, and must stay so while somebody has a view of it.
    """
    size = filled = 0
    own = room(incoming, BLOCK, sparing=True)  # most documents need but a part of one
    other = room(incoming, BLOCK)
    block = own
    writing: asyncio.Task[None] | None = None
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise DocumentTooLarge(
                    f"The document has more than the {limit} bytes that fit into one request.",
                    field=field,
                    cure="Split it, or lower the resolution of its pictures.",
                )
            view = memoryview(chunk)
            while view:
                if filled == BLOCK:  # and it is not the last: something comes behind it
                    await done(writing)
                    writing = asyncio.create_task(asyncio.to_thread(incoming.take, block))
                    own, other, block, filled = other, own, other, 0
                taken = view[: BLOCK - filled]
                if len(taken) == BLOCK:
                    block = taken
                else:
                    block[filled : filled + len(taken)] = taken
                filled, view = filled + len(taken), view[len(taken) :]
    finally:
        if writing is not None:
            await asyncio.wait([writing])  # the file is open for it
    await done(writing)
    await asyncio.to_thread(incoming.take, block[:filled], last=True)


async def done(work: "asyncio.Task[None] | None") -> None:
    """Wait for what a thread does. Who gives up waiting does not leave it alone with an open file."""
    if work is not None:
        await asyncio.wait([work])
        work.result()


def write(file: Any, content: bytes | memoryview) -> None:
    """Write all of it: a disk that is nearly full takes a part first, and complains at the next."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def read_into(path: Path, start: int, into: memoryview) -> None:
    """Read from a place until there is no more room. Raises `DocumentDamaged` where that is not there."""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        if file.readinto(into) != len(into):
            raise DocumentDamaged("A document in the spool was cut off.")


def synced(file: Any) -> None:
    """Have all of it on the disk."""
    with documents_told(absent=False):
        os.fsync(file.fileno())

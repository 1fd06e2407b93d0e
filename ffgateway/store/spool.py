"""Documents at rest: known by their SHA-256, sealed, kept before anybody is told that they are.

A document is sealed as it comes in, into a file beside its place; it is synced, and only then given
its name, so a name always stands for the whole document. Where it lies is an object store: a folder
unless another one is named, and then the folder is where documents wait to be carried there. Nothing
here knows which fax needs it.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.store.document_keys import SEALED, DocumentKeys
from ffgateway.store.incoming import AT_ONCE, HEAD, Incoming, done, fed, synced
from ffgateway.store.outgoing import Outgoing, Through, fetched_ahead
from ffgateway.store.sealed import CHUNK, Layout
from ffgateway.store.troubles import documents_told
from ffgateway.store.vault import Vault

__all__ = ["AT_ONCE", "CHUNK", "HEAD", "Spool", "Stored", "remote_store"]

IN_ONE_REQUEST: Final = 1 << 20
"""Bytes of a file that is sent to an object store whole; of a larger one 5 MiB are held at a time."""

INCOMING: Final = "incoming-"
DAMAGED: Final = ".damaged"
"""What is put behind that name when the key opens and the contents do not: nobody reads it again."""


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


def remote_store(url: str) -> ObjectStore | None:
    """The store behind `s3://…`, `gs://…`, `az://…` or `file://…`; None for "": the folder itself.

    Credentials are found as each provider's own tools find them; a folder is made.
    """
    if url.startswith("file:"):
        return from_url(url, mkdir=True)
    return from_url(url) if url else None


class Spool:
    """Documents. Two may store the same one at once: the last name wins, while none is kept yet."""

    def __init__(self, folder: Path, vault: Vault, *, store: ObjectStore | None = None) -> None:
        self._folder = folder
        self._vault = vault
        self._remote = store
        self._opened: ObjectStore | None = store
        self.keys = DocumentKeys(self._where, vault)

    @property
    def place(self) -> str:
        """Where documents are, for the record."""
        return "spool" if self._remote is None else "object store"

    def key(self, sha256: str) -> str:
        """What a document is called in the store, two folders deep so that none grows too long."""
        return f"{sha256[:2]}/{sha256}{SEALED}"

    def path(self, sha256: str) -> Path:
        """Where a document lies when the folder is the store."""
        return self._folder / self.key(sha256)

    # In -----------------------------------------------------------------------------------------

    async def store(
        self,
        chunks: AsyncIterator[bytes | memoryview],
        *,
        limit: int,
        field: str,
        admit: Callable[[Stored], Awaitable[None]] | None = None,
    ) -> Stored:
        """Stream a document in. Raises `DocumentTooLarge` beyond `limit` bytes and keeps nothing.

        `admit` sees it before it is given its name: what it raises keeps the document out, and what
        it records is on record before the file is in place, so that no purge can come between.
        Raises `StorageUnavailable` where it cannot be kept; nothing of it is left then.
        """
        with documents_told(absent=False):
            descriptor, part = await asyncio.to_thread(self._begin)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                incoming = Incoming(file, part, self._vault)
                await fed(incoming, chunks, limit=limit, field=field)
                stored = Stored(
                    sha256=incoming.sha256,
                    size=incoming.size,
                    head=incoming.head,
                    reopen=incoming.reopen,
                )
                syncing = asyncio.create_task(asyncio.to_thread(synced, file))
                try:
                    if admit is not None:
                        await admit(stored)
                finally:
                    await done(syncing)
            with documents_told(absent=False):
                if not await self._kept(stored.sha256):
                    await self._place(part, stored.sha256)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return stored

    def _begin(self) -> tuple[int, Path]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=INCOMING)
        return descriptor, Path(name)

    async def _kept(self, sha256: str) -> bool:
        """Whether the document is there already: under another key, and perhaps being read just now."""
        try:
            await self.verify(sha256, whole=False)
        except (FileNotFoundError, DocumentDamaged):
            return False
        return True

    async def _place(self, part: Path, sha256: str) -> None:
        if self._remote is None:
            await asyncio.to_thread(self._name, part, sha256)
        else:
            # a large one in parts, one after the other: a part is in memory while it is on its way
            large = (await asyncio.to_thread(part.stat)).st_size > IN_ONE_REQUEST
            source = _pieces(part) if large else part
            await obstore.put_async(self._remote, self.key(sha256), source, max_concurrency=1)

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

    # Out ----------------------------------------------------------------------------------------

    def read(self, sha256: str, through: Through = bytes) -> Iterator[bytes]:
        """Stream a document out in pieces of a multiple of `CHUNK` bytes, but for the last.

        Each goes `through` something on its way. Nothing is open between two: an appliance may answer,
        or go, in the middle of a request, and then nobody asks for more. It blocks, so it belongs
        beside the loop. Raises `FileNotFoundError`, another `OSError` when the store does not give it,
        or `DocumentDamaged` where it is.
        """
        layout = self._layout(sha256)
        if layout is None:
            pieces = (through(memoryview(piece)) for piece in _left_pieces(self._left(sha256)))
        else:
            outgoing = Outgoing(layout, through)
            firsts = range(0, layout.chunks, AT_ONCE)
            pieces = (self._clear(sha256, outgoing, first) for first in firsts)
        try:
            for piece in pieces if self._remote is None else fetched_ahead(pieces):
                if piece:
                    yield piece
        except BaseError as away:
            raise OSError(f"The store did not give all of the document {sha256}.") from away

    def _clear(self, sha256: str, outgoing: Outgoing, first: int) -> bytes:
        """Some chunks in the clear. Where they are damaged, the document makes room for a whole one."""
        try:
            if self._remote is None:
                return outgoing.of_file(self.path(sha256), first)
            start, end = outgoing.layout.span(first, AT_ONCE)
            sealed = obstore.get_range(self._remote, self.key(sha256), start=start, end=end)
            return outgoing.of(memoryview(sealed), first)
        except DocumentDamaged:
            key = self.key(sha256)
            with contextlib.suppress(FileNotFoundError):  # another reader put it there
                obstore.rename(self._where(), key, f"{key}{DAMAGED}")
            raise

    def _layout(self, sha256: str) -> Layout | None:
        """How a document is opened; None for a plain one that an earlier version left.

        Raises `FileNotFoundError` when there is neither.
        """
        try:
            return self.keys.layout(self.key(sha256), sha256)
        except FileNotFoundError:
            if self._left(sha256).is_file():
                return None
            raise

    def _where(self) -> ObjectStore:
        if self._opened is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._opened = LocalStore(self._folder)
        return self._opened

    def _left(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    async def has(self, sha256: str) -> bool:
        """Whether the document is still there. Raises `StorageUnavailable`."""
        with documents_told(absent=True):
            try:
                await obstore.head_async(await asyncio.to_thread(self._where), self.key(sha256))
            except FileNotFoundError:
                return await asyncio.to_thread(self._left(sha256).is_file)
        return True

    async def verify(self, sha256: str, *, whole: bool) -> None:
        """Raise `FileNotFoundError` or `DocumentDamaged` for what cannot be read, else `StorageUnavailable`.

        That it opens and has its whole length is cheap to say; that each byte of it is as it was
        (`whole`) takes reading it.
        """
        with documents_told(absent=True):
            await asyncio.to_thread(self._verify, sha256, whole)

    def _verify(self, sha256: str, whole: bool) -> None:
        layout = self._layout(sha256)
        if layout is None:
            return
        if not whole:
            self._clear(sha256, Outgoing(layout, bytes), layout.chunks - 1)
            return
        for _ in self.read(sha256):
            pass

    async def remove(self, sha256: str) -> None:
        """Forget a document; it may be gone already. Raises `StorageUnavailable`."""
        with documents_told(absent=True):
            with contextlib.suppress(FileNotFoundError):  # somebody else's purge was first
                await obstore.delete_async(await asyncio.to_thread(self._where), self.key(sha256))
            await self.keys.remove(self.key(sha256))
            await asyncio.to_thread(self._left(sha256).unlink, missing_ok=True)

    async def sweep(self, *, older_than: timedelta) -> int:
        """Remove what processes that died left half-way in; return how much."""
        return await asyncio.to_thread(self._sweep, time.time() - older_than.total_seconds())

    def _sweep(self, before: float) -> int:
        swept = 0
        for left in self._folder.glob(f"{INCOMING}*"):
            try:
                if left.stat().st_mtime < before:
                    left.unlink()
                    swept += 1
            except FileNotFoundError:
                continue  # it came to its end meanwhile
        return swept


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """A file as it stands, for a store that takes it in pieces."""
    pieces = _left_pieces(path)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


def _left_pieces(path: Path) -> Iterator[bytes]:
    """A file as it stands, with nothing open between two pieces."""
    offset = 0
    while piece := _piece(path, offset):
        yield piece
        offset += len(piece)


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK)

"""The wrapped keys of documents: in the header of each, or, since the service key changed, beside it.

An object of a store cannot be changed in part, and a large one should not be written again for the
sake of 69 bytes. So a key that is wrapped anew goes into an object of its own, which is put as a
whole or not at all; whoever reads meanwhile finds the old way or the new one, and both lead there.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Final

import obstore
from obstore.store import ObjectStore

from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.store.sealed import HEADER, Header, Layout
from ffgateway.store.vault import Vault

SEALED: Final = ".sealed"
"""How the name of a sealed document ends; one without it was left by a version that did not seal."""

BESIDE: Final = ".key"
"""What is put behind that name for the key that was wrapped anew."""

AT_ONCE: Final = 16
"""Documents that are looked at side by side: each costs an object store a request or three."""

_NAME = re.compile(rf"(?:.*/)?([0-9a-f]{{64}}){re.escape(SEALED)}")


class DocumentKeys:
    """The keys of the documents in one store, as the vault's keys open them."""

    def __init__(self, where: Callable[[], ObjectStore], vault: Vault) -> None:
        self._where = where
        self._vault = vault

    def layout(self, key: str, sha256: str) -> Layout:
        """How a document is opened. Raises `FileNotFoundError` or `DocumentDamaged`. It blocks."""
        store = self._where()
        length = int(obstore.head(store, key)["size"])
        _whole(length, sha256)
        head = obstore.get_range(store, key, start=0, end=HEADER)
        header = Header.read(bytes(head), sha256=sha256)
        try:
            return header.layout(self._vault, length=length)
        except DocumentDamaged as damage:
            try:
                beside = bytes(obstore.get(store, key + BESIDE).bytes())
            except FileNotFoundError:
                raise damage from None
            return header.layout(self._vault, length=length, beside=beside)

    async def under(self) -> dict[str, int]:
        """How many documents need each service key."""
        found: Counter[str] = Counter()
        async for several in self._documents():
            needed = await asyncio.gather(*map(self._needs, several))
            found.update(one for one in needed if one is not None)
        return dict(found)

    async def rewrap(self) -> tuple[int, int]:
        """Wrap every key that is not under the present service key; say how many, and how many don't open."""
        done = lost = 0
        async for several in self._documents():
            for outcome in await asyncio.gather(*map(self._rewrap, several)):
                done += outcome is True
                lost += outcome is False
        return done, lost

    async def remove(self, key: str) -> None:
        """Remove what is beside a document."""
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(await asyncio.to_thread(self._where), key + BESIDE)

    async def _rewrap(self, key: str) -> bool | None:
        """True if it was done, False if the key is not ours, None if there is nothing to do."""
        try:
            header, beside = await self._both(key)
            if header.under(self._vault, beside) == self._vault.active:
                return None
            wrapped = header.rewrap(self._vault, beside)
        except FileNotFoundError:
            return None  # purged meanwhile
        except DocumentDamaged:
            return False
        store = await asyncio.to_thread(self._where)
        await obstore.put_async(store, key + BESIDE, wrapped)
        try:
            await obstore.head_async(store, key)
        except FileNotFoundError:
            await self.remove(key)
            return None
        return True

    async def _needs(self, key: str) -> str | None:
        try:
            header, beside = await self._both(key)
        except (FileNotFoundError, DocumentDamaged):
            return None  # purged meanwhile; or no service key opens it
        return header.under(self._vault, beside)

    async def _both(self, key: str) -> tuple[Header, bytes | None]:
        named = _NAME.fullmatch(key)
        header = await self._header(key, named[1] if named else "")
        return header, None if self._vault.current(header.wrapped) else await self._beside(key)

    async def _header(self, key: str, sha256: str) -> Header:
        store = await asyncio.to_thread(self._where)
        _whole(int((await obstore.head_async(store, key))["size"]), sha256)
        head = await obstore.get_range_async(store, key, start=0, end=HEADER)
        return Header.read(bytes(head), sha256=sha256)

    async def _beside(self, key: str) -> bytes | None:
        store = await asyncio.to_thread(self._where)
        try:
            return bytes(await (await obstore.get_async(store, key + BESIDE)).bytes_async())
        except FileNotFoundError:
            return None

    async def _documents(self) -> AsyncIterator[list[str]]:
        """The names of the sealed documents, some at a time."""
        store = await asyncio.to_thread(self._where)
        async for found in obstore.list(store, chunk_size=AT_ONCE):
            yield [str(one["path"]) for one in found if _NAME.fullmatch(str(one["path"]))]


def _whole(length: int, sha256: str) -> None:
    """Raise `DocumentDamaged` for a file that ends before its header does."""
    if length < HEADER:
        raise DocumentDamaged(f"The document {sha256} in the spool was cut off.")

"""A spool that cannot take a document, or give it, says so and leaves nothing half done."""

import hashlib
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ffgateway.domain.errors import StorageFull, StorageUnavailable
from ffgateway.store.spool import AT_ONCE, CHUNK, Spool, Stored
from ffgateway.store.vault import Vault

CONTENT = b"what is kept"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LONG = os.urandom(CHUNK) * (AT_ONCE + 1)


async def kept(spool: Spool, content: bytes = CONTENT) -> Stored:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await spool.store(pieces(), limit=len(content), field="document")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder, Vault(bytes(range(32))))


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: the system says no, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_there_is_no_room_for_is_told_and_leaves_nothing(
    spool: Spool, folder: Path
) -> None:
    await kept(spool, b"there before")
    before = sorted(folder.rglob("*"))
    with no_room(len(LONG) // 2), pytest.raises(StorageFull):
        await kept(spool, LONG)
    assert sorted(folder.rglob("*")) == before
    assert (await kept(spool, LONG)).size == len(LONG)


async def test_a_place_that_cannot_be_used_is_told_from_a_document_that_is_gone(
    spool: Spool, folder: Path
) -> None:
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(StorageUnavailable):
        await kept(spool)
    folder.unlink()
    await kept(spool)
    here = folder / SHA256[:2]
    here.rename(folder / "elsewhere")
    here.touch()
    for asked in (spool.has(SHA256), spool.verify(SHA256, whole=False), spool.remove(SHA256)):
        with pytest.raises(StorageUnavailable):
            await asked
    here.unlink()
    assert not await spool.has(SHA256)
    with pytest.raises(FileNotFoundError):
        await spool.verify(SHA256, whole=False)

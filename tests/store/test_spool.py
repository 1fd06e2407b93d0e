"""The spool: whole documents under their own hash, or nothing."""

import hashlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ffgateway.domain.errors import DocumentTooLarge
from ffgateway.store.spool import CHUNK, HEAD, Spool

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


async def pieces(content: bytes, *, of: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), of):
        yield content[start : start + of]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_document_is_kept_under_its_own_hash(spool: Spool, folder: Path) -> None:
    stored = await spool.store(pieces(CONTENT), limit=len(CONTENT), field="document")
    assert (stored.sha256, stored.size, stored.head) == (SHA256, len(CONTENT), CONTENT[:HEAD])
    assert files(folder) == [spool.path(SHA256)]
    assert spool.path(SHA256).read_bytes() == CONTENT


async def test_it_is_read_in_pieces_that_base64_joins_without_padding(spool: Spool) -> None:
    await spool.store(pieces(CONTENT), limit=len(CONTENT), field="document")
    read = [piece async for piece in spool.read(SHA256)]
    assert b"".join(read) == CONTENT
    assert len(read) > 1
    assert all(len(piece) == CHUNK for piece in read[:-1])
    assert CHUNK % 3 == 0


async def test_the_same_document_is_kept_once(spool: Spool, folder: Path) -> None:
    for size in (10, 100_000):
        stored = await spool.store(pieces(CONTENT, of=size), limit=len(CONTENT), field="document")
        assert stored.sha256 == SHA256
    assert len(files(folder)) == 1


async def test_a_document_beyond_the_limit_is_refused_and_leaves_nothing(
    spool: Spool, folder: Path
) -> None:
    with pytest.raises(DocumentTooLarge) as refused:
        await spool.store(pieces(CONTENT), limit=len(CONTENT) - 1, field="documents[2]")
    assert refused.value.field == "documents[2]"
    assert files(folder) == []


async def test_an_upload_that_breaks_off_leaves_nothing(spool: Spool, folder: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        assert [path.name[:9] for path in files(folder)] == ["incoming-"]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await spool.store(breaking(), limit=100, field="document")
    assert files(folder) == []


async def test_an_empty_document_has_size_zero(spool: Spool) -> None:
    stored = await spool.store(pieces(b""), limit=1, field="document")
    assert (stored.size, stored.head) == (0, b"")


async def test_only_its_owner_may_look_into_the_spool(spool: Spool, folder: Path) -> None:
    await spool.store(pieces(CONTENT), limit=len(CONTENT), field="document")
    place = spool.path(SHA256)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent, folder)}
    assert modes == {place: 0o600, place.parent: 0o700, folder: 0o700}


async def test_what_is_removed_is_gone_and_may_be_removed_again(spool: Spool) -> None:
    await spool.store(pieces(CONTENT), limit=len(CONTENT), field="document")
    assert await spool.has(SHA256)
    await spool.remove(SHA256)
    await spool.remove(SHA256)
    assert not await spool.has(SHA256)
    with pytest.raises(FileNotFoundError):
        async for _ in spool.read(SHA256):
            pass


async def test_a_reader_that_stops_half_way_leaves_no_file_open(spool: Spool) -> None:
    await spool.store(pieces(CONTENT), limit=len(CONTENT), field="document")
    reading = spool.read(SHA256)
    assert await anext(reading) == CONTENT[:CHUNK]
    spool.path(SHA256).unlink()  # an open file could be read on
    with pytest.raises(FileNotFoundError):
        await anext(reading)

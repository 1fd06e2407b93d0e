"""The spool: whole documents under their own hash, sealed, or nothing. Alike in every kind of store."""

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from ffgateway.domain.document_errors import DocumentDamaged, DocumentTooLarge
from ffgateway.store.incoming import AHEAD
from ffgateway.store.sealed import HEADER, MAGIC, TAG
from ffgateway.store.spool import AT_ONCE, CHUNK, HEAD, Spool, Stored, remote_store
from ffgateway.store.vault import Vault

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LONG = os.urandom(CHUNK) * (AT_ONCE + 1) + b"the rest"
VAULT = Vault(bytes(range(32)))
SIZES = (1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK * AT_ONCE, CHUNK * AT_ONCE + 1)


async def pieces(content: bytes, *, of: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), of):
        yield content[start : start + of]


async def kept(spool: Spool, content: bytes = CONTENT, *, of: int = 65536) -> Stored:
    return await spool.store(pieces(content, of=of), limit=len(content), field="document")


async def whole(spool: Spool, sha256: str = SHA256) -> bytes:
    return b"".join(spool.read(sha256))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder, VAULT)


@pytest.fixture(params=["folder", "another folder", "memory"])
def any_spool(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Spool:
    """Each kind of store; in memory obstore keeps objects as the clouds' stores do."""
    stores = {
        "another folder": remote_store(f"file://{tmp_path}/not/there/yet"),
        "memory": MemoryStore(),
    }
    return Spool(folder, VAULT, store=stores.get(request.param))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# Every kind of store ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, *SIZES])
async def test_what_went_in_comes_out(any_spool: Spool, size: int) -> None:
    content = LONG[:size]
    stored = await kept(any_spool, content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.size, stored.head) == (size, content[:HEAD])
    assert await whole(any_spool, stored.sha256) == content


async def test_it_is_read_in_pieces_that_base64_joins_without_padding(any_spool: Spool) -> None:
    stored = await kept(any_spool, LONG)
    read = list(any_spool.read(stored.sha256))
    assert len(read) > 1
    assert all(len(piece) % CHUNK == 0 for piece in read[:-1])
    assert CHUNK % 3 == 0


async def test_what_is_removed_is_gone_and_may_be_removed_again(any_spool: Spool) -> None:
    await kept(any_spool)
    assert await any_spool.has(SHA256)
    await any_spool.remove(SHA256)
    await any_spool.remove(SHA256)
    assert not await any_spool.has(SHA256)
    with pytest.raises(FileNotFoundError):
        await whole(any_spool)
    with pytest.raises(FileNotFoundError):
        await any_spool.verify(SHA256, whole=False)


async def test_a_whole_document_is_found_to_be_so(any_spool: Spool) -> None:
    stored = await kept(any_spool, LONG)
    for every_byte in (False, True):
        await any_spool.verify(stored.sha256, whole=every_byte)


async def test_the_same_document_kept_by_many_at_once_is_whole(any_spool: Spool) -> None:
    await asyncio.gather(*(kept(any_spool, LONG, of=1000 + number) for number in range(8)))
    assert await whole(any_spool, hashlib.sha256(LONG).hexdigest()) == LONG


async def test_one_that_is_not_admitted_is_not_kept(any_spool: Spool, folder: Path) -> None:
    async def no(stored: Stored) -> None:
        assert not await any_spool.has(stored.sha256)
        raise PermissionError

    with pytest.raises(PermissionError):
        await any_spool.store(pieces(CONTENT), limit=len(CONTENT), field="document", admit=no)
    assert not await any_spool.has(SHA256)
    assert files(folder) == []


async def test_nothing_is_left_where_documents_wait_to_be_carried_off(folder: Path) -> None:
    spool = Spool(folder, VAULT, store=MemoryStore())
    await kept(spool)
    assert files(folder) == []


# At rest ----------------------------------------------------------------------------------------


async def test_a_document_is_kept_sealed_under_its_own_hash(spool: Spool, folder: Path) -> None:
    await kept(spool)
    assert files(folder) == [spool.path(SHA256)]
    sealed = spool.path(SHA256).read_bytes()
    assert sealed.startswith(MAGIC)
    assert len(sealed) == HEADER + len(CONTENT) + 2 * TAG
    assert CONTENT[:64] not in sealed


async def test_nothing_is_in_the_clear_while_it_comes_in(spool: Spool, folder: Path) -> None:
    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3 * AT_ONCE):
            yield b"A" * CHUNK
        written = b"".join(path.read_bytes() for path in files(folder))
        assert len(written) > CHUNK
        assert b"A" * 1000 not in written

    await spool.store(watched(), limit=CHUNK * 100, field="document")


async def test_room_on_the_disk_is_taken_a_little_ahead_and_given_back(
    spool: Spool, folder: Path
) -> None:
    def room() -> int:
        return sum(path.stat().st_blocks * 512 for path in files(folder))

    blocks, taken = 4, []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(blocks):
            taken.append(room())
            yield os.urandom(CHUNK * AT_ONCE)

    stored = await spool.store(watched(), limit=CHUNK * 100, field="document")
    assert taken[1] < CHUNK, "nothing for what was only promised"
    assert max(taken) >= AHEAD or not hasattr(os, "posix_fallocate")
    assert room() < stored.size + 3 * CHUNK
    length = HEADER + stored.size + blocks * AT_ONCE * TAG
    assert spool.path(stored.sha256).stat().st_size == length


async def test_the_same_document_is_sealed_differently_each_time(spool: Spool) -> None:
    await kept(spool)
    first = spool.path(SHA256).read_bytes()
    await spool.remove(SHA256)
    await kept(spool)
    assert spool.path(SHA256).read_bytes() != first


async def test_one_that_is_being_read_is_not_exchanged_by_the_next_that_is_alike(
    any_spool: Spool,
) -> None:
    content = os.urandom(CHUNK * AT_ONCE * 4)
    sha256 = (await kept(any_spool, content)).sha256
    reading = any_spool.read(sha256)
    first = next(reading)
    await kept(any_spool, content)
    assert first + b"".join(reading) == content


async def test_a_damaged_document_makes_room_for_the_same_one_handed_in_again(
    spool: Spool,
) -> None:
    sha256 = (await kept(spool, LONG)).sha256
    sealed = bytearray(spool.path(sha256).read_bytes())
    sealed[HEADER + 5] ^= 1
    spool.path(sha256).write_bytes(sealed)
    with pytest.raises(DocumentDamaged):
        await whole(spool, sha256)
    assert not await spool.has(sha256)
    await kept(spool, LONG)
    assert await whole(spool, sha256) == LONG


async def test_only_its_owner_may_look_into_the_spool(spool: Spool, folder: Path) -> None:
    await kept(spool)
    place = spool.path(SHA256)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent, folder)}
    assert modes == {place: 0o600, place.parent: 0o700, folder: 0o700}


async def test_a_plain_document_of_an_earlier_version_is_read_and_removed(
    spool: Spool, folder: Path
) -> None:
    left = folder / SHA256[:2] / SHA256
    left.parent.mkdir(parents=True)
    left.write_bytes(CONTENT)
    assert await spool.has(SHA256)
    await spool.verify(SHA256, whole=True)
    assert await whole(spool) == CONTENT
    await spool.remove(SHA256)
    assert files(folder) == []


@pytest.mark.parametrize(
    "place",
    [0, len(MAGIC), len(MAGIC) + 3, len(MAGIC) + 4, HEADER - 1, HEADER, HEADER + CHUNK, -TAG, -1],
)
async def test_one_changed_bit_is_found(spool: Spool, place: int) -> None:
    stored = await kept(spool, LONG)
    path = spool.path(stored.sha256)
    sealed = bytearray(path.read_bytes())
    sealed[place] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(DocumentDamaged):
        await spool.verify(stored.sha256, whole=True)
    with pytest.raises((DocumentDamaged, FileNotFoundError)):
        await whole(spool, stored.sha256)


@pytest.mark.parametrize(
    "left", [0, 1, HEADER - 1, HEADER, HEADER + TAG, HEADER + CHUNK, HEADER + CHUNK + TAG, -1]
)
async def test_a_document_that_was_cut_off_is_found_at_the_first_look(
    spool: Spool, left: int
) -> None:
    stored = await kept(spool, LONG)
    path = spool.path(stored.sha256)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(DocumentDamaged):
        await spool.verify(stored.sha256, whole=False)


async def test_chunks_in_another_order_are_found(spool: Spool) -> None:
    stored = await kept(spool, LONG)
    path, step = spool.path(stored.sha256), CHUNK + TAG
    sealed = path.read_bytes()
    first, second = sealed[HEADER : HEADER + step], sealed[HEADER + step : HEADER + 2 * step]
    path.write_bytes(sealed[:HEADER] + second + first + sealed[HEADER + 2 * step :])
    with pytest.raises(DocumentDamaged):
        await whole(spool, stored.sha256)


async def test_a_document_under_the_name_of_another_is_found(spool: Spool) -> None:
    other = await kept(spool, LONG)
    await kept(spool)
    spool.path(other.sha256).replace(spool.path(SHA256))
    with pytest.raises(DocumentDamaged):
        await spool.verify(SHA256, whole=False)


async def test_another_service_key_opens_nothing_and_says_so(spool: Spool, folder: Path) -> None:
    await kept(spool)
    stranger = Spool(folder, Vault(bytes(32)))
    with pytest.raises(DocumentDamaged, match="another service key"):
        await whole(stranger)


# In and out -------------------------------------------------------------------------------------


async def test_the_same_document_is_kept_once(spool: Spool, folder: Path) -> None:
    for size in (10, 100_000):
        assert (await kept(spool, of=size)).sha256 == SHA256
    assert len(files(folder)) == 1


async def test_a_document_beyond_the_limit_is_refused_and_leaves_nothing(
    spool: Spool, folder: Path
) -> None:
    with pytest.raises(DocumentTooLarge) as refused:
        await spool.store(pieces(LONG), limit=len(LONG) - 1, field="documents[2]")
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


async def test_what_a_dead_process_left_half_way_in_is_swept_away(
    spool: Spool, folder: Path
) -> None:
    await kept(spool)
    old, young = folder / "incoming-old", folder / "incoming-young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert await spool.sweep(older_than=timedelta(hours=1)) == 1
    assert set(files(folder)) == {spool.path(SHA256), young}


async def test_a_reader_that_stops_half_way_leaves_no_file_open(spool: Spool) -> None:
    content = os.urandom(CHUNK * AT_ONCE * 3)
    stored = await kept(spool, content)
    reading = spool.read(stored.sha256)
    assert next(reading) == content[: CHUNK * AT_ONCE]
    spool.path(stored.sha256).unlink()  # an open file could be read on
    with pytest.raises(FileNotFoundError):
        next(reading)


async def test_a_store_that_does_not_give_the_rest_is_an_error_of_the_system(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    spool = Spool(folder, VAULT, store=LocalStore(tmp_path / "elsewhere"))
    stored = await kept(spool, os.urandom(CHUNK * AT_ONCE * 4))
    reading = spool.read(stored.sha256)
    next(reading)
    (sealed,) = files(tmp_path / "elsewhere")
    os.truncate(sealed, CHUNK)
    with pytest.raises(OSError, match=stored.sha256):
        list(reading)


@settings(deadline=None)  # what a busy machine takes says nothing of the document
@given(
    size=st.integers(0, 3 * CHUNK),
    steps=st.lists(st.tuples(st.integers(0, 3 * CHUNK), st.integers(0, CHUNK * 2)), max_size=8),
)
def test_a_document_being_admitted_can_be_sought_in_like_a_plain_file(
    tmp_path_factory: pytest.TempPathFactory, size: int, steps: list[tuple[int, int]]
) -> None:
    content = LONG[:size]

    async def check(stored: Stored) -> None:
        with stored.reopen() as file:
            assert file.seek(0, os.SEEK_END) == size
            for place, length in steps:
                file.seek(place)
                assert file.read(length) == content[place : place + length]
                assert file.tell() == min(place + length, max(size, place))

    async def admitted() -> None:
        spool = Spool(tmp_path_factory.mktemp("spool"), VAULT)
        await spool.store(pieces(content, of=65536), limit=size, field="document", admit=check)

    asyncio.run(admitted())


HUNGRY = """
import asyncio, resource, sys
from pathlib import Path
from ffgateway.store.spool import Spool
from ffgateway.store.vault import Vault

async def content(size):
    for _ in range(size // 65536):
        yield bytes(65536)

async def through(spool, size):
    stored = await spool.store(content(size), limit=size, field="document")
    for piece in spool.read(stored.sha256):
        pass

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

spool = Spool(Path(sys.argv[1]), Vault(bytes(32)))
asyncio.run(through(spool, 4 << 20))
before = peak()
asyncio.run(through(spool, 64 << 20))
print(peak() - before)
"""


def test_a_document_ten_times_as_large_costs_no_more_memory(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HUNGRY, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert int(ran.stdout) < 4096  # KiB, of 64 MiB

"""Documents are what they are said to be, open, and are counted; hostile ones end like broken ones."""

import contextlib
import io
import random
import re
import struct
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pypdf
import pytest

from ffgateway.domain.document_errors import (
    DocumentProtected,
    DocumentUnreadable,
    UnsupportedDocument,
)
from ffgateway.domain.faxes import Document, FaxStatus
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.services.pdfs import WITHIN, Pdfs
from ffgateway.simulator.running import Simulator
from tests.support.documents import pdf
from tests.support.gateway import ANN, House


async def keep(home: House, content: bytes, content_type: str, *, name: str = "a") -> Document:
    return await home.documents.keep(
        ANN,
        name=name,
        content_type=content_type,
        chunks=chunks_of_bytes(content),
        field="documents[0]",
    )


def protected(*, opens: str) -> bytes:
    """A PDF under a password: to open it, or only to change it."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(2)))
    writer.encrypt(user_password=opens, owner_password="owner")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("pages", [1, 3, 40])
async def test_the_pages_of_a_pdf_are_counted(home: House, pages: int) -> None:
    assert (await keep(home, pdf(pages), "application/pdf")).pages == pages


async def test_the_pages_of_a_text_are_the_appliances_matter(home: House) -> None:
    assert (await keep(home, b"Dear colleague,\n", "text/plain; charset=utf-8")).pages is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\faxes\\letter 1.pdf", "letter 1.pdf"),
        ("a/", "a"),
        (".hidden", ".hidden"),
        ("../..", "document"),
        ("/", "document"),
    ],
)
async def test_of_a_path_the_name_of_the_file_is_kept(home: House, given: str, name: str) -> None:
    assert (await keep(home, b"Dear colleague,\n", "text/plain", name=given)).name == name


@pytest.mark.parametrize("opens", ["secret", ""])
async def test_an_encrypted_pdf_is_refused_whatever_opens_it(home: House, opens: str) -> None:
    with pytest.raises(DocumentProtected) as refused:
        await keep(home, protected(opens=opens), "application/pdf")
    assert refused.value.field == "documents[0]"


@pytest.mark.parametrize("content", [b"%PDF-1.4\n%%EOF\n", pdf(1)[:60], b"%PDF-1.4\n" + b"[" * 999])
async def test_a_pdf_that_does_not_open_is_refused(home: House, content: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        await keep(home, content, "application/pdf")


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        (b"\x89PNG\r\n\x1a\n....", "application/pdf", "a PNG picture"),
        (b"\xff\xd8\xff\xe0....", "application/pdf", "a JPEG picture"),
        (b"II*\0....", "application/pdf", "a TIFF picture"),
        (b"PK\x03\x04....", "application/pdf", "a ZIP archive"),
        (b"{\\rtf1 hello}", "text/plain", "rich text"),
        (b"%!PS-Adobe-3.0\n", "text/plain", "PostScript"),
        (b"Hello\0there", "text/plain", "binary data"),
        (pdf(1), "text/plain", "PDF"),
        (b"Hello", "application/pdf", "none"),
    ],
)
async def test_what_is_not_what_it_is_said_to_be_is_called_by_its_name(
    home: House, content: bytes, content_type: str, said: str
) -> None:
    with pytest.raises(UnsupportedDocument, match=said):
        await keep(home, content, content_type)


def broken() -> Iterator[bytes]:
    """PDFs that somebody or something has damaged, the same ones each time."""
    chance = random.Random(7)
    for whole in (pdf(1), pdf(40)):
        for _ in range(60):
            torn = bytearray(whole)
            for _ in range(chance.randrange(1, 30)):
                torn[chance.randrange(len(torn))] = chance.randrange(256)
            yield bytes(torn)
            yield whole[: chance.randrange(len(whole))]
            start, end = chance.randrange(len(whole)), chance.randrange(len(whole))
            yield whole[:start] + whole[end:]
            yield re.sub(rb"(\d+) 0 R", lambda _: b"%d 0 R" % chance.randrange(8), whole)
    yield (  # a tree of pages that is its own branch
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
    )
    yield (  # a table that goes on where it begins
        b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \n"
        b"trailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF"
    )
    yield b"%PDF-1.4\n" + b"[" * 200_000
    yield b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages " + b"<</Kids [" * 50_000
    yield b"%PDF-1.4\n" + b"1 0 obj\n" * 300_000
    yield b"%PDF-1.4\n" + b"startxref\n" * 100_000
    yield unpacking(b"/FlateDecode/FlateDecode", zlib.compress(zlib.compress(bytes(200 << 20), 9)))
    yield unpacking(b"/ASCII85Decode", b"z" * (6 << 20) + b"~>")
    yield unpacking(b"/RunLengthDecode", b"\x81 " * (4 << 20))


def written(*objects: bytes, root: bytes = b"") -> bytes:
    """A PDF of these objects, from number 1 on, the first of them its catalogue."""
    out, places = b"%PDF-1.7\n", list[int]()
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"%sxref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        out, len(objects) + 1, table, len(objects) + 1, len(out),
    )  # fmt: skip


def unpacking(filters: bytes, content: bytes, more: bytes = b"") -> bytes:
    """A PDF whose catalogue is in a stream that has to be unpacked first."""
    stream = b"<</Type/ObjStm/N 2/First 9/Filter[%s]%s/Length %d>>stream\n%s\nendstream" % (
        filters, more, len(content), content,
    )  # fmt: skip
    start = len(b"%PDF-1.7\n")
    body = b"%%PDF-1.7\n4 0 obj\n%s\nendobj\n" % stream
    rows = [(0, 0, 0), (2, 4, 0), (2, 4, 1), (0, 0, 0), (1, start, 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    return body + (
        b"5 0 obj<</Type/XRef/Size 5/Root 1 0 R/W[1 4 2]/Length %d>>stream\n%s\nendstream endobj\n"
        b"startxref\n%d\n%%%%EOF" % (len(table), table, len(body))
    )


CATALOGUE, PAGE = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Page/Parent 2 0 R>>"


async def pages(pdfs: Pdfs, content: bytes) -> int:
    return await pdfs.pages(
        partial(io.BytesIO, content), size=len(content), name="a", field="documents[0]"
    )


@pytest.fixture
async def pdfs() -> AsyncIterator[Pdfs]:
    opened = Pdfs()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("tree", "count"),
    [
        (b"<</Type/Pages/Kids[3 0 R]/Count 90000>>", 1),
        (b"<</Type/Pages/Kids[3 0 R 3 0 R]/Count 1>>", 2),
        (b"<</Type/Pages/Kids[3 0 R 9 0 R]>>", 1),  # the other is missing
        (b"<</Type/Pages/Kids[]/Count 7>>", 0),
        (b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>", 0),  # a branch of itself
        (b"<</Type/Pages/Kids[4 0 R 4 0 R]/Count 2>>", 0),
        (b"<</Type/Pages/Kids[%s]/Count 2>>" % (b"3 0 R " * 100_001), 0),
    ],
)
async def test_pages_are_counted_whatever_the_tree_says_of_itself(
    pdfs: Pdfs, tree: bytes, count: int
) -> None:
    content = written(CATALOGUE, tree, PAGE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
    if count:
        assert await pages(pdfs, content) == count
    else:
        with pytest.raises(DocumentUnreadable):
            await pages(pdfs, content)


async def test_every_broken_pdf_is_counted_or_refused_in_good_time(pdfs: Pdfs) -> None:
    good, slowest = 0, 0.0
    for content in broken():
        began = time.monotonic()
        with contextlib.suppress(DocumentUnreadable, DocumentProtected):
            assert await pages(pdfs, content) > 0
            good += 1
        slowest = max(slowest, time.monotonic() - began)
    assert good > 0
    assert slowest < WITHIN


async def test_one_that_takes_for_ever_is_ended_and_the_next_one_is_opened() -> None:
    shifted = zlib.compress(b"\4 " * (30 << 20), 1)
    endless = unpacking(b"/FlateDecode", shifted, b"/DecodeParms<</Predictor 15/Columns 1>>")
    impatient = Pdfs(within=2)
    assert await pages(impatient, pdf(1)) == 1
    with pytest.raises(DocumentUnreadable):
        await pages(impatient, endless)
    assert await pages(impatient, pdf(3)) == 3
    impatient.close()


async def test_that_nothing_can_be_opened_is_no_fault_of_the_document(
    monkeypatch: pytest.MonkeyPatch, pdfs: Pdfs
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="did not start"):
        await pages(pdfs, pdf(1))


async def test_what_cannot_be_read_now_stays_queued_and_goes_out_once_it_can(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    folder = home.spool.path(fax.documents[0].sha256).parent
    aside = folder.rename(folder.with_suffix(".aside"))
    folder.touch()  # what is to be a folder is none: it is there, and cannot be looked into
    await home.submit()
    waiting = await home.fax(fax)
    assert (waiting.status, waiting.failure) == (FaxStatus.QUEUED, None)
    assert ("POST", "/ffws/v1/ofax") not in box.requests
    async with home.store.reading() as tx:
        assert (await tx.devices.get(device.id)).health is device.health  # no fault of its own
    folder.unlink()
    aside.rename(folder)
    home.clock.advance(60)
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.PREPARING

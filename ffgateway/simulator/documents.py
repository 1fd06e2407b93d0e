"""Attachments to pages: how many there are, and a PDF to look at.

Bytes in, numbers and bytes out. Nothing is rendered: a PDF is its own preview, and for
anything else a small PDF is written that says what it stands for.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ffgateway.ffws.faxes import ExternalAttachment, InlineAttachment, ScheduleFax
from ffgateway.simulator.refusals import Refused

LINES_A_PAGE: Final = 60
"""Lines of plain text on a page (inferred: a letter page at ten points)."""

COVER_PAGES: Final = ("default.pdf", "mts_template2.pdf", "mts_template3.pdf")
"""The names that occur in the guide. A unit holds its owner's own as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a fax sends: `pages` with the cover page counted, and the PDF shown as its preview."""

    pages: int
    preview: bytes = field(repr=False)


def pages_of(fax: ScheduleFax) -> Document:
    """Turn the attachments of a request into pages.

    Refuses with 400, naming the attachment (that a text names it is inferred from the guide: a
    name need only be unique "to recognise it"), for a type it cannot convert and for a PDF that
    does not open.
    """
    count = sum(map(_count, fax.attachments)) + (1 if fax.cover_page.enabled else 0)
    return Document(pages=count, preview=_preview(fax, count))


def _count(attachment: InlineAttachment | ExternalAttachment) -> int:
    if isinstance(attachment, ExternalAttachment):
        # A real unit fetches it (inferred from the element's name). The simulator calls nobody:
        # it counts one page.
        return 1
    # The type decides and is never guessed (documented). These two are the only ones shown; that
    # there are no others is inferred.
    kind = attachment.content_type.partition(";")[0].strip().lower()
    if kind == "application/pdf":
        return _pdf_pages(attachment)
    if kind == "text/plain":
        lines = attachment.content.count(b"\n") + (not attachment.content.endswith(b"\n"))
        return max(1, -(-lines // LINES_A_PAGE))
    raise Refused(
        400, f"scheduling failed: attachment {attachment.name}: unsupported content type {kind}"
    )


def _pdf_pages(attachment: InlineAttachment) -> int:
    try:
        return len(PdfReader(io.BytesIO(attachment.content)).pages)
    # pypdf lets plain Python errors through for some broken files.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as broken:
        raise Refused(
            400, f"scheduling failed: attachment {attachment.name}: cannot be converted"
        ) from broken


def _preview(fax: ScheduleFax, pages: int) -> bytes:
    for attachment in fax.attachments:
        if isinstance(attachment, InlineAttachment) and attachment.content.startswith(b"%PDF"):
            return attachment.content
    return small_pdf([[f"Preview, page {page} of {pages}"] for page in range(1, pages + 1)])


def cover_page(name: str) -> bytes:
    """Return the cover page stored under `name`; 404 for one that is not there (inferred)."""
    if name not in COVER_PAGES:
        raise Refused(404, "Cover page not found")
    return small_pdf([["Fax", f"Cover page {name}"]])


def small_pdf(pages: Sequence[Iterable[str]]) -> bytes:
    """Write a PDF of letter pages, each with its lines of text in Helvetica (ISO 32000-1)."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for index, lines in enumerate(pages):
        drawing = _drawing(lines)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * index)
        )
        objects.append(
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
        )
    return _file(objects)


def _drawing(lines: Iterable[str]) -> bytes:
    shown = b" T* ".join(b"(%b) Tj" % _string(line) for line in lines)
    return b"BT /F1 14 Tf 20 TL 72 700 Td %b ET" % shown


def _string(text: str) -> bytes:
    raw = text.encode("latin-1", "replace")
    for special in (b"\\", b"(", b")"):
        raw = raw.replace(special, b"\\" + special)
    return raw


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)

"""Attachments to pages."""

import io

import pytest
from pypdf import PdfReader, PdfWriter

from ffgateway.ffws.faxes import CoverPage, InlineAttachment
from ffgateway.simulator.documents import COVER_PAGES, cover_page, pages_of, small_pdf
from ffgateway.simulator.refusals import Refused
from tests.simulator.making import attachment, fax, text


def pdf_of(pages: int) -> InlineAttachment:
    return attachment(
        small_pdf([["x"]] * pages), name=f"{pages}.pdf", content_type="application/pdf"
    )


def locked() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("attachments", "pages"),
    [
        ([pdf_of(1)], 1),
        ([pdf_of(17)], 17),
        ([text(lines=1)], 1),
        ([text(lines=60)], 1),
        ([text(lines=61)], 2),
        ([text(lines=0)], 1),
        ([pdf_of(2), text(lines=121), pdf_of(3)], 8),
    ],
)
def test_pages_add_up(attachments: list[InlineAttachment], pages: int) -> None:
    assert pages_of(fax("555-1234", attachments=attachments)).pages == pages
    covered = fax("555-1234", attachments=attachments, cover_page=CoverPage(enabled=True))
    assert pages_of(covered).pages == pages + 1


@pytest.mark.parametrize(
    "content_type", ["TEXT/PLAIN", "text/plain; charset=utf-8", " text/plain "]
)
def test_a_content_type_is_read_as_mail_does(content_type: str) -> None:
    note = attachment(b"hello", name="a.txt", content_type=content_type)
    assert pages_of(fax("555-1234", attachments=[note])).pages == 1


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"PK", "application/msword"),
        (b"hello", ""),
        (b"%PDF-1.4 and nothing more", "application/pdf"),
        (b"not a pdf", "application/pdf"),
        (b"", "application/pdf"),
        (locked(), "application/pdf"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_name(content: bytes, content_type: str) -> None:
    bad = attachment(content, name="invoice 7.bin", content_type=content_type)
    with pytest.raises(Refused, match=r"400 .*invoice 7\.bin"):
        pages_of(fax("555-1234", attachments=[text(), bad]))


def test_a_preview_has_the_pages_of_the_fax_and_opens() -> None:
    request = fax("555-1234", attachments=[text(lines=200)], cover_page=CoverPage(enabled=True))
    document = pages_of(request)
    shown = PdfReader(io.BytesIO(document.preview), strict=True)
    assert len(shown.pages) == document.pages == 5
    assert shown.pages[4].extract_text() == "Preview, page 5 of 5"


def test_text_in_a_small_pdf_is_what_was_given() -> None:
    lines = ["(brackets) and \\ too", "Grüße"]
    shown = PdfReader(io.BytesIO(small_pdf([lines])), strict=True)
    assert shown.pages[0].extract_text().splitlines() == lines


@pytest.mark.parametrize("name", COVER_PAGES)
def test_a_cover_page_is_a_page(name: str) -> None:
    assert len(PdfReader(io.BytesIO(cover_page(name)), strict=True).pages) == 1


def test_an_unknown_cover_page_is_not_found() -> None:
    with pytest.raises(Refused, match="404"):
        cover_page("../default.pdf")

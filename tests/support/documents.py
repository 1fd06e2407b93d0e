"""Documents to send: made by a real PDF library."""

import io

from pypdf import PdfWriter


def pdf(pages: int = 3) -> bytes:
    """A PDF of so many blank letter pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()

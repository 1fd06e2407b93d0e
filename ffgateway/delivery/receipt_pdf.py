"""A receipt as a page to file. The signed JSON is its one attachment, uncompressed; the page is its picture.

The page is as narrow as A4 and as low as Letter, so that it prints on both. The same receipt makes
the same bytes. Scripts that the font does not have are left to the fonts that every PDF viewer has
for Chinese, Japanese and Korean; what none of them has is told by its code point. What is read from
right to left stands so, its letters unjoined.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from pypdf import PdfWriter
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from ffgateway.audit_verify import read_checkpoint
from ffgateway.domain.receipts import Receipt
from ffgateway.receipt_verify import ATTACHMENT, signed_text

WIDTH, HEIGHT = 595.0, 792.0
"""Points: of A4 and of Letter the smaller."""

MARGIN, PADDING = 46.0, 6.0
"""Points around the page, and what is left free within them."""

FONT, BOLD, MONO = "DejaVuSans", "Helvetica-Bold", "Courier"
JAPANESE, CHINESE, KOREAN = "HeiseiKakuGo-W5", "STSong-Light", "HYSMyeongJo-Medium"
EASTERN: Final = {JAPANESE: "cp932", CHINESE: "gbk", KOREAN: "cp949"}
"""The fonts of the viewers, each with the charset that it was made for."""

_RTL = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"
RIGHT_TO_LEFT: Final = re.compile(f"{_RTL}(?:[ .'-]+{_RTL})*")
"""Words that are read from right to left. They are turned round, letter by letter, as nothing else here does it."""

HASH_PIECE: Final = 64

_BASE = ParagraphStyle("base", fontName=FONT, fontSize=8.5, leading=11, splitLongWords=1)
_LABEL = ParagraphStyle("label", parent=_BASE, textColor=colors.HexColor("#444444"))
_SMALL = ParagraphStyle("small", parent=_BASE, fontSize=7, leading=9)
_MONO = ParagraphStyle("mono", parent=_BASE, fontName=MONO, fontSize=7, leading=9)
_HEAD = ParagraphStyle("head", parent=_BASE, fontName=BOLD, fontSize=9.5, leading=13, spaceBefore=7)
_TITLE = ParagraphStyle("title", parent=_BASE, fontName=BOLD, fontSize=15, leading=19)
_END = ParagraphStyle("end", parent=_TITLE, fontSize=12, leading=16)

TOLD: Final = {
    "delivered": "DELIVERED: the far machine confirmed the last page",
    "failed": "FAILED: not delivered as a whole",
    "cancelled": "CANCELLED: called off before its end",
}
"""What an end means, in the largest letters."""


def written(receipt: Receipt) -> bytes:
    """The page."""
    _fonts()
    told = json.loads(receipt.text)
    page = io.BytesIO()
    document = SimpleDocTemplate(
        page,
        pagesize=(WIDTH, HEIGHT),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Fax receipt {told['receipt']['fax']['id']}",
        author="ffgateway",
        invariant=1,
    )
    digest = hashlib.sha256(signed_text(receipt.said).encode()).hexdigest()

    def foot(canvas: Canvas, _: object) -> None:
        canvas.setFont(MONO, 6.5)
        canvas.drawString(MARGIN + PADDING, 28, f"SHA-256 of what is signed: {digest}")
        canvas.drawRightString(WIDTH - MARGIN - PADDING, 28, f"page {canvas.getPageNumber()}")

    document.build(_story(told["receipt"], told["signature"]), onFirstPage=foot, onLaterPages=foot)
    writer = PdfWriter(clone_from=io.BytesIO(page.getvalue()))
    writer.add_attachment(ATTACHMENT, receipt.text.encode())
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def _story(body: dict[str, Any], signature: dict[str, Any]) -> list[Flowable]:
    fax = body["fax"]
    return [
        Paragraph("Fax transmission receipt", _TITLE),
        Paragraph(TOLD.get(fax["status"], escape(fax["status"]).upper()), _END),
        HRFlowable(width="100%", thickness=0.8, color=colors.black, spaceBefore=3, spaceAfter=3),
        _table(_of_fax(fax)),
        *_documents(fax["documents"], fax["origin"]),
        *_tries(fax["tries"]),
        *_appliance(body["appliance"], body["evidence"]),
        *_proof(body, signature),
    ]


def _of_fax(fax: dict[str, Any]) -> list[tuple[str, Any]]:
    to, why, late = fax["recipient"], fax["failure"], fax.get("corrected_as")
    who = "\n".join(filter(None, (to["name"], to["organization"])))
    by_others = "others, on the appliance itself" if fax["origin"] == "appliance" else None
    return [
        ("Number dialled" if fax["dialled"] else "Number", fax["dialled"] or to["fax_number"]),
        ("Recipient", who or None),
        ("Sent by", by_others or fax["sent_by"]),
        ("Reference", fax["client_reference"]),
        ("Fax", fax["id"]),
        ("Accepted", _time(fax["accepted_at"])),
        ("Ended", _time(fax["finished_at"])),
        ("Afterwards", f"its appliance showed it as {late}" if late else None),
        ("Pages", fax["pages"] or "not known"),
        ("Attempts", fax["attempts"] or "none: it was never dialled"),
        ("Why", f"{why['message']} ({why['code']})" if why else None),
        ("Cancelled by", fax["cancelled_by"]),
    ]


def _documents(documents: Sequence[dict[str, Any]], origin: str) -> list[Flowable]:
    if not documents:
        none = (
            "The gateway never had it: others put this fax on the appliance."
            if origin == "appliance"
            else "None; the appliance's cover page alone."
        )
        return [Paragraph("Document", _HEAD), Paragraph(none, _BASE)]
    rows = []
    for one in documents:
        pages = f"{one['pages']} pages, " if one["pages"] else ""
        rows.append((one["name"], f"{pages}{one['size']} bytes, {one['content_type']}"))
        rows.append(("", _mono(one["sha256"] or one["url"] or "")))
    return [Paragraph("Documents, by SHA-256", _HEAD), _table(rows)]


def _tries(tries: Sequence[dict[str, Any]]) -> list[Flowable]:
    if len(tries) < 2:
        return []
    rows = []
    for one in tries:
        code = f" ({one['code']})" if one["code"] else ""
        when = f"{_time(one['seen_at'])}: " if one["seen_at"] else ""
        rows.append((f"Attempt {one['number']}", f"{when}{one['outcome']}{code}"))
    return [Paragraph("Attempts, as they were seen to end", _HEAD), _table(rows)]


def _appliance(
    appliance: dict[str, Any] | None, evidence: Iterable[dict[str, Any]]
) -> list[Flowable]:
    if appliance is None:
        return []
    name = " ".join(filter(None, (appliance["name"], appliance["model"], f"({appliance['id']})")))
    keys = "/".join(filter(None, (appliance["fax_key"], appliance["entry_key"])))
    words = ": ".join(filter(None, (appliance["state"], appliance["message"])))
    rows = [
        ("Appliance", name),
        ("Its entry", keys or "none"),
        ("Its words", words or None),
        ("Line", appliance["line"] or "not seen"),
        ("Remote id", appliance["remote_id"] or "not seen"),
        ("Account there", appliance["username"]),
    ]
    grades = [f"{one['field']}: {one['grade'] or 'no grade'} ({one['how']})" for one in evidence]
    return [
        KeepTogether([Paragraph("Appliance", _HEAD), _table(rows)]),
        *(Paragraph(_marked(text), _SMALL) for text in ["How this is known:", *grades]),
    ]


def _proof(body: dict[str, Any], signature: dict[str, Any]) -> list[Flowable]:
    checkpoint, _ = read_checkpoint(body["checkpoint"])
    rows: list[tuple[str, Any]] = [
        (
            f"Row {one['number']}",
            f"{one['row']['action'] if one['row'] else 'purged'},"
            f" leaf {one['leaf_index']} of {checkpoint.size}",
        )
        for one in body["audit"]
    ]
    rows += [
        ("Log", checkpoint.origin),
        ("Its root", _mono(body["checkpoint"].splitlines()[2])),
        ("Signed by", _mono(signature["key"])),
        ("Signature", _mono(signature["value"])),
    ]
    verify = (
        f"What is signed is the attachment of this file, {ATTACHMENT}; this page shows what it says."
        " To verify both, anywhere and without the gateway: ffgateway receipt verify FILE --key KEY,"
        " with the gateway's key from somebody you trust."
    )
    return [
        KeepTogether([Paragraph("Proof in the sealed audit log", _HEAD), _table(rows)]),
        Spacer(1, 4),
        Paragraph(verify, _SMALL),
    ]


def _table(rows: Iterable[tuple[str, Any]]) -> Table:
    cells = [
        [Paragraph(_marked(label), _LABEL), value if isinstance(value, Paragraph) else _text(value)]
        for label, value in rows
        if value is not None
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 0.8),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    first = 105.0
    return Table(
        cells, colWidths=[first, WIDTH - 2 * (MARGIN + PADDING) - first], style=style, hAlign="LEFT"
    )


def _text(value: object) -> Paragraph:
    return Paragraph(_marked(str(value)), _BASE)


def _mono(value: str) -> Paragraph:
    pieces = [value[start : start + HASH_PIECE] for start in range(0, len(value), HASH_PIECE)]
    return Paragraph("<br/>".join(escape(piece) for piece in pieces), _MONO)


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"


def _marked(text: str) -> str:
    """A text as reportlab reads it, each part in a font that has it."""
    eastern = _eastern(text)
    parts, run, font = list[str](), "", FONT
    for char in RIGHT_TO_LEFT.sub(lambda found: found[0][::-1], text):
        if char == "\n":
            needed, shown = font, "<br/>"
        elif ord(char) in _known():
            needed, shown = FONT, escape(char)
        elif found := next((one for one in eastern if _has(one, char)), None):
            needed, shown = found, escape(char)
        else:
            needed, shown = FONT, f"‹U+{ord(char):04X}›"
        if needed != font:
            parts.append(_run(run, font))
            run, font = "", needed
        run += shown
    return "".join([*parts, _run(run, font)])


def _run(text: str, font: str) -> str:
    return text if font == FONT or not text else f'<font name="{font}">{text}</font>'


def _eastern(text: str) -> tuple[str, ...]:
    """The fonts for a text with Chinese, Japanese or Korean in it, that of its language first."""
    codes = [ord(char) for char in text if ord(char) > 0x10FF]
    if any(0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF for code in codes):
        return KOREAN, CHINESE, JAPANESE
    if any(0x3040 <= code <= 0x30FF for code in codes):
        return JAPANESE, CHINESE, KOREAN
    return CHINESE, JAPANESE, KOREAN


def _has(font: str, char: str) -> bool:
    """Whether a font of the viewers has a letter: what it does not have they leave out in silence."""
    try:
        return len(char.encode(EASTERN[font])) == 2
    except UnicodeEncodeError:
        return False


@cache
def _known() -> frozenset[int]:
    font = pdfmetrics.getFont(FONT)
    return frozenset(font.face.charToGlyph)


@cache
def _fonts() -> None:
    folder = Path(__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(FONT, str(folder / "DejaVuSans.ttf")))
    for name in (JAPANESE, CHINESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))

"""`schedule_fax`, the request to send: how to write it, how to read it.

It may be 36 MB, nearly all of it base64. So it is written as segments, between which the caller
streams, and read without holding the base64.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from ffgateway.ffws.elements import (
    DECLARATION,
    REQUEST_LIMIT,
    Fields,
    branch,
    escaped_length,
    flag_text,
    leaf,
    leaf_unless_empty,
    leaf_unless_none,
    moment_text,
)
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.inline import parse_with_contents
from ffgateway.ffws.nouns import (
    Attachment,
    Base64Of,
    CoverPage,
    ExternalAttachment,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    ScheduleFaxDocument,
    read_cover_page,
    read_recipient,
    read_sender,
    written_recipient,
)

BASE64_UNIT = 57
"""Feed `base64.b64encode` multiples of this (of 3) and the pieces join without padding."""

_REQUEST: Final = "schedule_fax"


def write_schedule_fax(fax: ScheduleFax) -> ScheduleFaxDocument:
    """Lay out the request. Raises `UnwritableText` for a text that XML cannot carry.

    Children are in the order of the guide's Schedule Fax Element. `sender/username` is never
    written: the appliance takes the authenticated user.
    """
    segments: list[bytes | Base64Of] = []
    text = [
        DECLARATION,
        f"<{_REQUEST}>\n",
        _written_cover_page(fax.cover_page),
        _written_sender(fax),
    ]
    text += [written_recipient(_RECIPIENT, each) for each in fax.recipients]
    for number, attachment in enumerate(fax.attachments):
        if isinstance(attachment, ExternalAttachment):
            text.append(_written_external(attachment))
            continue
        head, tail = _written_inline(attachment)
        segments += [
            "".join([*text, head]).encode(),
            Base64Of(attachment=number, size=attachment.size),
        ]
        text = [tail]
    text += [_written_settings(fax), f"</{_REQUEST}>\n"]
    segments.append("".join(text).encode())
    return ScheduleFaxDocument(segments=tuple(segments), length=sum(map(_length, segments)))


_RECIPIENT: Final = f"{_REQUEST}/recipient"
_AROUND_RECIPIENT: Final = len(written_recipient(_RECIPIENT, Recipient(fax_number="")).encode())


def recipients_length(texts: Iterable[str]) -> int:
    """The bytes that recipients add to the request, each given by its four texts one after the other.

    A character is as long wherever it stands, so nothing has to be laid out for that: who asks what
    a request of hundreds would come to asks again and again. Raises `UnwritableText`.
    """
    each = list(texts)
    return len(each) * _AROUND_RECIPIENT + escaped_length(_RECIPIENT, "".join(each))


def _length(segment: bytes | Base64Of) -> int:
    if isinstance(segment, bytes):
        return len(segment)
    return (segment.size + 2) // 3 * 4


def _written_cover_page(page: CoverPage) -> str:
    path = f"{_REQUEST}/cover_page"
    return branch(
        path,
        leaf_unless_empty(f"{path}/url", page.url),
        leaf(f"{path}/enabled", flag_text(page.enabled)),
        leaf_unless_empty(f"{path}/subject", page.subject),
        leaf_unless_empty(f"{path}/comments", page.comments),
    )


def _written_sender(fax: ScheduleFax) -> str:
    path, sender = f"{_REQUEST}/sender", fax.sender
    return branch(
        path,
        leaf_unless_empty(f"{path}/name", sender.name),
        leaf_unless_empty(f"{path}/organization", sender.organization),
        leaf_unless_empty(f"{path}/phone_number", sender.phone_number),
        leaf_unless_empty(f"{path}/fax_number", sender.fax_number),
        leaf_unless_empty(f"{path}/email_address", sender.email_address),
    )


def _written_external(attachment: ExternalAttachment) -> str:
    path = f"{_REQUEST}/attachment"
    return branch(path, leaf(f"{path}/location", "external"), leaf(f"{path}/url", attachment.url))


def _written_inline(attachment: InlineAttachment) -> tuple[str, str]:
    """What stands before the base64 and after it."""
    path = f"{_REQUEST}/attachment"
    head = (
        leaf(f"{path}/location", "inline"),
        leaf(f"{path}/name", attachment.name),
        leaf(f"{path}/content_type", attachment.content_type),
        leaf(f"{path}/content_transfer_encoding", "base64"),
    )
    return f"<attachment>\n{''.join(head)}<content>", "</content>\n</attachment>\n"


def _written_settings(fax: ScheduleFax) -> str:
    at = moment_text(f"{_REQUEST}/schedule_all_at", fax.schedule_all_at)
    return "".join(
        [
            leaf_unless_none(f"{_REQUEST}/max_tries", fax.max_tries),
            leaf_unless_none(f"{_REQUEST}/priority", fax.priority),
            leaf_unless_none(f"{_REQUEST}/try_interval", fax.try_interval),
            leaf_unless_empty(f"{_REQUEST}/receipt", fax.receipt or ""),
            leaf_unless_empty(f"{_REQUEST}/receipt_attachment", fax.receipt_attachment or ""),
            leaf_unless_empty(f"{_REQUEST}/schedule_all_at", at),
        ]
    )


def read_schedule_fax(document: bytes, *, limit: int = REQUEST_LIMIT) -> ScheduleFax:
    """Read a request, attachments decoded. Children in any order; unknown ones are passed over.

    A request without `cover_page/enabled` asks for a cover page (guide, Schedule Fax Element). One
    without recipients is readable: what to answer is the appliance's decision.
    """
    root, contents = parse_with_contents(document, limit=limit)
    if root.tag != _REQUEST:
        raise MalformedDocument(f"is not a <{_REQUEST}>", element=str(root.tag))
    fax = Fields(root, _REQUEST)
    return ScheduleFax(
        cover_page=read_cover_page(fax.child("cover_page"), enabled=True),
        sender=read_sender(fax.child("sender")),
        recipients=tuple(read_recipient(each) for each in fax.all("recipient")),
        attachments=tuple(_read_attachment(each, contents) for each in fax.all("attachment")),
        max_tries=fax.optional_integer("max_tries"),
        priority=fax.optional_integer("priority"),
        try_interval=fax.optional_integer("try_interval"),
        receipt=fax.text("receipt") or None,
        receipt_attachment=fax.text("receipt_attachment") or None,
        schedule_all_at=fax.moment("schedule_all_at"),
    )


def _read_attachment(fields: Fields, contents: Sequence[bytes]) -> Attachment:
    location = fields.text("location").lower()
    if location not in {"", "inline", "external"}:
        raise fields.fault("location", "is neither inline nor external")
    if location == "external" or (not location and "content" not in fields):
        return ExternalAttachment(url=fields.url("url"))
    if fields.text("content_transfer_encoding").lower() not in {"", "base64"}:
        raise fields.fault("content_transfer_encoding", "is not base64")
    content = contents[fields.integer("content")] if "content" in fields else b""
    return InlineAttachment(
        name=fields.text("name"),
        content_type=fields.text("content_type"),
        size=len(content),
        content=content,
    )

"""The nouns of outbound faxes, spelt as the appliance spells them, and how people are written.

A request and an entry share three of them; their reading and writing is here, beside them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ffgateway.ffws.elements import Fields, branch, leaf


class WireState(StrEnum):
    """The eight states of a fax entry (guide, Fax Entry Element)."""

    PREPROCESSING = "preprocessing"
    APPROVAL_PENDING = "approval_pending"
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    ABORTED = "aborted"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPage:
    """The page in front. An appliance adds one when `enabled` is left out: it is always written."""

    enabled: bool = False
    url: str = ""
    subject: str = ""
    comments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends. `username` is the owner on the appliance: answers have it, requests do not."""

    username: str = ""
    name: str = ""
    organization: str = ""
    phone_number: str = ""
    fax_number: str = ""
    email_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives. Only the number is required (inferred)."""

    fax_number: str
    name: str = ""
    organization: str = ""
    phone_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineAttachment:
    """A document carried in the request. `content_type` decides conversion; it is never guessed.

    To write, only `size` (bytes before base64) is needed and `content` may stay empty: the
    caller streams the bytes. Reading fills both.
    """

    name: str
    content_type: str
    size: int
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAttachment:
    """A document the appliance fetches itself (observed in one client)."""

    url: str


Attachment = InlineAttachment | ExternalAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFax:
    """A request to send: 1 to 400 recipients, the same pages to each.

    None leaves an element out, so that the appliance's own default applies.
    """

    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...] = ()
    cover_page: CoverPage = CoverPage()
    sender: Sender = Sender()
    max_tries: int | None = None
    priority: int | None = None  # 0 highest, 5 lowest
    try_interval: int | None = None  # seconds
    receipt: str | None = None  # never, failure, always
    receipt_attachment: str | None = None  # none, pdf
    schedule_all_at: datetime | None = None  # naive, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxEntry:
    """One recipient's copy of a fax, as the appliance reports it.

    `state` is None when the appliance says a word we do not know; `raw_state` always has it.
    """

    fax_key: str  # 8 upper-case hex digits
    entry_key: str  # 4
    state: WireState | None
    raw_state: str
    recipient: Recipient
    schedule_message: str = ""
    created: datetime | None = None  # naive: the appliance's wall clock; `devices` knows the zone
    stime: datetime | None = None  # naive, likewise
    try_number: int = 1
    agent: str = ""
    cover_page: CoverPage = CoverPage()
    sender: Sender = Sender()
    max_tries: int | None = None
    priority: int | None = None
    try_interval: int | None = None
    receipt: str = ""
    receipt_attachment: str = ""
    pages: int = 0
    approver: str = ""
    approval_time: datetime | None = None
    modem_info: tuple[tuple[str, str], ...] = ()  # element name, text; only two names are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Base64Of:
    """The place in a document where attachment number `attachment` goes, as base64."""

    attachment: int
    size: int  # bytes before base64


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFaxDocument:
    """A `schedule_fax` ready to stream: `segments` in order, `length` bytes in all."""

    segments: tuple[bytes | Base64Of, ...]
    length: int


def read_cover_page(fields: Fields, *, enabled: bool) -> CoverPage:
    """Read `<cover_page>`; `enabled` is what holds when it does not say."""
    return CoverPage(
        enabled=fields.flag("enabled", default=enabled),
        url=fields.url("url"),
        subject=fields.text("subject"),
        comments=fields.text("comments"),
    )


def read_sender(fields: Fields) -> Sender:
    """Read `<sender>`, of a request or an answer."""
    return Sender(
        username=fields.text("username"),
        name=fields.text("name"),
        organization=fields.text("organization"),
        phone_number=fields.text("phone_number"),
        fax_number=fields.text("fax_number"),
        email_address=fields.text("email_address"),
    )


def read_recipient(fields: Fields) -> Recipient:
    """Read `<recipient>`; a missing number reads as `""`."""
    return Recipient(
        fax_number=fields.text("fax_number"),
        name=fields.text("name"),
        organization=fields.text("organization"),
        phone_number=fields.text("phone_number"),
    )


def written_recipient(path: str, recipient: Recipient) -> str:
    """Write `<recipient>`, all four children in the order of the samples."""
    return branch(
        path,
        leaf(f"{path}/name", recipient.name),
        leaf(f"{path}/organization", recipient.organization),
        leaf(f"{path}/fax_number", recipient.fax_number),
        leaf(f"{path}/phone_number", recipient.phone_number),
    )

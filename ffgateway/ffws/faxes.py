"""Outbound faxes on the wire: the nouns, how to read them, how to write them.

Input and output are whole documents, but for the one that may be 36 MB: `schedule_fax` is
written as segments, so that a document of any size can be streamed through it. Nothing here
opens a socket, reads a clock or knows that HTTP exists. A document that cannot be read raises
`MalformedDocument`, which names the element at fault.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    """The page in front. An appliance adds one when `enabled` is left out, so it is always written."""

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


BASE64_UNIT = 57
"""Feed `base64.b64encode` multiples of this (of 3) and the pieces join without padding."""


def write_schedule_fax(fax: ScheduleFax) -> ScheduleFaxDocument:
    """Lay out the request. Raises `UnwritableText` for a text that XML cannot carry."""
    raise NotImplementedError


def read_schedule_fax(document: bytes) -> ScheduleFax:
    """Read a request, attachments decoded. Children in any order; unknown ones are passed over."""
    raise NotImplementedError


def read_fax_entries(document: bytes) -> tuple[FaxEntry, ...]:
    """Read the `fax_entry` elements of an answer, in document order."""
    raise NotImplementedError


def split_fax_entries(document: bytes) -> tuple[bytes, ...] | None:
    """Cut an answer into one piece of bytes for each entry without parsing it.

    Each piece is itself readable by `read_fax_entry`. None when the document cannot be cut safely
    (a comment, CDATA, DTD or an encoding other than UTF-8): then read it whole.
    """
    raise NotImplementedError


def read_fax_entry(piece: bytes) -> FaxEntry:
    """Read one `<fax_entry>…</fax_entry>`."""
    raise NotImplementedError


def write_fax_entries(
    entries: Iterable[FaxEntry],
    *,
    base_url: str,
    message: str = "Success",
    modem_info: bool = False,
) -> bytes:
    """Write an answer as the appliance does; `base_url` (`https://dot10`) is what it calls itself."""
    raise NotImplementedError


def keys_of(url: str) -> tuple[str, str]:
    """Take FAXKEY and ENTRYKEY out of a `fax_entry_url`; the host is the appliance's idea of itself."""
    raise NotImplementedError


def in_class(entries: Sequence[FaxEntry], name: str) -> tuple[FaxEntry, ...]:
    """The entries of class `pending`, `sending` or `complete` (grouping inferred)."""
    raise NotImplementedError

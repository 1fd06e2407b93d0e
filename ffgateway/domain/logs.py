"""What an appliance remembers of faxes and calls, in our words.

Whatever the appliance left out is None or "". Texts are its own.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which part of a log: entries that began between the two, both within; None is open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEntry:
    """A fax that came in."""

    id: str
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    line: int | None
    extension: str
    recipient: str
    remote_id: str
    pages: int | None
    duration_seconds: int | None
    baud_rate: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundEntry:
    """One try at sending a fax. The keys are those of its entry, "" when it names none."""

    id: str
    fax_key: str
    entry_key: str
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    line: int | None
    fax_number: str
    remote_id: str
    username: str
    pages: int | None
    duration_seconds: int | None
    baud_rate: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """One call, in either direction."""

    id: str
    direction: str
    started_at: datetime | None
    duration_seconds: int | None
    line: int | None
    number: str
    remote_id: str
    result: str

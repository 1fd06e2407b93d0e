"""The inbound log on the wire: a stand-in, as no form of it is public.

Elements follow the status of a fax on its way in; every one but the times may be missing. Times
are naive: the appliance's wall clock, as in a fax entry. States are words of our own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ffgateway.ffws.elements import (
    Fields,
    branch,
    leaf,
    leaf_unless_none,
    moment_text,
    parse_response,
    write_response,
)

_ENTRY = "inbound_log_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLogEntry:
    """A call that came in and is over. `line` is `line_number`, or `channel` on an FF240-IP."""

    id: str
    start_time: datetime | None
    end_time: datetime | None
    state: str  # received | failed
    line: int | None = None
    extension: str = ""
    recipient: str = ""
    remote_id: str = ""
    pages: int | None = None  # good ones
    duration: int | None = None  # seconds
    baud_rate: str = ""
    message: str = ""


def read_inbound_log(document: bytes) -> tuple[InboundLogEntry, ...]:
    """Read every `<inbound_log_entry>`."""
    response = Fields(parse_response(document), "response")
    return tuple(_read(each) for each in response.all(_ENTRY))


def _read(fields: Fields) -> InboundLogEntry:
    line = fields.optional_integer("line_number")
    return InboundLogEntry(
        id=fields.text("id"),
        start_time=fields.moment("start_time"),
        end_time=fields.moment("end_time"),
        state=fields.text("state"),
        line=fields.optional_integer("channel") if line is None else line,
        extension=fields.text("extension"),
        recipient=fields.text("recipient"),
        remote_id=fields.text("remote_id"),
        pages=fields.optional_integer("pages"),
        duration=fields.optional_integer("duration"),
        baud_rate=fields.text("baud_rate"),
        message=fields.text("message"),
    )


def write_inbound_log(entries: Iterable[InboundLogEntry], *, channels: bool) -> bytes:
    """Write one `<inbound_log_entry>` for each; `channels` spells it as an FF240-IP does."""
    written = [_written(each, channels=channels) for each in entries]
    return write_response("".join(written), message="Success")


def _written(entry: InboundLogEntry, *, channels: bool) -> str:
    times = ("start_time", entry.start_time), ("end_time", entry.end_time)
    texts = ("extension", "recipient", "remote_id")
    return branch(
        _ENTRY,
        leaf(f"{_ENTRY}/id", entry.id),
        *(leaf(f"{_ENTRY}/{name}", moment_text(f"{_ENTRY}/{name}", at)) for name, at in times),
        leaf(f"{_ENTRY}/state", entry.state),
        leaf_unless_none(f"{_ENTRY}/{'channel' if channels else 'line_number'}", entry.line),
        *(leaf(f"{_ENTRY}/{name}", getattr(entry, name)) for name in texts),
        leaf_unless_none(f"{_ENTRY}/pages", entry.pages),
        leaf_unless_none(f"{_ENTRY}/duration", entry.duration),
        leaf(f"{_ENTRY}/baud_rate", entry.baud_rate),
        leaf(f"{_ENTRY}/message", entry.message),
    )

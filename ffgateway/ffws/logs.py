"""The outbound log, the call log and the counts on the wire: stand-ins, as no form is public.

The inbound log has a module of its own. Elements follow the status functions; every one may be
missing. Times are naive: the appliance's wall clock. Durations are whole seconds.
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

_OUTBOUND = "outbound_log_entry"
_CALL = "call_log_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundLogEntry:
    """One try at sending that is over. `line` is `modem_number`, or `channel` on an FF240-IP."""

    id: str
    fax_entry_url: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    state: str = ""  # sent | failed
    line: int | None = None
    fax_number: str = ""
    remote_id: str = ""
    username: str = ""
    pages: int | None = None
    duration: int | None = None
    baud_rate: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogEntry:
    """One call, in either direction. `line` is `line_number`, or `channel` on an FF240-IP."""

    id: str
    direction: str = ""  # inbound | outbound
    start_time: datetime | None = None
    duration: int | None = None
    line: int | None = None
    number: str = ""
    remote_id: str = ""
    result: str = ""


def read_outbound_log(document: bytes) -> tuple[OutboundLogEntry, ...]:
    """Read every `<outbound_log_entry>`."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_outbound(each) for each in response.all(_OUTBOUND))


def _read_outbound(fields: Fields) -> OutboundLogEntry:
    return OutboundLogEntry(
        id=fields.text("id"),
        fax_entry_url=fields.url("fax_entry_url"),
        start_time=fields.moment("start_time"),
        end_time=fields.moment("end_time"),
        state=fields.text("state"),
        line=_line(fields, "modem_number"),
        fax_number=fields.text("fax_number"),
        remote_id=fields.text("remote_id"),
        username=fields.text("username"),
        pages=fields.optional_integer("pages"),
        duration=fields.optional_integer("duration"),
        baud_rate=fields.text("baud_rate"),
        message=fields.text("message"),
    )


def write_outbound_log(entries: Iterable[OutboundLogEntry], *, channels: bool) -> bytes:
    """Write one `<outbound_log_entry>` for each; `channels` spells it as an FF240-IP does."""
    written = [_written_outbound(each, channels=channels) for each in entries]
    return write_response("".join(written), message="Success")


def _written_outbound(entry: OutboundLogEntry, *, channels: bool) -> str:
    path = _OUTBOUND
    return branch(
        path,
        leaf(f"{path}/id", entry.id),
        leaf(f"{path}/fax_entry_url", entry.fax_entry_url),
        leaf(f"{path}/start_time", moment_text(f"{path}/start_time", entry.start_time)),
        leaf(f"{path}/end_time", moment_text(f"{path}/end_time", entry.end_time)),
        leaf(f"{path}/state", entry.state),
        leaf_unless_none(f"{path}/{'channel' if channels else 'modem_number'}", entry.line),
        leaf(f"{path}/fax_number", entry.fax_number),
        leaf(f"{path}/remote_id", entry.remote_id),
        leaf(f"{path}/username", entry.username),
        leaf_unless_none(f"{path}/pages", entry.pages),
        leaf_unless_none(f"{path}/duration", entry.duration),
        leaf(f"{path}/baud_rate", entry.baud_rate),
        leaf(f"{path}/message", entry.message),
    )


def read_call_log(document: bytes) -> tuple[CallLogEntry, ...]:
    """Read every `<call_log_entry>`."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_call(each) for each in response.all(_CALL))


def _read_call(fields: Fields) -> CallLogEntry:
    return CallLogEntry(
        id=fields.text("id"),
        direction=fields.text("direction"),
        start_time=fields.moment("start_time"),
        duration=fields.optional_integer("duration"),
        line=_line(fields, "line_number"),
        number=fields.text("number"),
        remote_id=fields.text("remote_id"),
        result=fields.text("result"),
    )


def write_call_log(entries: Iterable[CallLogEntry], *, channels: bool) -> bytes:
    """Write one `<call_log_entry>` for each; `channels` spells it as an FF240-IP does."""
    written = [_written_call(each, channels=channels) for each in entries]
    return write_response("".join(written), message="Success")


def _written_call(entry: CallLogEntry, *, channels: bool) -> str:
    path = _CALL
    return branch(
        path,
        leaf(f"{path}/id", entry.id),
        leaf(f"{path}/direction", entry.direction),
        leaf(f"{path}/start_time", moment_text(f"{path}/start_time", entry.start_time)),
        leaf_unless_none(f"{path}/duration", entry.duration),
        leaf_unless_none(f"{path}/{'channel' if channels else 'line_number'}", entry.line),
        leaf(f"{path}/number", entry.number),
        leaf(f"{path}/remote_id", entry.remote_id),
        leaf(f"{path}/result", entry.result),
    )


def _line(fields: Fields, name: str) -> int | None:
    number = fields.optional_integer(name)
    return fields.optional_integer("channel") if number is None else number


def read_count(document: bytes) -> int:
    """How many entries a log has. Raises `MalformedDocument` when it does not say."""
    return Fields(parse_response(document), "response").integer("count")


def write_count(count: int) -> bytes:
    """Write how many entries a log has."""
    return write_response(leaf("count", str(count)), message="Success")

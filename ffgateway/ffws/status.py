"""Status on the wire: combined, modem, channel and inbound; outbound status is fax entries.

Every public example leaves most of these elements empty, so an empty or missing element reads
as None or "" and never as an error. Times are naive: the appliance's wall clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ffgateway.ffws.elements import (
    Fields,
    branch,
    leaf,
    leaf_unless_none,
    parse_response,
    write_response,
)

_IDLE: Final = "waiting for ring"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """How many lines receive, send and idle; `kind` is `modem`, or `channel` on an FF240-IP."""

    kind: str
    inbound: int
    outbound: int
    idle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """Texts as the appliance wrote them: their format is not public."""

    uptime: str = ""
    current_time: str = ""
    time_server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterStatus:
    """A configured printer."""

    name: str = ""
    status: str = ""
    jobs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareStatus:
    """A configured network share."""

    share: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedStatus:
    """`GET /status`; a section request fills only its own part (inferred)."""

    lines: LineCounts | None = None
    system: SystemStatus | None = None
    printers: tuple[PrinterStatus, ...] = ()
    shares: tuple[ShareStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemStatus:
    """One modem of an FF240, FF440 or FF840."""

    modem_number: int
    state: str  # vocabulary of the older web screens; compare without case
    page: int = 0  # 0: no fax in progress
    vertical_resolution: str = ""
    baud_rate: str = ""
    width: str = ""
    height: str = ""
    connect_time: str = ""
    elapsed_time: str = ""  # written `elasped_time`, as the guide does; both are read
    fax_number: str = ""
    remote_id: str = ""

    @property
    def waiting(self) -> bool:
        """Idle: `Waiting For Ring` and `Waiting for Ring` both occur."""
        return self.state.casefold() == _IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """One channel of an FF240-IP."""

    channel_number: int
    state: str
    pages: int = 0  # `pages_sent_recd`
    baud_rate: str = ""
    fax_number: str = ""
    ecm: str = ""
    line_encoding: str = ""
    resolution: str = ""
    remote_id: str = ""
    modulation: str = ""

    @property
    def waiting(self) -> bool:
        """Idle, in any case of the words."""
        return self.state.casefold() == _IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEntry:
    """A fax being received. `line` is `line_number`, or `channel` on an FF240-IP."""

    state: str
    start_time: str = ""
    line: int | None = None
    extension: str = ""
    recipient: str = ""
    remote_id: str = ""
    page: int | None = None  # `current_page`, or `pages_recd` on an FF240-IP


def read_combined_status(document: bytes) -> CombinedStatus:
    """Read `<status>` with whichever sections it has.

    The vendor's sample has a printer and a share with nothing in them: those are none (inferred),
    as are lines of which no count is given.
    """
    status = Fields(parse_response(document), "response").child("status")
    printers = (_read_printer(each) for each in status.all("printer"))
    shares = (_read_share(each) for each in status.all("network_share"))
    return CombinedStatus(
        lines=_read_lines(status),
        system=_read_system(status.child("system")) if "system" in status else None,
        printers=tuple(printer for printer in printers if printer != PrinterStatus()),
        shares=tuple(share for share in shares if share != ShareStatus()),
    )


def _read_lines(status: Fields) -> LineCounts | None:
    for kind in ("modem", "channel"):
        counts = status.child(kind)
        if any(counts.text(name) for name in counts):
            return LineCounts(
                kind=kind,
                inbound=counts.integer("number_inbound", 0),
                outbound=counts.integer("number_outbound", 0),
                idle=counts.integer("number_idle", 0),
            )
    return None


def _read_system(fields: Fields) -> SystemStatus:
    return SystemStatus(
        uptime=fields.text("uptime"),
        current_time=fields.text("current_time"),
        time_server=fields.text("time_server"),
    )


def _read_printer(fields: Fields) -> PrinterStatus:
    return PrinterStatus(
        name=fields.text("name"), status=fields.text("status"), jobs=fields.text("jobs")
    )


def _read_share(fields: Fields) -> ShareStatus:
    return ShareStatus(share=fields.text("share"), status=fields.text("status"))


def write_combined_status(status: CombinedStatus) -> bytes:
    """Write `<status>`; sections that are None are left out."""
    return write_response(
        branch(
            "status",
            _written_lines(status.lines) if status.lines else "",
            _written_system(status.system) if status.system else "",
            *(_written_printer(each) for each in status.printers),
            *(_written_share(each) for each in status.shares),
        ),
        message="Success",
    )


def _written_lines(lines: LineCounts) -> str:
    path = f"status/{lines.kind}"
    return branch(
        path,
        leaf(f"{path}/number_inbound", str(lines.inbound)),
        leaf(f"{path}/number_outbound", str(lines.outbound)),
        leaf(f"{path}/number_idle", str(lines.idle)),
    )


def _written_system(system: SystemStatus) -> str:
    return branch(
        "status/system",
        leaf("status/system/uptime", system.uptime),
        leaf("status/system/current_time", system.current_time),
        leaf("status/system/time_server", system.time_server),
    )


def _written_printer(printer: PrinterStatus) -> str:
    return branch(
        "status/printer",
        leaf("status/printer/name", printer.name),
        leaf("status/printer/status", printer.status),
        leaf("status/printer/jobs", printer.jobs),
    )


def _written_share(share: ShareStatus) -> str:
    return branch(
        "status/network_share",
        leaf("status/network_share/share", share.share),
        leaf("status/network_share/status", share.status),
    )


def read_modem_status(document: bytes) -> tuple[ModemStatus, ...]:
    """Read every `<modem_status>`."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_modem(each) for each in response.all("modem_status"))


def _read_modem(fields: Fields) -> ModemStatus:
    return ModemStatus(
        modem_number=fields.integer("modem_number"),
        state=fields.text("state"),
        page=fields.integer("page", 0),
        vertical_resolution=fields.text("vertical_resolution"),
        baud_rate=fields.text("baud_rate"),
        width=fields.text("width"),
        height=fields.text("height"),
        connect_time=fields.text("connect_time"),
        elapsed_time=fields.text("elasped_time") or fields.text("elapsed_time"),
        fax_number=fields.text("fax_number"),
        remote_id=fields.text("remote_id"),
    )


def write_modem_status(modems: Iterable[ModemStatus]) -> bytes:
    """Write one `<modem_status>` for each modem."""
    return write_response("".join(map(_written_modem, modems)), message="Success")


def _written_modem(modem: ModemStatus) -> str:
    path = "modem_status"
    return branch(
        path,
        leaf(f"{path}/modem_number", str(modem.modem_number)),
        leaf(f"{path}/state", modem.state),
        leaf(f"{path}/page", str(modem.page)),
        leaf(f"{path}/vertical_resolution", modem.vertical_resolution),
        leaf(f"{path}/baud_rate", modem.baud_rate),
        leaf(f"{path}/width", modem.width),
        leaf(f"{path}/height", modem.height),
        leaf(f"{path}/connect_time", modem.connect_time),
        leaf(f"{path}/elasped_time", modem.elapsed_time),  # as the guide spells it
        leaf(f"{path}/fax_number", modem.fax_number),
        leaf(f"{path}/remote_id", modem.remote_id),
    )


def read_channel_status(document: bytes) -> tuple[ChannelStatus, ...]:
    """Read every `<channel_status>`."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_channel(each) for each in response.all("channel_status"))


def _read_channel(fields: Fields) -> ChannelStatus:
    return ChannelStatus(
        channel_number=fields.integer("channel_number"),
        state=fields.text("state"),
        pages=fields.integer("pages_sent_recd", 0),
        baud_rate=fields.text("baud_rate"),
        fax_number=fields.text("fax_number"),
        ecm=fields.text("ecm"),
        line_encoding=fields.text("line_encoding"),
        resolution=fields.text("resolution"),
        remote_id=fields.text("remote_id"),
        modulation=fields.text("modulation"),
    )


def write_channel_status(channels: Iterable[ChannelStatus]) -> bytes:
    """Write one `<channel_status>` for each channel."""
    return write_response("".join(map(_written_channel, channels)), message="Success")


def _written_channel(channel: ChannelStatus) -> str:
    path = "channel_status"
    return branch(
        path,
        leaf(f"{path}/channel_number", str(channel.channel_number)),
        leaf(f"{path}/state", channel.state),
        leaf(f"{path}/pages_sent_recd", str(channel.pages)),
        leaf(f"{path}/baud_rate", channel.baud_rate),
        leaf(f"{path}/fax_number", channel.fax_number),
        leaf(f"{path}/ecm", channel.ecm),
        leaf(f"{path}/line_encoding", channel.line_encoding),
        leaf(f"{path}/resolution", channel.resolution),
        leaf(f"{path}/remote_id", channel.remote_id),
        leaf(f"{path}/modulation", channel.modulation),
    )


def read_inbound_status(document: bytes) -> tuple[InboundEntry, ...]:
    """Read every `<inbound_entry>`, of either family."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_inbound(each) for each in response.all("inbound_entry"))


def _read_inbound(fields: Fields) -> InboundEntry:
    line, page = fields.optional_integer("line_number"), fields.optional_integer("current_page")
    return InboundEntry(
        state=fields.text("state"),
        start_time=fields.text("start_time"),
        line=fields.optional_integer("channel") if line is None else line,
        extension=fields.text("extension"),
        recipient=fields.text("recipient"),
        remote_id=fields.text("remote_id"),
        page=fields.optional_integer("pages_recd") if page is None else page,
    )


def write_inbound_status(entries: Iterable[InboundEntry], *, channels: bool) -> bytes:
    """Write one `<inbound_entry>` for each; `channels` spells it as an FF240-IP does."""
    written = [_written_inbound(each, channels=channels) for each in entries]
    return write_response("".join(written), message="Success")


def _written_inbound(entry: InboundEntry, *, channels: bool) -> str:
    path = "inbound_entry"
    return branch(
        path,
        leaf(f"{path}/state", entry.state),
        leaf(f"{path}/start_time", entry.start_time),
        leaf_unless_none(f"{path}/{'channel' if channels else 'line_number'}", entry.line),
        leaf(f"{path}/extension", entry.extension),
        leaf(f"{path}/recipient", entry.recipient),
        leaf(f"{path}/remote_id", entry.remote_id),
        leaf_unless_none(f"{path}/{'pages_recd' if channels else 'current_page'}", entry.page),
    )

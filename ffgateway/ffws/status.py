"""Status on the wire: combined, modem, channel and inbound; outbound status is fax entries.

Every public example leaves most of these elements empty, so an empty or missing element reads
as None or "" and never as an error. Times are naive: the appliance's wall clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass


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
        return self.state.casefold() == "waiting for ring"


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
        return self.state.casefold() == "waiting for ring"


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
    """Read `<status>` with whichever sections it has."""
    raise NotImplementedError


def write_combined_status(status: CombinedStatus) -> bytes:
    """Write `<status>`; sections that are None are left out."""
    raise NotImplementedError


def read_modem_status(document: bytes) -> tuple[ModemStatus, ...]:
    """Read every `<modem_status>`."""
    raise NotImplementedError


def write_modem_status(modems: Iterable[ModemStatus]) -> bytes:
    """Write one `<modem_status>` for each modem."""
    raise NotImplementedError


def read_channel_status(document: bytes) -> tuple[ChannelStatus, ...]:
    """Read every `<channel_status>`."""
    raise NotImplementedError


def write_channel_status(channels: Iterable[ChannelStatus]) -> bytes:
    """Write one `<channel_status>` for each channel."""
    raise NotImplementedError


def read_inbound_status(document: bytes) -> tuple[InboundEntry, ...]:
    """Read every `<inbound_entry>`, of either family."""
    raise NotImplementedError


def write_inbound_status(entries: Iterable[InboundEntry], *, channels: bool) -> bytes:
    """Write one `<inbound_entry>` for each; `channels` spells it as an FF240-IP does."""
    raise NotImplementedError

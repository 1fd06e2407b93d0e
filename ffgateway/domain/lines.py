"""What an appliance says of its lines, its printers and itself. Texts are the appliance's own.

Every public example leaves most of these values empty, so an empty text means that nothing was
said, never that something is wrong.
"""

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """The parts of the combined status that can be asked for one by one."""

    MODEM = "modem"
    CHANNEL = "channel"
    SYSTEM = "system"
    PRINTER = "printer"
    SHARE = "share"


class OutboundClass(StrEnum):
    """What the outbound status is asked for."""

    PENDING = "pending"
    SENDING = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """How many lines do what; `kind` is `modem`, or `channel` on an FF240-IP."""

    kind: str
    receiving: int
    sending: int
    idle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """The unit itself. The form of these texts is not public."""

    uptime: str = ""
    current_time: str = ""
    time_server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """A printer that received faxes go to."""

    name: str = ""
    status: str = ""
    jobs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A network share that received faxes go to."""

    share: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSection:
    """One part of the combined status; the others are empty (inferred: no answer to one is public)."""

    section: Section
    lines: LineCounts | None = None
    system: SystemState | None = None
    printers: tuple[Printer, ...] = ()
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Modem:
    """One modem, as it is now."""

    number: int
    state: str
    idle: bool
    page: int = 0  # being transferred; 0: none
    vertical_resolution: str = ""
    baud_rate: str = ""
    width: str = ""
    height: str = ""
    connect_time: str = ""
    elapsed_time: str = ""
    fax_number: str = ""
    remote_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel of an FF240-IP, as it is now."""

    number: int
    state: str
    idle: bool
    pages: int = 0  # sent or received in this call
    baud_rate: str = ""
    fax_number: str = ""
    ecm: str = ""
    line_encoding: str = ""
    resolution: str = ""
    remote_id: str = ""
    modulation: str = ""

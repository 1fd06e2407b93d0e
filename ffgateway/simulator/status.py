"""What the status functions say of an appliance.

The elements are documented; every public example leaves most of them empty, so the way the
values are written is inferred throughout: times like those of a fax, durations in seconds, the
words of the web pages of an older family.
"""

from datetime import datetime
from typing import Final

from ffgateway.ffws.status import (
    ChannelStatus,
    CombinedStatus,
    InboundEntry,
    LineCounts,
    ModemStatus,
    PrinterStatus,
    ShareStatus,
    SystemStatus,
)
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.lines import BAUD_RATE, Call, Incoming
from ffgateway.simulator.models import STATUS_SINCE
from ffgateway.simulator.refusals import Refused

WIDTH: Final = "1728"  # pixels
SECTIONS: Final = {"MODEM": "lines", "CHANNEL": "lines", "SYSTEM": "system"} | {
    "PRINTER": "printers",
    "SHARE": "shares",
}


def combined(box: Appliance, section: str | None = None) -> CombinedStatus:
    """Return the whole status, or one section in any case of its letters.

    404 for a section that does not exist, such as MODEM on a unit with channels (inferred).
    """
    needs_firmware(box)
    whole = CombinedStatus(
        lines=_counts(box),
        system=_system(box),
        printers=box.printers or (PrinterStatus(),),  # none: the example's empty elements
        shares=box.shares or (ShareStatus(),),
    )
    if section is None:
        return whole
    other_family = "MODEM" if box.model.channels else "CHANNEL"
    part = SECTIONS.get(section.upper())
    if part is None or section.upper() == other_family:
        raise Refused(404, "Unknown section")
    return CombinedStatus(
        lines=whole.lines if part == "lines" else None,
        system=whole.system if part == "system" else None,
        printers=whole.printers if part == "printers" else (),
        shares=whole.shares if part == "shares" else (),
    )


def modems(box: Appliance, number: int | None = None) -> tuple[ModemStatus, ...]:
    """Return every modem, or one; 404 on a unit with channels and for a number out of range."""
    needs_firmware(box)
    if box.model.channels:
        raise Refused(404, "Not on this model")
    return tuple(_modem(box, line, use) for line, use in _lines(box, number))


def channels(box: Appliance, number: int | None = None) -> tuple[ChannelStatus, ...]:
    """Return every channel, or one; 404 on a unit with modems and for a number out of range."""
    needs_firmware(box)
    if not box.model.channels:
        raise Refused(404, "Not on this model")
    return tuple(_channel(box, line, use) for line, use in _lines(box, number))


def inbound(box: Appliance) -> tuple[InboundEntry, ...]:
    """Return what is being received; nothing is an empty answer, not a 404 (inferred)."""
    needs_firmware(box)
    return tuple(
        InboundEntry(
            state="Receiving",  # documented, the only one
            start_time=_time(box, use.began),
            line=line,
            extension=use.extension,
            recipient=use.recipient,
            remote_id=use.remote_id,
            page=use.page_at(box.now),
        )
        for line, use in box.lines
        if isinstance(use, Incoming)
    )


def needs_firmware(box: Appliance) -> None:
    """Refuse with 404 below firmware 3.0.4: the gate is documented, the answer inferred."""
    if box.firmware < STATUS_SINCE:
        raise Refused(404, "Not found")


def _lines(box: Appliance, number: int | None) -> list[tuple[int, Call | Incoming | None]]:
    found = [(line, use) for line, use in box.lines if number in {None, line}]
    if not found:
        raise Refused(404, "No such line")
    return found


def _counts(box: Appliance) -> LineCounts:
    uses = [use for _, use in box.lines]
    sending = sum(isinstance(use, Call) for use in uses)
    receiving = sum(isinstance(use, Incoming) for use in uses)
    return LineCounts(
        kind="channel" if box.model.channels else "modem",
        inbound=receiving,
        outbound=sending,
        idle=len(uses) - sending - receiving,
    )


def _system(box: Appliance) -> SystemStatus:
    return SystemStatus(
        uptime=str(int((box.now - box.started).total_seconds())),
        current_time=_time(box, box.now),
        time_server=box.identity.time_server,
    )


def _modem(box: Appliance, number: int, use: Call | Incoming | None) -> ModemStatus:
    if use is None:
        return ModemStatus(modem_number=number, state="Waiting For Ring")
    return ModemStatus(
        modem_number=number,
        state=_words(box, use),
        page=use.page_at(box.now),
        vertical_resolution="fine",
        baud_rate=BAUD_RATE,
        width=WIDTH,
        height="letter",
        connect_time=_time(box, _connected(use)) if _connected(use) <= box.now else "",
        elapsed_time=str(int((box.now - use.began).total_seconds())),
        fax_number=_number(use),
        remote_id=_remote(box, use),
    )


def _channel(box: Appliance, number: int, use: Call | Incoming | None) -> ChannelStatus:
    if use is None:
        return ChannelStatus(channel_number=number, state="Waiting for Ring")
    return ChannelStatus(
        channel_number=number,
        state=_words(box, use),
        pages=use.page_at(box.now),
        baud_rate=BAUD_RATE,
        fax_number=_number(use),
        ecm="on",
        line_encoding="MMR",
        resolution="fine",
        remote_id=_remote(box, use),
        modulation="V.34",
    )


def _words(box: Appliance, use: Call | Incoming) -> str:
    if isinstance(use, Incoming):
        return "Receiving Page"
    return "Dialing" if box.now < use.connects else "Sending Page"


def _connected(use: Call | Incoming) -> datetime:
    return use.connects if isinstance(use, Call) else use.began


def _number(use: Call | Incoming) -> str:
    return use.entry.recipient.fax_number if isinstance(use, Call) else use.extension


def _remote(box: Appliance, use: Call | Incoming) -> str:
    """Return how the far end names itself: a machine we dial answers with its own number."""
    if isinstance(use, Incoming):
        return use.remote_id
    return use.entry.recipient.fax_number if box.now >= use.connects else ""


def _time(box: Appliance, moment: datetime) -> str:
    local = box.local(moment)
    return "" if local is None else local.isoformat()

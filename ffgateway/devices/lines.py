"""What the lines of an appliance are doing: the status functions, in our nouns.

What a model cannot have is refused before any request: a section of the other family here, modem
and channel status by the dialect's own table.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from ffgateway.devices import translate
from ffgateway.devices.client import Appliance
from ffgateway.domain.changes import Sighting
from ffgateway.domain.devices import DeviceStatus, Line, Reception
from ffgateway.domain.errors import DeviceNotThere, DeviceOperationUnsupported
from ffgateway.domain.evidence import Known
from ffgateway.domain.faxes import dialled
from ffgateway.domain.inbound import InboundCall
from ffgateway.domain.lines import (
    Channel,
    LineCounts,
    Modem,
    OutboundClass,
    Printer,
    Section,
    Share,
    StatusSection,
    SystemState,
)
from ffgateway.ffws import status as wire
from ffgateway.ffws.dialects import model_of
from ffgateway.ffws.faxes import read_fax_entries

OF_KIND = {Section.MODEM: "modem", Section.CHANNEL: "channel"}
"""Sections that one family has, and its kind of line."""


async def whole(box: Appliance) -> Known[DeviceStatus]:
    """The counts, each line, what is being received, printers and shares, by a call for each."""
    combined = await box.ask("status.combined", wire.read_combined_status)
    receiving = await inbound(box)
    each = await _each_line(box, combined.value)
    return combined.map(lambda found: _put_together(box.device.id, found, each, receiving.value))


async def _each_line(box: Appliance, combined: wire.CombinedStatus) -> tuple[Modem | Channel, ...]:
    try:
        if combined.lines is not None and combined.lines.kind == "channel":
            return (await channels(box)).value
        return (await modems(box)).value
    except DeviceOperationUnsupported:
        return ()  # FFx30: the counts are all there is


async def section(box: Appliance, part: Section) -> Known[StatusSection]:
    """One part of the combined status, by its own request.

    Raises `DeviceOperationUnsupported` for the lines of the other family. On a model nobody named
    the appliance is asked, and its 404 says the same (inferred).
    """
    model = model_of(box.device.model)
    kind = OF_KIND.get(part)
    if kind and model and model.kind != kind:
        raise DeviceOperationUnsupported(
            box.device.id,
            f"{box.device.name} has no {kind}s: it is an {model.name}.",
            cure=f"Ask for the section {model.kind}.",
        )
    found = await box.ask("status.section", wire.read_combined_status, section=part.upper())
    return found.map(lambda status: _section(part, status))


async def modems(box: Appliance) -> Known[tuple[Modem, ...]]:
    """Every modem of an FF240, FF440 or FF840."""
    found = await box.ask("modem_status.list", wire.read_modem_status)
    return found.map(lambda every: tuple(map(_modem, every)))


async def modem(box: Appliance, number: int) -> Known[Modem]:
    """One modem. Raises `DeviceNotThere` for a number it has not (404 for it is inferred)."""
    found = await box.ask("modem_status.get", wire.read_modem_status, number=number)
    one = next((_modem(each) for each in found.value if each.modem_number == number), None)
    if one is None:
        raise DeviceNotThere(box.device.id, f"{box.device.name} has no modem {number}.")
    there = one
    return found.map(lambda _: there)


async def channels(box: Appliance) -> Known[tuple[Channel, ...]]:
    """Every channel of an FF240-IP."""
    found = await box.ask("channel_status.list", wire.read_channel_status)
    return found.map(lambda every: tuple(map(_channel, every)))


async def channel(box: Appliance, number: int) -> Known[Channel]:
    """One channel. Raises `DeviceNotThere` for a number it has not (404 for it is inferred)."""
    found = await box.ask("channel_status.get", wire.read_channel_status, number=number)
    one = next((_channel(each) for each in found.value if each.channel_number == number), None)
    if one is None:
        raise DeviceNotThere(box.device.id, f"{box.device.name} has no channel {number}.")
    there = one
    return found.map(lambda _: there)


async def inbound(box: Appliance) -> Known[tuple[InboundCall, ...]]:
    """The faxes that are being received."""
    found = await box.ask("inbound_status.list", wire.read_inbound_status)
    return found.map(lambda every: tuple(_call(one, box.device.zone) for one in every))


async def present(box: Appliance) -> Known[datetime | None]:
    """What its clock says; None when that is left out, or of a form nobody knows."""
    status = await box.ask("status.combined", wire.read_combined_status)
    return status.map(
        lambda found: (
            translate.moment(found.system.current_time, box.device.zone) if found.system else None
        )
    )


async def dialling(box: Appliance) -> Known[dict[str, Modem | Channel]]:
    """Which line has dialled what, by digits; of two that dialled the same neither is told."""
    model = model_of(box.device.model)
    if model and model.kind == "channel":
        return (await channels(box)).map(_by_number)
    return (await modems(box)).map(_by_number)


def _by_number(every: Sequence[Modem | Channel]) -> dict[str, Modem | Channel]:
    busy = [(dialled(one.fax_number), one) for one in every if not one.idle]
    often = Counter(digits for digits, _ in busy)
    return {digits: one for digits, one in busy if digits and often[digits] == 1}


async def outbound(
    box: Appliance, *, which: OutboundClass | None, most: int
) -> Known[tuple[Sighting, ...]]:
    """Up to `most` of the faxes that are sent and that wait, in the appliance's order.

    The guide has the limits work together with a class, so both classes are two requests.
    """
    if which is None:
        sending = await outbound(box, which=OutboundClass.SENDING, most=most)
        pending = await outbound(box, which=OutboundClass.PENDING, most=most)
        return pending.map(lambda waiting: (*sending.value, *waiting)[:most])
    query = {"class": which.value, f"{which.value}_limit": str(most)}
    found = await box.ask("outbound_status.list", read_fax_entries, query=query)
    return found.map(
        lambda every: tuple(translate.sighting(one, box.device.zone) for one in every[:most])
    )


def _section(part: Section, status: wire.CombinedStatus) -> StatusSection:
    system, counts = status.system, status.lines
    return StatusSection(
        section=part,
        lines=_counts(counts) if counts and part in OF_KIND else None,
        system=_system(system) if system and part is Section.SYSTEM else None,
        printers=_printers(status) if part is Section.PRINTER else (),
        shares=_shares(status) if part is Section.SHARE else (),
    )


def _counts(counts: wire.LineCounts) -> LineCounts:
    return LineCounts(
        kind=counts.kind, receiving=counts.inbound, sending=counts.outbound, idle=counts.idle
    )


def _system(system: wire.SystemStatus) -> SystemState:
    return SystemState(
        uptime=system.uptime,
        current_time=system.current_time,
        time_server=system.time_server,
    )


def _printers(status: wire.CombinedStatus) -> tuple[Printer, ...]:
    return tuple(
        Printer(name=one.name, status=one.status, jobs=one.jobs) for one in status.printers
    )


def _shares(status: wire.CombinedStatus) -> tuple[Share, ...]:
    return tuple(Share(share=one.share, status=one.status) for one in status.shares)


def _modem(status: wire.ModemStatus) -> Modem:
    return Modem(
        number=status.modem_number,
        state=status.state,
        idle=status.waiting,
        page=status.page,
        vertical_resolution=status.vertical_resolution,
        baud_rate=status.baud_rate,
        width=status.width,
        height=status.height,
        connect_time=status.connect_time,
        elapsed_time=status.elapsed_time,
        fax_number=status.fax_number,
        remote_id=status.remote_id,
    )


def _channel(status: wire.ChannelStatus) -> Channel:
    return Channel(
        number=status.channel_number,
        state=status.state,
        idle=status.waiting,
        pages=status.pages,
        baud_rate=status.baud_rate,
        fax_number=status.fax_number,
        ecm=status.ecm,
        line_encoding=status.line_encoding,
        resolution=status.resolution,
        remote_id=status.remote_id,
        modulation=status.modulation,
    )


def _call(entry: wire.InboundEntry, zone: str) -> InboundCall:
    return InboundCall(
        state=entry.state,
        line=translate.count(entry.line),
        extension=entry.extension,
        recipient=entry.recipient,
        remote_id=entry.remote_id,
        page=translate.count(entry.page),
        start=entry.start_time,
        started_at=translate.moment(entry.start_time, zone),
    )


def _put_together(
    device_id: str,
    combined: wire.CombinedStatus,
    each: tuple[Modem | Channel, ...],
    receiving: tuple[InboundCall, ...],
) -> DeviceStatus:
    counts, system = combined.lines, combined.system
    return DeviceStatus(
        device_id=device_id,
        lines_sending=counts.outbound if counts else None,
        lines_receiving=counts.inbound if counts else None,
        lines_idle=counts.idle if counts else None,
        uptime=system.uptime if system else "",
        current_time=system.current_time if system else "",
        time_server=system.time_server if system else "",
        lines=tuple(map(_line, each)),
        receiving=tuple(
            Reception(
                state=one.state,
                line=one.line,
                extension=one.extension,
                recipient=one.recipient,
                remote_id=one.remote_id,
                page=one.page,
            )
            for one in receiving
        ),
        printers=_printers(combined),
        shares=_shares(combined),
    )


def _line(one: Modem | Channel) -> Line:
    return Line(
        number=one.number,
        state=one.state,
        idle=one.idle,
        page=one.page if isinstance(one, Modem) else one.pages,
        fax_number=one.fax_number,
        remote_id=one.remote_id,
        baud_rate=one.baud_rate,
    )

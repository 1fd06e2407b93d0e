"""What an appliance says of its lines, as JSON. Texts are the appliance's own; "" is nothing said."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ffgateway.domain.changes import Sighting
from ffgateway.domain.inbound import InboundCall
from ffgateway.domain.lines import Channel, Modem, OutboundClass, StatusSection
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Paged
from ffgateway.rest.devices_shapes import PrinterOut, ShareOut


class LineCountsOut(Out):
    """How many lines do what."""

    kind: str = Field(examples=["modem", "channel"])
    receiving: int
    sending: int
    idle: int


class SystemOut(Out):
    """The unit itself."""

    uptime: str
    current_time: str
    time_server: str


class StatusSectionOut(Out):
    """One part of the combined status: `section` says which; the others are empty."""

    section: str = Field(examples=["modem", "channel", "system", "printer", "share"])
    lines: LineCountsOut | None
    system: SystemOut | None
    printers: list[PrinterOut]
    shares: list[ShareOut]


class ModemOut(Out):
    """One modem, now."""

    number: int
    state: str = Field(examples=["Waiting For Ring", "Sending Page"])
    idle: bool
    page: int = Field(description="The page being transferred; 0 when there is none.")
    vertical_resolution: str
    baud_rate: str
    width: str
    height: str
    connect_time: str
    elapsed_time: str
    fax_number: str
    remote_id: str


class ChannelOut(Out):
    """One channel of an FF240-IP, now."""

    number: int
    state: str = Field(examples=["Waiting for Ring", "Receiving Page"])
    idle: bool
    pages: int = Field(description="Sent or received in this call.")
    baud_rate: str
    fax_number: str
    ecm: str
    line_encoding: str
    resolution: str
    remote_id: str
    modulation: str


class InboundCallOut(Out):
    """A fax being received, now."""

    state: str = Field(examples=["Receiving"])
    line: int | None
    extension: str
    recipient: str
    remote_id: str
    page: int | None
    start: str = Field(description="As the appliance writes it.")
    started_at: datetime | None = Field(description="The same as a moment, if it can be read so.")


class OutboundEntryOut(Out):
    """A fax that is sent or waits on the appliance, whoever put it there."""

    fax_key: str
    entry_key: str
    state: str = Field(description="The appliance's word.", examples=["sending", "pending"])
    status: str | None = Field(description="Ours for it; null for a word that is not known.")
    message: str
    try_number: int
    pages: int
    fax_number: str
    recipient_name: str
    username: str
    due_at: datetime | None
    created_at: datetime | None


class OutboundQuery(Paged):
    """Which faxes of the outbound status."""

    which: Annotated[
        OutboundClass | None, Field(alias="class", description="Both classes without.")
    ] = None


def section_out(section: StatusSection) -> StatusSectionOut:
    """One part of the combined status."""
    return StatusSectionOut.model_validate(section)


def modem_out(modem: Modem) -> ModemOut:
    """One modem."""
    return ModemOut.model_validate(modem)


def channel_out(channel: Channel) -> ChannelOut:
    """One channel."""
    return ChannelOut.model_validate(channel)


def inbound_call_out(call: InboundCall) -> InboundCallOut:
    """A fax being received."""
    return InboundCallOut.model_validate(call)


def outbound_entry_out(entry: Sighting) -> OutboundEntryOut:
    """A fax on its way out."""
    return OutboundEntryOut.model_validate(entry)

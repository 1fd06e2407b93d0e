"""The nouns of an appliance's status as GraphQL shows them: what is not said is null."""

from datetime import datetime

import strawberry

from ffgateway.domain import inbound, lines
from ffgateway.domain.changes import Sighting
from ffgateway.graphql.statuses import FaxStatus

strawberry.enum(
    lines.Section, name="StatusSectionName", description="A part of the combined status."
)
strawberry.enum(lines.OutboundClass, description="Which faxes of the outbound status.")


@strawberry.type(description="How many lines do what.")
class LineCounts:
    """Counts."""

    kind: str = strawberry.field(description="`modem`, or `channel` on an FF240-IP.")
    receiving: int
    sending: int
    idle: int


@strawberry.type(description="The unit itself. Texts are the appliance's.")
class SystemState:
    """Uptime and clock."""

    uptime: str | None
    current_time: str | None
    time_server: str | None


@strawberry.type(description="A printer that received faxes go to.")
class Printer:
    """A printer."""

    name: str | None
    status: str | None
    jobs: str | None


@strawberry.type(description="A network share that received faxes go to.")
class Share:
    """A share."""

    share: str | None
    status: str | None


@strawberry.type(description="One part of the combined status; the others are empty.")
class StatusSection:
    """A section."""

    section: lines.Section
    lines: LineCounts | None
    system: SystemState | None
    printers: list[Printer]
    shares: list[Share]


@strawberry.type(description="One modem, now. Texts are the appliance's.")
class Modem:
    """A modem."""

    number: int
    state: str
    idle: bool
    page: int = strawberry.field(description="Being transferred; 0 when there is none.")
    vertical_resolution: str | None
    baud_rate: str | None
    width: str | None
    height: str | None
    connect_time: str | None
    elapsed_time: str | None
    fax_number: str | None
    remote_id: str | None


@strawberry.type(description="One channel of an FF240-IP, now. Texts are the appliance's.")
class Channel:
    """A channel."""

    number: int
    state: str
    idle: bool
    pages: int = strawberry.field(description="Sent or received in this call.")
    baud_rate: str | None
    fax_number: str | None
    ecm: str | None
    line_encoding: str | None
    resolution: str | None
    remote_id: str | None
    modulation: str | None


@strawberry.type(description="A fax being received, now. Texts are the appliance's.")
class InboundCall:
    """A call."""

    state: str
    line: int | None
    extension: str | None
    recipient: str | None
    remote_id: str | None
    page: int | None
    start: str | None = strawberry.field(description="As the appliance writes it.")
    started_at: datetime | None


@strawberry.type(description="A fax that is sent or waits on the appliance, whoever put it there.")
class OutboundEntry:
    """An entry."""

    fax_key: str
    entry_key: str
    state: str = strawberry.field(description="The appliance's word.")
    status: FaxStatus | None = strawberry.field(
        description="Ours for it; null for an unknown word."
    )
    message: str | None
    try_number: int
    pages: int
    fax_number: str
    recipient_name: str | None
    username: str | None
    due_at: datetime | None
    created_at: datetime | None


def show_section(found: lines.StatusSection) -> StatusSection:
    """A section for GraphQL."""
    counts, system = found.lines, found.system
    return StatusSection(
        section=found.section,
        lines=LineCounts(
            kind=counts.kind,
            receiving=counts.receiving,
            sending=counts.sending,
            idle=counts.idle,
        )
        if counts
        else None,
        system=SystemState(
            uptime=system.uptime or None,
            current_time=system.current_time or None,
            time_server=system.time_server or None,
        )
        if system
        else None,
        printers=[show_printer(one) for one in found.printers],
        shares=[show_share(one) for one in found.shares],
    )


def show_printer(one: lines.Printer) -> Printer:
    """A printer for GraphQL."""
    return Printer(name=one.name or None, status=one.status or None, jobs=one.jobs or None)


def show_share(one: lines.Share) -> Share:
    """A share for GraphQL."""
    return Share(share=one.share or None, status=one.status or None)


def show_modem(one: lines.Modem) -> Modem:
    """A modem for GraphQL."""
    return Modem(
        number=one.number,
        state=one.state,
        idle=one.idle,
        page=one.page,
        vertical_resolution=one.vertical_resolution or None,
        baud_rate=one.baud_rate or None,
        width=one.width or None,
        height=one.height or None,
        connect_time=one.connect_time or None,
        elapsed_time=one.elapsed_time or None,
        fax_number=one.fax_number or None,
        remote_id=one.remote_id or None,
    )


def show_channel(one: lines.Channel) -> Channel:
    """A channel for GraphQL."""
    return Channel(
        number=one.number,
        state=one.state,
        idle=one.idle,
        pages=one.pages,
        baud_rate=one.baud_rate or None,
        fax_number=one.fax_number or None,
        ecm=one.ecm or None,
        line_encoding=one.line_encoding or None,
        resolution=one.resolution or None,
        remote_id=one.remote_id or None,
        modulation=one.modulation or None,
    )


def show_call(one: inbound.InboundCall) -> InboundCall:
    """A fax being received for GraphQL."""
    return InboundCall(
        state=one.state,
        line=one.line,
        extension=one.extension or None,
        recipient=one.recipient or None,
        remote_id=one.remote_id or None,
        page=one.page,
        start=one.start or None,
        started_at=one.started_at,
    )


def show_outbound(one: Sighting) -> OutboundEntry:
    """A fax on its way out for GraphQL."""
    return OutboundEntry(
        fax_key=one.fax_key,
        entry_key=one.entry_key,
        state=one.state,
        status=one.status,
        message=one.message or None,
        try_number=one.try_number,
        pages=one.pages,
        fax_number=one.fax_number,
        recipient_name=one.recipient_name or None,
        username=one.username or None,
        due_at=one.due_at,
        created_at=one.created_at,
    )

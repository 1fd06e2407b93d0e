"""Appliances as GraphQL shows them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import strawberry

from ffgateway.domain import devices
from ffgateway.domain.access import Caller
from ffgateway.domain.evidence import Known
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.acting import ActingUsersOfDevice
from ffgateway.graphql.calls import once
from ffgateway.graphql.configuration import ConfigurationOfDevice
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.directory import DirectoryOfDevice
from ffgateway.graphql.entries import FaxesOfDevice
from ffgateway.graphql.fields import field
from ffgateway.graphql.groups import GroupsOfDevice
from ffgateway.graphql.line_types import Printer, Share, show_printer, show_share
from ffgateway.graphql.lines import LinesOfDevice
from ffgateway.graphql.logs import LogsOfDevice

strawberry.enum(devices.Health, name="DeviceHealth", description="What the last look said.")


@strawberry.type(name="Line", description="One modem or channel, now. Texts are the appliance's.")
class Line:
    """A line."""

    number: int
    state: str
    idle: bool
    page: int
    fax_number: str | None
    remote_id: str | None
    baud_rate: str | None


@strawberry.type(description="A fax being received. Texts are the appliance's.")
class Reception:
    """A fax on its way in."""

    state: str
    line: int | None
    extension: str | None
    recipient: str | None
    remote_id: str | None
    page: int | None


@strawberry.type(description="An appliance as it is now, asked for this answer.")
class DeviceStatus:
    """Counts, lines, and what is being received."""

    lines_sending: int | None
    lines_receiving: int | None
    lines_idle: int | None
    uptime: str | None
    current_time: str | None
    time_server: str | None
    lines: list[Line]
    receiving: list[Reception]
    printers: list[Printer]
    shares: list[Share]


@strawberry.type
class StatusOfDevice(OfDevice):
    """What an appliance says of itself."""

    @field("Asks the appliance itself, over the network.")
    async def status(self, info: Info) -> DeviceStatus | None:
        """The appliance's own word."""
        return await status_of(info, await info.context.caller(), self.id)


@strawberry.type(description="An element that an appliance calls otherwise.")
class Rename:
    """A rename."""

    ours: str
    theirs: str


@strawberry.type(description="What was seen of an operation; null is as the dialect has it.")
class Override:
    """An override."""

    operation: str
    path: str | None
    method: str | None
    elements: list[Rename]


def show_overrides(overrides: devices.Overrides) -> list[Override]:
    """Overrides for GraphQL."""
    return [
        Override(
            operation=name,
            path=_text(one.get("path")),
            method=_text(one.get("method")),
            elements=[
                Rename(ours=str(ours), theirs=str(theirs))
                for ours, theirs in _pairs(one.get("elements"))
            ],
        )
        for name, one in overrides.items()
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _pairs(value: object) -> list[tuple[object, object]]:
    return list(value.items()) if isinstance(value, Mapping) else []


@strawberry.type(description="What a line needs before a number; empty is nothing.")
class DialPlan:
    """A dial plan."""

    outside: str
    international: str
    national: str
    extension_digits: int


@strawberry.type(description="An appliance. Its password is never shown.")
class Device(
    StatusOfDevice,
    ActingUsersOfDevice,
    DirectoryOfDevice,
    GroupsOfDevice,
    ConfigurationOfDevice,
    LogsOfDevice,
    LinesOfDevice,
    FaxesOfDevice,
):
    """A device of the fleet: what the gateway knows, and what it asks the appliance for."""

    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")
    name: str
    url: str
    username: str
    model: str | None
    zone: str = strawberry.field(description="IANA time zone of the appliance's clock.")
    dialect: str
    enabled: bool
    usable: bool = strawberry.field(description="Whether a fax may be handed to it now.")
    health: devices.Health
    health_detail: str | None
    last_seen_at: datetime | None
    shows_all: bool | None = strawberry.field(
        description="Whether it lets us list everybody's faxes; null before the first look."
    )
    created_at: datetime
    fingerprint: str | None = strawberry.field(description="SHA-256 of its pinned certificate.")
    has_ca: bool = strawberry.field(description="Whether its certificate is checked by a CA.")
    poll_busy_seconds: float
    poll_idle_seconds: float
    revision: int
    firmware: str | None
    overrides: list[Override] = strawberry.field(
        description="Operations that it spells otherwise; each counts as observed."
    )
    pools: list[str] = strawberry.field(description="A fax may ask for one of them.")
    weight: float = strawberry.field(description="Its part in the work.")
    submissions_at_once: int = strawberry.field(
        description="Faxes that are on their way to it side by side."
    )
    regions: list[str] = strawberry.field(description="The numbers it is preferred for: +49.")
    clients: list[strawberry.ID] = strawberry.field(description="The API keys it is preferred for.")
    region: str | None = strawberry.field(description="ISO 3166: the country of its line.")
    dial_plan: DialPlan
    draining_since: datetime | None = strawberry.field(
        description="It takes nothing new and finishes what it has."
    )
    degraded_since: datetime | None = strawberry.field(
        description="It fails too often and is left alone for half a minute at a time."
    )
    clock_skewed_since: datetime | None = strawberry.field(
        description="Its clock is too far from ours, or `zone` is not its zone: times that it names are off."
    )


def show_device(device: devices.Device) -> Device:
    """A device for GraphQL."""
    return Device(
        id=strawberry.ID(device.id),
        etag=etag_of(device.version),
        name=device.name,
        url=device.url,
        username=device.username,
        model=device.model or None,
        zone=device.zone,
        dialect=device.dialect,
        enabled=device.enabled,
        usable=device.usable,
        health=device.health,
        health_detail=device.health_detail or None,
        last_seen_at=device.last_seen_at,
        shows_all=device.shows_all,
        created_at=device.created_at,
        fingerprint=device.trust.fingerprint or None,
        has_ca=bool(device.trust.ca_pem),
        poll_busy_seconds=device.poll_busy.total_seconds(),
        poll_idle_seconds=device.poll_idle.total_seconds(),
        revision=device.revision,
        firmware=device.firmware or None,
        overrides=show_overrides(device.overrides),
        pools=list(device.pools),
        weight=device.weight,
        submissions_at_once=device.submissions_at_once,
        regions=list(device.regions),
        clients=[strawberry.ID(one) for one in device.clients],
        region=device.region or None,
        dial_plan=DialPlan(**asdict(device.dial_plan)),
        draining_since=device.draining_since,
        degraded_since=device.degraded_since,
        clock_skewed_since=device.clock_skewed_since,
    )


async def status_of(info: Info, caller: Caller, device_id: str) -> DeviceStatus:
    """Ask an appliance how it is, once in an operation."""

    async def ask() -> Known[devices.DeviceStatus]:
        return await info.context.gateway.devices.status(caller, device_id)

    return show_status(await once(device_id, "status.combined", (), ask))


def show_status(status: devices.DeviceStatus) -> DeviceStatus:
    """A look at a device for GraphQL."""
    return DeviceStatus(
        lines_sending=status.lines_sending,
        lines_receiving=status.lines_receiving,
        lines_idle=status.lines_idle,
        uptime=status.uptime or None,
        current_time=status.current_time or None,
        time_server=status.time_server or None,
        lines=[
            Line(
                number=line.number,
                state=line.state,
                idle=line.idle,
                page=line.page,
                fax_number=line.fax_number or None,
                remote_id=line.remote_id or None,
                baud_rate=line.baud_rate or None,
            )
            for line in status.lines
        ],
        receiving=[
            Reception(
                state=one.state,
                line=one.line,
                extension=one.extension or None,
                recipient=one.recipient or None,
                remote_id=one.remote_id or None,
                page=one.page,
            )
            for one in status.receiving
        ],
        printers=[show_printer(one) for one in status.printers],
        shares=[show_share(one) for one in status.shares],
    )

"""Appliances as JSON: what is registered, what is known of them, and how they are now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, StringConstraints

from ffgateway.domain.devices import AT_ONCE, MOST_AT_ONCE, POOL, Device, DeviceStatus
from ffgateway.domain.dialling import DialPlan
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import (
    Certificate,
    DeviceUrl,
    Fingerprint,
    Line,
    Name,
    Seconds,
    Strict,
    Whole,
    Zone,
)
from ffgateway.services.device_checks import (
    CLIENT,
    DIALLED,
    HEAVIEST,
    LIGHTEST,
    MOST_EXTENSION_DIGITS,
    REGION,
)
from ffgateway.services.functions import FUNCTIONS

CLOSED: Final[dict[str, JsonValue]] = {"additionalProperties": False}
"""For a mapping whose names have a pattern: JSON Schema lets any other name pass."""

ElementName = Annotated[
    str, StringConstraints(pattern="^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=100)
]


class OverrideBody(Strict):
    """What an operator saw of an operation; what is absent or null is as the dialect has it."""

    path: Annotated[Line | None, Field(description="Below `/ffws/v1`, with the same places.")] = (
        None
    )
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    elements: Annotated[
        Annotated[dict[ElementName, ElementName], Field(max_length=200, json_schema_extra=CLOSED)]
        | None,
        Field(description="Names of elements: ours to the appliance's."),
    ] = None

    def override(self) -> dict[str, object]:
        """What is given of it."""
        return self.model_dump(exclude_none=True)


OVERRIDES: Final = Field(
    description="Operations that this appliance spells otherwise, by name; each then counts as"
    " observed.",
    json_schema_extra={"propertyNames": {"enum": [*sorted(FUNCTIONS)]}},
    examples=[{"about.get": {"path": "/system/about", "elements": {"model": "product_name"}}}],
)
Overrides = Annotated[dict[Line, OverrideBody], OVERRIDES]
Firmware = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,4}(\.[0-9]{1,4}){0,5})?$"),
    Field(examples=["3.5.2"], description="Closes what needs a later one; empty is not known."),
]


Pools = Annotated[
    list[Annotated[str, StringConstraints(pattern=POOL)]],
    Field(max_length=50, description="A fax may ask for one of them.", examples=[["lab"]]),
]
Weight = Annotated[
    float,
    Field(ge=LIGHTEST, le=HEAVIEST, allow_inf_nan=False, description="Its part in the work."),
]
AtOnce = Annotated[
    int,
    Field(
        ge=1,
        le=MOST_AT_ONCE,
        description="Faxes that are on their way to it side by side; never two to one number, and"
        " nothing new while one is in doubt.",
    ),
    Whole,
]
Regions = Annotated[
    list[Annotated[str, StringConstraints(pattern=REGION)]],
    Field(
        max_length=50,
        description="Beginnings of the numbers it is preferred for.",
        examples=[["+49", "+1212"]],
    ),
]
Clients = Annotated[
    list[Annotated[str, StringConstraints(pattern=CLIENT)]],
    Field(max_length=50, description="The API keys it is preferred for."),
]


Prefix = Annotated[str, StringConstraints(pattern=DIALLED)]
Region = Annotated[
    str,
    StringConstraints(pattern="^([A-Z]{2})?$"),
    Field(
        description="ISO 3166 code of the country of its line: numbers are checked and written for"
        " it. Empty: they are dialled as they are written.",
        examples=["US"],
        json_schema_extra={"format": "telephone-region"},
    ),
]


class DialPlanBody(Strict):
    """What a line needs before a number; empty is nothing."""

    outside: Annotated[Prefix, Field(description="To get out of the house.", examples=["9,"])] = ""
    international: Annotated[
        Prefix, Field(description="To leave the country.", examples=["011"])
    ] = ""
    national: Annotated[Prefix, Field(description="Before numbers of the country.")] = ""
    extension_digits: Annotated[
        Annotated[int, Field(ge=0, le=MOST_EXTENSION_DIGITS), Whole],
        Field(description="Numbers with at most so many digits are inside the house."),
    ] = 0

    def plan(self) -> DialPlan:
        """The plan."""
        return DialPlan(**self.model_dump())


class DialPlanOut(Out):
    """What a line needs before a number."""

    outside: str
    international: str
    national: str
    extension_digits: int


def overrides_of(bodies: Mapping[str, OverrideBody]) -> dict[str, dict[str, object]]:
    """The overrides that bodies stand for."""
    return {name: body.override() for name, body in bodies.items()}


class DeviceRequest(Strict):
    """An appliance to be taken into the fleet."""

    name: Name
    url: DeviceUrl
    username: Name
    password: Annotated[Line, Field(description="Kept sealed, never shown.")]
    model: Annotated[Line, Field(examples=["FF240"])] = ""
    zone: Annotated[Zone, Field(description="The zone of the appliance's clock.")] = "UTC"
    dialect: Literal["faxfinder-2", "faxfinder-3"] = "faxfinder-3"
    ca_pem: Certificate | None = None
    fingerprint: Fingerprint | None = None
    poll_busy_seconds: Seconds = 1.0
    poll_idle_seconds: Seconds = 15.0
    firmware: Firmware = ""
    overrides: Overrides = Field(default={})
    pools: Pools = Field(default=[])
    weight: Weight = 1.0
    submissions_at_once: AtOnce = AT_ONCE
    regions: Regions = Field(default=[])
    clients: Clients = Field(default=[])
    region: Region = ""
    dial_plan: DialPlanBody = DialPlanBody()


class DevicePatch(Strict):
    """What to change of an appliance; what is absent or null stays."""

    name: Name | None = None
    url: DeviceUrl | None = None
    username: Name | None = None
    password: Line | None = None
    model: Line | None = None
    zone: Zone | None = None
    dialect: Literal["faxfinder-2", "faxfinder-3"] | None = None
    ca_pem: Certificate | None = None
    fingerprint: Fingerprint | None = None
    enabled: bool | None = None
    poll_busy_seconds: Seconds | None = None
    poll_idle_seconds: Seconds | None = None
    firmware: Firmware | None = None
    overrides: Annotated[Overrides | None, Field(description="The whole new set of overrides.")] = (
        None
    )
    pools: Pools | None = None
    weight: Weight | None = None
    submissions_at_once: AtOnce | None = None
    regions: Regions | None = None
    clients: Clients | None = None
    region: Region | None = None
    dial_plan: Annotated[DialPlanBody | None, Field(description="The whole new plan.")] = None


class OverrideOut(Out):
    """What an operator saw of an operation; null is as the dialect has it."""

    path: str | None = None
    method: str | None = None
    elements: dict[str, str] | None = None


class DeviceOut(Out):
    """An appliance; its password is never shown."""

    id: str
    name: str
    url: str
    username: str
    model: str
    zone: str
    dialect: str
    ca_pem: str | None
    fingerprint: str | None
    enabled: bool
    health: str = Field(examples=["online", "offline", "auth_failed", "unknown"])
    health_detail: str
    last_seen_at: datetime | None
    shows_all: bool | None = Field(
        description="Whether it lets us list everybody's faxes: false when it refused, null before"
        " the first look. An appliance may also pass over the question."
    )
    poll_busy_seconds: float
    poll_idle_seconds: float
    created_at: datetime
    revision: int
    firmware: str = Field(examples=["3.5.2"])
    overrides: dict[str, OverrideOut]
    pools: list[str]
    weight: float
    submissions_at_once: int
    regions: list[str]
    clients: list[str]
    region: str
    dial_plan: DialPlanOut
    draining_since: datetime | None = Field(
        description="It takes nothing new and finishes what it has; null when it takes faxes."
    )
    degraded_since: datetime | None = Field(
        description="It fails too often and is left alone for half a minute at a time; null when well."
    )
    clock_skewed_since: datetime | None = Field(
        description="Its clock is too far from ours, or `zone` is not its zone: times that it names are off."
    )


def device_out(device: Device) -> DeviceOut:
    """An appliance."""
    return DeviceOut(
        id=device.id,
        name=device.name,
        url=device.url,
        username=device.username,
        model=device.model,
        zone=device.zone,
        dialect=device.dialect,
        ca_pem=device.trust.ca_pem or None,
        fingerprint=device.trust.fingerprint or None,
        enabled=device.enabled,
        health=device.health.value,
        health_detail=device.health_detail,
        last_seen_at=device.last_seen_at,
        shows_all=device.shows_all,
        poll_busy_seconds=device.poll_busy.total_seconds(),
        poll_idle_seconds=device.poll_idle.total_seconds(),
        created_at=device.created_at,
        revision=device.revision,
        firmware=device.firmware,
        overrides={
            name: OverrideOut.model_validate(dict(each)) for name, each in device.overrides.items()
        },
        pools=list(device.pools),
        weight=device.weight,
        submissions_at_once=device.submissions_at_once,
        regions=list(device.regions),
        clients=list(device.clients),
        region=device.region,
        dial_plan=DialPlanOut.model_validate(device.dial_plan),
        draining_since=device.draining_since,
        degraded_since=device.degraded_since,
        clock_skewed_since=device.clock_skewed_since,
    )


class LineOut(Out):
    """One line of an appliance, now."""

    number: int
    state: str
    idle: bool
    page: int
    fax_number: str
    remote_id: str
    baud_rate: str


class ReceptionOut(Out):
    """A fax being received."""

    state: str
    line: int | None
    extension: str
    recipient: str
    remote_id: str
    page: int | None


class PrinterOut(Out):
    """A printer that received faxes go to."""

    name: str
    status: str
    jobs: str


class ShareOut(Out):
    """A network share that received faxes go to."""

    share: str
    status: str


class DeviceStatusOut(Out):
    """An appliance as it is now, in its own words."""

    device_id: str
    lines_sending: int | None
    lines_receiving: int | None
    lines_idle: int | None
    uptime: str
    current_time: str
    time_server: str
    lines: list[LineOut]
    receiving: list[ReceptionOut]
    printers: list[PrinterOut]
    shares: list[ShareOut]


def device_status_out(status: DeviceStatus) -> DeviceStatusOut:
    """An appliance as it is now."""
    return DeviceStatusOut.model_validate(status)

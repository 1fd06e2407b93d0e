"""How an appliance is set up, as JSON: what comes in, what goes out."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from ffgateway.domain.configuration import (
    About,
    Destination,
    DestinationType,
    InboundRoute,
    ModemChanges,
    ModemSettings,
    RouteChanges,
    RouteDraft,
    RouteScope,
    T37Changes,
    T37Settings,
)
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import FILLED, Filled, Line, Name, Strict, Whole

LineNumber = Annotated[int, Field(ge=1, le=999), Whole]
Digits = Annotated[str, StringConstraints(pattern="^[0-9]{1,15}$")]
Priority = Annotated[int, Field(ge=0, le=5, description="0 is the highest."), Whole]
Rings = Annotated[int, Field(ge=1, le=20, description="Rings before it answers."), Whole]
ExtensionDigits = Annotated[int, Field(ge=1, le=15), Whole]
Receipt = Literal["never", "failure", "always"]
Routing = Literal["pots_line", "dtmf_digits", "pbx"]


_NOTHING: dict[str, Any] = {"type": "null"}
FITTING: dict[str, Any] = {
    "anyOf": [
        {"properties": {"scope": {"const": "global"}, "line": _NOTHING, "extension": _NOTHING}},
        {
            "properties": {
                "scope": {"const": "line"},
                "line": {"type": "integer", "minimum": 1, "maximum": 999},
                "extension": _NOTHING,
            },
            "required": ["line"],
        },
        {
            "properties": {
                "scope": {"const": "extension"},
                "line": _NOTHING,
                "extension": {"type": "string", "pattern": "^[0-9]{1,15}$"},
            },
            "required": ["extension"],
        },
    ]
}
"""What goes with which scope."""

VALUED: dict[str, Any] = {
    "anyOf": [
        {"properties": {"type": {"const": "trash"}, "value": {"pattern": r"^\s*$"}}},
        {
            "properties": {
                "type": {"enum": [one.value for one in DestinationType if one.value != "trash"]},
                "value": {"pattern": FILLED},
            },
            "required": ["value"],
        },
    ]
}
"""Which destination has a value."""


class DestinationBody(Strict):
    """One place that faxes go to."""

    model_config = ConfigDict(json_schema_extra=VALUED)

    type: DestinationType
    value: Annotated[
        Line, Field(description="A name, an address, `//server/share`; empty for the trash.")
    ] = ""


Destinations = Annotated[list[DestinationBody], Field(min_length=1, max_length=50)]


class RouteRequest(Strict):
    """A route to be made. `line` goes with the scope `line`, `extension` with `extension`."""

    model_config = ConfigDict(json_schema_extra=FITTING)

    name: Filled
    scope: RouteScope
    line: LineNumber | None = None
    extension: Digits | None = None
    destinations: Destinations

    def draft(self) -> RouteDraft:
        """The route that it stands for."""
        return RouteDraft(
            name=self.name,
            scope=self.scope,
            line=self.line,
            extension=self.extension or "",
            destinations=_destinations(self.destinations),
        )


class RoutePatch(Strict):
    """What to change of a route; what is absent or null stays. `destinations` is the whole list."""

    name: Filled | None = None
    scope: RouteScope | None = None
    line: LineNumber | None = None
    extension: Digits | None = None
    destinations: Destinations | None = None

    def changes(self) -> RouteChanges:
        """The changes that it stands for."""
        return RouteChanges(
            name=self.name,
            scope=self.scope,
            line=self.line,
            extension=self.extension,
            destinations=None if self.destinations is None else _destinations(self.destinations),
        )


def _destinations(found: list[DestinationBody]) -> tuple[Destination, ...]:
    return tuple(Destination(type=each.type, value=each.value) for each in found)


class DestinationOut(Out):
    """One place that faxes go to."""

    type: DestinationType
    value: str


class RouteOut(Out):
    """Where received faxes go."""

    id: str
    name: str
    scope: RouteScope
    line: int | None
    extension: str | None
    destinations: list[DestinationOut]


def route_out(route: InboundRoute) -> RouteOut:
    """A route as JSON."""
    return RouteOut(
        id=str(route.id),
        name=route.name,
        scope=route.scope,
        line=route.line,
        extension=route.extension or None,
        destinations=[
            DestinationOut(type=each.type, value=each.value) for each in route.destinations
        ],
    )


class T37Patch(Strict):
    """What to change of store and forward; what is absent or null stays."""

    enabled: bool | None = None
    domain: Line | None = None
    allowed_senders: Annotated[list[Name], Field(max_length=500)] | None = None
    cover_page_enabled: bool | None = None
    cover_page_name: Line | None = None
    priority: Priority | None = None
    receipt: Receipt | None = None
    receipt_attachment: Line | None = None

    def changes(self) -> T37Changes:
        """The changes that it stands for."""
        senders = self.allowed_senders
        return T37Changes(
            enabled=self.enabled,
            domain=self.domain,
            allowed_senders=None if senders is None else tuple(senders),
            cover_page_enabled=self.cover_page_enabled,
            cover_page_name=self.cover_page_name,
            priority=self.priority,
            receipt=self.receipt,
            receipt_attachment=self.receipt_attachment,
        )


class T37Out(Out):
    """Faxes that come in by mail."""

    enabled: bool
    domain: str
    allowed_senders: list[str]
    cover_page_enabled: bool
    cover_page_name: str
    priority: int | None
    receipt: str | None
    receipt_attachment: str | None


def t37_out(settings: T37Settings) -> T37Out:
    """Settings as JSON."""
    return T37Out(
        enabled=settings.enabled,
        domain=settings.domain,
        allowed_senders=list(settings.allowed_senders),
        cover_page_enabled=settings.cover_page_enabled,
        cover_page_name=settings.cover_page_name,
        priority=settings.priority,
        receipt=settings.receipt or None,
        receipt_attachment=settings.receipt_attachment or None,
    )


class ModemPatch(Strict):
    """What to change of a modem; what is absent or null stays."""

    enabled: bool | None = None
    country_code: Line | None = None
    answer_on: Rings | None = None
    max_extension_digits: ExtensionDigits | None = None
    routing: Routing | None = None
    init_string: Annotated[Line, Field(description="AT commands.")] | None = None
    block_inbound: bool | None = None
    block_outbound: bool | None = None

    def changes(self) -> ModemChanges:
        """The changes that it stands for."""
        return ModemChanges(
            enabled=self.enabled,
            country_code=self.country_code,
            answer_on=self.answer_on,
            max_extension_digits=self.max_extension_digits,
            routing=self.routing,
            init_string=self.init_string,
            block_inbound=self.block_inbound,
            block_outbound=self.block_outbound,
        )


class ModemSettingsOut(Out):
    """How one modem is set up."""

    number: int
    enabled: bool
    country_code: str
    answer_on: int | None
    max_extension_digits: int | None
    routing: str
    init_string: str
    block_inbound: bool
    block_outbound: bool


def modem_settings_out(modem: ModemSettings) -> ModemSettingsOut:
    """A modem as JSON."""
    return ModemSettingsOut(
        number=modem.number,
        enabled=modem.enabled,
        country_code=modem.country_code,
        answer_on=modem.answer_on,
        max_extension_digits=modem.max_extension_digits,
        routing=modem.routing,
        init_string=modem.init_string,
        block_inbound=modem.block_inbound,
        block_outbound=modem.block_outbound,
    )


class GlobalContactsOut(Out):
    """Whether users who are no administrators may add global contacts."""

    enabled: bool


def global_contacts_out(enabled: bool) -> GlobalContactsOut:
    """A setting as JSON."""
    return GlobalContactsOut(enabled=enabled)


class AboutOut(Out):
    """What an appliance says of itself. Texts are its own."""

    product: str | None
    model: str | None
    firmware: str | None
    serial_number: str | None
    mac_address: str | None
    uptime_seconds: int | None


def about_out(about: About) -> AboutOut:
    """An appliance as JSON."""
    return AboutOut(
        product=about.product or None,
        model=about.model or None,
        firmware=about.firmware or None,
        serial_number=about.serial_number or None,
        mac_address=about.mac_address or None,
        uptime_seconds=about.uptime_seconds,
    )

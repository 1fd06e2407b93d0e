"""How an appliance is set up, on the wire: inbound routes, T.37, modems, and what it says of itself.

**All of it is a stand-in.** The guide knows these functions by title alone; paths and elements are
of this project's own making, after the pattern of the documented ones, until an operator's override
says what an appliance really does. What the things mean is from the vendor's admin guides.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from ffgateway.ffws.elements import (
    REQUEST_LIMIT,
    Fields,
    branch,
    flag_text,
    leaf,
    leaf_unless_none,
    parse,
    parse_response,
    write_response,
)
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.paths import ROOT

T = TypeVar("T")

SCOPES: Final = ("global", "line", "extension")
"""What a route goes by (admin guides; an FF240-IP has no lines)."""

DESTINATIONS: Final = ("user", "email", "printer", "share", "trash")
"""Where a fax can be sent on to (admin guides)."""

ROUTINGS: Final = ("pots_line", "dtmf_digits", "pbx")
"""How a modem finds out whom a fax is for (admin guides of FFx30)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place that received faxes go to. `value` is a name, an address, or "" for the trash."""

    type: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRoute:
    """Where faxes go: all of them, those of one line, or those for one extension."""

    name: str
    scope: str
    line_number: int | None = None
    extension: str = ""
    destinations: tuple[Destination, ...] = ()
    id: int | None = None  # None in a request: the path says it


@dataclass(frozen=True, slots=True, kw_only=True)
class T37Settings:
    """Store and forward: faxes that come in by mail."""

    enabled: bool = False
    domain: str = ""
    allowed_senders: tuple[str, ...] = ()
    cover_page_enabled: bool = True
    cover_page_name: str = ""
    priority: int | None = None
    receipt: str = ""
    receipt_attachment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemSettings:
    """One modem: how it answers, and what it is used for. `answer_on` counts rings."""

    modem_number: int
    enabled: bool = True
    country_code: str = ""
    answer_on: int | None = None
    max_extension_digits: int | None = None
    routing: str = ""
    init_string: str = ""
    block_inbound: bool = False
    block_outbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an appliance says of itself. `uptime` is seconds."""

    product: str = ""
    model: str = ""
    firmware_version: str = ""
    serial_number: str = ""
    mac_address: str = ""
    uptime: int | None = None


# Inbound routes ---------------------------------------------------------------------------------


def read_inbound_routes(document: bytes) -> tuple[InboundRoute, ...]:
    """Read every `<inbound_route>` of an answer; each must say which it is."""
    response = Fields(parse_response(document), "response")
    routes = tuple(_read_route(each) for each in response.all("inbound_route"))
    if any(route.id is None for route in routes):
        raise response.child("inbound_route").fault("inbound_route_url", "is missing or empty")
    return routes


def read_inbound_route(document: bytes) -> InboundRoute:
    """Read the one `<inbound_route>` of an answer."""
    found = read_inbound_routes(document)
    if len(found) != 1:
        raise MalformedDocument(
            f"are {len(found)} where one was asked for", element="inbound_route"
        )
    return found[0]


def read_inbound_route_request(document: bytes) -> InboundRoute:
    """Read a route that is to be added or edited."""
    return _requested(document, "inbound_route", _read_route)


def _read_route(fields: Fields) -> InboundRoute:
    number = fields.url("inbound_route_url").rstrip("/").rpartition("/")[2]
    if number and not (number.isdecimal() and number.isascii() and len(number) <= 9):
        raise fields.fault("inbound_route_url", "does not end in a number")
    return InboundRoute(
        name=fields.text("name"),
        scope=fields.text("scope"),
        line_number=fields.optional_integer("line_number"),
        extension=fields.text("extension"),
        destinations=tuple(
            Destination(type=each.text("type"), value=each.text("value"))
            for each in fields.all("destination")
        ),
        id=int(number) if number else None,
    )


def write_inbound_routes(
    routes: Iterable[InboundRoute], *, base_url: str, message: str = "Success"
) -> bytes:
    """Write one `<inbound_route>` for each, its URL first."""
    return write_response(
        "".join(_written_route(each, base_url) for each in routes), message=message
    )


def write_inbound_route(route: InboundRoute) -> bytes:
    """Write a route to be added or edited: without its URL."""
    return _written_route(route, "").encode()


def _written_route(route: InboundRoute, base_url: str) -> str:
    path, url = "inbound_route", ""
    if base_url and route.id is not None:
        url = leaf(f"{path}/inbound_route_url", f"{base_url}{ROOT}/inbound_routes/{route.id}")
    return branch(
        path,
        url,
        leaf(f"{path}/name", route.name),
        leaf(f"{path}/scope", route.scope),
        leaf_unless_none(f"{path}/line_number", route.line_number),
        leaf(f"{path}/extension", route.extension),
        *(
            branch(
                f"{path}/destination",
                leaf(f"{path}/destination/type", each.type),
                leaf(f"{path}/destination/value", each.value),
            )
            for each in route.destinations
        ),
    )


# T.37 -------------------------------------------------------------------------------------------


def read_t37_settings(document: bytes) -> T37Settings:
    """Read `<t37_settings>` of an answer."""
    return _answered(document, "t37_settings", _read_t37)


def read_t37_request(document: bytes) -> T37Settings:
    """Read settings that are to be put in place."""
    return _requested(document, "t37_settings", _read_t37)


def _read_t37(fields: Fields) -> T37Settings:
    return T37Settings(
        enabled=fields.flag("enabled", default=False),
        domain=fields.text("domain"),
        allowed_senders=tuple(text for text in fields.texts("allowed_sender") if text),
        cover_page_enabled=fields.flag("cover_page_enabled", default=True),
        cover_page_name=fields.text("cover_page_name"),
        priority=fields.optional_integer("priority"),
        receipt=fields.text("receipt"),
        receipt_attachment=fields.text("receipt_attachment"),
    )


def write_t37_answer(settings: T37Settings) -> bytes:
    """Write an answer."""
    return write_response(_written_t37(settings), message="Success")


def write_t37_settings(settings: T37Settings) -> bytes:
    """Write settings to be put in place."""
    return _written_t37(settings).encode()


def _written_t37(settings: T37Settings) -> str:
    path = "t37_settings"
    return branch(
        path,
        leaf(f"{path}/enabled", flag_text(settings.enabled)),
        leaf(f"{path}/domain", settings.domain),
        *(leaf(f"{path}/allowed_sender", each) for each in settings.allowed_senders),
        leaf(f"{path}/cover_page_enabled", flag_text(settings.cover_page_enabled)),
        leaf(f"{path}/cover_page_name", settings.cover_page_name),
        leaf_unless_none(f"{path}/priority", settings.priority),
        leaf(f"{path}/receipt", settings.receipt),
        leaf(f"{path}/receipt_attachment", settings.receipt_attachment),
    )


# Modems -----------------------------------------------------------------------------------------


def read_modem_settings(document: bytes) -> tuple[ModemSettings, ...]:
    """Read every `<modem_settings>` of an answer."""
    response = Fields(parse_response(document), "response")
    return tuple(_read_modem(each) for each in response.all("modem_settings"))


def read_modem_setting(document: bytes) -> ModemSettings:
    """Read the settings of one modem out of an answer."""
    return _answered(document, "modem_settings", _read_modem)


def read_modem_request(document: bytes) -> ModemSettings:
    """Read settings that are to be put in place."""
    return _requested(document, "modem_settings", _read_modem)


def _read_modem(fields: Fields) -> ModemSettings:
    return ModemSettings(
        modem_number=fields.integer("modem_number"),
        enabled=fields.flag("enabled", default=True),
        country_code=fields.text("country_code"),
        answer_on=fields.optional_integer("answer_on"),
        max_extension_digits=fields.optional_integer("max_extension_digits"),
        routing=fields.text("routing"),
        init_string=fields.text("init_string"),
        block_inbound=fields.flag("block_inbound", default=False),
        block_outbound=fields.flag("block_outbound", default=False),
    )


def write_modem_settings(modems: Iterable[ModemSettings]) -> bytes:
    """Write one `<modem_settings>` for each."""
    return write_response("".join(map(_written_modem, modems)), message="Success")


def write_modem_setting(modem: ModemSettings) -> bytes:
    """Write settings of one modem to be put in place."""
    return _written_modem(modem).encode()


def _written_modem(modem: ModemSettings) -> str:
    path = "modem_settings"
    return branch(
        path,
        leaf(f"{path}/modem_number", str(modem.modem_number)),
        leaf(f"{path}/enabled", flag_text(modem.enabled)),
        leaf(f"{path}/country_code", modem.country_code),
        leaf_unless_none(f"{path}/answer_on", modem.answer_on),
        leaf_unless_none(f"{path}/max_extension_digits", modem.max_extension_digits),
        leaf(f"{path}/routing", modem.routing),
        leaf(f"{path}/init_string", modem.init_string),
        leaf(f"{path}/block_inbound", flag_text(modem.block_inbound)),
        leaf(f"{path}/block_outbound", flag_text(modem.block_outbound)),
    )


# What it says of itself -------------------------------------------------------------------------


def read_global_contacts(document: bytes) -> bool:
    """Whether users who are no administrators may add global contacts."""
    return _answered(
        document, "add_global_contacts", lambda fields: fields.flag("enabled", default=False)
    )


def write_global_contacts(*, enabled: bool) -> bytes:
    """Write an answer."""
    path = "add_global_contacts"
    return write_response(
        branch(path, leaf(f"{path}/enabled", flag_text(enabled))), message="Success"
    )


def read_about(document: bytes) -> About:
    """Read `<about>` of an answer."""
    return _answered(document, "about", _read_about)


def _read_about(fields: Fields) -> About:
    return About(
        product=fields.text("product"),
        model=fields.text("model"),
        firmware_version=fields.text("firmware_version"),
        serial_number=fields.text("serial_number"),
        mac_address=fields.text("mac_address"),
        uptime=fields.optional_integer("uptime"),
    )


def write_about(about: About) -> bytes:
    """Write an answer."""
    return write_response(
        branch(
            "about",
            leaf("about/product", about.product),
            leaf("about/model", about.model),
            leaf("about/firmware_version", about.firmware_version),
            leaf("about/serial_number", about.serial_number),
            leaf("about/mac_address", about.mac_address),
            leaf_unless_none("about/uptime", about.uptime),
        ),
        message="Success",
    )


def _answered(document: bytes, name: str, read: Callable[[Fields], T]) -> T:
    response = Fields(parse_response(document), "response")
    if name not in response:
        raise response.fault(name, "is missing")
    return read(response.child(name))


def _requested(document: bytes, name: str, read: Callable[[Fields], T]) -> T:
    root = parse(document, limit=REQUEST_LIMIT)
    if root.tag != name:
        raise MalformedDocument(f"is not a <{name}>", element=str(root.tag))
    return read(Fields(root, name))

"""How an appliance is set up, in our words: routes for what comes in, T.37, modems, itself."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class RouteScope(StrEnum):
    """What a route goes by."""

    GLOBAL = "global"  # every fax
    LINE = "line"  # those of one line; an FF240-IP has none of these
    EXTENSION = "extension"  # those for one extension


class DestinationType(StrEnum):
    """Where faxes are sent on to."""

    USER = "user"
    EMAIL = "email"
    PRINTER = "printer"
    SHARE = "share"
    TRASH = "trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place that faxes go to: a name, an address, `//server/share`; "" for the trash."""

    type: DestinationType
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDraft:
    """A route to be. `line` belongs to the scope line, `extension` to the scope extension."""

    name: str
    scope: RouteScope
    line: int | None = None
    extension: str = ""
    destinations: tuple[Destination, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRoute(RouteDraft):
    """A route of an appliance. A word of its own that we do not know makes the whole unreadable."""

    id: int


R = TypeVar("R", bound="DataclassInstance")


class _Changes:
    """What to change of a record; None leaves a thing as it is."""

    __slots__: tuple[str, ...] = ()

    def given(self) -> tuple[str, ...]:
        """Names of what is to change."""
        return tuple(sorted(name for name in self.__slots__ if getattr(self, name) is not None))

    def over(self, record: R) -> R:
        """The record as it is to be."""
        return replace(record, **{name: getattr(self, name) for name in self.given()})


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChanges(_Changes):
    """What to change of a route. `destinations` is the whole new list.

    A new scope takes the old line or extension away with it.
    """

    name: str | None = None
    scope: RouteScope | None = None
    line: int | None = None
    extension: str | None = None
    destinations: tuple[Destination, ...] | None = None

    def of(self, route: InboundRoute) -> InboundRoute:
        """The route as it is to be."""
        if self.scope is not None and self.scope is not route.scope:
            route = replace(route, line=None, extension="")
        return self.over(route)


@dataclass(frozen=True, slots=True, kw_only=True)
class T37Settings:
    """Store and forward: faxes that come in by mail. None and "" are what was not said."""

    enabled: bool
    domain: str = ""
    allowed_senders: tuple[str, ...] = ()
    cover_page_enabled: bool = True
    cover_page_name: str = ""
    priority: int | None = None  # 0 highest, 5 lowest
    receipt: str = ""
    receipt_attachment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class T37Changes(_Changes):
    """What to change of it. `allowed_senders` is the whole new list."""

    enabled: bool | None = None
    domain: str | None = None
    allowed_senders: tuple[str, ...] | None = None
    cover_page_enabled: bool | None = None
    cover_page_name: str | None = None
    priority: int | None = None
    receipt: str | None = None
    receipt_attachment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemSettings:
    """One modem. `answer_on` counts rings; `init_string` are AT commands."""

    number: int
    enabled: bool = True
    country_code: str = ""
    answer_on: int | None = None
    max_extension_digits: int | None = None
    routing: str = ""  # pots_line, dtmf_digits or pbx
    init_string: str = ""
    block_inbound: bool = False
    block_outbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemChanges(_Changes):
    """What to change of a modem."""

    enabled: bool | None = None
    country_code: str | None = None
    answer_on: int | None = None
    max_extension_digits: int | None = None
    routing: str | None = None
    init_string: str | None = None
    block_inbound: bool | None = None
    block_outbound: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an appliance says of itself."""

    product: str = ""
    model: str = ""
    firmware: str = ""
    serial_number: str = ""
    mac_address: str = ""
    uptime_seconds: int | None = None

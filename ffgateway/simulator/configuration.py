"""How a simulated appliance is set up: routes, T.37, modems.

The guide knows these functions by title only. What they hold and what is refused is from the admin
guides where they say it, and otherwise a plain choice of this project.
"""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from ffgateway.ffws.configuration import (
    DESTINATIONS,
    ROUTINGS,
    SCOPES,
    InboundRoute,
    ModemSettings,
    T37Settings,
)
from ffgateway.simulator.models import Model
from ffgateway.simulator.refusals import Refused

EVERYBODY: Final = "Everybody"


@dataclass(slots=True)
class Configuration:
    """The settings of one unit. Modems are there on models that have any."""

    model: Model
    t37: T37Settings = field(
        default_factory=lambda: T37Settings(
            cover_page_name="default.pdf", priority=3, receipt="never", receipt_attachment="none"
        )
    )
    modems: dict[int, ModemSettings] = field(init=False)
    _routes: dict[int, InboundRoute] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        numbers = () if self.model.channels else range(1, self.model.lines + 1)
        self.modems = {number: factory_modem(number) for number in numbers}

    def routes(self) -> tuple[InboundRoute, ...]:
        """Return every route, the oldest first."""
        return tuple(self._routes.values())

    def route(self, number: int) -> InboundRoute:
        """Return a route; 404 for one that is not there."""
        found = self._routes.get(number)
        if found is None:
            raise Refused(404, "Inbound route not found")
        return found

    def add_route(self, route: InboundRoute) -> InboundRoute:
        """Take a route in."""
        self._check(route)
        number = next(self._numbers)
        self._routes[number] = replace(route, id=number)
        return self._routes[number]

    def put_route(self, number: int, route: InboundRoute) -> None:
        """Put a route where another is."""
        self.route(number)
        self._check(route)
        self._routes[number] = replace(route, id=number)

    def remove_route(self, number: int) -> None:
        """Forget a route."""
        self.route(number)
        del self._routes[number]

    def recipient_for(self, line: int, extension: str) -> str:
        """Whom a fax is for: by its extension, else by its line, else by a route for all.

        The admin guides say that the table of lines is the default when no digits were obtained.
        """
        for route in self.routes():
            if route.scope == "extension" and extension and route.extension == extension:
                return route.name
        for route in self.routes():
            if route.scope == "line" and route.line_number == line:
                return route.name
        return next((one.name for one in self.routes() if one.scope == "global"), "")

    def modem(self, number: int) -> ModemSettings:
        """Return the settings of a modem; 404 for one that is not there."""
        found = self.modems.get(number)
        if found is None:
            raise Refused(404, "No such modem")
        return found

    def put_modem(self, number: int, modem: ModemSettings) -> None:
        """Put settings in place; the path says of which modem."""
        self.modem(number)
        if modem.routing not in ROUTINGS:
            raise Refused(400, "Unknown routing")
        if not 1 <= (modem.max_extension_digits or 0) <= 15:  # admin guide
            raise Refused(400, "Extension digits must be 1 to 15")
        if not 1 <= (modem.answer_on or 0) <= 20:
            raise Refused(400, "Rings must be 1 to 20")
        self.modems[number] = replace(modem, modem_number=number)

    def put_t37(self, settings: T37Settings) -> None:
        """Put the settings of store and forward in place."""
        if settings.enabled and not settings.domain:
            raise Refused(400, "A domain is needed")
        if settings.priority is not None and not 0 <= settings.priority <= 5:
            raise Refused(400, "Priority must be 0 to 5")
        self.t37 = settings

    def _check(self, route: InboundRoute) -> None:
        if not route.name:
            raise Refused(400, "A route needs a name")
        scopes = [scope for scope in SCOPES if scope != "line" or not self.model.channels]
        if route.scope not in scopes:
            raise Refused(400, f"Scope must be one of {', '.join(scopes)}")
        if route.scope == "line" and not 1 <= (route.line_number or 0) <= self.model.lines:
            raise Refused(400, "No such line")
        if route.scope == "extension" and not (
            route.extension.isdecimal() and route.extension.isascii()
        ):
            raise Refused(400, "An extension is digits")
        if not route.destinations:
            raise Refused(400, "A route needs a destination")
        for destination in route.destinations:
            if destination.type not in DESTINATIONS:
                raise Refused(400, f"Destinations are {', '.join(DESTINATIONS)}")
            if destination.type != "trash" and not destination.value:
                raise Refused(400, "A destination needs a value")


def factory_modem(number: int) -> ModemSettings:
    """A modem as it comes. Country, rings and the string are those of the FFx30 admin guide's screens."""
    return ModemSettings(
        modem_number=number,
        country_code="US",
        answer_on=1,
        max_extension_digits=4,
        routing="pots_line",
        init_string=";+FRY=1",
    )

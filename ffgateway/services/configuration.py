"""How one appliance is set up: read by whoever may look, changed by whoever may administer.

A change is read, merged and written back whole, as FFWS edits are. The rules checked here are
those of the vendor's admin guides; the appliance has the last word.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ffgateway.devices import configuration as device
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
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
from ffgateway.domain.errors import Conflict, GatewayError, InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of, page_from
from ffgateway.domain.versions import expect
from ffgateway.services.asking import Asking
from ffgateway.services.learnt import Learnt, there

T = TypeVar("T")

ROUTINGS = ("pots_line", "dtmf_digits", "pbx")
"""How a modem finds out whom a fax is for."""

RECEIPTS = ("", "never", "failure", "always")


class Configuration:
    """The settings of the appliances."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def _read(
        self,
        caller: Caller,
        device_id: str,
        action: str,
        call: Callable[[Appliance], Awaitable[T]],
    ) -> T:
        return await self._asking.read(caller, Scope.DEVICES_READ, action, device_id, call)

    async def _change(
        self,
        caller: Caller,
        device_id: str,
        action: str,
        call: Callable[[Appliance], Awaitable[T]],
        /,
        *,
        learnt: Learnt,
        **detail: object,
    ) -> T:
        return await self._asking.change(
            caller, Scope.DEVICES_ADMIN, action, device_id, call, learnt=learnt, **detail
        )

    async def inbound_routes(
        self, caller: Caller, device_id: str, *, cursor: str | None, limit: int
    ) -> Known[Page[InboundRoute]]:
        """A page of the routes; the appliance is asked for all of them each time."""
        offset = offset_of(cursor)
        known = await self._read(caller, device_id, "inbound_route.list", device.inbound_routes)
        return known.map(lambda found: page_from(found[offset:], offset=offset, limit=limit))

    async def inbound_route(
        self, caller: Caller, device_id: str, number: int
    ) -> Known[InboundRoute]:
        """One route. Raises `DeviceNotThere`."""

        async def read(box: Appliance) -> Known[InboundRoute]:
            return await device.inbound_route(box, number)

        return await self._read(caller, device_id, "inbound_route.get", read)

    async def add_inbound_route(
        self, caller: Caller, device_id: str, draft: RouteDraft
    ) -> Known[InboundRoute]:
        """Make a route."""
        check_route(draft)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[InboundRoute]:
            return await learnt.made(None, draft, device.add_inbound_route(box, draft))

        return await self._change(caller, device_id, "inbound_route.add", change, learnt=learnt)

    async def edit_inbound_route(
        self,
        caller: Caller,
        device_id: str,
        number: int,
        changes: RouteChanges,
        *,
        seen: str | None = None,
    ) -> Known[InboundRoute]:
        """Change what is given. Raises `ChangedMeanwhile` when `seen` is not what is there."""
        learnt = Learnt()

        async def change(box: Appliance) -> Known[InboundRoute]:
            box.must_have("inbound_route.edit")
            before = (await device.inbound_route(box, number)).value
            expect(before, seen)
            after = changes.of(before)
            check_route(after, unfit=Conflict)
            return await learnt.made(before, after, device.edit_inbound_route(box, after))

        return await self._change(
            caller, device_id, "inbound_route.edit", change, learnt=learnt, route=number
        )

    async def remove_inbound_route(
        self, caller: Caller, device_id: str, number: int, *, seen: str | None = None
    ) -> Known[None]:
        """Remove a route. Raises `ChangedMeanwhile` when `seen` is not what is there."""
        learnt = Learnt()

        async def change(box: Appliance) -> Known[None]:
            box.must_have("inbound_route.delete")
            before = await there(device.inbound_route(box, number), must=seen is not None)
            expect(before, seen)
            return await learnt.made(before, None, device.delete_inbound_route(box, number))

        return await self._change(
            caller, device_id, "inbound_route.delete", change, learnt=learnt, route=number
        )

    async def t37_settings(self, caller: Caller, device_id: str) -> Known[T37Settings]:
        """The settings of store and forward."""
        return await self._read(caller, device_id, "t37_settings.get", device.t37_settings)

    async def edit_t37_settings(
        self, caller: Caller, device_id: str, changes: T37Changes, *, seen: str | None = None
    ) -> Known[T37Settings]:
        """Change what is given. Raises `ChangedMeanwhile` when `seen` is not what is there."""
        learnt = Learnt()

        async def change(box: Appliance) -> Known[T37Settings]:
            box.must_have("t37_settings.edit")
            before = (await device.t37_settings(box)).value
            expect(before, seen)
            after = changes.over(before)
            check_t37(after)
            return await learnt.made(before, after, device.edit_t37_settings(box, after))

        return await self._change(caller, device_id, "t37_settings.edit", change, learnt=learnt)

    async def modem_settings(
        self, caller: Caller, device_id: str, *, cursor: str | None, limit: int
    ) -> Known[Page[ModemSettings]]:
        """A page of the modems' settings."""
        offset = offset_of(cursor)
        known = await self._read(caller, device_id, "modem_settings.list", device.modem_settings)
        return known.map(lambda found: page_from(found[offset:], offset=offset, limit=limit))

    async def modem_setting(
        self, caller: Caller, device_id: str, number: int
    ) -> Known[ModemSettings]:
        """The settings of one modem. Raises `DeviceNotThere`."""

        async def read(box: Appliance) -> Known[ModemSettings]:
            return await device.modem_setting(box, number)

        return await self._read(caller, device_id, "modem_settings.get", read)

    async def edit_modem_setting(
        self,
        caller: Caller,
        device_id: str,
        number: int,
        changes: ModemChanges,
        *,
        seen: str | None = None,
    ) -> Known[ModemSettings]:
        """Change what is given. Raises `ChangedMeanwhile` when `seen` is not what is there."""
        check_modem(changes)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[ModemSettings]:
            box.must_have("modem_settings.edit")
            before = (await device.modem_setting(box, number)).value
            expect(before, seen)
            after = changes.over(before)
            return await learnt.made(before, after, device.edit_modem_setting(box, after))

        return await self._change(
            caller, device_id, "modem_settings.edit", change, learnt=learnt, modem=number
        )

    async def global_contacts_status(self, caller: Caller, device_id: str) -> Known[bool]:
        """Whether users who are no administrators may add global contacts."""
        return await self._read(
            caller, device_id, "global_contacts.get", device.global_contacts_status
        )

    async def about(self, caller: Caller, device_id: str) -> Known[About]:
        """What the appliance says of itself."""
        return await self._read(caller, device_id, "about.get", device.about)


def check_route(route: RouteDraft, *, unfit: type[GatewayError] = InvalidRequest) -> None:
    """Raise `InvalidRequest` for a route that no appliance could follow.

    `unfit` is raised for parts that do not fit each other: of a change, some are the record's.
    """
    if not route.name.strip():
        raise InvalidRequest("The route has no name.", field="name", cure="Give it one.")
    if (route.scope is RouteScope.LINE) != (route.line is not None):
        raise unfit(
            "A line belongs to a route by line, and to no other.",
            field="line",
            cure="Give the line, or another scope.",
        )
    if (route.scope is RouteScope.EXTENSION) != bool(route.extension):
        raise unfit(
            "An extension belongs to a route by extension, and to no other.",
            field="extension",
            cure="Give the extension, or another scope.",
        )
    if route.extension and not (route.extension.isdecimal() and route.extension.isascii()):
        raise InvalidRequest(
            "An extension is digits.", field="extension", cure="Use nothing but digits."
        )
    if not route.destinations:
        raise InvalidRequest(
            "The route leads nowhere.",
            field="destinations",
            cure="Give a destination; the type trash is for what nobody wants.",
        )
    for index, each in enumerate(route.destinations):
        _check_destination(each, f"destinations[{index}].value")


def _check_destination(one: Destination, field: str) -> None:
    if (one.type is DestinationType.TRASH) == bool(one.value.strip()):
        raise InvalidRequest(
            "Every destination but the trash has a value.",
            field=field,
            cure="Give the user, the address, the printer or the share.",
        )


def check_t37(settings: T37Settings) -> None:
    """Raise `InvalidRequest` for settings of store and forward that cannot be.

    Raises `Conflict` for those that cannot be together: some of them are the record's.
    """
    if settings.enabled and not settings.domain.strip():
        raise Conflict(
            "Mail needs a domain to come in by.", field="domain", cure="Give it one, or disable it."
        )
    if settings.priority is not None and not 0 <= settings.priority <= 5:
        raise InvalidRequest(
            "There are six priorities.", field="priority", cure="Use 0, the highest, to 5."
        )
    if settings.receipt not in RECEIPTS:
        raise InvalidRequest(
            f"There is no receipt {settings.receipt!r}.",
            field="receipt",
            cure="Use never, failure or always.",
        )


def check_modem(changes: ModemChanges) -> None:
    """Raise `InvalidRequest` for what no modem can be set to."""
    if changes.routing is not None and changes.routing not in ROUTINGS:
        raise InvalidRequest(
            f"There is no routing {changes.routing!r}.",
            field="routing",
            cure=f"Use one of {', '.join(ROUTINGS)}.",
        )
    digits = changes.max_extension_digits
    if digits is not None and not 1 <= digits <= 15:
        raise InvalidRequest(
            "An extension has 1 to 15 digits.",
            field="max_extension_digits",
            cure="Use a number from 1 to 15.",
        )
    if changes.answer_on is not None and not 1 <= changes.answer_on <= 20:
        raise InvalidRequest(
            "A modem answers on ring 1 to 20.", field="answer_on", cure="Use a number from 1 to 20."
        )

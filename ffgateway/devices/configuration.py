"""How an appliance is set up, in our nouns. Every function here is a stand-in on the wire."""

from ffgateway.devices.client import Appliance
from ffgateway.domain.configuration import (
    About,
    Destination,
    DestinationType,
    InboundRoute,
    ModemSettings,
    RouteDraft,
    RouteScope,
    T37Settings,
)
from ffgateway.domain.evidence import Known
from ffgateway.ffws import configuration as wire
from ffgateway.ffws.elements import read_done
from ffgateway.ffws.errors import MalformedDocument


async def inbound_routes(box: Appliance) -> Known[tuple[InboundRoute, ...]]:
    """Every route, in the appliance's order. There are few, and no pages on the wire."""

    def read(document: bytes) -> tuple[InboundRoute, ...]:
        return tuple(map(_route, wire.read_inbound_routes(document)))

    return await box.ask("inbound_route.list", read)


async def inbound_route(box: Appliance, number: int) -> Known[InboundRoute]:
    """One route. Raises `DeviceNotThere`."""

    def read(document: bytes) -> InboundRoute:
        return _route(wire.read_inbound_route(document))

    return await box.ask("inbound_route.get", read, id=number)


async def add_inbound_route(box: Appliance, draft: RouteDraft) -> Known[InboundRoute]:
    """Make a route; the appliance numbers it."""

    def read(document: bytes) -> InboundRoute:
        return _route(wire.read_inbound_route(document))

    return await box.tell("inbound_route.add", read, content=_written(draft))


async def edit_inbound_route(box: Appliance, route: InboundRoute) -> Known[InboundRoute]:
    """Put a route where it is."""
    known = await box.tell("inbound_route.edit", read_done, content=_written(route), id=route.id)
    return known.map(lambda _: route)


async def delete_inbound_route(box: Appliance, number: int) -> Known[None]:
    """Remove a route. Raises `DeviceNotThere`."""
    known = await box.tell("inbound_route.delete", read_done, id=number)
    return known.map(lambda _: None)


async def t37_settings(box: Appliance) -> Known[T37Settings]:
    """The settings of store and forward."""
    known = await box.ask("t37_settings.get", wire.read_t37_settings)
    return known.map(
        lambda found: T37Settings(
            enabled=found.enabled,
            domain=found.domain,
            allowed_senders=found.allowed_senders,
            cover_page_enabled=found.cover_page_enabled,
            cover_page_name=found.cover_page_name,
            priority=found.priority,
            receipt=found.receipt,
            receipt_attachment=found.receipt_attachment,
        )
    )


async def edit_t37_settings(box: Appliance, settings: T37Settings) -> Known[T37Settings]:
    """Put the settings of store and forward in place."""
    wanted = wire.T37Settings(
        enabled=settings.enabled,
        domain=settings.domain,
        allowed_senders=settings.allowed_senders,
        cover_page_enabled=settings.cover_page_enabled,
        cover_page_name=settings.cover_page_name,
        priority=settings.priority,
        receipt=settings.receipt,
        receipt_attachment=settings.receipt_attachment,
    )
    known = await box.tell("t37_settings.edit", read_done, content=wire.write_t37_settings(wanted))
    return known.map(lambda _: settings)


async def modem_settings(box: Appliance) -> Known[tuple[ModemSettings, ...]]:
    """The settings of every modem."""
    known = await box.ask("modem_settings.list", wire.read_modem_settings)
    return known.map(lambda found: tuple(map(_modem, found)))


async def modem_setting(box: Appliance, number: int) -> Known[ModemSettings]:
    """The settings of one modem. Raises `DeviceNotThere`."""
    known = await box.ask("modem_settings.get", wire.read_modem_setting, number=number)
    return known.map(_modem)


async def edit_modem_setting(box: Appliance, modem: ModemSettings) -> Known[ModemSettings]:
    """Put the settings of one modem in place."""
    wanted = wire.ModemSettings(
        modem_number=modem.number,
        enabled=modem.enabled,
        country_code=modem.country_code,
        answer_on=modem.answer_on,
        max_extension_digits=modem.max_extension_digits,
        routing=modem.routing,
        init_string=modem.init_string,
        block_inbound=modem.block_inbound,
        block_outbound=modem.block_outbound,
    )
    content = wire.write_modem_setting(wanted)
    known = await box.tell("modem_settings.edit", read_done, content=content, number=modem.number)
    return known.map(lambda _: modem)


async def global_contacts_status(box: Appliance) -> Known[bool]:
    """Whether users who are no administrators may add global contacts."""
    return await box.ask("global_contacts.get", wire.read_global_contacts)


async def about(box: Appliance) -> Known[About]:
    """What the appliance says of itself. Its firmware opens and closes gates from now on."""
    known = await box.ask("about.get", wire.read_about)
    box.runs(known.value.firmware_version)
    return known.map(
        lambda found: About(
            product=found.product,
            model=found.model,
            firmware=found.firmware_version,
            serial_number=found.serial_number,
            mac_address=found.mac_address,
            uptime_seconds=found.uptime,
        )
    )


def _route(found: wire.InboundRoute) -> InboundRoute:
    path = "inbound_route"
    if found.id is None:
        raise MalformedDocument("is missing", element=f"{path}/inbound_route_url")
    if found.scope not in set(RouteScope):
        raise MalformedDocument("is no scope we know", element=f"{path}/scope")
    if any(each.type not in set(DestinationType) for each in found.destinations):
        raise MalformedDocument("is no type we know", element=f"{path}/destination/type")
    return InboundRoute(
        id=found.id,
        name=found.name,
        scope=RouteScope(found.scope),
        line=found.line_number,
        extension=found.extension,
        destinations=tuple(
            Destination(type=DestinationType(each.type), value=each.value)
            for each in found.destinations
        ),
    )


def _written(route: RouteDraft) -> bytes:
    return wire.write_inbound_route(
        wire.InboundRoute(
            name=route.name,
            scope=route.scope.value,
            line_number=route.line,
            extension=route.extension,
            destinations=tuple(
                wire.Destination(type=each.type.value, value=each.value)
                for each in route.destinations
            ),
        )
    )


def _modem(found: wire.ModemSettings) -> ModemSettings:
    return ModemSettings(
        number=found.modem_number,
        enabled=found.enabled,
        country_code=found.country_code,
        answer_on=found.answer_on,
        max_extension_digits=found.max_extension_digits,
        routing=found.routing,
        init_string=found.init_string,
        block_inbound=found.block_inbound,
        block_outbound=found.block_outbound,
    )

"""How an appliance is set up, as GraphQL shows it."""

import strawberry

from ffgateway.domain import configuration
from ffgateway.domain.configuration import DestinationType, RouteScope
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.calls import once
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, counted, limit
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import field

strawberry.enum(RouteScope, description="What a route goes by.")
strawberry.enum(DestinationType, description="Where received faxes are sent on to.")


@strawberry.type(description="One place that received faxes go to.")
class RouteDestination:
    """A destination."""

    type: DestinationType
    value: str | None


@strawberry.type(description="Where received faxes go." + STAND_IN)
class InboundRoute:
    """A route."""

    id: strawberry.ID
    name: str
    scope: RouteScope
    line: int | None
    extension: str | None
    destinations: list[RouteDestination]
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


@strawberry.type(name="T37Settings", description="Faxes that come in by mail." + STAND_IN)
class T37Settings:
    """Store and forward."""

    enabled: bool
    domain: str | None
    allowed_senders: list[str]
    cover_page_enabled: bool
    cover_page_name: str | None
    priority: int | None
    receipt: str | None
    receipt_attachment: str | None
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


@strawberry.type(description="How one modem is set up." + STAND_IN)
class ModemSettings:
    """A modem."""

    number: int
    enabled: bool
    country_code: str | None
    answer_on: int | None = strawberry.field(description="Rings before it answers.")
    max_extension_digits: int | None
    routing: str | None
    init_string: str | None
    block_inbound: bool
    block_outbound: bool
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


@strawberry.type(description="What an appliance says of itself." + STAND_IN)
class About:
    """An appliance's own words."""

    product: str | None
    model: str | None
    firmware: str | None
    serial_number: str | None
    mac_address: str | None
    uptime_seconds: int | None


def show_route(route: configuration.InboundRoute) -> InboundRoute:
    """A route for GraphQL."""
    return InboundRoute(
        id=strawberry.ID(str(route.id)),
        name=route.name,
        scope=route.scope,
        line=route.line,
        extension=route.extension or None,
        destinations=[
            RouteDestination(type=each.type, value=each.value or None)
            for each in route.destinations
        ],
        etag=etag_of(route),
    )


def show_t37(settings: configuration.T37Settings) -> T37Settings:
    """Store and forward for GraphQL."""
    return T37Settings(
        enabled=settings.enabled,
        domain=settings.domain or None,
        allowed_senders=list(settings.allowed_senders),
        cover_page_enabled=settings.cover_page_enabled,
        cover_page_name=settings.cover_page_name or None,
        priority=settings.priority,
        receipt=settings.receipt or None,
        receipt_attachment=settings.receipt_attachment or None,
        etag=etag_of(settings),
    )


def show_modem(modem: configuration.ModemSettings) -> ModemSettings:
    """A modem for GraphQL."""
    return ModemSettings(
        number=modem.number,
        enabled=modem.enabled,
        country_code=modem.country_code or None,
        answer_on=modem.answer_on,
        max_extension_digits=modem.max_extension_digits,
        routing=modem.routing or None,
        init_string=modem.init_string or None,
        block_inbound=modem.block_inbound,
        block_outbound=modem.block_outbound,
        etag=etag_of(modem),
    )


def show_about(about: configuration.About) -> About:
    """An appliance for GraphQL."""
    return About(
        product=about.product or None,
        model=about.model or None,
        firmware=about.firmware or None,
        serial_number=about.serial_number or None,
        mac_address=about.mac_address or None,
        uptime_seconds=about.uptime_seconds,
    )


@strawberry.type
class ConfigurationOfDevice(OfDevice):
    """How an appliance is set up. All of it asks stand-ins."""

    @field("Where received faxes go, asked from the appliance." + STAND_IN)
    async def inbound_routes(
        self, info: Info, first: int = DEFAULT_LIMIT, after: str | None = None
    ) -> Connection[InboundRoute] | None:
        """A page of the routes."""
        caller, size = await info.context.caller(), limit(first)

        async def ask() -> Known[Page[configuration.InboundRoute]]:
            return await info.context.gateway.configuration.inbound_routes(
                caller, self.id, cursor=after, limit=size
            )

        page = await once(self.id, "inbound_route.list", (size, after), ask)
        return counted(page, show_route, offset=offset_of(after), after=after)

    @field("One route, asked from the appliance." + STAND_IN)
    async def inbound_route(self, info: Info, id: strawberry.ID) -> InboundRoute | None:  # noqa: A002
        """A route by its number."""
        caller, number = await info.context.caller(), route_number(id)

        async def ask() -> Known[configuration.InboundRoute]:
            return await info.context.gateway.configuration.inbound_route(caller, self.id, number)

        return show_route(await once(self.id, "inbound_route.get", (number,), ask))

    @field("Faxes that come in by mail, asked from the appliance." + STAND_IN)
    async def t37_settings(self, info: Info) -> T37Settings | None:
        """Store and forward."""
        caller = await info.context.caller()

        async def ask() -> Known[configuration.T37Settings]:
            return await info.context.gateway.configuration.t37_settings(caller, self.id)

        return show_t37(await once(self.id, "t37_settings.get", (), ask))

    @field("How the modems are set up, asked from the appliance." + STAND_IN)
    async def modem_settings(
        self, info: Info, first: int = DEFAULT_LIMIT, after: str | None = None
    ) -> Connection[ModemSettings] | None:
        """A page of the modems' settings."""
        caller, size = await info.context.caller(), limit(first)

        async def ask() -> Known[Page[configuration.ModemSettings]]:
            return await info.context.gateway.configuration.modem_settings(
                caller, self.id, cursor=after, limit=size
            )

        page = await once(self.id, "modem_settings.list", (size, after), ask)
        return counted(page, show_modem, offset=offset_of(after), after=after)

    @field("How one modem is set up, asked from the appliance." + STAND_IN)
    async def modem_setting(self, info: Info, number: int) -> ModemSettings | None:
        """The settings of one modem."""
        caller = await info.context.caller()

        async def ask() -> Known[configuration.ModemSettings]:
            return await info.context.gateway.configuration.modem_setting(caller, self.id, number)

        return show_modem(await once(self.id, "modem_settings.get", (number,), ask))

    @field("Whether users who are no administrators may add global contacts." + STAND_IN)
    async def global_contacts_status(self, info: Info) -> bool | None:
        """A setting."""
        caller = await info.context.caller()

        async def ask() -> Known[bool]:
            return await info.context.gateway.configuration.global_contacts_status(caller, self.id)

        return await once(self.id, "global_contacts.get", (), ask)

    @field("What the appliance says of itself." + STAND_IN)
    async def about(self, info: Info) -> About | None:
        """Model, firmware, serial number."""
        caller = await info.context.caller()

        async def ask() -> Known[configuration.About]:
            return await info.context.gateway.configuration.about(caller, self.id)

        return show_about(await once(self.id, "about.get", (), ask))


def route_number(text: str) -> int:
    """The number of a route. Raises `InvalidRequest`."""
    if not (text.isdecimal() and text.isascii() and len(text) <= 9):
        raise InvalidRequest(
            "That is not the number of a route.", field="id", cure="Use digits, as in `id`."
        )
    return int(text)

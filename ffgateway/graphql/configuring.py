"""What can be changed over GraphQL of how an appliance is set up."""

import strawberry

from ffgateway.domain import configuration
from ffgateway.domain.configuration import Destination, DestinationType, RouteScope
from ffgateway.graphql.calls import changed
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.configuration import (
    InboundRoute,
    ModemSettings,
    T37Settings,
    route_number,
    show_modem,
    show_route,
    show_t37,
)
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import mutation
from ffgateway.graphql.groups import Seen


@strawberry.input(description="One place that received faxes go to; the trash has no value.")
class DestinationInput:
    """A destination."""

    type: DestinationType
    value: str | None = None


@strawberry.input(description="`line` goes with the scope LINE, `extension` with EXTENSION.")
class AddInboundRouteInput:
    """A route to be."""

    name: str
    scope: RouteScope
    destinations: list[DestinationInput]
    line: int | None = None
    extension: str | None = None


@strawberry.input(description="What to change; null stays. `destinations` is the whole new list.")
class EditInboundRouteInput:
    """Changes of a route."""

    name: str | None = None
    scope: RouteScope | None = None
    destinations: list[DestinationInput] | None = None
    line: int | None = None
    extension: str | None = None


@strawberry.input(
    name="EditT37SettingsInput",
    description="What to change; null stays. `allowedSenders` is the whole new list.",
)
class EditT37SettingsInput:
    """Changes of store and forward."""

    enabled: bool | None = None
    domain: str | None = None
    allowed_senders: list[str] | None = None
    cover_page_enabled: bool | None = None
    cover_page_name: str | None = None
    priority: int | None = None
    receipt: str | None = None
    receipt_attachment: str | None = None


@strawberry.input(description="What to change; null stays.")
class EditModemSettingsInput:
    """Changes of a modem."""

    enabled: bool | None = None
    country_code: str | None = None
    answer_on: int | None = None
    max_extension_digits: int | None = None
    routing: str | None = None
    init_string: str | None = None
    block_inbound: bool | None = None
    block_outbound: bool | None = None


@strawberry.type(description="The route as it is afterwards.")
class InboundRoutePayload:
    """Of what is done to one route."""

    inbound_route: InboundRoute | None
    user_errors: list[UserError]


@strawberry.type(description="The route that is gone.")
class RemoveInboundRoutePayload:
    """Of `removeInboundRoute`."""

    id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type(name="T37SettingsPayload", description="The settings as they are afterwards.")
class T37SettingsPayload:
    """Of `editT37Settings`."""

    t37_settings: T37Settings | None
    user_errors: list[UserError]


@strawberry.type(description="The settings as they are afterwards.")
class ModemSettingsPayload:
    """Of `editModemSettings`."""

    modem_settings: ModemSettings | None
    user_errors: list[UserError]


@strawberry.type
class ConfigurationMutations:
    """What can be changed of how an appliance is set up."""

    @mutation("Make a route on an appliance." + STAND_IN)
    async def add_inbound_route(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: AddInboundRouteInput,  # noqa: A002
    ) -> InboundRoutePayload:
        """Add a route."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def add() -> configuration.InboundRoute:
            draft, device = route_draft(input), line(device_id, "device_id")
            return await changed(
                device, gateway.configuration.add_inbound_route(caller, device, draft)
            )

        route, wrong = await settled(add())
        shown = show_route(route) if route else None
        return InboundRoutePayload(inbound_route=shown, user_errors=wrong)

    @mutation("Change what is given of a route." + STAND_IN)
    async def edit_inbound_route(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        input: EditInboundRouteInput,  # noqa: A002
        if_match: Seen = None,
    ) -> InboundRoutePayload:
        """Edit a route."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> configuration.InboundRoute:
            given = input.destinations
            changes = configuration.RouteChanges(
                name=optional(input.name, "name"),
                scope=input.scope,
                line=input.line,
                extension=optional(input.extension, "extension"),
                destinations=None if given is None else _destinations(given),
            )
            device = line(device_id, "device_id")
            done = gateway.configuration.edit_inbound_route(
                caller, device, route_number(id), changes, seen=if_match
            )
            return await changed(device, done)

        route, wrong = await settled(edit())
        shown = show_route(route) if route else None
        return InboundRoutePayload(inbound_route=shown, user_errors=wrong)

    @mutation("Remove a route." + STAND_IN)
    async def remove_inbound_route(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        if_match: Seen = None,
    ) -> RemoveInboundRoutePayload:
        """Remove a route."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def remove() -> strawberry.ID:
            device = line(device_id, "device_id")
            gone = gateway.configuration.remove_inbound_route(
                caller, device, route_number(id), seen=if_match
            )
            await changed(device, gone)
            return id

        gone, wrong = await settled(remove())
        return RemoveInboundRoutePayload(id=gone, user_errors=wrong)

    @mutation("Change what is given of how mail comes in." + STAND_IN)
    async def edit_t37_settings(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: EditT37SettingsInput,  # noqa: A002
        if_match: Seen = None,
    ) -> T37SettingsPayload:
        """Edit store and forward."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> configuration.T37Settings:
            changes, device = t37_changes(input), line(device_id, "device_id")
            done = gateway.configuration.edit_t37_settings(caller, device, changes, seen=if_match)
            return await changed(device, done)

        settings, wrong = await settled(edit())
        shown = show_t37(settings) if settings else None
        return T37SettingsPayload(t37_settings=shown, user_errors=wrong)

    @mutation("Change what is given of how one modem is set up." + STAND_IN)
    async def edit_modem_settings(
        self,
        info: Info,
        device_id: strawberry.ID,
        number: int,
        input: EditModemSettingsInput,  # noqa: A002
        if_match: Seen = None,
    ) -> ModemSettingsPayload:
        """Edit a modem."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> configuration.ModemSettings:
            changes, device = modem_changes(input), line(device_id, "device_id")
            done = gateway.configuration.edit_modem_setting(
                caller, device, number, changes, seen=if_match
            )
            return await changed(device, done)

        modem, wrong = await settled(edit())
        shown = show_modem(modem) if modem else None
        return ModemSettingsPayload(modem_settings=shown, user_errors=wrong)


def route_draft(given: AddInboundRouteInput, at: str = "") -> configuration.RouteDraft:
    """The route that it stands for; `at` is its place in the request, `routes[3].`."""
    return configuration.RouteDraft(
        name=line(given.name, f"{at}name", required=True),
        scope=given.scope,
        line=given.line,
        extension=line(given.extension, f"{at}extension"),
        destinations=_destinations(given.destinations, at),
    )


def _destinations(given: list[DestinationInput], at: str = "") -> tuple[Destination, ...]:
    return tuple(
        Destination(type=each.type, value=line(each.value, f"{at}destinations[{index}].value"))
        for index, each in enumerate(given)
    )


def t37_changes(given: EditT37SettingsInput) -> configuration.T37Changes:
    """The changes that they stand for."""
    senders = given.allowed_senders
    return configuration.T37Changes(
        enabled=given.enabled,
        domain=optional(given.domain, "domain"),
        allowed_senders=None
        if senders is None
        else tuple(line(each, f"allowed_senders[{n}]") for n, each in enumerate(senders)),
        cover_page_enabled=given.cover_page_enabled,
        cover_page_name=optional(given.cover_page_name, "cover_page_name"),
        priority=given.priority,
        receipt=optional(given.receipt, "receipt"),
        receipt_attachment=optional(given.receipt_attachment, "receipt_attachment"),
    )


def modem_changes(given: EditModemSettingsInput) -> configuration.ModemChanges:
    """The changes that they stand for."""
    return configuration.ModemChanges(
        enabled=given.enabled,
        country_code=optional(given.country_code, "country_code"),
        answer_on=given.answer_on,
        max_extension_digits=given.max_extension_digits,
        routing=optional(given.routing, "routing"),
        init_string=optional(given.init_string, "init_string"),
        block_inbound=given.block_inbound,
        block_outbound=given.block_outbound,
    )

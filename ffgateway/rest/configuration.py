"""How an appliance is set up, over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Items
from ffgateway.rest.bodies import Paged
from ffgateway.rest.configuration_shapes import (
    AboutOut,
    GlobalContactsOut,
    ModemPatch,
    ModemSettingsOut,
    RouteOut,
    RoutePatch,
    RouteRequest,
    T37Out,
    T37Patch,
    about_out,
    global_contacts_out,
    modem_settings_out,
    route_out,
    t37_out,
)
from ffgateway.rest.operations import (
    LINE,
    ROUTE,
    Asked,
    Operation,
    below_device,
    graded,
    told,
    told_page,
    version_of,
)
from ffgateway.services.gateway import Gateway


async def routes(gateway: Gateway, asked: Asked) -> Response:
    """A page of the routes."""
    query = asked.query_as(Paged)
    page = await gateway.configuration.inbound_routes(
        asked.caller, asked.id, cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, page, route_out)


async def add_route(gateway: Gateway, asked: Asked) -> Response:
    """Make a route."""
    draft = asked.body_as(RouteRequest).draft()
    route = await gateway.configuration.add_inbound_route(asked.caller, asked.id, draft)
    where = {"Location": f"/v1/devices/{asked.id}/inbound-routes/{route.value.id}"}
    return told(asked, route, route_out, status=201, headers=where | version_of(route.value))


async def route(gateway: Gateway, asked: Asked) -> Response:
    """One route."""
    found = await gateway.configuration.inbound_route(asked.caller, asked.id, _route(asked))
    return told(asked, found, route_out, headers=version_of(found.value))


async def edit_route(gateway: Gateway, asked: Asked) -> Response:
    """Change a route."""
    changes = asked.body_as(RoutePatch).changes()
    changed = await gateway.configuration.edit_inbound_route(
        asked.caller, asked.id, _route(asked), changes, seen=asked.if_match
    )
    return told(asked, changed, route_out, headers=version_of(changed.value))


async def remove_route(gateway: Gateway, asked: Asked) -> Response:
    """Remove a route."""
    gone = await gateway.configuration.remove_inbound_route(
        asked.caller, asked.id, _route(asked), seen=asked.if_match
    )
    return Response(status_code=204, headers=graded(gone))


async def t37(gateway: Gateway, asked: Asked) -> Response:
    """The settings of store and forward."""
    found = await gateway.configuration.t37_settings(asked.caller, asked.id)
    return told(asked, found, t37_out, headers=version_of(found.value))


async def edit_t37(gateway: Gateway, asked: Asked) -> Response:
    """Change the settings of store and forward."""
    changed = await gateway.configuration.edit_t37_settings(
        asked.caller, asked.id, asked.body_as(T37Patch).changes(), seen=asked.if_match
    )
    return told(asked, changed, t37_out, headers=version_of(changed.value))


async def modems(gateway: Gateway, asked: Asked) -> Response:
    """A page of the modems' settings."""
    query = asked.query_as(Paged)
    page = await gateway.configuration.modem_settings(
        asked.caller, asked.id, cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, page, modem_settings_out)


async def modem(gateway: Gateway, asked: Asked) -> Response:
    """The settings of one modem."""
    found = await gateway.configuration.modem_setting(asked.caller, asked.id, _modem(asked))
    return told(asked, found, modem_settings_out, headers=version_of(found.value))


async def edit_modem(gateway: Gateway, asked: Asked) -> Response:
    """Change the settings of one modem."""
    changes = asked.body_as(ModemPatch).changes()
    changed = await gateway.configuration.edit_modem_setting(
        asked.caller, asked.id, _modem(asked), changes, seen=asked.if_match
    )
    return told(asked, changed, modem_settings_out, headers=version_of(changed.value))


async def global_contacts(gateway: Gateway, asked: Asked) -> Response:
    """Who may add global contacts."""
    found = await gateway.configuration.global_contacts_status(asked.caller, asked.id)
    return told(asked, found, global_contacts_out)


async def about(gateway: Gateway, asked: Asked) -> Response:
    """What the appliance says of itself."""
    return told(asked, await gateway.configuration.about(asked.caller, asked.id), about_out)


def _route(asked: Asked) -> int:
    return int(asked.place("route_id"))


def _modem(asked: Asked) -> int:
    return int(asked.place("number"))


_READ, _RULE = {"scope": "devices:read"}, {"scope": "devices:admin"}
_ROUTE, _MODEM = {"places": {"route_id": ROUTE}}, {"places": {"number": LINE}}
_TAG = {"tag": "configuration"}

OPERATIONS: tuple[Operation, ...] = (
    below_device("GET", "/inbound-routes", "listInboundRoutes", "Where received faxes go",
        act=routes, **_READ, **_TAG, query=Paged, answer=Items[RouteOut], headers=("Link",),
        functions=("inbound_route.list",)),
    below_device("POST", "/inbound-routes", "addInboundRoute", "Make a route", act=add_route,
        **_RULE, **_TAG, body=RouteRequest, status=201, answer=RouteOut,
        headers=("Location", "ETag"), functions=("inbound_route.add",)),
    below_device("GET", "/inbound-routes/{route_id}", "getInboundRoute", "One route", act=route,
        **_READ, **_TAG, **_ROUTE, answer=RouteOut, headers=("ETag",),
        functions=("inbound_route.get",)),
    below_device("PATCH", "/inbound-routes/{route_id}", "editInboundRoute", "Change a route",
        act=edit_route, **_RULE, **_TAG, **_ROUTE, body=RoutePatch, answer=RouteOut,
        headers=("ETag",), conditional=True, functions=("inbound_route.get", "inbound_route.edit"),
        errors=(409,)),
    below_device("DELETE", "/inbound-routes/{route_id}", "removeInboundRoute", "Remove a route",
        act=remove_route, **_RULE, **_TAG, **_ROUTE, status=204, conditional=True,
        functions=("inbound_route.delete",)),
    below_device("GET", "/t37-settings", "getT37Settings", "Faxes that come in by mail", act=t37,
        **_READ, **_TAG, answer=T37Out, headers=("ETag",), functions=("t37_settings.get",)),
    below_device("PATCH", "/t37-settings", "editT37Settings", "Change how mail comes in",
        act=edit_t37, **_RULE, **_TAG, body=T37Patch, answer=T37Out, headers=("ETag",),
        conditional=True, functions=("t37_settings.get", "t37_settings.edit"), errors=(409,)),
    below_device("GET", "/modem-settings", "listModemSettings", "How the modems are set up",
        act=modems, **_READ, **_TAG, query=Paged, answer=Items[ModemSettingsOut],
        headers=("Link",), functions=("modem_settings.list",)),
    below_device("GET", "/modem-settings/{number}", "getModemSettings", "How one modem is set up",
        act=modem, **_READ, **_TAG, **_MODEM, answer=ModemSettingsOut, headers=("ETag",),
        functions=("modem_settings.get",)),
    below_device("PATCH", "/modem-settings/{number}", "editModemSettings", "Set a modem up",
        act=edit_modem, **_RULE, **_TAG, **_MODEM, body=ModemPatch, answer=ModemSettingsOut,
        headers=("ETag",), conditional=True,
        functions=("modem_settings.get", "modem_settings.edit")),
    below_device("GET", "/global-contacts-status", "getGlobalContactsStatus",
        "Who may add global contacts", act=global_contacts, **_READ, **_TAG,
        answer=GlobalContactsOut, functions=("global_contacts.get",)),
    below_device("GET", "/about", "getAbout", "What the appliance says of itself", act=about,
        **_READ, **_TAG, answer=AboutOut, functions=("about.get",)),
)  # fmt: skip
"""What of this room is routed."""

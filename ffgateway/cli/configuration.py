"""`ffgateway routes` and `ffgateway settings`: how an appliance is set up."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table

routes = typer.Typer(help="List, make, change and remove routes for received faxes.")
settings = typer.Typer(help="Show and change mail (T.37) and modem settings of an appliance.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
RouteId = Annotated[str, typer.Argument(metavar="ROUTE", help="The number of the route.")]
Number = Annotated[int, typer.Argument(metavar="MODEM", help="The number of the modem.")]
Line = Annotated[int | None, typer.Option(help="Of a route by line.")]
Extension = Annotated[str | None, typer.Option(help="Of a route by extension.")]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="TYPE:VALUE",
        help="user:NAME, email:ADDRESS, printer:NAME, share://SERVER/SHARE or trash; repeat.",
    ),
]
Text = Annotated[str | None, typer.Option()]
Enabled = Annotated[bool | None, typer.Option("--enable/--disable")]


@routes.command("list")
def list_routes(
    device_id: DeviceId,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List where received faxes go."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/inbound-routes", most=limit)
    show(found, as_json=as_json, people=_routes)


@routes.command("show")
def show_route(device_id: DeviceId, route_id: RouteId, as_json: JsonOption = False) -> None:
    """Show one route."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/inbound-routes/{route_id}")
    show(found, as_json=as_json, people=show_fields)


@routes.command("add")
def add_route(
    *,
    device_id: DeviceId,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    to: To = None,
    line: Line = None,
    extension: Extension = None,
    as_json: JsonOption = False,
) -> None:
    """Make a route: for a line, for an extension, or without either for every fax."""
    scope = "line" if line is not None else "extension" if extension is not None else "global"
    body = given(name=name, scope=scope, line=line, extension=extension)
    body["destinations"] = [destination(each) for each in to or ()]
    with api() as gateway:
        made = gateway.post(f"/v1/devices/{device_id}/inbound-routes", body)
    show(made, as_json=as_json, people=show_fields)


@routes.command("edit")
def edit_route(
    *,
    device_id: DeviceId,
    route_id: RouteId,
    name: Text = None,
    to: To = None,
    line: Line = None,
    extension: Extension = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of a route; destinations given are the whole new list."""
    body = given(name=name, line=line, extension=extension)
    if line is not None or extension is not None:
        body["scope"] = "line" if line is not None else "extension"
    if to:
        body["destinations"] = [destination(each) for each in to]
    if not body:
        raise Trouble("nothing to change was given; see `ffgateway routes edit --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/devices/{device_id}/inbound-routes/{route_id}", body)
    show(changed, as_json=as_json, people=show_fields)


@routes.command("remove")
def remove_route(device_id: DeviceId, route_id: RouteId) -> None:
    """Remove a route."""
    with api() as gateway:
        gateway.delete(f"/v1/devices/{device_id}/inbound-routes/{route_id}")
    say(f"route {route_id} is removed")


@settings.command("t37")
def t37(
    *,
    device_id: DeviceId,
    enabled: Enabled = None,
    domain: Text = None,
    allowed_sender: Annotated[
        list[str] | None, typer.Option(help="Repeat for more; the whole new list.")
    ] = None,
    cover_page: Annotated[bool | None, typer.Option("--cover-page/--no-cover-page")] = None,
    cover_page_name: Text = None,
    priority: Annotated[int | None, typer.Option(help="0, the highest, to 5.")] = None,
    receipt: Annotated[str | None, typer.Option(help="never, failure or always.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how faxes come in by mail; with options, change that first."""
    body = given(
        enabled=enabled,
        domain=domain,
        allowed_senders=allowed_sender,
        cover_page_enabled=cover_page,
        cover_page_name=cover_page_name,
        priority=priority,
        receipt=receipt,
    )
    with api() as gateway:
        if body:
            gateway.patch(f"/v1/devices/{device_id}/t37-settings", body)
        found = gateway.get(f"/v1/devices/{device_id}/t37-settings")
    show(found, as_json=as_json, people=show_fields)


@settings.command("modems")
def modems(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """List how the modems are set up."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/modem-settings", most=100)
    show(found, as_json=as_json, people=_modems)


@settings.command("modem")
def modem(
    *,
    device_id: DeviceId,
    number: Number,
    enabled: Enabled = None,
    country_code: Text = None,
    answer_on: Annotated[int | None, typer.Option(help="Rings before it answers.")] = None,
    max_extension_digits: Annotated[int | None, typer.Option(help="1 to 15.")] = None,
    routing: Annotated[str | None, typer.Option(help="pots_line, dtmf_digits or pbx.")] = None,
    init_string: Annotated[str | None, typer.Option(help="AT commands.")] = None,
    block_inbound: Annotated[bool | None, typer.Option("--block-inbound/--allow-inbound")] = None,
    block_outbound: Annotated[
        bool | None, typer.Option("--block-outbound/--allow-outbound")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how one modem is set up; with options, change that first."""
    body = given(
        enabled=enabled,
        country_code=country_code,
        answer_on=answer_on,
        max_extension_digits=max_extension_digits,
        routing=routing,
        init_string=init_string,
        block_inbound=block_inbound,
        block_outbound=block_outbound,
    )
    with api() as gateway:
        if body:
            gateway.patch(f"/v1/devices/{device_id}/modem-settings/{number}", body)
        found = gateway.get(f"/v1/devices/{device_id}/modem-settings/{number}")
    show(found, as_json=as_json, people=show_fields)


@settings.command("global-contacts")
def global_contacts(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Show whether users who are no administrators may add global contacts."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/global-contacts-status")
    show(found, as_json=as_json, people=show_fields)


def destination(text: str) -> dict[str, str]:
    """Read TYPE:VALUE."""
    kind, _, value = text.partition(":")
    return {"type": kind, "value": value}


def _routes(found: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["id"],
            one["name"],
            one["scope"],
            one["line"] or one["extension"],
            [f"{to['type']}:{to['value']}".rstrip(":") for to in one["destinations"]],
        )
        for one in found
    ]
    show_table(("id", "name", "for", "which", "to"), rows, empty="no routes")


def _modems(found: list[dict[str, Any]]) -> None:
    columns = ("number", "enabled", "country_code", "answer_on", "max_extension_digits", "routing")
    rows = [[one.get(column) for column in columns] for one in found]
    headings = ("modem", "enabled", "country", "rings", "digits", "routing")
    show_table(headings, rows, empty="no modems")

"""`ffgateway inbound`: the faxes that came in, as the gateway keeps them."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_fields, show_table

app = typer.Typer(help="Look up faxes that came in; `watch` tells of them as they do.")

COLUMNS = ("id", "status", "device_id", "line", "remote_id", "extension", "page", "pages")


@app.command("list")
def list_inbound(
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(help="receiving, received, received_partial or failed; repeat for more."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="dev_…: only what came to this one.")] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 20,
    as_json: JsonOption = False,
) -> None:
    """List faxes that came in, the newest first."""
    with api() as gateway:
        found = gateway.items("/v1/inbound-faxes", most=limit, status=status, device_id=device)
    show(found, as_json=as_json, people=_table)


@app.command("show")
def show_inbound(
    fax_id: Annotated[str, typer.Argument(metavar="ID", help="inb_…")], as_json: JsonOption = False
) -> None:
    """Show one fax that came in."""
    with api() as gateway:
        show(gateway.get(f"/v1/inbound-faxes/{fax_id}"), as_json=as_json, people=show_fields)


def _table(every: list[dict[str, Any]]) -> None:
    columns = (*COLUMNS, "settled_by", "created_at")
    headings = [column.replace("_", " ").removesuffix(" id") for column in columns]
    rows = [[one.get(column) for column in columns] for one in every]
    show_table(headings, rows, empty="nothing came in")

"""`ffgateway suppressions`: numbers that get no faxes."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_table

app = typer.Typer(help="Suppress numbers, list them, and lift that again.")


@app.command("list")
def list_suppressions(
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List suppressed numbers, the newest first."""
    with api() as gateway:
        show(gateway.items("/v1/suppressions", most=limit), as_json=as_json, people=_table)


@app.command("add")
def add(
    fax_number: Annotated[str, typer.Argument(help="The number.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    until: Annotated[
        str | None, typer.Option(help="2026-12-24T00:00:00Z; for ever without.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold what is sent to a number from now on."""
    body = given(fax_number=fax_number, reason=reason, until=until)
    with api() as gateway:
        show(gateway.post("/v1/suppressions", body), as_json=as_json, people=show_fields)


@app.command("lift")
def lift(suppression_id: Annotated[str, typer.Argument(metavar="ID", help="sup_…")]) -> None:
    """Let faxes to a number out again."""
    with api() as gateway:
        gateway.delete(f"/v1/suppressions/{suppression_id}")
    say(f"{suppression_id} is lifted")


def _table(found: list[dict[str, Any]]) -> None:
    columns = ("id", "digits", "active", "until", "hits", "reason")
    rows = [[one.get(column) for column in columns] for one in found]
    show_table(columns, rows, empty="no number is suppressed")

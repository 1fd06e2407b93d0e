"""`ffgateway webhooks …`: what endpoints may be told, and what became of telling them."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_json, show_table


def event_types(as_json: JsonOption = False) -> None:
    """List every type of event that an endpoint may be told of."""
    with api() as gateway:
        show(gateway.get("/v1/event-types")["items"], as_json=as_json, people=_types)


def sample(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="fax.delivered")],
) -> None:
    """Show a body of one type as it would be posted."""
    with api() as gateway:
        show_json(gateway.get(f"/v1/event-types/{event_type}/sample"))


def _types(found: list[dict[str, Any]]) -> None:
    show_table(("type", "meaning"), [(one["type"], one["meaning"]) for one in found], empty="")

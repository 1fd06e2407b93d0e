"""`ffgateway events`: what happened."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_table

Limit = Annotated[int, typer.Option(help="The most to list.", min=1)]


def events(
    *,
    after: Annotated[int, typer.Option(help="The last position seen.", min=0)] = 0,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Glob, fax.*; repeat for more.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Only of this fax, device or key.")] = None,
    limit: Limit = 100,
    as_json: JsonOption = False,
) -> None:
    """List events beyond a position, the oldest first; `watch` goes on with new ones."""
    found: list[dict[str, Any]] = []
    with api() as gateway:
        while len(found) < limit:
            page = gateway.get(
                "/v1/events",
                after=found[-1]["position"] if found else after,
                types=types,
                subject=subject,
                limit=min(100, limit - len(found)),
            )["items"]
            found += page
            if not page:
                break
    show(found, as_json=as_json, people=_events)


def _events(found: list[dict[str, Any]]) -> None:
    rows = [(one["position"], one["timestamp"], one["type"], one["subject"]) for one in found]
    show_table(("position", "when", "what", "of"), rows, empty="nothing happened")

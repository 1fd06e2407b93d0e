"""`ffgateway events` and `ffgateway audit`: what happened, and who did it."""

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


def audit(
    *,
    resource: Annotated[str | None, typer.Option(help="Only what was done to this.")] = None,
    principal: Annotated[str | None, typer.Option(help="Only what this key did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this act, fax.send.")] = None,
    limit: Limit = 100,
    as_json: JsonOption = False,
) -> None:
    """List who did what, the newest first."""
    with api() as gateway:
        found = gateway.items(
            "/v1/audit", most=limit, resource=resource, principal_id=principal, action=action
        )
    show(found, as_json=as_json, people=_audit)


def _events(found: list[dict[str, Any]]) -> None:
    rows = [(one["position"], one["timestamp"], one["type"], one["subject"]) for one in found]
    show_table(("position", "when", "what", "of"), rows, empty="nothing happened")


def _audit(found: list[dict[str, Any]]) -> None:
    columns = ("at", "principal_name", "action", "resource", "outcome", "detail")
    rows = [[one.get(column) for column in columns] for one in found]
    show_table(("when", "who", "did", "to", "outcome", "more"), rows, empty="nothing was done")

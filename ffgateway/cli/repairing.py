"""`ffgateway webhooks …`: what endpoints may be told, and what became of telling them."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_fields, show_json, show_table

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="whk_…")]


def pause(
    webhook_id: WebhookId,
    reason: Annotated[str, typer.Option(help="Why; for people.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Send an endpoint nothing for a while; what is for it is kept."""
    with api() as gateway:
        paused = gateway.post(f"/v1/webhooks/{webhook_id}/pause", {"reason": reason})
    show(paused, as_json=as_json, people=show_fields)


def resume(webhook_id: WebhookId, as_json: JsonOption = False) -> None:
    """Send an endpoint what waits for it, and then what happens."""
    with api() as gateway:
        show(gateway.post(f"/v1/webhooks/{webhook_id}/resume"), as_json=as_json, people=show_fields)


def attempts(
    webhook_id: WebhookId,
    *,
    event: Annotated[str | None, typer.Option(help="Only for this event, evt_….")] = None,
    result: Annotated[str | None, typer.Option(help="Only delivered, or failed.")] = None,
    trigger: Annotated[
        str | None, typer.Option(help="Only event, retry, probe, test or replay.")
    ] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the tries at an endpoint, the newest first; --json shows the answers, too."""
    with api() as gateway:
        found = gateway.items(
            f"/v1/webhooks/{webhook_id}/attempts",
            most=limit,
            event_id=event,
            result=result,
            trigger=trigger,
        )
    show(found, as_json=as_json, people=_tries)


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


def _tries(found: list[dict[str, Any]]) -> None:
    columns = (
        "at", "event_type", "event_id", "attempt", "trigger", "result", "status", "error",
        "address", "duration_ms", "first_byte_ms", "next_at",
    )  # fmt: skip
    rows = [[one.get(column) for column in columns] for one in found]
    show_table(columns, rows, empty="nothing was sent there yet")

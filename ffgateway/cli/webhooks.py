"""`ffgateway webhooks`: the endpoints that a running gateway tells of what happens."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_table

app = typer.Typer(help="Register, test and remove webhook endpoints.")

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="whk_…")]


@app.command("list")
def list_webhooks(
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the endpoints, the newest first."""
    with api() as gateway:
        show(gateway.items("/v1/webhooks", most=limit), as_json=as_json, people=_table)


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where to post events.")],
    events: Annotated[
        list[str] | None, typer.Option("--event", help="Glob, fax.*; repeat for more.")
    ] = None,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Register an endpoint, for every event if none is named. Its secret is shown this once."""
    body = {"url": url, "events": events or ["*"], "description": description}
    with api() as gateway:
        show(gateway.post("/v1/webhooks", body), as_json=as_json, people=show_fields)


@app.command("show")
def show_webhook(webhook_id: WebhookId, as_json: JsonOption = False) -> None:
    """Show one endpoint, without its secret."""
    with api() as gateway:
        show(gateway.get(f"/v1/webhooks/{webhook_id}"), as_json=as_json, people=show_fields)


@app.command("test")
def ping(webhook_id: WebhookId, as_json: JsonOption = False) -> None:
    """Send an endpoint a ping; `attempts` shows what became of it."""
    with api() as gateway:
        show(gateway.post(f"/v1/webhooks/{webhook_id}/test"), as_json=as_json, people=show_fields)


@app.command("remove")
def remove(webhook_id: WebhookId) -> None:
    """Tell an endpoint nothing more."""
    with api() as gateway:
        gateway.delete(f"/v1/webhooks/{webhook_id}")
    say(f"{webhook_id} is removed")


def _table(webhooks: list[dict[str, Any]]) -> None:
    columns = ("id", "url", "events", "state", "description", "created_at")
    rows = [[one.get(column) for column in columns] for one in webhooks]
    headings = ("id", "address", "events", "state", "description", "created")
    show_table(headings, rows, empty="no endpoints; `ffgateway webhooks add` registers one")

"""`ffgateway webhooks`: the endpoints that a running gateway tells of what happens."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table
from ffgateway.cli.webhook_keys import OwnSecret, WebhookId

app = typer.Typer(help="Register, test and remove webhook endpoints.")

Ordered = Annotated[
    bool | None,
    typer.Option("--ordered/--unordered", help="Whether events of a subject wait for each other."),
]
Rate = Annotated[
    float | None, typer.Option(help="Deliveries a second at most; 0 for no limit.", min=0)
]
Body = Annotated[str | None, typer.Option(help="standard, cloudevents or cloudevents-binary.")]
Including = Annotated[
    list[str] | None,
    typer.Option("--include", help="numbers, names, subjects or none; repeat for more."),
]
SettingsFile = Annotated[
    str | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="JSON with fields as REST takes them, `headers` and `auth` among them; - reads it"
        " from standard input, so that secrets are in no list of processes.",
    ),
]


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
    *,
    url: Annotated[str, typer.Argument(help="Where to post events.")],
    events: Annotated[
        list[str] | None, typer.Option("--event", help="Glob, fax.*; repeat for more.")
    ] = None,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    secret: OwnSecret = None,
    signatures: Annotated[
        list[str] | None, typer.Option("--signature", help="v1, v1a; repeat for both.")
    ] = None,
    handshake: Annotated[
        bool, typer.Option("--handshake", help="Register it if it says that it wants events.")
    ] = False,
    ordered: Ordered = None,
    rate: Rate = None,
    body: Body = None,
    include: Including = None,
    settings: SettingsFile = None,
    as_json: JsonOption = False,
) -> None:
    """Register an endpoint, for every event if none is named. Its secret is shown this once."""
    fields = _settings(settings, ordered=ordered, rate=rate, body=body, include=include)
    fields |= given(url=url, events=events or ["*"], description=description, secret=secret)
    fields |= given(signatures=signatures, handshake=handshake or None)
    with api() as gateway:
        show(gateway.post("/v1/webhooks", fields), as_json=as_json, people=show_fields)


@app.command("edit")
def edit(
    *,
    webhook_id: WebhookId,
    url: Annotated[str | None, typer.Option(help="Where to post events.")] = None,
    events: Annotated[
        list[str] | None, typer.Option("--event", help="The whole new list; repeat for more.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="For people.")] = None,
    ordered: Ordered = None,
    rate: Rate = None,
    body: Body = None,
    include: Including = None,
    settings: SettingsFile = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of an endpoint."""
    fields = _settings(settings, ordered=ordered, rate=rate, body=body, include=include)
    fields |= given(url=url, events=events or None, description=description)
    if not fields:
        raise Trouble("nothing to change was given; see `ffgateway webhooks edit --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/webhooks/{webhook_id}", fields)
    show(changed, as_json=as_json, people=show_fields)


@app.command("handshake")
def handshake(webhook_id: WebhookId, as_json: JsonOption = False) -> None:
    """Ask an endpoint whether it wants events."""
    with api() as gateway:
        said = gateway.post(f"/v1/webhooks/{webhook_id}/handshake")
    show(said, as_json=as_json, people=show_fields)


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


def _settings(
    file: str | None,
    *,
    ordered: bool | None,
    rate: float | None,
    body: str | None,
    include: list[str] | None,
) -> dict[str, object]:
    """What is set, by options or by a file; options win."""
    fields: dict[str, object] = {}
    if file is not None:
        try:
            read = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
        except (OSError, ValueError) as flaw:
            raise Trouble(f"{file} cannot be read as JSON: {flaw}") from flaw
        if not isinstance(read, dict):
            raise Trouble(f"{file} holds no JSON object")
        fields = read
    named = None if include is None else [one for one in include if one != "none"]
    return fields | given(ordered=ordered, rate_per_second=rate, body=body, include=named)


def _table(webhooks: list[dict[str, Any]]) -> None:
    columns = ("id", "url", "events", "state", "description", "created_at")
    rows = [[one.get(column) for column in columns] for one in webhooks]
    headings = ("id", "address", "events", "state", "description", "created")
    show_table(headings, rows, empty="no endpoints; `ffgateway webhooks add` registers one")

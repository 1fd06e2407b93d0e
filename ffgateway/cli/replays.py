"""`ffgateway webhooks …`: send an endpoint once more what it missed, and see where events have got to."""

import time
from typing import Annotated, Any

import typer

from ffgateway.cli.api import Api, api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="whk_…")]
ReplayId = Annotated[str, typer.Argument(metavar="REPLAY", help="rpl_…")]
Limit = Annotated[int, typer.Option(help="The most to list.", min=1)]
SUMS = ("state", "total", "queued", "passed_over", "waiting", "delivered", "failed", "cancelled")


def replay(
    webhook_id: WebhookId,
    *,
    events: Annotated[
        list[str] | None, typer.Option("--event", help="Only this one, evt_…; repeat for more.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Its dead letters.")] = False,
    never_attempted: Annotated[
        bool, typer.Option("--never-attempted", help="What it never was sent.")
    ] = False,
    after: Annotated[int | None, typer.Option(help="Positions beyond this one.", min=0)] = None,
    until: Annotated[int | None, typer.Option(help="Positions up to this one.", min=0)] = None,
    since: Annotated[str | None, typer.Option(help="From 2026-12-24T00:00:00Z on.")] = None,
    before: Annotated[str | None, typer.Option(help="Before this moment.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Glob, fax.*; repeat for more.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Only of this fax, device or key.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended, and say how.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send events to an endpoint once more: named, failed, never attempted, or a range of the log.

    They keep their ids, go at the endpoint's own pace, and among what happens meanwhile.
    """
    if failed and never_attempted:
        raise Trouble("Choose one of --failed and --never-attempted.")
    which = "failed" if failed else "never_attempted" if never_attempted else None
    if which is None and not any((events, after is not None, until, since, before, types, subject)):
        raise Trouble("Say which events: --after 0 is the whole log.")
    body = given(
        which=which or ("events" if events else "range"),
        events=events,
        after=after,
        until=until,
        since=since,
        before=before,
        types=types,
        subject=subject,
    )
    with api() as gateway:
        if dry_run:
            counted = gateway.post(f"/v1/webhooks/{webhook_id}/replay/count", body)
            show(counted, as_json=as_json, people=show_fields)
            return
        begun = gateway.post(f"/v1/webhooks/{webhook_id}/replay", body)
        say(f"{begun['id']}: {begun['total']} events")
        ended = _followed(gateway, begun) if wait else begun
    show(ended, as_json=as_json, people=show_fields)
    if wait and (ended["failed"] or ended["state"] != "completed"):
        raise Trouble(f"{ended['state']}, {ended['failed']} of {ended['total']} not delivered")


def _followed(gateway: Api, replay: dict[str, Any]) -> dict[str, Any]:
    while replay["state"] == "running":
        time.sleep(1)
        replay = gateway.get(f"/v1/webhooks/{replay['webhook_id']}/replays/{replay['id']}")
        say(", ".join(f"{name} {replay[name]}" for name in SUMS))
    return replay


def replays(webhook_id: WebhookId, limit: Limit = 20, as_json: JsonOption = False) -> None:
    """List an endpoint's replays, the newest first, and how far each is."""
    with api() as gateway:
        found = gateway.items(f"/v1/webhooks/{webhook_id}/replays", most=limit)
    show(found, as_json=as_json, people=_replays)


def show_replay(webhook_id: WebhookId, replay_id: ReplayId, as_json: JsonOption = False) -> None:
    """Show one replay, and how far it is."""
    with api() as gateway:
        found = gateway.get(f"/v1/webhooks/{webhook_id}/replays/{replay_id}")
    show(found, as_json=as_json, people=show_fields)


def cancel_replay(webhook_id: WebhookId, replay_id: ReplayId, as_json: JsonOption = False) -> None:
    """Call a replay off: what it has not delivered is not sent."""
    with api() as gateway:
        ended = gateway.post(f"/v1/webhooks/{webhook_id}/replays/{replay_id}/cancel")
    show(ended, as_json=as_json, people=show_fields)


def dead_letters(webhook_id: WebhookId, limit: Limit = 50, as_json: JsonOption = False) -> None:
    """List what an endpoint was not told and is not going to be; `replay --failed` sends it again."""
    with api() as gateway:
        found = gateway.items(f"/v1/webhooks/{webhook_id}/dead-letters", most=limit)
    show(found, as_json=as_json, people=_deliveries)


def discard(
    webhook_id: WebhookId,
    *,
    events: Annotated[
        list[str] | None, typer.Option("--event", help="evt_…; repeat for more.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let dead letters go for good."""
    body = {"events": events or [], "all": everything}
    with api() as gateway:
        gone = gateway.post(f"/v1/webhooks/{webhook_id}/dead-letters/discard", body)
    show(gone, as_json=as_json, people=show_fields)


def deliveries(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="evt_…")],
    as_json: JsonOption = False,
) -> None:
    """Show where an event has got to, at each endpoint that it was for."""
    with api() as gateway:
        found = gateway.get(f"/v1/events/{event_id}/deliveries")["items"]
    show(found, as_json=as_json, people=_deliveries)


def _replays(found: list[dict[str, Any]]) -> None:
    columns = ("id", "created_at", "which", *SUMS)
    show_table(columns, [[one[name] for name in columns] for one in found], empty="no replays")


def _deliveries(found: list[dict[str, Any]]) -> None:
    columns = ("webhook_id", "event_id", "subject", "state", "attempts", "trigger", "next_at")
    last = ("at", "status", "error")
    rows = [
        [
            *(one[name] for name in columns),
            *((one["last_attempt"] or {}).get(name) for name in last),
        ]
        for one in found
    ]
    show_table((*columns, "last", "status", "error"), rows, empty="nothing of that kind")

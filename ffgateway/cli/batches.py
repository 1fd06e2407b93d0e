"""`ffgateway batches`: one thing to many, through a running gateway."""

import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ffgateway.cli.api import Api, api
from ffgateway.cli.faxes import TYPES
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table
from ffgateway.domain.batches import BatchStatus

app = typer.Typer(help="Send one thing to many, and see how far it is.")

LOOK = timedelta(seconds=1)
"""How often a batch that is watched is asked about."""

PATIENCE = httpx.Timeout(120, write=300)
"""Seconds. Twenty thousand recipients take a moment."""

GOING_ON = BatchStatus.IN_PROGRESS.value

BatchId = Annotated[str, typer.Argument(metavar="ID", help="bat_…")]
Within = Annotated[float | None, typer.Option(help="The most seconds to watch.", min=0)]


@app.command("send")
def send(
    *,
    csv: Annotated[
        Path,
        typer.Option(
            "--csv",
            help="Recipients: UTF-8, its first row names the columns (fax_number, name, …).",
            exists=True,
            dir_okay=False,
        ),
    ],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="DOC...", help="PDF or text.", exists=True, dir_okay=False),
    ],
    client_reference: Annotated[
        str | None, typer.Option("--reference", help="Your own reference.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="The appliance to use: dev_…")] = None,
    max_tries: Annotated[int | None, typer.Option(help="Calls before giving up.")] = None,
    try_interval: Annotated[int | None, typer.Option(help="Seconds between calls.")] = None,
    priority: Annotated[
        int | None, typer.Option(help="0 first … 5 last. Default: 4.", min=0, max=5)
    ] = None,
    send_at: Annotated[
        str | None, typer.Option(help="When: 2026-11-24T08:00:00+01:00. Default: now.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send files to every recipient of a CSV file. All of them are accepted, or none."""
    form = {
        "client_reference": client_reference,
        "device_id": device,
        "max_tries": max_tries,
        "try_interval": try_interval,
        "priority": priority,
        "send_at": send_at,
    }
    with api(patience=PATIENCE) as gateway, ExitStack() as stack:
        try:
            parts = [("recipients", (csv.name, stack.enter_context(csv.open("rb")), "text/csv"))]
            for path in files:
                kind = TYPES.get(path.suffix.lower(), "application/octet-stream")
                opened = stack.enter_context(path.open("rb"))
                parts.append(("documents", (path.name, opened, kind)))
        except OSError as unreadable:
            raise Trouble(str(unreadable)) from unreadable
        batch = gateway.upload("/v1/batches", data=form, files=parts)
    show(batch, as_json=as_json, people=_one)


@app.command("list")
def list_batches(
    status: Annotated[
        list[BatchStatus] | None, typer.Option(help="Only those in this status; repeat for more.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="Only those with this reference.")] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List batches, the newest first."""
    with api() as gateway:
        found = gateway.items(
            "/v1/batches",
            most=limit,
            status=[one.value for one in status or ()],
            client_reference=reference,
        )
    show(found, as_json=as_json, people=_table)


@app.command("show")
def show_batch(batch_id: BatchId, as_json: JsonOption = False) -> None:
    """Show how far a batch is; `ffgateway faxes list --batch ID` lists its faxes."""
    with api() as gateway:
        batch = gateway.get(f"/v1/batches/{batch_id}")
    show(batch, as_json=as_json, people=_one)


@app.command("cancel")
def cancel(batch_id: BatchId, as_json: JsonOption = False) -> None:
    """Stop whatever of a batch has not ended."""
    with api() as gateway:
        batch = gateway.post(f"/v1/batches/{batch_id}/cancel")
    show(batch, as_json=as_json, people=_one)


@app.command("watch")
def watch(batch_id: BatchId, within: Within = None, as_json: JsonOption = False) -> None:
    """Tell how far a batch is until it ends. Exit 0 only if every fax was delivered."""
    with api() as gateway:
        batch = _followed(gateway, batch_id, within=within)
    show(batch, as_json=as_json, people=_one)
    if batch["status"] != BatchStatus.COMPLETED.value:
        sys.exit(1)


def _followed(gateway: Api, batch_id: str, *, within: float | None) -> Any:
    deadline = None if within is None else time.monotonic() + within
    told = ""
    while True:
        batch = gateway.get(f"/v1/batches/{batch_id}")
        if (line := _line(batch)) != told:
            say(line)
            told = line
        if batch["status"] != GOING_ON:
            return batch
        if deadline is not None and time.monotonic() > deadline:
            raise Trouble(f"{batch_id} has not ended within {within:g} s; it goes on")
        time.sleep(LOOK.total_seconds())


def _line(batch: Any) -> str:
    phases = ", ".join(f"{count} {phase}" for phase, count in batch["phases"].items() if count)
    return f"{batch['id']} {batch['status']}: {phases} of {batch['total']}"


def _one(batch: dict[str, Any]) -> None:
    documents = [document.get("name") for document in batch["documents"]]
    show_fields({**batch, "documents": documents})


def _table(found: list[Any]) -> None:
    rows = [
        (
            one["id"],
            one["status"],
            one["total"],
            *one["phases"].values(),
            one["pages"],
            one["client_reference"],
            one["created_at"],
        )
        for one in found
    ]
    phases = ("waiting", "active", "delivered", "failed", "cancelled")
    headings = ("id", "status", "total", *phases, "pages", "reference", "created")
    show_table(headings, rows, empty="no batches")

"""`ffgateway audit export`: the sealed log into a file, taken up where it broke."""

import json
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from ffgateway.cli import audit_filters as filters
from ffgateway.cli.api import Api, Broken, api
from ffgateway.cli.output import Trouble, say
from ffgateway.services.exporting import ExportForm

TRIES = 5
"""How often an export is taken up that breaks without a single row."""

TAIL = 1 << 20
"""Bytes at the end of a file in which its last whole line is looked for."""


def export(
    file: Annotated[Path, typer.Argument(help="Where to.", dir_okay=False)],
    *,
    form: Annotated[ExportForm, typer.Option("--format", help="How.")] = ExportForm.NDJSON,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on behind the last row of the file.")
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Where the checkpoint goes that it ends at.", dir_okay=False),
    ] = None,
    resource: filters.Resource = None,
    principal: filters.By = None,
    action: filters.Action = None,
    outcome: filters.Ended = None,
    kind: filters.OfKind = None,
    request: filters.Request = None,
    since: filters.Since = None,
    until: filters.Until = None,
) -> None:
    """Write the sealed log, or what of it is asked for, to a file; `audit verify` reads NDJSON."""
    wanted = filters.query(
        resource=resource,
        principal=principal,
        action=action,
        outcome=outcome,
        kind=kind,
        request=request,
        since=since,
        until=until,
    )
    place = _place_in(file, form) if go_on else 0
    try:
        with api() as gateway, file.open("ab" if go_on else "wb") as out:
            (head,) = gateway.items("/v1/audit/checkpoints", most=1) or [None]
            if head is None:
                raise Trouble("nothing is sealed yet")
            place = _written(gateway, out, form, wanted | {"size": head["size"]}, place)
        if checkpoint is not None:
            checkpoint.write_text(head["checkpoint"], encoding="utf-8")
    except OSError as full:
        raise Trouble(f"{full.filename or file} cannot be written: {full}") from full
    say(f"{file}: up to row {place} of the log")


def _written(
    gateway: Api, out: IO[bytes], form: ExportForm, wanted: dict[str, Any], place: int
) -> int:
    left = TRIES
    while True:
        try:
            for line in gateway.lines("/v1/audit/export", format=form.value, after=place, **wanted):
                out.write(line)
                place, left = place_behind(line, form) or place, TRIES
        except Broken:
            left -= 1
            if not left:
                raise
        else:
            return place


def place_behind(line: bytes, form: ExportForm) -> int | None:
    """How many rows of the log there are up to a line; None for a head. Raises `ValueError`."""
    if form is ExportForm.CSV:
        leaf = line.partition(b",")[0]
        return int(leaf) + 1 if leaf.isdigit() else None
    told = json.loads(line)
    if form is ExportForm.NDJSON:
        return int(told["index"]) + 1
    if form is ExportForm.OCSF:
        return int(told["metadata"]["sequence"]) + 1
    return int(told["id"].removeprefix("leaf-")) + 1


def _place_in(file: Path, form: ExportForm) -> int:
    """Cut off a line that is not whole, and say how far the file goes. Raises `Trouble`."""
    try:
        if not file.exists():
            return 0
        with file.open("r+b") as kept:
            start = max(file.stat().st_size - TAIL, 0)
            kept.seek(start)
            tail = kept.read()
            whole = tail.rfind(b"\n") + 1
            kept.truncate(start + whole)
        last = tail[:whole].splitlines()[-1:]
        return (place_behind(last[0], form) or 0) if last else 0
    except OSError as gone:
        raise Trouble(f"{file} cannot be read: {gone}") from gone
    except (ValueError, KeyError, TypeError) as odd:
        raise Trouble(f"{file} is no export as {form.value}: {odd}") from odd

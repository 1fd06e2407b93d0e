"""`ffgateway audit`: who did what, that it is so, and verifying it far away."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ffgateway import audit_verify
from ffgateway.cli import audit_filters as filters
from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_json, show_table

app = typer.Typer(help="Who did what: list it, prove it, keep it, verify it.")
holds = typer.Typer(help="Keep the rows of a subject whatever their age.")
keys = typer.Typer(help="The keys that sign the log.")
app.add_typer(holds, name="holds")
app.add_typer(keys, name="keys")

Limit = Annotated[int, typer.Option(help="The most to list.", min=1)]
Row = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the row.", min=1)]
Size = Annotated[int | None, typer.Option(help="Of the checkpoint of this size.", min=1)]


@app.command("list")
def list_audit(
    *,
    resource: filters.Resource = None,
    principal: filters.By = None,
    action: filters.Action = None,
    outcome: filters.Ended = None,
    kind: filters.OfKind = None,
    request: filters.Request = None,
    since: filters.Since = None,
    until: filters.Until = None,
    limit: Limit = 100,
    as_json: JsonOption = False,
) -> None:
    """List who did what, the newest first."""
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
    with api() as gateway:
        found = gateway.items("/v1/audit", most=limit, **wanted)
    show(found, as_json=as_json, people=_table)


@app.command("show")
def show_row(number: Row, as_json: JsonOption = False) -> None:
    """Show one row."""
    with api() as gateway:
        show(gateway.get(f"/v1/audit/{number}"), as_json=as_json, people=show_fields)


@app.command("prove")
def prove(number: Row, size: Size = None) -> None:
    """Print the proof that a row is in the log, as JSON: `audit verify` reads it."""
    with api() as gateway:
        show_json(gateway.get(f"/v1/audit/{number}/proof", size=size))


@app.command("checkpoints")
def checkpoints(limit: Limit = 10, as_json: JsonOption = False) -> None:
    """List signed heads of the log, the newest first."""
    with api() as gateway:
        found = gateway.items("/v1/audit/checkpoints", most=limit)
    show(found, as_json=as_json, people=_heads)


@app.command("consistency")
def consistency(
    before: Annotated[int, typer.Argument(help="The size of one checkpoint.", min=1)],
    after: Annotated[int, typer.Argument(help="The size of a later one.", min=1)],
) -> None:
    """Print the proof that the log grew by adding alone, as JSON."""
    with api() as gateway:
        show_json(gateway.get("/v1/audit/consistency", before=before, after=after))


@app.command("log")
def log(
    file: Annotated[Path, typer.Argument(help="Where to.", dir_okay=False)],
    checkpoint: Annotated[Path, typer.Option(help="Where its checkpoint goes.", dir_okay=False)],
) -> None:
    """Write the sealed log and the newest checkpoint to files, to be verified elsewhere."""
    with api() as gateway:
        (head,) = gateway.items("/v1/audit/checkpoints", most=1) or [None]
        if head is None:
            say("nothing is sealed yet")
            raise typer.Exit(1)
        gateway.download("/v1/audit/log", to=file, until=head["size"])
        checkpoint.write_text(head["checkpoint"], encoding="utf-8")
    say(f"{file}: {head['size']} rows; {checkpoint}: their checkpoint")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="A log, or one row's proof.", dir_okay=False)],
    key: Annotated[list[str], typer.Option(help="The verifier key, or a file with it; repeat.")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A file of checkpoints that you kept; repeat.")
    ] = None,
) -> None:
    """Verify a log offline. `ffgateway/audit_verify.py` is all that it takes elsewhere."""
    words = [str(file)]
    for name, several in (("--key", key), ("--checkpoint", checkpoint or [])):
        words += [word for one in several for word in (name, str(one))]
    raise typer.Exit(audit_verify.main(words))


@keys.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List the keys, the oldest first, as others verify with them."""
    with api() as gateway:
        found = gateway.get("/v1/audit/keys")["items"]
    show(found, as_json=as_json, people=_keys)


@keys.command("rotate")
def rotate(as_json: JsonOption = False) -> None:
    """Sign with a new key from now on; the old one signs once more beside it."""
    with api() as gateway:
        show(gateway.post("/v1/audit/keys"), as_json=as_json, people=show_fields)


@holds.command("list")
def list_holds(as_json: JsonOption = False) -> None:
    """List what is held."""
    with api() as gateway:
        found = gateway.get("/v1/audit-holds")["items"]
    show(found, as_json=as_json, people=_holds)


@holds.command("place")
def place(
    subject: Annotated[str, typer.Argument(help="fax_…, dev_…, key_…")],
    reason: Annotated[str, typer.Option(help="Why.")],
    as_json: JsonOption = False,
) -> None:
    """Keep the rows of a subject."""
    with api() as gateway:
        body = given(subject=subject, reason=reason)
        show(gateway.post("/v1/audit-holds", body), as_json=as_json, people=show_fields)


@holds.command("release")
def release(subject: Annotated[str, typer.Argument(help="fax_…, dev_…, key_…")]) -> None:
    """Let the rows of a subject grow old again."""
    with api() as gateway:
        gateway.delete(f"/v1/audit-holds/{subject}")
    say(f"{subject} is released")


def _table(found: list[dict[str, Any]]) -> None:
    columns = ("number", "at", "kind", "principal_name", "action", "resource", "outcome", "detail")
    names = ("row", "when", "", "who", "did", "to", "outcome", "more")
    show_table(names, _cells(found, columns), empty="nothing was done")


def _heads(found: list[dict[str, Any]]) -> None:
    columns = ("size", "at", "root")
    show_table(("rows", "when", "root"), _cells(found, columns), empty="nothing is sealed yet")


def _keys(found: list[dict[str, Any]]) -> None:
    columns = ("verifier", "created_at", "retired_at")
    show_table(("key", "since", "until"), _cells(found, columns), empty="no keys")


def _holds(found: list[dict[str, Any]]) -> None:
    columns = ("subject", "reason", "at", "placed_by")
    show_table(columns, _cells(found, columns), empty="nothing is held")


def _cells(found: list[dict[str, Any]], columns: tuple[str, ...]) -> list[list[Any]]:
    return [[one.get(column) for column in columns] for one in found]

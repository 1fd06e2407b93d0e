"""`ffgateway faxes`: send, look up and cancel, through a running gateway."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from ffgateway.cli import faxes_shown
from ffgateway.cli.api import Api, api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields
from ffgateway.domain.faxes import FaxStatus, Origin
from ffgateway.services.deciding import Outcome

app = typer.Typer(help="Send, look up and cancel faxes.")

LOOK = timedelta(milliseconds=500)
"""How often a fax that is waited for is asked about."""
ENDS = frozenset({"delivered", "failed", "cancelled"})
TYPES = {".pdf": "application/pdf", ".txt": "text/plain"}

FaxId = Annotated[str, typer.Argument(metavar="ID", help="fax_…")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end, and tell the way there.")]
Within = Annotated[float, typer.Option(help="The most seconds to wait.", min=0)]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(help="Run again with the same key, the command does not send a second time."),
]


Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="PDF or text.", exists=True, dir_okay=False),
]
To = Annotated[list[str], typer.Option(help="A fax number; repeat for more.")]


@app.command("send")
def send(
    *,
    files: Files,
    to: To,
    client_reference: Annotated[
        str | None, typer.Option("--reference", help="Your own reference.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="The appliance to use: dev_…")] = None,
    pool: Annotated[str | None, typer.Option(help="Any appliance of this pool.")] = None,
    max_tries: Annotated[int | None, typer.Option(help="Calls before giving up.")] = None,
    try_interval: Annotated[int | None, typer.Option(help="Seconds between calls.")] = None,
    priority: Annotated[int | None, typer.Option(help="0 first … 5 last.", min=0, max=5)] = None,
    send_at: Annotated[
        str | None, typer.Option(help="When: 2026-11-24T08:00:00+01:00. Default: now.")
    ] = None,
    deadline: Annotated[
        str | None, typer.Option(help="What has not ended by then is given up.")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(help="How often it is sent once more when it failed.", min=0, max=5),
    ] = None,
    despite_suppression: Annotated[
        bool, typer.Option("--despite-suppression", help="Although its number is suppressed.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = False,
    within: Within = 3600,
    as_json: JsonOption = False,
) -> None:
    """Send files to one or more numbers. With --wait, exit 0 only if all were delivered."""
    form = {
        "to": to,
        "client_reference": client_reference,
        "device_id": device,
        "pool": pool,
        "max_tries": max_tries,
        "try_interval": try_interval,
        "priority": priority,
        "send_at": send_at,
        "deadline": deadline,
        "rounds": rounds,
        "despite_suppression": "true" if despite_suppression else None,
    }
    with api() as gateway:
        with _opened(files) as documents:
            sent = gateway.upload("/v1/faxes", data=form, files=documents, key=idempotency_key)
        faxes = _followed(gateway, sent["faxes"], within=within) if wait else sent["faxes"]
    show(
        {**sent, "faxes": faxes},
        as_json=as_json,
        people=lambda one: faxes_shown.table(one["faxes"]),
    )
    if wait and any(fax["status"] != "delivered" for fax in faxes):
        sys.exit(1)


@app.command("dry-run")
def dry_run(
    files: Files,
    to: To,
    device: Annotated[str | None, typer.Option(help="The appliance to use: dev_…")] = None,
    pool: Annotated[str | None, typer.Option(help="Any appliance of this pool.")] = None,
    priority: Annotated[int | None, typer.Option(help="0 first … 5 last.", min=0, max=5)] = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything that sending would check, say what would happen, and send nothing."""
    form = {"to": to, "device_id": device, "pool": pool, "priority": priority}
    with api() as gateway, _opened(files) as documents:
        found = gateway.upload("/v1/faxes:preview", data=form, files=documents, key=None)
    show(found, as_json=as_json, people=faxes_shown.preview)


@app.command("release")
def release(fax_id: FaxId, as_json: JsonOption = False) -> None:
    """Let a fax go that is held because its number is suppressed."""
    with api() as gateway:
        show(gateway.post(f"/v1/faxes/{fax_id}/release"), as_json=as_json, people=show_fields)


@app.command("explain")
def explain(fax_id: FaxId, as_json: JsonOption = False) -> None:
    """Tell a fax's story in plain words, and what may be done."""
    with api() as gateway:
        show(
            gateway.get(f"/v1/faxes/{fax_id}/explain"),
            as_json=as_json,
            people=faxes_shown.explained,
        )


@app.command("contenders")
def contenders(fax_id: FaxId, as_json: JsonOption = False) -> None:
    """List what on its appliance could be a fax in doubt."""
    with api() as gateway:
        found = gateway.get(f"/v1/faxes/{fax_id}/contenders")["items"]
    show(found, as_json=as_json, people=faxes_shown.contenders)


@app.command("decide")
def decide(
    fax_id: FaxId,
    outcome: Annotated[Outcome, typer.Argument(help="What you know of it.")],
    reason: Annotated[str, typer.Option(help="How you know; put on record.")],
    fax_key: Annotated[str | None, typer.Option(help="With `sent`: the appliance's key.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Settle a fax that is uncertain, on your word."""
    body = given(outcome=outcome.value, reason=reason, fax_key=fax_key)
    with api() as gateway:
        fax = gateway.post(f"/v1/faxes/{fax_id}/decide", body)
    show(fax, as_json=as_json, people=show_fields)


@app.command("list")
def list_faxes(
    status: Annotated[
        list[FaxStatus] | None, typer.Option(help="Only those in this status; repeat for more.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Only those on this appliance.")] = None,
    reference: Annotated[str | None, typer.Option(help="Only those with this reference.")] = None,
    origin: Annotated[
        Origin | None, typer.Option(help="Only those by the gateway, or by others on appliances.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="Only those of this account there.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only those of this batch: bat_…")] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List faxes, the newest first."""
    with api() as gateway:
        faxes = gateway.items(
            "/v1/faxes",
            most=limit,
            status=[one.value for one in status or ()],
            device_id=device,
            client_reference=reference,
            origin=origin.value if origin else None,
            username=username,
            batch_id=batch,
        )
    show(faxes, as_json=as_json, people=faxes_shown.table)


@app.command("show")
def show_fax(fax_id: FaxId, as_json: JsonOption = False) -> None:
    """Show one fax, and what happened to it."""
    with api() as gateway:
        fax = gateway.get(f"/v1/faxes/{fax_id}")
        events = gateway.get(f"/v1/faxes/{fax_id}/events")["items"]
    show({**fax, "events": events}, as_json=as_json, people=faxes_shown.story)


@app.command("cancel")
def cancel(
    fax_id: FaxId, wait: Wait = False, within: Within = 3600, as_json: JsonOption = False
) -> None:
    """Stop a fax. With --wait, also one that is being handed over; exit 0 only if it was cancelled
    before it got through.
    """
    with api() as gateway:
        fax = _called_off(gateway, fax_id, within=within if wait else 0)
        if wait:
            (fax,) = _followed(gateway, [fax], within=within)
    show(fax, as_json=as_json, people=lambda one: faxes_shown.table([one]))
    if wait and fax["status"] != "cancelled":
        sys.exit(1)


@app.command("reschedule")
def reschedule(
    fax_id: FaxId,
    at: Annotated[
        str | None, typer.Option(help="RFC 3339, with an offset; now, if left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give an unfinished fax another time."""
    with api() as gateway:
        fax = gateway.post(f"/v1/faxes/{fax_id}/reschedule", {"at": at})
    show(fax, as_json=as_json, people=lambda one: faxes_shown.table([one]))


@app.command("resend")
def resend(
    fax_id: FaxId, idempotency_key: IdempotencyKey = None, as_json: JsonOption = False
) -> None:
    """Send a finished fax once more, as a new one."""
    with api() as gateway:
        fax = gateway.post(f"/v1/faxes/{fax_id}/resend", key=idempotency_key)
    show(fax, as_json=as_json, people=lambda one: faxes_shown.table([one]))


@app.command("preview")
def preview(
    fax_id: FaxId, to: Annotated[Path, typer.Option(help="The PDF to write.", dir_okay=False)]
) -> None:
    """Write what a fax looks like on its appliance."""
    with api() as gateway:
        size = gateway.download(f"/v1/faxes/{fax_id}/preview", to=to)
    say(f"{to} has {size} bytes")


@app.command("document")
def document(
    sha256: Annotated[str, typer.Argument(help="The SHA-256 of a document: `faxes show --json`.")],
    look: Annotated[
        bool, typer.Option("--look", help="Ask the appliances what they list still.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is held of a document, where, and the row that proves its purge."""
    with api() as gateway:
        found = gateway.gather(f"/v1/documents/{sha256}", look="true" if look else None)
    show(found, as_json=as_json, people=show_fields)


@app.command("receipt")
def receipt(
    fax_id: FaxId,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Where to; PDF if it ends in .pdf.", dir_okay=False)
    ],
) -> None:
    """Write the signed receipt of a fax that has ended; `receipt verify` reads it anywhere."""
    form = "pdf" if out.suffix.lower() == ".pdf" else "json"
    with api() as gateway:
        size = gateway.download(f"/v1/faxes/{fax_id}/receipt", to=out, format=form)
    say(f"{out} has {size} bytes")


@contextmanager
def _opened(files: Sequence[Path]) -> Iterator[list[tuple[str, tuple[str, IO[bytes], str]]]]:
    """The files as parts of a form. Raises `Trouble` for one that cannot be read."""
    with ExitStack() as stack:
        try:
            yield [
                ("documents", (file.name, stack.enter_context(file.open("rb")), _type(file)))
                for file in files
            ]
        except OSError as unreadable:
            raise Trouble(str(unreadable)) from unreadable


def _type(path: Path) -> str:
    return TYPES.get(path.suffix.lower(), "application/octet-stream")


def _called_off(gateway: Api, fax_id: str, *, within: float) -> Any:
    """Ask for a fax to be stopped, until its appliance has told which one it is, if that is soon."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            return gateway.post(f"/v1/faxes/{fax_id}/cancel")
        except Trouble:
            if gateway.get(f"/v1/faxes/{fax_id}")["status"] != FaxStatus.SUBMITTING:
                break  # something else is the matter, or it is there by now
            time.sleep(LOOK.total_seconds())
    return gateway.post(f"/v1/faxes/{fax_id}/cancel")


def _followed(gateway: Api, faxes: Iterable[Any], *, within: float) -> list[Any]:
    """Ask until every fax has ended, telling each change; return them as they are then.

    Raises `Trouble` when time is up: the faxes go on all the same.
    """
    latest = {fax["id"]: fax for fax in faxes}
    deadline = time.monotonic() + within
    faxes_shown.tell(latest.values())
    while open_faxes := [each for each, fax in latest.items() if fax["phase"] not in ENDS]:
        if time.monotonic() > deadline:
            raise Trouble(f"no end within {within:g} s of {', '.join(open_faxes)}; they go on")
        time.sleep(LOOK.total_seconds())
        for fax_id in open_faxes:
            fax = gateway.get(f"/v1/faxes/{fax_id}")
            if _standing(fax) != _standing(latest[fax_id]):
                faxes_shown.tell([fax])
            latest[fax_id] = fax
    return list(latest.values())


def _standing(fax: Any) -> tuple[object, ...]:
    return fax["status"], fax.get("attempt")

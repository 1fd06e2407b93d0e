"""`ffgateway users`: accounts on an appliance."""

import os
from typing import Annotated

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, Trouble, show, show_fields

app = typer.Typer(help="Show, make and change users of an appliance, and try their passwords.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
Username = Annotated[str, typer.Argument(metavar="USER", help="The user's name there.")]
Password = Annotated[
    str | None,
    typer.Option(help="Better in FFGATEWAY_USER_PASSWORD, or typed when asked."),
]
Text = Annotated[str | None, typer.Option()]
Priority = Annotated[int | None, typer.Option(help="0, the highest, to 5.")]
Attempts = Annotated[int | None, typer.Option(help="Attempts to send a fax.")]
Interval = Annotated[int | None, typer.Option(help="Seconds between attempts.")]
Receipt = Annotated[str | None, typer.Option(help="never, failure or always.")]


@app.command("show")
def show_user(device_id: DeviceId, username: Username, as_json: JsonOption = False) -> None:
    """Show one user. FFWS lists none, so the name must be known."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/users/{username}")
    show(found, as_json=as_json, people=show_fields)


@app.command("add")
def add(
    *,
    device_id: DeviceId,
    username: Username,
    password: Password = None,
    name: Text = None,
    email_address: Text = None,
    phone_number: Text = None,
    fax_number: Text = None,
    organization: Text = None,
    priority: Priority = None,
    max_attempts: Attempts = None,
    interval_seconds: Interval = None,
    receipt: Receipt = None,
    as_json: JsonOption = False,
) -> None:
    """Make a user."""
    body = given(
        username=username,
        password=_password(password) or typer.prompt("Password", hide_input=True, err=True),
        name=name,
        email_address=email_address,
        phone_number=phone_number,
        fax_number=fax_number,
        organization=organization,
        priority=priority,
        max_attempts=max_attempts,
        interval_seconds=interval_seconds,
        receipt=receipt,
    )
    with api() as gateway:
        made = gateway.post(f"/v1/devices/{device_id}/users", body)
    show(made, as_json=as_json, people=show_fields)


@app.command("edit")
def edit(
    *,
    device_id: DeviceId,
    username: Username,
    password: Password = None,
    name: Text = None,
    email_address: Text = None,
    phone_number: Text = None,
    fax_number: Text = None,
    organization: Text = None,
    priority: Priority = None,
    max_attempts: Attempts = None,
    interval_seconds: Interval = None,
    receipt: Receipt = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of a user, and nothing else."""
    body = given(
        password=_password(password),
        name=name,
        email_address=email_address,
        phone_number=phone_number,
        fax_number=fax_number,
        organization=organization,
        priority=priority,
        max_attempts=max_attempts,
        interval_seconds=interval_seconds,
        receipt=receipt,
    )
    if not body:
        raise Trouble("nothing to change was given; see `ffgateway users edit --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/devices/{device_id}/users/{username}", body)
    show(changed, as_json=as_json, people=show_fields)


@app.command("verify")
def verify(
    device_id: DeviceId, username: Username, password: Password = None, as_json: JsonOption = False
) -> None:
    """Try a user's password. Exit 0 only if it is right."""
    secret = _password(password) or typer.prompt("Password", hide_input=True, err=True)
    with api() as gateway:
        verdict = gateway.post(
            f"/v1/devices/{device_id}/users/{username}/verify", {"password": secret}
        )
    show(verdict, as_json=as_json, people=show_fields)
    if not verdict["verified"]:
        raise typer.Exit(1)


def _password(given: str | None) -> str | None:
    return given or os.environ.get("FFGATEWAY_USER_PASSWORD")

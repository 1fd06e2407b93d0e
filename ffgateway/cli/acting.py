"""`ffgateway acting`: which users of an appliance keys act as."""

import os
from typing import Annotated

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_json, show_table

app = typer.Typer(help="Say, show and forget which users of an appliance keys act as.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
Actor = Annotated[str, typer.Argument(metavar="NAME", help="Whom keys act as (--acts-as).")]


@app.command("list")
def list_acting(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """List everybody that somebody is on an appliance."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/acting-users")["items"]
    if as_json:
        show_json(found)
        return
    columns = ("name", "username", "set_at")
    rows = [[one[column] for column in columns] for one in found]
    show_table(("name", "user there", "set"), rows, empty="nobody acts there")


@app.command("set")
def set_acting(
    device_id: DeviceId,
    name: Actor,
    username: Annotated[str, typer.Argument(metavar="USER", help="The user's name there.")],
    password: Annotated[
        str | None, typer.Option(help="Better in FFGATEWAY_USER_PASSWORD, or typed when asked.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which user of an appliance somebody acts as."""
    secret = password or os.environ.get("FFGATEWAY_USER_PASSWORD")
    secret = secret or typer.prompt("Password", hide_input=True, err=True)
    body = {"name": name, "username": username, "password": secret}
    with api() as gateway:
        done = gateway.post(f"/v1/devices/{device_id}/acting-users", body)
    show(done, as_json=as_json, people=show_fields)


@app.command("remove")
def remove_acting(device_id: DeviceId, name: Actor) -> None:
    """Have somebody act as no user of an appliance."""
    with api() as gateway:
        gateway.delete(f"/v1/devices/{device_id}/acting-users/{name}")
    say(f"{name} is nobody on {device_id} from now on")

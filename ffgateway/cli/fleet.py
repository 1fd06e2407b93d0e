"""`ffgateway fleet`: one change for many appliances, told by each."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from ffgateway.cli.api import Api, api
from ffgateway.cli.configuration import Extension, Line, To, destination
from ffgateway.cli.output import JsonOption, Trouble, show, show_table

app = typer.Typer(help="Change many appliances at once.")

Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="DEVICE", help="dev_… or a name; repeat for more."),
]
All = Annotated[bool, typer.Option("--all", help="The whole fleet, in place of --device.")]
Owner = Annotated[
    str | None,
    typer.Option(help="A user of the appliances, or `global`; default: the gateway's account."),
]
Text = Annotated[str | None, typer.Option()]


@app.command("add-contact")
def add_contact(
    *,
    name: Annotated[str, typer.Argument(help="Who it is.")],
    fax_number: Annotated[str, typer.Argument(help="Their fax number.")],
    devices: Devices = None,
    everywhere: All = False,
    owner: Owner = None,
    phone_number: Text = None,
    organization: Text = None,
    as_json: JsonOption = False,
) -> None:
    """See to it that a contact is on many appliances; one that is there is brought up to date."""
    contact = given(
        name=name, fax_number=fax_number, phone_number=phone_number, organization=organization
    )
    with api() as gateway:
        chosen = chosen_devices(gateway, devices, everywhere=everywhere)
        body = given(devices=chosen, owner=owner, contacts=[contact])
        told = gateway.apply("/v1/fleet/contacts", body)
    tell(told["results"], as_json=as_json)


@app.command("add-user")
def add_user(
    *,
    username: Annotated[str, typer.Argument(help="The user's name on the appliances.")],
    devices: Devices = None,
    everywhere: All = False,
    password: Annotated[
        str | None,
        typer.Option(help="Needed to make one; better in FFGATEWAY_USER_PASSWORD."),
    ] = None,
    name: Text = None,
    email_address: Text = None,
    phone_number: Text = None,
    fax_number: Text = None,
    organization: Text = None,
    as_json: JsonOption = False,
) -> None:
    """See to it that a user is on many appliances; making one needs a password."""
    user = given(
        username=username,
        password=password or os.environ.get("FFGATEWAY_USER_PASSWORD"),
        name=name,
        email_address=email_address,
        phone_number=phone_number,
        fax_number=fax_number,
        organization=organization,
    )
    with api() as gateway:
        chosen = chosen_devices(gateway, devices, everywhere=everywhere)
        told = gateway.apply("/v1/fleet/users", {"devices": chosen, "users": [user]})
    tell(told["results"], as_json=as_json)


@app.command("add-route")
def add_route(
    *,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    to: To = None,
    line: Line = None,
    extension: Extension = None,
    devices: Devices = None,
    everywhere: All = False,
    as_json: JsonOption = False,
) -> None:
    """See to it that a route is on many appliances: by line, by extension, or for every fax."""
    scope = "line" if line is not None else "extension" if extension is not None else "global"
    route = given(name=name, scope=scope, line=line, extension=extension)
    route["destinations"] = [destination(each) for each in to or ()]
    with api() as gateway:
        chosen = chosen_devices(gateway, devices, everywhere=everywhere)
        told = gateway.apply("/v1/fleet/inbound-routes", {"devices": chosen, "routes": [route]})
    tell(told["results"], as_json=as_json)


def chosen_devices(
    gateway: Api, devices: Sequence[str] | None, *, everywhere: bool
) -> list[str] | str:
    """Devices by id, or `all`. Raises `Trouble` for both, neither, and a name nobody has."""
    if everywhere == bool(devices):
        raise Trouble("say which appliances: --device for each of them, or --all")
    if everywhere or devices is None:
        return "all"
    if all(text.startswith("dev_") for text in devices):
        return list(devices)
    fleet = gateway.items("/v1/devices", most=MOST_LISTED)
    named = {one["name"]: one["id"] for one in fleet} | {one["id"]: one["id"] for one in fleet}
    unknown = [text for text in devices if text not in named]
    if unknown:
        raise Trouble(f"there is no appliance {unknown[0]!r}; see `ffgateway devices list`")
    return [named[text] for text in devices]


MOST_LISTED = 10_000
"""Appliances that are looked through for a name."""


def given(**body: object) -> dict[str, object]:
    """What was given."""
    return {name: value for name, value in body.items() if value is not None}


def tell(results: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print what each appliance made of it. Exits with 1 unless all of it is done everywhere."""
    show(results, as_json=as_json, people=_table)
    if any(one["outcome"] != "done" for one in results):
        raise typer.Exit(1)


def _table(results: list[dict[str, Any]]) -> None:
    counts = ("created", "changed", "unchanged")
    rows = [
        [one["device_name"], one["outcome"], *(one[name] for name in counts), why(one)]
        for one in results
    ]
    show_table(("device", "outcome", *counts, "why"), rows, empty="no appliances")


def why(result: Mapping[str, Any]) -> str:
    """Say why not everything is done on an appliance: its end, or what it refused first."""
    problem = result["problem"]
    told = [problem["detail"]] if problem else [one["detail"] for one in result["refusals"]]
    more = len(told) - 1
    text = told[0] if told else ""
    return f"{text} and {more} more" if more > 0 else text

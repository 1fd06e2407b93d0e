"""`ffgateway lines`: what the lines of an appliance are doing, asked from it now."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_fields, show_table

app = typer.Typer(help="See what an appliance's lines are doing, now.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="From 1.", min=1, max=999)]
Limit = Annotated[int, typer.Option(help="The most to list.", min=1)]

MODEM = ("number", "state", "idle", "page", "fax_number", "remote_id", "baud_rate")
CHANNEL = ("number", "state", "idle", "pages", "fax_number", "remote_id", "baud_rate", "ecm")
INBOUND = ("line", "state", "page", "extension", "recipient", "remote_id", "started_at")
OUTBOUND = ("fax_key", "entry_key", "state", "try_number", "pages", "fax_number", "due_at")


@app.command("section")
def section(
    device_id: DeviceId,
    name: Annotated[
        str, typer.Argument(metavar="SECTION", help="modem, channel, system, printer or share.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show one part of the combined status."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/status/{name}")
    show(found, as_json=as_json, people=show_fields)


@app.command("modems")
def modems(device_id: DeviceId, limit: Limit = 100, as_json: JsonOption = False) -> None:
    """List the modems of an FF240, FF440 or FF840."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/modems", most=limit)
    show(found, as_json=as_json, people=lambda every: _table(every, MODEM, "no modems"))


@app.command("modem")
def modem(device_id: DeviceId, number: Number, as_json: JsonOption = False) -> None:
    """Show one modem."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/modems/{number}")
    show(found, as_json=as_json, people=show_fields)


@app.command("channels")
def channels(device_id: DeviceId, limit: Limit = 100, as_json: JsonOption = False) -> None:
    """List the channels of an FF240-IP."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/channels", most=limit)
    show(found, as_json=as_json, people=lambda every: _table(every, CHANNEL, "no channels"))


@app.command("channel")
def channel(device_id: DeviceId, number: Number, as_json: JsonOption = False) -> None:
    """Show one channel."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/channels/{number}")
    show(found, as_json=as_json, people=show_fields)


@app.command("inbound")
def inbound(device_id: DeviceId, limit: Limit = 100, as_json: JsonOption = False) -> None:
    """List the faxes that an appliance is receiving; `ffgateway inbound` keeps the record."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/inbound-status", most=limit)
    show(found, as_json=as_json, people=lambda every: _table(every, INBOUND, "nothing comes in"))


@app.command("outbound")
def outbound(
    device_id: DeviceId,
    which: Annotated[
        str | None, typer.Option("--class", help="pending or sending; both without.")
    ] = None,
    limit: Limit = 100,
    as_json: JsonOption = False,
) -> None:
    """List the faxes that an appliance sends and those that wait, whoever put them there."""
    with api() as gateway:
        found = gateway.items(
            f"/v1/devices/{device_id}/outbound-status", most=limit, **{"class": which}
        )
    show(found, as_json=as_json, people=lambda every: _table(every, OUTBOUND, "nothing goes out"))


def _table(every: list[dict[str, Any]], columns: tuple[str, ...], empty: str) -> None:
    headings = [column.replace("_", " ") for column in columns]
    show_table(headings, [[one.get(column) for column in columns] for one in every], empty=empty)

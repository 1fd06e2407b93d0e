"""`ffgateway contacts`: the address books of an appliance."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table

app = typer.Typer(help="List, make, change and remove contacts of an appliance.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
ContactId = Annotated[str, typer.Argument(metavar="CONTACT", help="OWNER~N, such as admin~1.")]
Owner = Annotated[
    str | None,
    typer.Option(help="A user of the appliance, or `global`; default: the gateway's account."),
]
Part = Annotated[str | None, typer.Option(help="A part of it.")]
Text = Annotated[str | None, typer.Option()]


@app.command("list")
def list_contacts(
    *,
    device_id: DeviceId,
    owner: Owner = None,
    name: Part = None,
    fax_number: Part = None,
    phone_number: Part = None,
    organization: Part = None,
    order: Annotated[
        str | None,
        typer.Option(help="Sort by name, fax_number, phone_number or organization; no FFx30 can."),
    ] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List an address book."""
    with api() as gateway:
        found = gateway.items(
            f"/v1/devices/{device_id}/contacts",
            most=limit,
            owner=owner,
            name=name,
            fax_number=fax_number,
            phone_number=phone_number,
            organization=organization,
            order=order,
        )
    show(found, as_json=as_json, people=_table)


@app.command("show")
def show_contact(device_id: DeviceId, contact_id: ContactId, as_json: JsonOption = False) -> None:
    """Show one contact."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/contacts/{contact_id}")
    show(found, as_json=as_json, people=show_fields)


@app.command("add")
def add(
    *,
    device_id: DeviceId,
    name: Annotated[str, typer.Argument(help="Who it is.")],
    fax_number: Annotated[str, typer.Argument(help="Their fax number.")],
    owner: Owner = None,
    phone_number: Text = None,
    organization: Text = None,
    as_json: JsonOption = False,
) -> None:
    """Put somebody into an address book."""
    body = given(
        name=name, fax_number=fax_number, phone_number=phone_number, organization=organization
    )
    with api() as gateway:
        made = gateway.post(f"/v1/devices/{device_id}/contacts", body, owner=owner)
    show(made, as_json=as_json, people=show_fields)


@app.command("edit")
def edit(
    *,
    device_id: DeviceId,
    contact_id: ContactId,
    name: Text = None,
    fax_number: Text = None,
    phone_number: Text = None,
    organization: Text = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of a contact, and nothing else."""
    body = given(
        name=name, fax_number=fax_number, phone_number=phone_number, organization=organization
    )
    if not body:
        raise Trouble("nothing to change was given; see `ffgateway contacts edit --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/devices/{device_id}/contacts/{contact_id}", body)
    show(changed, as_json=as_json, people=show_fields)


@app.command("remove")
def remove(device_id: DeviceId, contact_id: ContactId) -> None:
    """Take somebody out of an address book."""
    with api() as gateway:
        gateway.delete(f"/v1/devices/{device_id}/contacts/{contact_id}")
    say(f"{contact_id} is removed")


def _table(found: list[dict[str, Any]]) -> None:
    columns = ("id", "name", "fax_number", "phone_number", "organization")
    rows = [[one.get(column) for column in columns] for one in found]
    show_table(("id", "name", "fax", "phone", "organization"), rows, empty="no contacts")

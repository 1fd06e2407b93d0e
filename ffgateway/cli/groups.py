"""`ffgateway groups`: groups of contacts on an appliance."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table

app = typer.Typer(help="List, make, change and remove groups of an appliance's contacts.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
GroupId = Annotated[str, typer.Argument(metavar="GROUP", help="OWNER~N, such as admin~1.")]
Owner = Annotated[
    str | None,
    typer.Option(help="A user of the appliance, or `global`; default: the gateway's account."),
]
Members = Annotated[
    list[str] | None,
    typer.Option("--member", metavar="CONTACT", help="OWNER~N of a contact; repeat for more."),
]
Description = Annotated[str | None, typer.Option(help="What it is for.")]


@app.command("list")
def list_groups(
    *,
    device_id: DeviceId,
    owner: Owner = None,
    name: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    description: Annotated[str | None, typer.Option(help="A part of the description.")] = None,
    order: Annotated[
        str | None, typer.Option(help="Sort by name or description; no FFx30 can.")
    ] = None,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the groups of a list."""
    wanted = {"owner": owner, "name": name, "description": description, "order": order}
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/groups", most=limit, **wanted)
    show(found, as_json=as_json, people=_table)


@app.command("ids")
def ids(device_id: DeviceId, owner: Owner = None, as_json: JsonOption = False) -> None:
    """List which groups a list has."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/group-ids", owner=owner)
    show(found["ids"], as_json=as_json, people=lambda texts: print(*texts, sep="\n"))


@app.command("show")
def show_group(device_id: DeviceId, group_id: GroupId, as_json: JsonOption = False) -> None:
    """Show one group."""
    with api() as gateway:
        found = gateway.get(f"/v1/devices/{device_id}/groups/{group_id}")
    show(found, as_json=as_json, people=show_fields)


@app.command("create")
def create(
    *,
    device_id: DeviceId,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    description: Description = None,
    members: Members = None,
    owner: Owner = None,
    as_json: JsonOption = False,
) -> None:
    """Make a group."""
    body = {"name": name, "description": description or "", "members": members or []}
    with api() as gateway:
        made = gateway.post(f"/v1/devices/{device_id}/groups", body, owner=owner)
    show(made, as_json=as_json, people=show_fields)


@app.command("edit")
def edit(
    *,
    device_id: DeviceId,
    group_id: GroupId,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    description: Description = None,
    members: Members = None,
    empty: Annotated[bool, typer.Option("--empty", help="Take every member out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of a group; members given are the whole new list."""
    if empty and members:
        raise Trouble("--member and --empty exclude each other")
    given = {"name": name, "description": description, "members": [] if empty else members}
    body = {field: value for field, value in given.items() if value is not None}
    if not body:
        raise Trouble("nothing to change was given; see `ffgateway groups edit --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/devices/{device_id}/groups/{group_id}", body)
    show(changed, as_json=as_json, people=show_fields)


@app.command("remove")
def remove(device_id: DeviceId, group_id: GroupId) -> None:
    """Remove a group; its members stay."""
    with api() as gateway:
        gateway.delete(f"/v1/devices/{device_id}/groups/{group_id}")
    say(f"{group_id} is removed")


def _table(groups: list[dict[str, Any]]) -> None:
    columns = ("id", "name", "description", "members")
    rows = [[group.get(column) for column in columns] for group in groups]
    show_table(columns, rows, empty="no groups; `ffgateway groups create` makes one")

"""`ffgateway devices faxes` and its kin: what an appliance has in its queue now, whoever put it there."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table
from ffgateway.domain.entries import EntryClass

DeviceId = Annotated[str, typer.Argument(metavar="ID", help="dev_…")]
Key = Annotated[
    str, typer.Argument(metavar="FAXKEY[/ENTRYKEY]", help="0000001B, or 0000001B/0001.")
]
EntryKey = Annotated[str, typer.Argument(metavar="FAXKEY/ENTRYKEY", help="0000001B/0001.")]
ModemInfo = Annotated[
    bool, typer.Option("--modem-info", help="Also what the modem told of the last full try.")
]


def list_entries(
    device_id: DeviceId,
    *,
    all_users: Annotated[
        bool, typer.Option("--all-users", help="Everybody's; needs an account of level Admin.")
    ] = False,
    of_class: Annotated[EntryClass | None, typer.Option("--class", help="Only these.")] = None,
    complete_limit: Annotated[
        int | None, typer.Option(help="The most finished ones; the appliance's default is 10.")
    ] = None,
    modem_info: ModemInfo = False,
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List what an appliance has now, the highest key first."""
    query = {
        "all_users": all_users,
        "class": of_class.value if of_class else None,
        "complete_limit": complete_limit,
        "modem_info": modem_info,
    }
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/faxes", most=limit, **query)
    show(found, as_json=as_json, people=_table)


def show_entries(
    device_id: DeviceId, key: Key, modem_info: ModemInfo = False, as_json: JsonOption = False
) -> None:
    """Show every entry of a fax on an appliance, or one of them."""
    fax_key, entry_key = _keys(key)
    with api() as gateway:
        more: dict[str, Any] = {"modem_info": modem_info}
        if entry_key is None:
            found = gateway.get(f"/v1/devices/{device_id}/faxes/{fax_key}", **more)["items"]
        else:
            found = [gateway.get(f"/v1/devices/{device_id}/faxes/{fax_key}/{entry_key}", **more)]
    show(found, as_json=as_json, people=_each)


def abort(device_id: DeviceId, key: Key) -> None:
    """Have an entry, or every entry of a fax, aborted on its appliance."""
    fax_key, entry_key = _keys(key)
    with api() as gateway:
        if entry_key is None:
            gateway.delete(f"/v1/devices/{device_id}/faxes/{fax_key}")
        else:
            gateway.delete(f"/v1/devices/{device_id}/faxes/{fax_key}/{entry_key}")
    say(f"{key} is being aborted")


def reschedule(
    device_id: DeviceId,
    key: EntryKey,
    at: Annotated[
        str | None, typer.Option(help="RFC 3339, with an offset; now, if left out.")
    ] = None,
) -> None:
    """Give an entry on an appliance another time."""
    fax_key, entry_key = _keys(key)
    if entry_key is None:
        raise Trouble("one entry at a time is given another time: FAXKEY/ENTRYKEY")
    with api() as gateway:
        gateway.post(f"/v1/devices/{device_id}/faxes/{fax_key}/{entry_key}/reschedule", {"at": at})
    say(f"{key} is being given another time")


def _keys(key: str) -> tuple[str, str | None]:
    fax_key, _, entry_key = key.upper().partition("/")
    return fax_key, entry_key or None


def _table(entries: list[Any]) -> None:
    rows = [
        (
            f"{one['fax_key']}/{one['entry_key']}",
            one["recipient"]["fax_number"],
            one["state"],
            one["message"],
            one["pages"] or None,
            one["try_number"],
            one["username"],
            one["agent"],
            one["created_at"],
            one["fax_id"],
        )
        for one in entries
    ]
    headings = ("key", "to", "state", "says", "pages", "try", "user", "by", "created", "fax")
    show_table(headings, rows, empty="it lists no faxes")


def _each(entries: list[Any]) -> None:
    for one in entries:
        facts = one.pop("modem")
        show_fields(one)
        rows = [(fact["name"], fact["value"], fact["evidence"]) for fact in facts]
        if rows:
            show_table(("the modem told", "", "known"), rows, empty="")
        print()

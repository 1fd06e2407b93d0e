"""`ffgateway contacts import`: contacts and groups out of CSV files onto many appliances.

Sent in small requests, each for all appliances at once. An appliance that falls out is left out of
the rest. Run again, the command makes nothing twice: it goes on where things are missing.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ffgateway.cli.api import Api, api
from ffgateway.cli.contact_files import ContactRow, GroupRow, read_contacts, read_groups
from ffgateway.cli.fleet import MOST_LISTED, All, Devices, Owner, chosen_devices, given, tell
from ffgateway.cli.output import JsonOption

A_REQUEST: Final = 25
"""Rows in one request: the bar moves on, and no request takes long."""

MANY_MEMBERS: Final = 500
"""Members of the groups in one request, more or less: some 50 kB of it."""

COUNTS: Final = ("created", "changed", "unchanged", "left")

CsvFile = Annotated[
    Path,
    typer.Argument(metavar="FILE.csv", help="name, fax, organization, phone", dir_okay=False),
]
GroupsFile = Annotated[
    Path | None,
    typer.Option(
        "--groups",
        metavar="GROUPS.csv",
        help="group, description, members: names or numbers of contacts, `;` between them",
        dir_okay=False,
    ),
]


def import_contacts(
    *,
    file: CsvFile,
    groups_file: GroupsFile = None,
    devices: Devices = None,
    everywhere: All = False,
    owner: Owner = None,
    as_json: JsonOption = False,
) -> None:
    """Bring contacts, and groups of them, to many appliances; run twice, it makes no doubles."""
    contacts = read_contacts(file)
    groups = read_groups(groups_file, contacts) if groups_file else ()
    with api() as gateway:
        chosen = chosen_devices(gateway, devices, everywhere=everywhere)
        if isinstance(chosen, str):
            chosen = [one["id"] for one in gateway.items("/v1/devices", most=MOST_LISTED)]
        results = _import(gateway, list(dict.fromkeys(chosen)), contacts, groups, owner=owner)
    tell(results, as_json=as_json)


def _import(
    gateway: Api,
    devices: list[str],
    contacts: Sequence[ContactRow],
    groups: Sequence[GroupRow],
    *,
    owner: str | None,
) -> list[dict[str, Any]]:
    """Send everything, and add up what each appliance made of it."""
    from rich.console import Console
    from rich.progress import Progress

    totals: dict[str, dict[str, Any]] = {}
    rows = len(contacts) + len(groups)
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("importing", total=rows * len(devices))
        for path, body in _requests(contacts, groups):
            standing = [one for one in devices if _stands(totals.get(one))]
            count = len(next(iter(body.values())))
            if standing:
                sent = given(devices=standing, owner=owner, **body)
                for result in _send(gateway, path, sent):
                    _add(totals, result)
            for device in set(devices) - set(standing):
                if device in totals:
                    totals[device]["left"] += count
            progress.advance(bar, count * len(devices))
    return list(totals.values())


def _requests(
    contacts: Sequence[ContactRow], groups: Sequence[GroupRow]
) -> Iterator[tuple[str, dict[str, list[dict[str, object]]]]]:
    """Yield what is sent, and where to: contacts first, as groups are made of them."""
    for start in range(0, len(contacts), A_REQUEST):
        part = contacts[start : start + A_REQUEST]
        yield "contacts", {"contacts": [_contact(row) for row in part]}
    for several in _portions(groups):
        yield "groups", {"groups": [_group(row) for row in several]}


def _portions(groups: Sequence[GroupRow]) -> Iterator[list[GroupRow]]:
    """Yield groups in lots, small ones together and a large one by itself."""
    lot: list[GroupRow] = []
    for row in groups:
        lot.append(row)
        if len(lot) == A_REQUEST or sum(len(one.members) for one in lot) > MANY_MEMBERS:
            yield lot
            lot = []
    if lot:
        yield lot


def _send(gateway: Api, kind: str, body: dict[str, object]) -> list[dict[str, Any]]:
    if kind == "groups":
        return list(gateway.apply("/v1/fleet/groups", body)["results"])
    return list(gateway.apply("/v1/fleet/contacts", body)["results"])


def _contact(row: ContactRow) -> dict[str, object]:
    """A contact as it is sent; what the file leaves empty stays as it is on an appliance."""
    return given(
        name=row.name,
        fax_number=row.fax,
        organization=row.organization or None,
        phone_number=row.phone or None,
    )


def _group(row: GroupRow) -> dict[str, object]:
    members = [{"name": one.name, "fax_number": one.fax} for one in row.members]
    return given(name=row.name, description=row.description or None, members=members)


def _stands(total: dict[str, Any] | None) -> bool:
    """Whether an appliance is still to be asked: not once it ended a request before its end."""
    return total is None or total["problem"] is None


def _add(totals: dict[str, dict[str, Any]], result: dict[str, Any]) -> None:
    total = totals.get(result["device_id"])
    if total is None:
        totals[result["device_id"]] = result
        return
    for name in COUNTS:
        total[name] += result[name]
    total["refusals"] += result["refusals"]
    total["problem"] = result["problem"]
    total["evidence"] = result["evidence"]
    if result["outcome"] != "done":
        total["outcome"] = result["outcome"]

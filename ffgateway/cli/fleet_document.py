"""`ffgateway fleet export`, `plan` and `apply`: the fleet as one reviewed file."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ffgateway.cli.api import Api, api
from ffgateway.cli.fleet_files import FleetFile, Sections, read_fleet
from ffgateway.cli.fleet_yaml import dump
from ffgateway.cli.output import JsonOption, Trouble, say, show_json

A_REQUEST: Final = 700_000
"""Bytes of one request, more or less: the gateway takes 1 MiB."""

SIGNS: Final = {"add": ("+", "green"), "change": ("~", "yellow"), "remove": ("-", "red")}

CHANGES: Final = 2
"""The exit code of a plan with changes, for those who ask for one."""

HEAD: Final = """\
# What the appliances are like. Passwords cannot be read: to make a user, add `password: {env: NAME}`
# or `password: {file: PATH}`. FFWS lists no users, so only those asked for are here.
"""

Line = tuple[str, str]
"""A line, and its colour; "" for none."""

FleetPath = Annotated[Path, typer.Argument(metavar="FLEET.yaml", dir_okay=False)]
Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="DEVICE", help="As the file names it; repeat for more."),
]


def export(
    *,
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="DEVICE", help="dev_… or a name; default: the fleet."),
    ] = None,
    owners: Annotated[
        list[str] | None,
        typer.Option("--owner", help="A user whose contacts and groups belong in; repeat."),
    ] = None,
    users: Annotated[
        list[str] | None,
        typer.Option("--user", help="A user who belongs in, where there is one; repeat."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write what the appliances are like as YAML, without passwords."""
    with api() as gateway:
        found = gateway.gather("/v1/fleet/export", device=devices, owner=owners, user=users)
    if as_json:
        show_json(found["devices"])
    else:
        print(exported(found["devices"]), end="", flush=True)
    trouble = [one for one in found["devices"] if one["problem"]]
    for one in trouble:
        say(f"{one['device']}: {one['problem']['detail']}")
    if trouble:
        raise typer.Exit(1)


def exported(devices: Sequence[Mapping[str, Any]]) -> str:
    """Devices as a fleet file; one that could not be asked is left out."""
    sections = {one["device"]: _sections(one) for one in devices if not one["problem"]}
    notes = [
        f"# {one['device']}: no {each['section']}: {each['detail']}\n"
        for one in devices
        for each in one["omissions"]
    ]
    return HEAD + "".join(notes) + dump({"version": 1, "devices": sections})


def _sections(device: Mapping[str, Any]) -> Sections:
    names = (
        "users", "contacts", "groups", "inbound_routes", "t37_settings", "modem_settings",
    )  # fmt: skip
    return {name: _without_null(device[name]) for name in names if device[name]}


def _without_null(value: Any) -> Any:
    """A value without what says nothing: null stands for what stays as it is."""
    if isinstance(value, Mapping):
        return {name: _without_null(one) for name, one in value.items() if one is not None}
    return [_without_null(one) for one in value] if isinstance(value, list) else value


def plan(
    *,
    file: FleetPath,
    devices: Devices = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 2 when there is something to change.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a fleet file would change. Nothing is changed, and no password is sent."""
    fleet = _chosen(read_fleet(file), devices)
    with api() as gateway:
        plans = _plans(gateway, fleet)
    if as_json:
        show_json(plans)
    else:
        show_lines(line for one in plans for line in plan_lines(one, fleet))
    if any(one["problem"] for one in plans):
        raise typer.Exit(1)
    if exit_code and any(one["steps"] for one in plans):
        raise typer.Exit(CHANGES)


def apply(
    *,
    file: FleetPath,
    devices: Devices = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Do what a fleet file says: show the plan, ask, and carry out that very plan.

    On each appliance the first refusal ends it. Applying again goes on from what is there.
    """
    fleet = _chosen(read_fleet(file), devices)
    secrets = {
        name: [
            {"username": username, "password": one.resolved()} for username, one in found.items()
        ]
        for name, found in fleet.passwords.items()
    }
    with api() as gateway:
        plans = _plans(gateway, fleet)
        if not as_json:
            show_lines(line for one in plans for line in plan_lines(one, fleet))
        ready = [one for one in plans if not one["problem"]]
        results = []
        if any(one["steps"] or one["device"] in secrets for one in ready):
            _agreed(yes=yes)
            results = _apply(gateway, fleet, ready, secrets)
    if as_json:
        show_json(results)
    else:
        show_lines(result_line(one) for one in results)
    if len(ready) < len(plans) or any(one["outcome"] != "done" for one in results):
        raise typer.Exit(1)


def _agreed(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Trouble("nobody is there to be asked; say --yes to carry out the plan")
    typer.confirm("Carry out this plan?", abort=True, err=True)


def _chosen(fleet: FleetFile, devices: Sequence[str] | None) -> FleetFile:
    if not devices:
        return fleet
    unknown = [name for name in devices if name not in fleet.devices]
    if unknown:
        raise Trouble(f"the file has no device {unknown[0]!r}")
    kept = {name: one for name, one in fleet.devices.items() if name in devices}
    passwords = {name: one for name, one in fleet.passwords.items() if name in devices}
    return FleetFile(devices=kept, passwords=passwords)


def _plans(gateway: Api, fleet: FleetFile) -> list[dict[str, Any]]:
    """The plan of each device, `device` being what the file calls it."""
    bodies = [{"device": name, **sections} for name, sections in fleet.devices.items()]
    found = []
    for batch in batches(bodies):
        told = gateway.apply("/v1/fleet/plan", {"devices": batch})["devices"]
        found += [
            {"device": asked["device"], **one} for asked, one in zip(batch, told, strict=True)
        ]
    return found


def _apply(
    gateway: Api,
    fleet: FleetFile,
    plans: Sequence[Mapping[str, Any]],
    secrets: Mapping[str, list[dict[str, str]]],
) -> list[dict[str, Any]]:
    bodies = [
        {
            "device": one["device"],
            **fleet.devices[one["device"]],
            "passwords": secrets.get(one["device"], []),
            "tag": one["tag"],
        }
        for one in plans
    ]
    found: list[dict[str, Any]] = []
    for batch in batches(bodies):
        found += gateway.apply("/v1/fleet/apply", {"devices": batch})["devices"]
    return found


def batches(bodies: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Devices in requests that the gateway takes: it is all the same to them who else is asked."""
    batch: list[dict[str, Any]] = []
    size = 0
    for one in bodies:
        length = len(json.dumps(one))
        if batch and size + length > A_REQUEST:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch


# For people ---------------------------------------------------------------------------------------


def plan_lines(plan: Mapping[str, Any], fleet: FleetFile) -> Iterator[Line]:
    """A plan, line by line."""
    yield plan["device"], "bold"
    problem = plan["problem"]
    if problem:
        yield f"  ! {_told(problem)}", "red"
        return
    known = fleet.passwords.get(plan["device"], {})
    for step in plan["steps"]:
        sign, colour = SIGNS.get(step["act"], ("?", ""))
        owner = f"{step['owner']}: " if step["owner"] else ""
        yield f"  {sign} {step['section']} {owner}{step['name']}", colour
        if step["act"] != "remove":
            yield from ((f"      {_difference(one)}", colour) for one in step["differences"])
        if (step["act"], step["section"]) == ("add", "users") and step["name"] not in known:
            yield "      ! no password is referred to, so it cannot be made", "red"
    counts = [sum(step["act"] == act for step in plan["steps"]) for act in SIGNS]
    yield (
        f"  {counts[0]} to add, {counts[1]} to change, {counts[2]} to remove,"
        f" {plan['unchanged']} as they should be",
        "",
    )
    if known:
        yield f"  passwords compared only when it is applied: {', '.join(sorted(known))}", ""


def _difference(one: Mapping[str, str]) -> str:
    after = one["after"] or '""'
    return (
        f"{one['field']}: {one['before']} -> {after}"
        if one["before"]
        else f"{one['field']}: {after}"
    )


def _told(problem: Mapping[str, Any]) -> str:
    place = f"{problem['field']}: " if problem["field"] else ""
    cure = f" {problem['cure']}" if problem["cure"] else ""
    return f"{place}{problem['detail']}{cure}"


def result_line(result: Mapping[str, Any]) -> Line:
    """What became of it on one appliance."""
    steps, done = result["steps"], result["done"]
    if result["outcome"] == "done":
        return f"{result['device_name']}: done, {done} changed", "green"
    where = f" at {steps[done]['section']} {steps[done]['name']}" if done < len(steps) else ""
    return (
        f"{result['device_name']}: {result['outcome']}{where}, {done} of {len(steps)} done:"
        f" {_told(result['problem'])}",
        "red",
    )


def show_lines(lines: Iterable[Line]) -> None:
    """Print lines, coloured on a terminal unless NO_COLOR says no; a pipe gets plain text."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for text, style in lines:
        if console.is_terminal:
            console.print(Text(text, style=style))
        else:
            print(text)
    sys.stdout.flush()

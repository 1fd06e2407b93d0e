"""`ffgateway devices`: the appliances of a running gateway."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_fields, show_table
from ffgateway.cli.overrides import overrides_in, overrides_text
from ffgateway.cli.probing import probe, raw
from ffgateway.domain.faxes import ON_DEVICE, FaxStatus

app = typer.Typer(help="Register, look at, change and retire appliances.")
app.command("probe")(probe)
app.command("raw")(raw)

DeviceId = Annotated[str, typer.Argument(metavar="ID", help="dev_…")]
Name = Annotated[str | None, typer.Option(help="What people call it.")]
Url = Annotated[str | None, typer.Option(help="http(s)://HOST[:PORT], without a path.")]
Username = Annotated[str | None, typer.Option(help="Account on the appliance.")]
Password = Annotated[
    str | None,
    typer.Option(help="Its password; better in FFGATEWAY_DEVICE_PASSWORD, or typed when asked."),
]
Model = Annotated[str | None, typer.Option(help="FF130 … FF840, FF240-IP.")]
Zone = Annotated[str | None, typer.Option(help="Time zone of its clock: America/Chicago.")]
Dialect = Annotated[
    str | None, typer.Option(help="faxfinder-3, or faxfinder-2 for firmware before 3.0.4.")
]
CaFile = Annotated[
    Path | None, typer.Option(help="PEM file of the CA to trust.", exists=True, dir_okay=False)
]
Fingerprint = Annotated[
    str | None, typer.Option(help="SHA-256 of its certificate, 64 hex digits; pins it.")
]
PollBusy = Annotated[
    float | None, typer.Option(help="Seconds between looks while it has faxes of ours.")
]
PollIdle = Annotated[float | None, typer.Option(help="Seconds between looks while it has none.")]
Firmware = Annotated[str | None, typer.Option(help="Its firmware: 3.5.2.")]
Pool = Annotated[
    list[str] | None, typer.Option(help="A pool it is in; repeat for more, all of them anew.")
]
Weight = Annotated[float | None, typer.Option(help="Its part in the work; 1 unless you say so.")]
AtOnce = Annotated[
    int | None,
    typer.Option(
        "--submissions-at-once", help="Faxes on their way to it side by side; 1 unless you say so."
    ),
]
ForNumbers = Annotated[
    list[str] | None, typer.Option(help="Numbers it is preferred for: +49; repeat for more.")
]
ForClient = Annotated[
    list[str] | None, typer.Option(help="An API key it is preferred for: key_…; repeat for more.")
]
Region = Annotated[str | None, typer.Option(help="The country of its line, ISO 3166: US.")]
Outside = Annotated[
    str | None, typer.Option("--dial-outside", help="Dialled to get out of the house: 9,")
]
International = Annotated[
    str | None, typer.Option("--dial-international", help="Dialled to leave the country: 011")
]
National = Annotated[
    str | None, typer.Option("--dial-national", help="Dialled before numbers of the country: 1")
]
ExtensionDigits = Annotated[
    int | None, typer.Option(help="Numbers with at most so many digits are inside the house.")
]
DialectFile = Annotated[
    Path | None,
    typer.Option(
        help="YAML or JSON: operation -> path, method, elements, as `devices probe` writes it.",
        exists=True,
        dir_okay=False,
    ),
]


@app.command("list")
def list_devices(
    limit: Annotated[int, typer.Option(help="The most to list.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the fleet, the newest first."""
    with api() as gateway:
        show(gateway.items("/v1/devices", most=limit), as_json=as_json, people=_table)


@app.command("add")
def add(
    *,
    name: Annotated[str, typer.Argument(help="What people will call it.")],
    url: Annotated[str, typer.Argument(help="http(s)://HOST[:PORT], without a path.")],
    username: Annotated[str, typer.Option(help="Account on the appliance.")] = "admin",
    password: Password = None,
    model: Model = None,
    zone: Zone = None,
    dialect: Dialect = None,
    ca_file: CaFile = None,
    fingerprint: Fingerprint = None,
    poll_busy: PollBusy = None,
    poll_idle: PollIdle = None,
    firmware: Firmware = None,
    pool: Pool = None,
    weight: Weight = None,
    at_once: AtOnce = None,
    for_numbers: ForNumbers = None,
    for_client: ForClient = None,
    region: Region = None,
    outside: Outside = None,
    international: International = None,
    national: National = None,
    extension_digits: ExtensionDigits = None,
    dialect_file: DialectFile = None,
    as_json: JsonOption = False,
) -> None:
    """Register an appliance."""
    secret = _password(password) or typer.prompt("Password", hide_input=True, err=True)
    body = _told(
        name=name, url=url, username=username, password=secret, model=model, zone=zone,
        dialect=dialect, ca_file=ca_file, fingerprint=fingerprint, poll_busy=poll_busy,
        poll_idle=poll_idle, firmware=firmware, pool=pool, weight=weight, at_once=at_once,
        for_numbers=for_numbers, for_client=for_client, region=region, outside=outside,
        international=international, national=national, extension_digits=extension_digits,
        dialect_file=dialect_file,
    )  # fmt: skip
    with api() as gateway:
        show(gateway.post("/v1/devices", body), as_json=as_json, people=show_fields)


@app.command("show")
def show_device(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Show one appliance as the gateway knows it."""
    with api() as gateway:
        show(gateway.get(f"/v1/devices/{device_id}"), as_json=as_json, people=show_fields)


@app.command("overrides")
def overrides(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Print what an appliance spells otherwise, as `--dialect-file` takes it."""
    with api() as gateway:
        told = gateway.get(f"/v1/devices/{device_id}")["overrides"]
    found = {
        name: {part: value for part, value in one.items() if value is not None}
        for name, one in told.items()
    }
    show(found, as_json=as_json, people=lambda known: print(overrides_text(known), end=""))


@app.command("check")
def check(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Look at an appliance now, and say how it is."""
    with api() as gateway:
        show(gateway.post(f"/v1/devices/{device_id}/check"), as_json=as_json, people=show_fields)


@app.command("drain")
def drain(
    device_id: DeviceId,
    wait: Annotated[bool, typer.Option("--wait", help="Until it has nothing left to do.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give an appliance nothing new; what it has it finishes."""
    with api() as gateway:
        device = gateway.post(f"/v1/devices/{device_id}/drain")
        there = [one.value for one in FaxStatus if one in ON_DEVICE]
        query = {"device_id": device_id, "status": there, "limit": 1}
        while wait and gateway.get("/v1/faxes", **query)["items"]:
            time.sleep(1)
    show(device, as_json=as_json, people=show_fields)


@app.command("resume")
def resume(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Give an appliance faxes again."""
    with api() as gateway:
        show(gateway.post(f"/v1/devices/{device_id}/resume"), as_json=as_json, people=show_fields)


@app.command("status")
def status(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Ask an appliance for its lines, and what each is doing."""
    with api() as gateway:
        show(gateway.get(f"/v1/devices/{device_id}/status"), as_json=as_json, people=_status)


@app.command("about")
def about(device_id: DeviceId, as_json: JsonOption = False) -> None:
    """Ask an appliance what it is."""
    with api() as gateway:
        show(gateway.get(f"/v1/devices/{device_id}/about"), as_json=as_json, people=show_fields)


@app.command("cover-page")
def cover_page(
    device_id: DeviceId,
    name: Annotated[str, typer.Argument(help="default, or another of the appliance's.")],
    to: Annotated[Path, typer.Option(help="The PDF to write.", dir_okay=False)],
) -> None:
    """Write a cover page of an appliance."""
    with api() as gateway:
        size = gateway.download(f"/v1/devices/{device_id}/cover-pages/{name}", to=to)
    say(f"{to} has {size} bytes")


@app.command("preview")
def preview(
    device_id: DeviceId,
    fax_key: Annotated[str, typer.Argument(help="The appliance's key, 8 hex digits.")],
    entry_key: Annotated[str, typer.Argument(help="The recipient's, 4 hex digits.")],
    to: Annotated[Path, typer.Option(help="The PDF to write.", dir_okay=False)],
) -> None:
    """Write what an entry of an appliance looks like, known to the gateway or not."""
    with api() as gateway:
        size = gateway.download(
            f"/v1/devices/{device_id}/faxes/{fax_key}/{entry_key}/preview", to=to
        )
    say(f"{to} has {size} bytes")


@app.command("update")
def update(
    *,
    device_id: DeviceId,
    name: Name = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    model: Model = None,
    zone: Zone = None,
    dialect: Dialect = None,
    ca_file: CaFile = None,
    fingerprint: Fingerprint = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it is given faxes.")
    ] = None,
    poll_busy: PollBusy = None,
    poll_idle: PollIdle = None,
    firmware: Firmware = None,
    pool: Pool = None,
    weight: Weight = None,
    at_once: AtOnce = None,
    for_numbers: ForNumbers = None,
    for_client: ForClient = None,
    region: Region = None,
    outside: Outside = None,
    international: International = None,
    national: National = None,
    extension_digits: ExtensionDigits = None,
    dialect_file: DialectFile = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given of an appliance, and nothing else."""
    body = _told(
        name=name, url=url, username=username, password=_password(password), model=model, zone=zone,
        dialect=dialect, ca_file=ca_file, fingerprint=fingerprint, enabled=enabled,
        poll_busy=poll_busy, poll_idle=poll_idle, firmware=firmware, pool=pool, weight=weight,
        at_once=at_once, for_numbers=for_numbers, for_client=for_client, region=region,
        outside=outside, international=international, national=national,
        extension_digits=extension_digits, dialect_file=dialect_file,
    )  # fmt: skip
    if not body:
        raise Trouble("nothing to change was given; see `ffgateway devices update --help`")
    with api() as gateway:
        changed = gateway.patch(f"/v1/devices/{device_id}", body)
    show(changed, as_json=as_json, people=show_fields)


@app.command("remove")
def remove(device_id: DeviceId) -> None:
    """Take an appliance out of the fleet, once it has no unfinished faxes."""
    with api() as gateway:
        gateway.delete(f"/v1/devices/{device_id}")
    say(f"{device_id} is retired")


def _table(devices: list[dict[str, Any]]) -> None:
    columns = ("id", "name", "url", "model", "health")
    rows = [
        [*(device.get(column) for column in columns), _takes(device), device.get("last_seen_at")]
        for device in devices
    ]
    headings = ("id", "name", "address", "model", "health", "takes faxes", "last seen")
    show_table(headings, rows, empty="no appliances; `ffgateway devices add` registers one")


def _takes(device: dict[str, Any]) -> str:
    """Whether it is given anything new, and why not."""
    if not device["enabled"]:
        return "no: disabled"
    if device["draining_since"]:
        return "no: drained"
    return "hardly: failed too often" if device["degraded_since"] else "yes"


def _status(status: dict[str, Any]) -> None:
    lines = status.pop("lines", [])
    show_fields(status)
    columns = ("number", "state", "idle", "page", "fax_number", "remote_id", "baud_rate")
    rows = [[line.get(column) for column in columns] for line in lines]
    headings = ("line", "state", "idle", "page", "number", "far end", "speed")
    show_table(headings, rows, empty="no lines are told of")


def _told(
    *,
    ca_file: Path | None,
    poll_busy: float | None,
    poll_idle: float | None,
    pool: list[str] | None,
    at_once: int | None,
    for_numbers: list[str] | None,
    for_client: list[str] | None,
    outside: str | None,
    international: str | None,
    national: str | None,
    extension_digits: int | None,
    dialect_file: Path | None,
    **alike: Any,
) -> dict[str, Any]:
    """What was said of an appliance as the API has it; `alike` are the options that it calls the same."""
    plan = given(
        outside=outside,
        international=international,
        national=national,
        extension_digits=extension_digits,
    )
    return given(
        **alike,
        ca_pem=_pem(ca_file),
        poll_busy_seconds=poll_busy,
        poll_idle_seconds=poll_idle,
        pools=pool,
        submissions_at_once=at_once,
        regions=for_numbers,
        clients=for_client,
        dial_plan=plan or None,
        overrides=overrides_in(dialect_file) if dialect_file else None,
    )


def _password(given: str | None) -> str | None:
    return given or os.environ.get("FFGATEWAY_DEVICE_PASSWORD")


def _pem(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="ascii") if file else None
    except (OSError, UnicodeDecodeError) as unreadable:
        raise Trouble(f"{file} is not a PEM file: {unreadable}") from unreadable

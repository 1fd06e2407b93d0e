"""`ffgateway logs`: what an appliance remembers of faxes and calls."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show, show_table

app = typer.Typer(help="Read the logs of an appliance: what came in, what was tried, every call.")

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="dev_…")]
Start = Annotated[str | None, typer.Option(help="RFC 3339: nothing that began before it.")]
End = Annotated[str | None, typer.Option(help="RFC 3339: nothing that began after it.")]
Limit = Annotated[int, typer.Option(help="The most to list.", min=1)]
Count = Annotated[bool, typer.Option("--count", help="Say only how many there are in all.")]


@app.command("inbound")
def inbound(
    *,
    device_id: DeviceId,
    start: Start = None,
    end: End = None,
    limit: Limit = 50,
    count: Count = False,
    as_json: JsonOption = False,
) -> None:
    """List faxes that came in."""
    with api() as gateway:
        if count:
            number = gateway.get(f"/v1/devices/{device_id}/inbound-log/count")
            show(number, as_json=as_json, people=_count)
            return
        found = gateway.items(
            f"/v1/devices/{device_id}/inbound-log", most=limit, start=start, end=end
        )
    columns = ("started_at", "state", "line", "extension", "remote_id", "pages", "message")
    show(found, as_json=as_json, people=lambda rows: _table(rows, columns))


@app.command("outbound")
def outbound(
    *,
    device_id: DeviceId,
    start: Start = None,
    end: End = None,
    limit: Limit = 50,
    count: Count = False,
    as_json: JsonOption = False,
) -> None:
    """List tries at sending."""
    with api() as gateway:
        if count:
            number = gateway.get(f"/v1/devices/{device_id}/outbound-log/count")
            show(number, as_json=as_json, people=_count)
            return
        found = gateway.items(
            f"/v1/devices/{device_id}/outbound-log", most=limit, start=start, end=end
        )
    columns = ("started_at", "state", "line", "fax_number", "username", "pages", "message")
    show(found, as_json=as_json, people=lambda rows: _table(rows, columns))


@app.command("calls")
def calls(
    *,
    device_id: DeviceId,
    start: Start = None,
    end: End = None,
    limit: Limit = 50,
    as_json: JsonOption = False,
) -> None:
    """List calls in both directions."""
    with api() as gateway:
        found = gateway.items(f"/v1/devices/{device_id}/call-log", most=limit, start=start, end=end)
    columns = ("started_at", "direction", "line", "number", "duration_seconds", "result")
    show(found, as_json=as_json, people=lambda rows: _table(rows, columns))


def _count(found: dict[str, Any]) -> None:
    print(found["count"])


def _table(found: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    rows = [[one.get(column) for column in columns] for one in found]
    headings = tuple(column.removesuffix("_at").replace("_", " ") for column in columns)
    show_table(headings, rows, empty="nothing is remembered")

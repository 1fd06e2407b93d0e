"""`ffgateway watch`."""

import sys
from typing import Annotated, Any

import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, show_line


def watch(
    after: Annotated[
        int | None, typer.Option(help="Begin behind this position; 0 for all. Default: now.", min=0)
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option(help="Only these types: fax.*, device.offline; repeat.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Only of this fax, device or key.")] = None,
    count: Annotated[int | None, typer.Option(help="Stop after so many events.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Print events as they happen, one a line, until interrupted."""
    with api() as gateway:
        seen = 0
        try:
            for event in gateway.follow(after=after, types=types or (), subject=subject):
                if as_json:
                    show_line(event)
                else:
                    print(described(event), flush=True)
                seen += 1
                if seen == count:
                    return
        except KeyboardInterrupt:
            sys.exit(130)


def described(event: dict[str, Any]) -> str:
    """Write an event as one line: when, where in the log, what, of whom, and what is notable."""
    data = event["data"]
    notable = []
    if data.get("previous_status"):
        notable.append(f"{data['previous_status']} → {data['status']}")
    notable += [str(data[name]) for name in ("name", "reason", "code") if data.get(name)]
    if data.get("failure"):
        notable.append(data["failure"]["code"])
    if data.get("client_reference"):
        notable.append(f"[{data['client_reference']}]")
    parts = (event["timestamp"], f"{event['position']:>6}", f"{event['type']:<22}")
    return " ".join((*parts, event["subject"], *notable))

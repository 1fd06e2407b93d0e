"""`ffgateway secrets`: the keys that secrets at rest are sealed under, changed while gateways serve.

Works on the database and the spool with the settings that the gateways have.
"""

import base64
import os
from dataclasses import asdict
from typing import Annotated

import typer

from ffgateway.cli.operating import operating
from ffgateway.cli.output import JsonOption, Trouble, say, show_json, show_table
from ffgateway.domain.secrets import Vaulted

app = typer.Typer(
    help="See which service key the secrets at rest need, and bring them under a new one."
)


@app.command("new-key")
def new_key() -> None:
    """Print a new service key. It is kept nowhere."""
    print(base64.b64encode(os.urandom(32)).decode())


@app.command("status")
def status(
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 2 while a key that only opens is needed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Count the secrets of each kind by the key that they need."""
    found = operating("secrets status", lambda gateway, by: gateway.secrets.status(by))
    if as_json:
        show_json(asdict(found) | {"needed": found.needed})
    else:
        _tell(found)
    if exit_code and found.needed:
        raise typer.Exit(2)


@app.command("rotate")
def rotate(as_json: JsonOption = False) -> None:
    """Bring every secret under the first key. May be broken off, and done again, at any time."""
    done = operating("secrets rotate", lambda gateway, by: gateway.secrets.rotate(by))
    if as_json:
        show_json([asdict(one) for one in done])
    else:
        rows = [[one.kind, one.done, one.lost] for one in done]
        show_table(("secrets", "rewrapped", "lost"), rows, empty="nothing")
    lost = sum(one.lost for one in done)
    if lost:
        raise Trouble(f"{lost} secrets are under a key that is not among ours, or were changed.")


def _tell(found: Vaulted) -> None:
    say(f"{found.keys[0]} seals; others that open: {', '.join(found.keys[1:]) or 'none'}")
    rows = [
        [kind.kind, key or "(older: not said)", count, "" if key == found.keys[0] else "yes"]
        for kind in found.kinds
        for key, count in sorted(kind.under.items())
    ]
    show_table(("secrets", "key", "count", "to rotate"), rows, empty="no secrets")

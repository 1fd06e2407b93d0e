"""`ffgateway simulate`: the one door to the simulator."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ffgateway.cli.output import say, show_table
from ffgateway.cli.serve import bracketed

if TYPE_CHECKING:
    from ffgateway.simulator.people import User

UserOption = Annotated[
    list[str] | None,
    typer.Option(
        "--user",
        metavar="NAME:PASSWORD[:ROLE]",
        help="An account, `admin` or `user` by role; repeat for more. Default: admin:admin:admin.",
    ),
]


def simulate(
    *,
    model: Annotated[str, typer.Option(help="FF130 … FF840, FF240-IP.")] = "FF440",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 9102,
    users: UserOption = None,
    speed: Annotated[
        float, typer.Option(help="Simulated seconds for each real one.", min=0.01)
    ] = 20,
    zone: Annotated[str, typer.Option(help="Time zone of its clock: America/Chicago.")] = "UTC",
    control: Annotated[
        bool,
        typer.Option(help="Open /_control: faults, state, time, calls. It asks for no password."),
    ] = True,
    seed: Annotated[
        int | None,
        typer.Option(help="Furnish it as one in use: people, contacts, routes, printers."),
    ] = None,
    spoilt: Annotated[
        list[int] | None,
        typer.Option("--spoilt-line", help="A line without a dial tone; repeat for more."),
    ] = None,
    clock_off: Annotated[
        float, typer.Option(help="Seconds that its clock is ahead; behind with a minus.")
    ] = 0,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="List the magic numbers, and stop there.")
    ] = False,
) -> None:
    """Run a simulated FaxFinder, to fax with and to rehearse trouble."""
    from zoneinfo import ZoneInfo

    from ffgateway.simulator.models import model_named
    from ffgateway.simulator.running import serve
    from ffgateway.simulator.scenarios import numbers_table

    if numbers:
        show_table(("number ends in", "name", "what happens"), numbers_table(), empty="none")
        return
    try:
        chosen = model_named(model)
        ZoneInfo(zone)
        accounts = [account(text) for text in users or ["admin:admin:admin"]]
    except (ValueError, KeyError, OSError) as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    say(f"{chosen.name} http://{bracketed(host)}:{port}/ffws/v1 · {speed:g} times real time")
    serve(
        model=chosen.name,
        host=host,
        port=port,
        users=accounts,
        speed=speed,
        zone=zone,
        seed=seed,
        control=control,
        spoilt=spoilt or (),
        clock_off=timedelta(seconds=clock_off),
    )


def account(text: str) -> "User":
    """Read NAME:PASSWORD[:ROLE]; a name that is `admin` needs no role to be one.

    Raises `ValueError`, which says what is wrong and does not repeat the password.
    """
    from ffgateway.simulator.people import Role, User

    name, colon, rest = text.partition(":")
    password, _, role = rest.partition(":")
    if not (name and colon and password):
        raise ValueError("a user is written NAME:PASSWORD or NAME:PASSWORD:ROLE")
    if role not in {"", *Role}:
        raise ValueError(f"{role!r} is not a role; there are {', '.join(Role)}")
    fallback = Role.ADMIN if name == "admin" else Role.USER
    return User(username=name, password=password, role=Role(role) if role else fallback, name=name)

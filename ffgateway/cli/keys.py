"""`ffgateway keys`: made and ended on the database itself, since the first key needs no other."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ffgateway.cli.operating import operating
from ffgateway.cli.output import JsonOption, say, show_json, show_table
from ffgateway.domain.access import ApiKey, Caller, Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ffgateway.services.keys import Keys

app = typer.Typer(help="Make, list, rotate and revoke API keys, directly on the database.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="key_…")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people will call the key.")],
    scopes: Annotated[
        list[Scope], typer.Option("--scope", help="What the key may do; repeat for more.")
    ],
    days: Annotated[
        float | None, typer.Option("--days", help="After how many days it ends.", min=0)
    ] = None,
    pools: Annotated[
        list[str] | None,
        typer.Option("--pool", help="It has to do with appliances of these alone."),
    ] = None,
    numbers: Annotated[
        list[str] | None,
        typer.Option("--number", help="How numbers begin that it may send to: +4930."),
    ] = None,
    faxes_per_day: Annotated[
        int | None, typer.Option(help="Recipients on a day, in UTC.", min=0)
    ] = None,
    pages_per_day: Annotated[int | None, typer.Option(help="The same of pages.", min=0)] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    from ffgateway.domain.limits import checked

    limits = Limits(
        pools=frozenset(pools or ()),
        numbers=tuple(numbers or ()),
        faxes_per_day=faxes_per_day,
        pages_per_day=pages_per_day,
    )
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def work(keys: "Keys", by: Caller) -> tuple[ApiKey, str]:
        return await keys.create(
            by, name, frozenset(scopes), expires_at=ends, limits=checked(limits)
        )

    _show_new(_work("create", work), as_json=as_json)


@app.command("rotate")
def rotate(
    key_id: KeyId,
    overlap: Annotated[
        int, typer.Option(help="Seconds that the secrets before it open the key.", min=0)
    ] = 86_400,
    as_json: JsonOption = False,
) -> None:
    """Give a key a new secret and print it. It is shown this once."""
    span = timedelta(seconds=overlap)
    made = _work("rotate", lambda keys, by: keys.rotate(by, key_id, overlap=span))
    _show_new(made, as_json=as_json)


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List every key, without its text."""
    keys = [_told(key) for key in _work("list", lambda keys, by: keys.list(by))]
    if as_json:
        show_json(keys)
        return
    columns = ("id", "name", "prefix", "scopes", "created_at", "last_used_at", "expires_at")
    rows = [[*(key[column] for column in columns), key["revoked_at"]] for key in keys]
    headings = ("id", "name", "begins", "scopes", "created", "last used", "expires", "revoked")
    show_table(headings, rows, empty="no keys")


@app.command("revoke")
def revoke(key_id: KeyId) -> None:
    """End a key at once."""
    _work("revoke", lambda keys, by: keys.revoke(by, key_id))
    say(f"{key_id} is revoked")


def _work(command: str, work: "Callable[[Keys, Caller], Awaitable[Any]]") -> Any:
    return operating(f"keys {command}", lambda gateway, by: work(gateway.keys, by))


def _show_new(made: tuple[ApiKey, str], *, as_json: bool) -> None:
    key, token = made
    if as_json:
        show_json(_told(key) | {"key": token})
        return
    say(f"{key.id} {key.name}: {', '.join(sorted(key.scopes))}. Keep it; it is not shown again.")
    print(token)


def _told(key: ApiKey) -> dict[str, Any]:
    told = asdict(key) | {"scopes": sorted(scope.value for scope in key.scopes)}
    told["limits"]["pools"] = sorted(key.limits.pools)
    del told["digest"]
    for moment in ("created_at", "expires_at", "revoked_at", "last_used_at", "old_secrets_until"):
        told[moment] = told[moment].isoformat(timespec="seconds") if told[moment] else None
    return told

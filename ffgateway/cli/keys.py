"""`ffgateway keys`: made and ended on the database itself, since the first key needs no other."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ffgateway.cli.operating import operating
from ffgateway.cli.output import JsonOption, say, show_json, show_table
from ffgateway.domain.access import ApiKey, Caller, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ffgateway.services.keys import Keys

app = typer.Typer(help="Make, list and revoke API keys, directly on the database.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people will call the key.")],
    scopes: Annotated[
        list[Scope], typer.Option("--scope", help="What the key may do; repeat for more.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    key, token = _work("create", lambda keys, by: keys.create(by, name, frozenset(scopes)))
    if as_json:
        show_json(_told(key) | {"key": token})
        return
    say(f"{key.id} {key.name}: {', '.join(sorted(key.scopes))}. Keep it; it is not shown again.")
    print(token)


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List every key, without its text."""
    keys = [_told(key) for key in _work("list", lambda keys, by: keys.list(by))]
    if as_json:
        show_json(keys)
        return
    columns = ("id", "name", "prefix", "scopes", "created_at", "revoked_at")
    rows = [[key[column] for column in columns] for key in keys]
    show_table(("id", "name", "begins", "scopes", "created", "revoked"), rows, empty="no keys")


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="key_…")]) -> None:
    """End a key at once."""
    _work("revoke", lambda keys, by: keys.revoke(by, key_id))
    say(f"{key_id} is revoked")


def _work(command: str, work: "Callable[[Keys, Caller], Awaitable[Any]]") -> Any:
    return operating(f"keys {command}", lambda gateway, by: work(gateway.keys, by))


def _told(key: ApiKey) -> dict[str, Any]:
    told = asdict(key) | {"scopes": sorted(scope.value for scope in key.scopes)}
    del told["digest"]
    for moment in ("created_at", "revoked_at"):
        told[moment] = told[moment].isoformat(timespec="seconds") if told[moment] else None
    return told

"""`ffgateway keys`: made and ended on the database itself, since the first key needs no other."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ffgateway.cli.operating import operating
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_json, show_table
from ffgateway.domain.access import UNLIMITED, ApiKey, Caller, KeyChanges, Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ffgateway.services.keys import Keys

app = typer.Typer(help="Make, list, change, rotate and revoke API keys, directly on the database.")

Scopes = Annotated[
    list[Scope] | None, typer.Option("--scope", help="What the key may do; repeat for more.")
]
Days = Annotated[float | None, typer.Option("--days", help="After how many days it ends.", min=0)]
Pools = Annotated[
    list[str] | None, typer.Option("--pool", help="It has to do with appliances of these alone.")
]
Numbers = Annotated[
    list[str] | None,
    typer.Option("--number", help="How numbers begin that it may send to: +4930."),
]
Faxes = Annotated[
    int | None, typer.Option("--faxes-per-day", help="Recipients on a day, in UTC.", min=0)
]
Pages = Annotated[int | None, typer.Option("--pages-per-day", help="The same of pages.", min=0)]
ActsAs = Annotated[
    str | None,
    typer.Option("--acts-as", help="Who it is on appliances that have a user for that name."),
]
ActsAsOnly = Annotated[bool, typer.Option("--acts-as-only", help="It has to do with no others.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="key_…")]


@app.command("create")
def create(
    *,
    name: Annotated[str, typer.Argument(help="What people will call the key.")],
    scopes: Annotated[
        list[Scope], typer.Option("--scope", help="What the key may do; repeat for more.")
    ],
    days: Days = None,
    pools: Pools = None,
    numbers: Numbers = None,
    faxes_per_day: Faxes = None,
    pages_per_day: Pages = None,
    acts_as: ActsAs = None,
    acts_as_only: ActsAsOnly = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    limits = _limits(pools, numbers, faxes_per_day, pages_per_day, acts_as, only=acts_as_only)
    ends = _end(days)

    async def work(keys: "Keys", by: Caller) -> tuple[ApiKey, str]:
        return await keys.create(by, name, frozenset(scopes), expires_at=ends, limits=limits)

    _show_new(_work("create", work), as_json=as_json)


@app.command("update")
def update(
    *,
    key_id: KeyId,
    name: Annotated[str | None, typer.Option(help="What people will call the key.")] = None,
    scopes: Scopes = None,
    days: Days = None,
    pools: Pools = None,
    numbers: Numbers = None,
    faxes_per_day: Faxes = None,
    pages_per_day: Pages = None,
    acts_as: ActsAs = None,
    acts_as_only: ActsAsOnly = False,
    unlimited: Annotated[bool, typer.Option(help="Take all limits away.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Change what a key may do; with one limit given, those that are not given go."""
    limits = _limits(pools, numbers, faxes_per_day, pages_per_day, acts_as, only=acts_as_only)
    changes = KeyChanges(
        name=name,
        scopes=frozenset(scopes) if scopes else None,
        limits=limits if unlimited or limits != UNLIMITED else None,
        expires_at=_end(days),
    )
    key = _told(_work("update", lambda keys, by: keys.update(by, key_id, changes)))
    show(key, as_json=as_json, people=show_fields)


def _limits(
    pools: list[str] | None,
    numbers: list[str] | None,
    faxes: int | None,
    pages: int | None,
    acts_as: str | None,
    *,
    only: bool,
) -> Limits:
    from ffgateway.domain.limits import checked

    return checked(
        Limits(
            pools=frozenset(pools or ()),
            numbers=tuple(numbers or ()),
            faxes_per_day=faxes,
            pages_per_day=pages,
            acts_as=acts_as or "",
            acts_as_only=only,
        )
    )


def _end(days: float | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)


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

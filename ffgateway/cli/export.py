"""`ffgateway export`: the published files, made from the code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ffgateway.cli.output import Trouble, say


def export(
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; fail when a file is not as it should be."),
    ] = False,
    to: Annotated[Path, typer.Option(help="Folder to write below.", file_okay=False)] = Path(),
) -> None:
    """Write openapi/, schema/ and schema/events/ from the code."""
    files = published()
    if not check:
        for name in write(files, to):
            say(f"wrote {name}")
        say(f"{len(files)} files are up to date")
        return
    wrong = differences(files, to)
    if wrong:
        raise Trouble(f"not as the code says: {', '.join(wrong)}. Run `ffgateway export`.")
    say(f"{len(files)} files are as the code says")


def published() -> dict[str, str]:
    """Return every published file: its path below the checkout, and its text."""
    import json

    import yaml

    from ffgateway.delivery.payload_schemas import schema
    from ffgateway.delivery.published import webhooks
    from ffgateway.domain.events import EventType
    from ffgateway.graphql.schema import sdl
    from ffgateway.rest.openapi import document

    told = document(webhooks=webhooks())
    described = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    events = {
        f"schema/events/{kind}.v1.json": json.dumps(schema(kind), indent=2, ensure_ascii=False)
        for kind in EventType
    }
    files = {"openapi/openapi.yaml": described, "schema/gateway.graphql": sdl(), **events}
    return {name: text.rstrip("\n") + "\n" for name, text in files.items()}


def write(files: Mapping[str, str], root: Path) -> list[str]:
    """Write what differs, take away schemas of events that are no more; return the names of both."""
    changed = differences(files, root)
    for name in changed:
        path = root / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def differences(files: Mapping[str, str], root: Path) -> list[str]:
    """Name the files that are missing, other than they should be, or of events that are no more."""
    wrong = [name for name, text in files.items() if _text(root / name) != text]
    left = (path.relative_to(root).as_posix() for path in root.glob("schema/events/*.json"))
    return sorted([*wrong, *(name for name in left if name not in files)])


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None

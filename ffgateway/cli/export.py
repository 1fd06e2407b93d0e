"""`ffgateway export`: the published files, made from the code."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ffgateway.cli.output import Trouble, say

if TYPE_CHECKING:
    from ffgateway.domain.events import EventType


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

    from ffgateway.delivery.payloads import schema
    from ffgateway.domain.events import EventType
    from ffgateway.graphql.schema import sdl
    from ffgateway.rest.openapi import document

    told = document(webhooks={kind.value: webhook(kind) for kind in EventType})
    described = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    events = {
        f"schema/events/{kind}.v1.json": json.dumps(schema(kind), indent=2, ensure_ascii=False)
        for kind in EventType
    }
    files = {"openapi/openapi.yaml": described, "schema/gateway.graphql": sdl(), **events}
    return {name: text.rstrip("\n") + "\n" for name, text in files.items()}


def webhook(kind: "EventType") -> dict[str, Any]:
    """Describe the delivery of one type of event, as OpenAPI 3.1 does under `webhooks`."""
    from ffgateway.delivery.payloads import MEANINGS, schema

    body = {name: part for name, part in schema(kind).items() if name not in {"$schema", "$id"}}
    headers = {
        "webhook-id": "The event's id, the same on every try.",
        "webhook-timestamp": "When this try was made, in seconds since 1970.",
        "webhook-signature": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.",
    }
    return {
        "post": {
            "summary": MEANINGS[kind],
            "security": [],
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": text,
                    "schema": {"type": "string"},
                }
                for name, text in headers.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": body}},
            },
            "responses": {
                "2XX": {"description": "Taken. Anything else is tried again."},
                "410": {"description": "Gone: the endpoint is told nothing more."},
            },
        }
    }


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

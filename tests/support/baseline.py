"""What clients build on: the contracts as they were last recorded, in `tests/contract/baseline/`.

    make baseline

records the present ones, for a release. What breaks clients goes in only when the change log says so.
"""

import json
import sys
from pathlib import Path

from graphql import build_schema, print_schema

from ffgateway.delivery.published import webhooks
from ffgateway.graphql.schema import sdl
from ffgateway.rest.openapi import document
from tests.support.breaking import Fact, broken, broken_schema, facts, unsaid

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/contract/baseline"
OPENAPI, GRAPHQL = FOLDER / "openapi.json", FOLDER / "gateway.graphql"


def recorded() -> tuple[dict[str, Fact], str]:
    """The OpenAPI document's facts and the GraphQL schema, as they were."""
    return json.loads(OPENAPI.read_text()), GRAPHQL.read_text()


def present() -> tuple[dict[str, Fact], str]:
    """The same as they are."""
    schema = build_schema(sdl())
    for kind in schema.type_map.values():
        _say_less(kind)
    return facts(document(webhooks())), print_schema(schema) + "\n"


def _say_less(kind: object) -> None:
    """Take descriptions away: they promise nothing that a tool could compare."""
    if hasattr(kind, "description"):
        kind.description = None
    for part in ("fields", "args", "values"):
        inner = getattr(kind, part, None)
        for one in inner.values() if isinstance(inner, dict) else ():
            _say_less(one)


def breaks() -> list[str]:
    """What the present contracts break and the change log does not say."""
    (old_facts, old_schema), (new_facts, new_schema) = recorded(), present()
    changes = [*broken(old_facts, new_facts), *broken_schema(old_schema, new_schema)]
    return unsaid(changes, (ROOT / "CHANGELOG.md").read_text())


def main() -> None:
    """Record, unless something breaks unsaid."""
    wrong = breaks() if OPENAPI.exists() else []
    if wrong:
        sys.exit("\n  ".join(["The change log does not say that these break:", *wrong]))
    promised, schema = present()
    lines = (f"{json.dumps(place)}: {json.dumps(fact)}" for place, fact in promised.items())
    FOLDER.mkdir(exist_ok=True)
    OPENAPI.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    GRAPHQL.write_text(schema)


if __name__ == "__main__":
    main()

"""No client is broken unless the change log says so: the present contracts against those recorded."""

import re
from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from tests.support.baseline import breaks, present, recorded
from tests.support.breaking import WIDENED, broken, broken_schema, facts, unsaid

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/faxes": {
            "post": {
                "parameters": [
                    {"name": "limit", "in": "query",
                     "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                ],
                "requestBody": {"content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Draft"}}}},
                "responses": {
                    "202": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Fax"}}}},
                    "422": {},
                },
            }
        },
        "/keys": {"get": {"responses": {"200": {}}}},
    },
    "components": {"schemas": {
        "Draft": {
            "type": "object",
            "properties": {
                "to": {"type": "string", "maxLength": 40, "pattern": "^[0-9]+$"},
                "speed": {"type": "string", "enum": ["slow", "fast"]},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "pages": {"type": "array", "items": {"type": "integer"}, "maxItems": 9},
            },
            "required": ["to"],
        },
        "Fax": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "status": {"type": "string"}},
            "required": ["id"],
        },
    }},
    "webhooks": {"sent": {"post": {"requestBody": {"content": {"application/json": {
        "schema": {"type": "object", "properties": {"at": {"type": "string"}}}}}}}}},
}  # fmt: skip
OPERATION = DOCUMENT["paths"]["/faxes"]["post"]
GONE = object()

BREAKING = [
    ("paths /keys", GONE, "in GET /keys was removed"),
    ("paths /faxes post parameters", [], "in POST /faxes query limit was removed"),
    ("paths /faxes post parameters 0 schema maximum", 50, "in POST /faxes query limit has a lower maximum"),
    ("paths /faxes post parameters 0 schema minimum", 2, "in POST /faxes query limit has a higher minimum"),
    ("paths /faxes post parameters 0 required", True, "in POST /faxes query limit is required now"),
    ("paths /faxes post parameters 0 schema type", "boolean",
     "in POST /faxes query limit may no longer be integer"),
    ("paths /faxes post parameters",
     [*OPERATION["parameters"], {"name": "x", "in": "header", "required": True, "schema": {"type": "string"}}],
     "in POST /faxes header x is new and required"),
    ("paths /faxes post requestBody content", {"text/plain": {"schema": {"type": "string"}}},
     "in POST /faxes application/json was removed"),
    ("paths /faxes post responses 202", GONE, "out POST /faxes 202 was removed"),
    ("components schemas Draft properties note", GONE, "in Draft.note was removed"),
    ("components schemas Draft properties note anyOf", [{"type": "string"}],
     "in Draft.note may no longer be null"),
    ("components schemas Draft required", ["to", "note"], "in Draft.note is required now"),
    ("components schemas Draft properties speed enum", ["fast"], "in Draft.speed may no longer be slow"),
    ("components schemas Draft properties to enum", ["1"], "in Draft.to may no longer be anything"),
    ("components schemas Draft properties to maxLength", 20, "in Draft.to has a lower maxLength"),
    ("components schemas Draft properties to pattern", "^[1-9]+$", "in Draft.to has another pattern"),
    ("components schemas Draft properties note maxLength", 9, "in Draft.note has a lower maxLength"),
    ("components schemas Draft properties pages maxItems", 8, "in Draft.pages has a lower maxItems"),
    ("components schemas Draft properties pages items", {"type": "string"},
     "in Draft.pages[] may no longer be integer"),
    ("components schemas Fax properties status", GONE, "out Fax.status was removed"),
    ("components schemas Fax required", [], "out Fax.id may be absent now"),
    ("components schemas Fax properties id type", ["string", "null"], "out Fax.id may be null now"),
    ("webhooks sent post requestBody content application/json schema properties at", GONE,
     "out webhook sent application/json.at was removed"),
]  # fmt: skip

HARMLESS = [
    ("paths /new", {"get": {"responses": {"200": {}}}}),
    ("paths /faxes post parameters 0 schema maximum", 200),
    ("paths /faxes post responses 422", GONE),
    ("components schemas Draft properties speed enum", ["slow", "fast", "faster"]),
    ("components schemas Draft properties to pattern", GONE),
    ("components schemas Draft properties to type", ["string", "null"]),
    ("components schemas Draft properties more", {"type": "string"}),
    ("components schemas Draft required", []),
    ("components schemas Fax properties more", {"type": "string"}),
    ("components schemas Fax required", ["id", "status"]),
    ("components schemas Fax properties id maxLength", 9),
]


@pytest.mark.parametrize(("before", "after"), WIDENED.items())
def test_a_wider_pattern_takes_all_that_the_old_one_took(before: str, after: str) -> None:
    short = ("".join(text) for size in range(8) for text in product("+(-1", repeat=size))
    long = ("+" + "1-" * size + "1" for size in range(30))
    taken = [text for text in (*short, *long) if re.fullmatch(before, text)]
    assert len(taken) > 20
    assert all(re.fullmatch(after, text) for text in taken)
    document = changed("components schemas Draft properties to pattern", before)
    wider = changed("components schemas Draft properties to pattern", after)
    assert broken(facts(document), facts(wider)) == []
    assert broken(facts(wider), facts(document)) == ["in Draft.to has another pattern"]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with one thing other, or gone."""
    written = deepcopy(DOCUMENT)
    *way, last = path.split(" ")
    place: Any = written
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return written


@pytest.mark.parametrize(("path", "value", "said"), BREAKING, ids=[one[2] for one in BREAKING])
def test_what_breaks_a_client_of_the_document_is_found(path: str, value: Any, said: str) -> None:
    assert said in broken(facts(DOCUMENT), facts(changed(path, value)))


@pytest.mark.parametrize(("path", "value"), HARMLESS)
def test_what_breaks_nobody_is_let_through(path: str, value: Any) -> None:
    assert broken(facts(DOCUMENT), facts(changed(path, value))) == []


SCHEMA = """
type Query { faxes(first: Int, speed: Speed): [Fax!]! }
type Fax { id: ID! note: String! }
input Draft { to: String note: String! }
enum Speed { SLOW FAST }
type Mutation { send(input: Draft!): Fax }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("note: String! }\ninput", "}\ninput", "Fax.note"),
        ("note: String! }\ninput", "note: String }\ninput", "Fax.note"),
        ("to: String ", "to: String! ", "Draft.to"),
        ("to: String ", "to: String more: Int! ", "Draft.more"),
        ("first: Int, ", "", "Query.faxes"),
        ("first: Int,", "first: Int!,", "Query.faxes"),
        ("SLOW FAST", "FAST", "Speed.SLOW"),
        ("type Mutation { send(input: Draft!): Fax }", "", "Mutation"),
    ],
)
def test_what_breaks_a_client_of_graphql_is_found(old: str, new: str, said: str) -> None:
    assert old in SCHEMA
    found = broken_schema(SCHEMA, SCHEMA.replace(old, new))
    assert any(said in one for one in found)
    assert unsaid(found, f"## Unreleased\n\n- **Breaking:** `{said}` is other.") == [
        one for one in found if said not in one
    ]


def test_what_graphql_gains_breaks_nobody() -> None:
    more = SCHEMA.replace("id: ID!", "id: ID! more: Int").replace("FAST", "FAST FASTER")
    assert broken_schema(SCHEMA, more) == []


def test_the_change_log_allows_what_it_names_and_no_more() -> None:
    changes = ["in Draft.to is required now", "in Draft.total was removed", "out Fax was removed"]
    log = """## Unreleased

### Changed

- **Breaking:** the recipient, `Draft.to`, is needed,
  and `Fax` is gone.
- `Draft.total` is gone, which this line forgets to say.

## 0.1.0

- **Breaking:** `Draft.total` was another thing then.
"""
    assert unsaid(changes, log) == ["in Draft.total was removed"]
    assert unsaid(["in Draft.to[] may no longer be 1"], log) == []
    assert unsaid(changes, log.replace("## Unreleased", "## 0.2.0")) == changes


def test_nothing_breaks_unsaid() -> None:
    assert breaks() == [], "say so in the change log: - **Breaking:** `the place`, why"


def test_what_is_recorded_is_a_whole_contract() -> None:
    (old_facts, old_schema), (new_facts, _) = recorded(), present()
    assert len(old_facts) > 2000
    assert "type Query {" in old_schema
    assert broken(old_facts, {place: new_facts[place] for place in list(new_facts)[:-1]}) != []

"""What of a contract clients can no longer build on: an older OpenAPI document or schema against the present.

`facts` says what an OpenAPI document promises, place by place and short enough to keep; `broken` compares
two of those, in the direction that each place has. What comes in may only be asked for less strictly, what
goes out may only be promised more. Words added to an answer's enumeration break nobody: the documents say
that there may be more. A change is a sentence that names the place; the change log allows it by that name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLSchema, build_schema, find_breaking_changes

Json = dict[str, Any]
Fact = dict[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
FORM = ("pattern", "format")
WIDENED = {
    r"^\+?[0-9]([ ().-]?[0-9]){2,19}$": r"^\+?\(?[0-9]([ ().-]{0,2}[0-9]){2,19}$",
}
"""Patterns of the last version, each with the one instead that takes all of what it took; a test holds that."""

COMPONENTS = "#/components/schemas/"


def facts(document: Json) -> dict[str, Fact]:
    """What a document promises, by place: `in FaxRequest.documents`, `out GET /v1/faxes 200 …`."""
    found: dict[str, Fact] = {}
    for place, fact in _facts(document):
        found[place] = _either(found[place], fact) if place in found else fact
    return dict(sorted(found.items()))


def _either(one: Fact, other: Fact) -> Fact:
    """What holds of a place that two alternatives have."""
    both = {word: value for word, value in one.items() if other.get(word) == value}
    return {**both, "is": sorted({*one["is"], *other["is"]})}


def _facts(document: Json) -> Iterator[tuple[str, Fact]]:
    ways: dict[str, set[str]] = {"in": set(), "out": set()}
    for place, schema, required in _places(document):
        yield from _schema(place, schema, required=required)
        ways[place.partition(" ")[0]] |= set(_references(schema))
    components = document["components"]["schemas"]
    for way, names in ways.items():
        todo, done = list(names), set[str]()
        while todo:
            name = todo.pop()
            if name not in done:
                done.add(name)
                yield from _schema(f"{way} {name}", components[name], required=True)
                todo += _references(components[name])


def _places(document: Json) -> Iterator[tuple[str, Json, bool]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            yield f"in {name}", {"type": "operation"}, False
            for one in operation.get("parameters", ()):
                schema = one.get("schema") or one["content"]["application/json"]["schema"]
                yield f"in {name} {one['in']} {one['name']}", schema, one.get("required", False)
            body = operation.get("requestBody", {})
            for media, content in body.get("content", {}).items():
                yield f"in {name} {media}", content["schema"], False
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    yield f"out {name} {status}", {}, True
                    for media, content in response.get("content", {}).items():
                        yield f"out {name} {status} {media}", content.get("schema", {}), True
    for kind, operations in document.get("webhooks", {}).items():
        for media, content in operations["post"]["requestBody"]["content"].items():
            yield f"out webhook {kind} {media}", content["schema"], True


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        reference = str(value.get("$ref", ""))
        own = [reference.rpartition("/")[2]] if reference.startswith(COMPONENTS) else []
        return own + [name for one in value.values() for name in _references(one)]
    if isinstance(value, list):
        return [name for one in value for name in _references(one)]
    return []


def _schema(place: str, schema: Json, *, required: bool) -> Iterator[tuple[str, Fact]]:
    """The fact of a place, and those of the places in it."""
    fact: Fact = {"is": sorted(set(_kinds(schema)))}
    if required:
        fact["required"] = True
    options = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for word in (*LOWER, *UPPER, *FORM, "enum", "const") if place.startswith("in ") else ():
        said = [one[word] for one in options if word in one]
        if said:
            fact[word] = (
                said[0] if len(said) == 1 else [value for one in said for value in _list(one)]
            )
    yield place, fact
    for one in options:
        for name, inner in one.get("properties", {}).items():
            if inner != {}:
                needed = one is schema and name in one.get("required", ())
                yield from _schema(f"{place}.{name}", inner, required=needed)
        for key in ("items", "additionalProperties"):
            if isinstance(one.get(key), dict):
                yield from _schema(f"{place}[]", one[key], required=False)


def _kinds(schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    kinds = schema.get("type", [])
    yield from [kinds] if isinstance(kinds, str) else kinds
    for key in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(key, ()):
            yield from _kinds(one)


def broken(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> list[str]:
    """What the second no longer promises, or newly demands."""
    found = [f"{place} was removed" for place in before if place not in after]
    for place, fact in after.items():
        if place in before:
            compare = _tightened if place.startswith("in ") else _loosened
            found += [f"{place} {flaw}" for flaw in compare(before[place], fact)]
        elif place.startswith("in ") and fact.get("required") and _parent(place) in before:
            found.append(f"{place} is new and required")
    return sorted(found)


def _parent(place: str) -> str:
    """Where a place is: of a field its object, of a parameter its operation."""
    parameter = re.match(r"(in [A-Z]+ \S+) (path|query|header|cookie) ", place)
    return parameter[1] if parameter else place.rpartition(".")[0]


def _tightened(old: Fact, new: Fact) -> Iterator[str]:
    for kind in set(old["is"]) - set(new["is"]):
        yield f"may no longer be {kind}"
    if new.get("required") and not old.get("required"):
        yield "is required now"
    for word in LOWER:
        if word in new and (word not in old or new[word] > old[word]):
            yield f"has a higher {word}"
    for word in UPPER:
        if word in new and (word not in old or new[word] < old[word]):
            yield f"has a lower {word}"
    for word in FORM:
        was = old.get(word)
        if word in new and new[word] not in (was, WIDENED.get(was or "")):
            yield f"has another {word}"
    for word in ("enum", "const"):
        if word in new:
            gone = set(map(str, _list(old.get(word, "anything")))) - set(map(str, _list(new[word])))
            yield from (f"may no longer be {value}" for value in sorted(gone))


def _loosened(old: Fact, new: Fact) -> Iterator[str]:
    for kind in set(new["is"]) - set(old["is"]):
        yield f"may be {kind} now"
    if old.get("required") and not new.get("required"):
        yield "may be absent now"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def broken_schema(before: str, after: str | GraphQLSchema) -> list[str]:
    """The same of GraphQL, by the rules of its reference implementation."""
    present = after if isinstance(after, GraphQLSchema) else build_schema(after)
    return [one.description for one in find_breaking_changes(build_schema(before), present)]


def unsaid(changes: list[str], changelog: str) -> list[str]:
    """The changes that the change log's Unreleased section does not name.

    A line `- **Breaking:** …` names, in backticks, the places that it is about: `FaxOut.pages`, or `FaxOut`
    for all in it.
    """
    section = changelog.partition("## Unreleased")[2].partition("\n## ")[0]
    entries = re.findall(r"^- \*\*Breaking:\*\* (.*(?:\n  .*)*)", section, re.MULTILINE)
    names = [name for entry in entries for name in re.findall("`([^`]+)`", entry)]
    patterns = [re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)") for name in names]
    return [one for one in changes if not any(pattern.search(one) for pattern in patterns)]

"""The bounds of every value in the OpenAPI document, so that a client can allot, and a tool can check.

What comes in is bounded where it is validated, and here only what follows from that is written down:
the longest text that a pattern admits, the format of a whole number. What goes out gets the bounds of
all answers. A text or list that comes in without a bound is a fault of its shape: `ValueError`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ffgateway.domain.pages import MAX_LIMIT

Schema = dict[str, Any]

LONGEST_TEXT = 16 * 1024 * 1024
"""Characters of a text that goes out: no more is read of what an appliance says."""

MOST_ITEMS = 1_000_000
"""Things in a list of an answer that is no page: what an appliance says has no room for more."""

EXACT = 2**53 - 1
"""Whole numbers up to here are the same in every program (RFC 8259, section 6)."""

TEXT = r"^[^\u0000]*$"
"""What our database can hold."""

LENGTHS = {"date-time": 64, "date": 10, "uri": 2000, "uri-reference": 2000, "cursor": 4000}
"""The longest texts of formats."""

_INT32 = 2**31 - 1


def bound(document: Schema) -> None:
    """Write the bounds into a document, in place. Raises `ValueError` for what has none and should."""
    components = document["components"]["schemas"]
    coming = _coming_in(document, components)
    for name, schema in components.items():
        _bound(schema, name, coming=name in coming)
    for place, schema, comes_in in _places(document):
        _bound(schema, place, coming=comes_in)


def _coming_in(document: Schema, components: Mapping[str, Schema]) -> set[str]:
    """The components that are in a request, by themselves or in others."""
    found: set[str] = set()
    todo = [schema for _, schema, comes_in in _places(document) if comes_in]
    while todo:
        for name in _references(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(components[name])
    return found


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        reference = str(value.get("$ref", ""))
        if reference.startswith("#/components/schemas/"):
            yield reference.rpartition("/")[2]
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


def _places(document: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Every schema that stands beside the components: where, itself, whether it comes in."""
    for section, comes_in in (("paths", True), ("webhooks", False)):
        for path, operations in document.get(section, {}).items():
            for method, operation in operations.items():
                place = f"{method} {path}"
                for parameter in operation.get("parameters", ()):
                    yield from _schemas(parameter, f"{place} {parameter['name']}", comes_in)
                body = operation.get("requestBody", {})
                yield from _schemas(body, place, comes_in)
                for response in operation.get("responses", {}).values():
                    yield from _schemas(response, place, False)
    for status, response in document["components"]["responses"].items():
        yield from _schemas(response, status, False)


def _schemas(holder: Schema, place: str, comes_in: bool) -> Iterator[tuple[str, Schema, bool]]:
    if "schema" in holder:
        yield place, holder["schema"], comes_in
    for inner in (*holder.get("content", {}).values(), *holder.get("headers", {}).values()):
        yield from _schemas(inner, place, comes_in)


def _bound(schema: Schema, place: str, *, coming: bool) -> None:
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and "const" in schema:
        schema["minimum"] = schema["maximum"] = schema["const"]
        schema["format"] = "int32"
    if "enum" not in schema and "const" not in schema:
        if "string" in kinds:
            _text(schema, place, coming=coming)
        if "integer" in kinds:
            _number(schema, place, coming=coming)
    if "array" in kinds and "maxItems" not in schema:
        if coming:
            raise ValueError(f"{place} is a list without an end")
        schema["maxItems"] = MAX_LIMIT if place.startswith("Items_") else MOST_ITEMS
    for words in ("properties", "patternProperties"):
        for name, inner in schema.get(words, {}).items():
            _bound(inner, f"{place}.{name}", coming=coming)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            _bound(schema[key], f"{place}[]", coming=coming)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(key, ()):
            _bound(inner, place, coming=coming)


def _text(schema: Schema, place: str, *, coming: bool) -> None:
    if not {"format", "pattern"} & schema.keys():
        if coming:
            raise ValueError(f"{place} is a text of any form")
        schema["pattern"] = TEXT
    if "maxLength" not in schema:
        longest = LENGTHS.get(schema.get("format", "")) or _longest(schema.get("pattern", ""))
        if longest is None and coming:
            raise ValueError(f"{place} is a text without an end")
        schema["maxLength"] = longest or LONGEST_TEXT


def _longest(pattern: str) -> int | None:
    """The length of the longest text that a pattern admits, if it is anchored and ends."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return None
    # no public name gives it; the parser is there in every Python
    longest = re._parser.parse(pattern).getwidth()[1]  # type: ignore[attr-defined, unused-ignore]
    return longest if longest <= LONGEST_TEXT else None


def _number(schema: Schema, place: str, *, coming: bool) -> None:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if coming and (low is None or high is None):
        raise ValueError(f"{place} is a number without an end")
    if low is None:
        schema["minimum"] = low = -EXACT
    if high is None:
        schema["maximum"] = high = EXACT
    schema.setdefault("format", "int32" if low >= -_INT32 and high <= _INT32 else "int64")

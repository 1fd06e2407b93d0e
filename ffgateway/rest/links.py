"""Where an answer leads: the links of the OpenAPI document, worked out from the table of operations.

A made or shown thing leads to what can be done with it, a list to its first item and to its next
page. What no rule finds, an operation names itself in `links`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from ffgateway.rest.operations import Link, Operation

Schema = dict[str, Any]

_WORD = re.compile(r"\{(\w+)\}")


def links_of(one: Operation, table: Sequence[Operation]) -> dict[str, Schema]:
    """The links of an operation's one good answer, by the name of the operation each leads to."""
    found = {link.operation: link for link in _found(one, table)}
    found |= {link.operation: link for link in one.links}
    return {
        name: {"operationId": name, "parameters": dict(link.parameters)}
        for name, link in sorted(found.items())
    }


def _found(one: Operation, table: Sequence[Operation]) -> Iterator[Link]:
    if one.answer is None or one.media != "application/json":
        return
    if one.method == "GET" and "next_cursor" in one.answer.model_fields:
        again = dict(_same(one)) | {"cursor": "$response.body#/next_cursor"}
        yield Link(one.name, again)
    for other in table:
        step = _step(one, other)
        if step is not None:
            yield Link(other.name, step)


def _step(one: Operation, other: Operation) -> dict[str, str] | None:
    """The parameters with which one operation leads to another, None when it does not."""
    if other is one:
        return None
    if _WORD.search(one.path.rpartition("/")[2]):  # a thing: to itself and to what is right below
        if other.path == one.path:
            return dict(_same(one))
        above, _, last = other.path.rpartition("/")
        if one.method != "GET" or above != one.path:
            return None
        word = _WORD.fullmatch(last)
        if word is None:
            return dict(_same(one))
        place = _place(one, word[1])  # a thing that is a list: to its first item
        return None if place is None else dict(_same(one)) | {word[1]: place}
    item = re.match(rf"{re.escape(one.path)}/\{{(\w+)\}}(/[^{{}}/]+)?$", other.path)
    if item is None:
        return None
    place = _place(one, item[1])
    return None if place is None else dict(_same(one)) | {item[1]: place}


def _same(one: Operation) -> Iterator[tuple[str, str]]:
    """The words of the path, as they were asked for."""
    for name in _WORD.findall(one.path):
        yield name, f"$request.path.{name}"


def _place(one: Operation, word: str) -> str | None:
    """Where the answer says the word of a path: under the same name, else as `id`."""
    made = one.method == "POST"
    shape, before = (one.answer, "") if made else (_item(one.answer), "items/0/")
    names = shape.model_fields if shape is not None else {}
    name = next((each for each in (word, "id") if each in names), None)
    return f"$response.body#/{before}{name}" if name else None


def _item(answer: type[BaseModel] | None) -> type[BaseModel] | None:
    field = None if answer is None else answer.model_fields.get("items")
    kinds = get_args(field.annotation) if field is not None else ()
    return kinds[0] if kinds and isinstance(kinds[0], type) else None

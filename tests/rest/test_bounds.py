"""Everything in the OpenAPI document has bounds, and none of them is made up."""

from copy import deepcopy
from typing import Any

import pytest

from ffgateway.devices.conversation import LARGEST_ANSWER
from ffgateway.rest.bounds import EXACT, LONGEST_TEXT, MOST_ITEMS, TEXT, bound
from ffgateway.rest.openapi import document

BARE: dict[str, Any] = {
    "components": {"responses": {}, "schemas": {}},
    "paths": {"/a": {"post": {"responses": {}}}},
}


def bounded(schema: dict[str, Any], *, coming: bool) -> dict[str, Any]:
    """A schema in a document: in the body that comes in, or in the one that goes out."""
    written = deepcopy(BARE)
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/One"}}}}
    written["components"]["schemas"]["One"] = deepcopy(schema)
    operation = written["paths"]["/a"]["post"]
    operation["responses" if not coming else "requestBody"] = (
        content if coming else {"200": content}
    )
    bound(written)
    found: dict[str, Any] = written["components"]["schemas"]["One"]
    return found


@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        ({"type": "string"}, "a text of any form"),
        ({"type": "string", "pattern": "^a*$"}, "a text without an end"),
        ({"type": "string", "pattern": "a"}, "a text without an end"),
        ({"type": "integer", "minimum": 1}, "a number without an end"),
        ({"type": "array", "items": {"type": "boolean"}}, "a list without an end"),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, "One.a is a text"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "a text of any form"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "a number"),
        ({"type": "object", "patternProperties": {"^a$": {"type": "integer"}}}, "a number"),
    ],
)
def test_what_comes_in_without_a_bound_is_refused_and_what_goes_out_gets_one(
    schema: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        bounded(schema, coming=True)
    bounded(schema, coming=False)


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        ({"type": "string", "pattern": "^a_[0-9]{3}$"}, {"maxLength": 5}),
        ({"type": "string", "format": "date-time"}, {"maxLength": 64}),
        ({"type": "string", "enum": ["a"]}, {}),
        ({"type": "integer", "minimum": 0, "maximum": 9}, {"format": "int32"}),
        ({"type": "integer", "const": 0}, {"minimum": 0, "maximum": 0, "format": "int32"}),
        ({"type": "integer", "minimum": 0, "maximum": 2**40}, {"format": "int64"}),
    ],
)
def test_what_follows_from_a_bound_is_written_down(
    schema: dict[str, Any], more: dict[str, Any]
) -> None:
    for coming in (True, False):
        assert bounded(schema, coming=coming) == schema | more


def test_what_goes_out_has_the_bounds_of_all_answers() -> None:
    text = bounded({"type": "string"}, coming=False)
    assert text == {"type": "string", "pattern": TEXT, "maxLength": LONGEST_TEXT}
    number = bounded({"type": "integer"}, coming=False)
    assert (number["minimum"], number["maximum"], number["format"]) == (-EXACT, EXACT, "int64")
    assert bounded({"type": "array"}, coming=False)["maxItems"] == MOST_ITEMS


def test_no_answer_of_an_appliance_is_longer_than_a_text_may_be() -> None:
    assert LARGEST_ANSWER <= LONGEST_TEXT


def test_the_document_is_no_place_to_leave_marks() -> None:
    assert document() == document()
    assert document()["components"]["schemas"]["FaxOut"]["properties"]["id"]["maxLength"]

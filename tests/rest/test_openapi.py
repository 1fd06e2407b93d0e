import json
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from ffgateway.rest.openapi import document
from ffgateway.rest.routes import routes
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.gateway import Gateway

WRITTEN = document()


def resolved(schema: Any, within: tuple[str, ...] = ()) -> Any:
    """The schema with every reference replaced by what it names, but for one back to where it is."""
    if isinstance(schema, list):
        return [resolved(one, within) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") in within:
        return schema
    if "$ref" in schema:
        found: Any = WRITTEN
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found, (*within, schema["$ref"]))
    return {name: resolved(one, within) for name, one in schema.items()}


def test_the_document_is_openapi() -> None:
    validate(WRITTEN)


def test_constraints_are_written_in_words_of_json_schema() -> None:
    text = json.dumps(WRITTEN)
    assert not any(f'"{word}":' in text for word in ("ge", "le", "gt", "lt", "min_length"))


def test_every_reference_leads_somewhere() -> None:
    assert resolved(WRITTEN)["openapi"] == "3.1.0"


def test_names_of_operations_are_unique() -> None:
    names = [one.name for one in OPERATIONS]
    assert len(set(names)) == len(names)


def test_what_is_routed_is_described(gateway: Gateway) -> None:
    routed = {
        route.path: {method.lower() for method in route.methods or () if method != "HEAD"}
        for route in routes(gateway, metrics_open=False)
        if isinstance(route, Route) and route.path.startswith("/v1/")
    }
    described = {
        path: set(methods) for path, methods in WRITTEN["paths"].items() if path.startswith("/v1/")
    }
    assert routed == described


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: str(one.name))
def test_every_failure_is_a_problem(operation: Any) -> None:
    responses = resolved(WRITTEN["paths"][operation.path][operation.method.lower()]["responses"])
    failures = {status: one for status, one in responses.items() if status >= "4"}
    assert {"401", "403", "422", "500"} <= set(failures)
    assert all(set(one["content"]) == {"application/problem+json"} for one in failures.values())


@pytest.mark.parametrize(
    ("name", "example"),
    [
        (name, example)
        for name, schema in WRITTEN["components"]["schemas"].items()
        for example in schema.get("examples", ())
    ],
)
def test_examples_keep_to_their_schema(name: str, example: Any) -> None:
    schema = resolved(WRITTEN["components"]["schemas"][name])
    jsonschema.Draft202012Validator(schema).validate(example)


def test_webhooks_are_taken_in_as_they_are() -> None:
    assert "webhooks" not in WRITTEN
    assert document({"fax.sent": {"post": {}}})["webhooks"] == {"fax.sent": {"post": {}}}


def test_no_path_could_be_two() -> None:
    """As Redocly's strict rules have it: of two as long, one must be plainer in every place that differs."""
    paths = sorted({one.path for one in OPERATIONS})
    for number, one in enumerate(paths):
        for other in paths[number + 1 :]:
            if one.count("/") != other.count("/"):
                continue
            pairs = zip(one.split("/"), other.split("/"), strict=True)
            differ = [(a[:1] == "{", b[:1] == "{") for a, b in pairs if a != b]
            crossed = (True, False) in differ and (False, True) in differ
            assert not crossed or (False, False) in differ, f"{one} may be {other}"


def test_every_answer_tells_of_the_budget() -> None:
    """As OWASP's rules have it, but for what is open to all."""
    told = {
        status: response.get("headers", {})
        for status, response in WRITTEN["components"]["responses"].items()
    }
    for status, headers in told.items():
        assert status >= "5" or {"RateLimit", "RateLimit-Policy"} <= headers.keys(), status

"""Where answers lead, as the OpenAPI document says it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ffgateway.rest.openapi import document
from ffgateway.rest.table import OPERATIONS

WRITTEN = document()
BY_NAME = {one.name: one for one in OPERATIONS}


def described(name: str) -> Any:
    one = BY_NAME[name]
    return WRITTEN["paths"][one.path][one.method.lower()]


def links(name: str) -> dict[str, dict[str, str]]:
    good = described(name)["responses"][str(BY_NAME[name].status)]
    return {link["operationId"]: link["parameters"] for link in good.get("links", {}).values()}


def resolved(schema: Any) -> Any:
    while "$ref" in schema:
        schema = WRITTEN["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def every() -> Iterator[tuple[str, str, str, str]]:
    for name in BY_NAME:
        for target, parameters in links(name).items():
            for parameter, expression in parameters.items():
                yield name, target, parameter, expression


@pytest.mark.parametrize(("name", "target", "parameter", "expression"), list(every()))
def test_a_link_fills_a_parameter_there_is_with_something_there_is(
    name: str, target: str, parameter: str, expression: str
) -> None:
    assert parameter in {one["name"] for one in described(target)["parameters"]}
    said = re.fullmatch(r"\$request\.path\.(\w+)", expression)
    if said:
        assert f"{{{said[1]}}}" in BY_NAME[name].path
        return
    good = described(name)["responses"][str(BY_NAME[name].status)]
    schema = good["content"]["application/json"]["schema"]
    assert expression.startswith("$response.body#/")
    for step in expression.removeprefix("$response.body#/").split("/"):
        schema = resolved(schema)
        schema = schema["items"] if step == "0" else schema["properties"][step]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_link_fills_every_word_of_the_path_it_leads_to(name: str) -> None:
    for target, parameters in links(name).items():
        words = set(re.findall(r"\{(\w+)\}", BY_NAME[target].path))
        assert words <= set(parameters), target


@pytest.mark.parametrize(
    ("name", "target", "parameters"),
    [
        ("registerDevice", "updateDevice", {"id": "$response.body#/id"}),
        ("registerDevice", "retireDevice", {"id": "$response.body#/id"}),
        ("listDevices", "getDevice", {"id": "$response.body#/items/0/id"}),
        ("listDevices", "listDevices", {"cursor": "$response.body#/next_cursor"}),
        ("getDevice", "getDeviceStatus", {"id": "$request.path.id"}),
        ("sendFax", "cancelFax", {"id": "$response.body#/faxes/0/id"}),
        ("resendFax", "getFax", {"id": "$response.body#/id"}),
        ("createKey", "revokeKey", {"id": "$response.body#/id"}),
    ],
)
def test_what_is_made_leads_to_what_can_be_done_with_it(
    name: str, target: str, parameters: dict[str, str]
) -> None:
    assert links(name)[target] == parameters

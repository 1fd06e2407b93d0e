"""The same failure has the same code over REST and over GraphQL: mapped for all, met for many."""

import inspect
import json
from typing import Any

import pytest
from starlette.requests import Request

from ffgateway.domain.errors import GatewayError, InvalidNumber
from ffgateway.domain.quotas import Standing
from ffgateway.graphql.errors import ANSWERS, Answer, extensions, settled
from ffgateway.rest.problems import handlers, refusal
from tests.graphql.conftest import ADMIN, Client
from tests.graphql.test_errors import family

VALUES: dict[str, Any] = {
    "detail": "No.", "device_id": "dev_1", "errors": (("to", "No."),), "count": 1, "cost": 1,
    "standing": Standing(limit=1, remaining=0, resets_in=1), "retry_after": 1, "after": 1,
    "oldest": 3, "what": "faxes", "of": InvalidNumber,
}  # fmt: skip
"""A value for each thing that an error wants to know."""

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


def made(error: type[GatewayError]) -> GatewayError:
    """One of a kind."""
    given: dict[str, Any] = {}
    for name, one in list(inspect.signature(error).parameters.items()):
        if one.default is inspect.Parameter.empty:
            given[name] = VALUES[name]
    return error(**given)


@pytest.mark.parametrize("kind", list(family(GatewayError)), ids=lambda kind: kind.__name__)
async def test_every_error_has_one_code_and_one_status(kind: type[GatewayError]) -> None:
    error, request = made(kind), Request({**SCOPE, "state": {}})

    async def fail() -> None:
        raise error

    rest = await handlers()[GatewayError](request, error)
    code = json.loads(bytes(rest.body))["code"]
    whole = refusal(request, error, extensions=extensions(error), more={})
    told = json.loads(bytes(whole.body))
    assert (whole.status_code, told["code"]) == (rest.status_code, code)
    assert told["errors"][0]["extensions"]["code"] == code
    if ANSWERS[error.code] is Answer.RESULT:
        _, wrong = await settled(fail())
        assert {one.code for one in wrong} == {code}


FAX, HOOK = "fax_01KARTX5RB4PSM9QE3V7Z0H2CD", "whk_01KARTX5RB4PSM9QE3V7Z0H2CD"
DEVICE = {"name": "one", "url": "http://127.0.0.1:1", "username": "u", "password": "p"}
REGISTER = "mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { userErrors { code } } }"
TWICE = ("POST", "/v1/devices", DEVICE), (REGISTER, {"input": DEVICE})

MET: list[tuple[str, tuple[str, str, Any], tuple[str, Any]]] = [
    (
        "not-found",
        ("POST", f"/v1/faxes/{FAX}/cancel", None),
        ("mutation ($id: ID!) { cancelFax(id: $id) { userErrors { code } } }", {"id": FAX}),
    ),
    (
        "not-found",
        ("DELETE", f"/v1/webhooks/{HOOK}", None),
        ("mutation ($id: ID!) { removeWebhook(id: $id) { userErrors { code } } }", {"id": HOOK}),
    ),
    ("already-exists", *TWICE),
    (
        "invalid-request",
        ("POST", "/v1/devices", {**DEVICE, "name": "two", "zone": "Nowhere/At_All"}),
        (REGISTER, {"input": {**DEVICE, "name": "two", "zone": "Nowhere/At_All"}}),
    ),
    (
        "address-refused",
        ("POST", "/v1/webhooks", {"url": "http://10.0.0.1/", "events": ["fax.*"]}),
        (
            'mutation { createWebhook(url: "http://10.0.0.1/", events: ["fax.*"]) { userErrors { code } } }',
            {},
        ),
    ),
]


async def test_what_fails_on_one_surface_fails_on_the_other_with_the_same_code(
    client: Client,
) -> None:
    key = {"Authorization": f"Bearer {ADMIN}"}
    assert (await client.http.post("/v1/devices", json=DEVICE, headers=key)).status_code == 201
    for code, (method, path, body), (query, variables) in MET:
        answer = await client.http.request(method, path, json=body, headers=key)
        assert answer.json()["code"] == code, answer.text
        (result,) = (await client.ask(query, **variables)).values()
        assert [one["code"] for one in result["userErrors"]] == [code]


@pytest.mark.parametrize(
    ("told", "method", "headers", "body"),
    [
        (("unauthenticated", 401), "POST", {"Authorization": ""}, b"{}"),
        (("unauthenticated", 401), "POST", {"Authorization": "Bearer ffgw_none"}, b"{}"),
        (("malformed", 400), "POST", {}, b"{"),
        (("malformed", 400), "POST", {}, b"[" * 5_000 + b"]" * 5_000),
        (("malformed", 400), "POST", {}, b'{"a": "\xff"}'),
        (("unsupported-media-type", 415), "POST", {"Content-Type": "text/csv"}, b"{}"),
        (("method-not-allowed", 405), "TRACE", {}, b""),
        (("method-not-allowed", 405), "OPTIONS", {}, b""),
        (("headers-too-large", 431), "POST", {"X-A": "x" * 40_000}, b"{}"),
    ],
)
async def test_what_http_refuses_is_the_same_problem_on_both(
    client: Client, told: tuple[str, int], method: str, headers: dict[str, str], body: bytes
) -> None:
    code, status = told
    base = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
    for path in ("/v1/keys", "/graphql"):
        answer = await client.http.request(method, path, content=body, headers=base | headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"/problems/{code}"
        assert ("allow" in answer.headers) == (status == 405)

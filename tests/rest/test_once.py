"""A POST that comes again with its `Idempotency-Key` is answered again and not done again."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import ConfigDict
from starlette.applications import Starlette
from starlette.responses import Response

from ffgateway.domain.idempotency import Repeat
from ffgateway.rest import batches
from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import Strict
from ffgateway.rest.faxes import REBUILDS
from ffgateway.rest.middleware import Frame
from ffgateway.rest.once import REPEATS
from ffgateway.rest.openapi import document
from ffgateway.rest.operations import Asked, Operation
from ffgateway.rest.problems import handlers
from ffgateway.rest.routes import routes
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.gateway import Gateway
from tests.rest.conftest import client_of

KEY = {"Idempotency-Key": '"one"'}
FAX: dict[str, Any] = {
    "recipients": [{"fax_number": "555-0100"}],
    "documents": [{"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8="}],
}
POSTS = [one for one in OPERATIONS if one.method == "POST"]
REPLAYED = "Idempotency-Replayed"


async def count(client: httpx.AsyncClient) -> int:
    return len((await client.get("/v1/faxes?limit=100")).json()["items"])


# One fax ----------------------------------------------------------------------------------------


async def test_a_fax_asked_for_twice_is_one_fax(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/faxes", json=FAX, headers=KEY)
    again = await client.post("/v1/faxes", json=FAX, headers=KEY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert await count(client) == 1


async def test_without_a_key_every_request_is_another_fax(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await client.post("/v1/faxes", json=FAX)).status_code == 202
    assert await count(client) == 2


async def test_fifty_at_once_are_one_fax_and_fifty_equal_answers(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/faxes", json=FAX, headers=KEY) for _ in range(50))
    )
    assert {one.status_code for one in answers} == {202}
    assert len({one.content for one in answers}) == 1
    assert sorted(one.headers.get(REPLAYED, "") for one in answers) == ["", *["true"] * 49]
    assert await count(client) == 1


async def test_the_same_fax_as_json_or_as_a_form_of_any_boundary_is_the_same_request(
    client: httpx.AsyncClient,
) -> None:
    first = await client.post("/v1/faxes", json=FAX, headers=KEY)
    turned = dict(reversed(FAX.items()))
    assert (await client.post("/v1/faxes", json=turned, headers=KEY)).content == first.content
    for _ in range(2):
        files = {"documents": ("a.txt", b"Hello", "text/plain")}
        form = await client.post("/v1/faxes", data={"to": "555-0100"}, files=files, headers=KEY)
        assert (form.status_code, form.content) == (202, first.content)
    assert await count(client) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"recipients": [{"fax_number": "555-0101"}]},
        {"client_reference": "PO-1"},
        {"documents": [FAX["documents"][0] | {"content": "SGVsbG8h"}]},
        {"documents": [FAX["documents"][0] | {"name": "b.txt"}]},
    ],
    ids=str,
)
async def test_the_key_of_another_fax_is_refused(
    client: httpx.AsyncClient, other: dict[str, Any]
) -> None:
    await client.post("/v1/faxes", json=FAX, headers=KEY)
    refused = await client.post("/v1/faxes", json=FAX | other, headers=KEY)
    assert refused.status_code == 422
    problem = refused.json()
    assert (problem["code"], problem["field"]) == ("idempotency-key-reused", "Idempotency-Key")
    assert await count(client) == 1


async def test_a_key_on_another_path_is_refused(client: httpx.AsyncClient) -> None:
    fax = (await client.post("/v1/faxes", json=FAX, headers=KEY)).json()["faxes"][0]
    refused = await client.post(f"/v1/faxes/{fax['id']}/cancel", headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


async def test_the_key_of_somebody_else_is_another_key(
    client: httpx.AsyncClient, app: Frame
) -> None:
    made = await client.post("/v1/keys", json={"name": "b", "scopes": ["faxes:send"]})
    await client.post("/v1/faxes", json=FAX, headers=KEY)
    async with client_of(app, made.json()["key"]) as other:
        answer = await other.post("/v1/faxes", json=FAX, headers=KEY)
    assert (answer.status_code, REPLAYED in answer.headers) == (202, False)
    assert await count(client) == 2


async def test_what_is_refused_before_anything_is_done_leaves_its_key_free(
    client: httpx.AsyncClient,
) -> None:
    wrong = FAX | {"device_id": "dev_00000000000000000000000000"}
    bad = FAX | {"documents": [FAX["documents"][0] | {"content_type": "image/png"}]}
    refused = await client.post("/v1/faxes", json=bad, headers=KEY)
    assert refused.status_code == 422
    sent = await client.post("/v1/faxes", json=FAX, headers=KEY)
    assert (sent.status_code, REPLAYED in sent.headers) == (202, False)
    other = {"Idempotency-Key": "two"}
    missing = await client.post("/v1/faxes", json=wrong, headers=other)
    again = await client.post("/v1/faxes", json=wrong, headers=other)
    assert (missing.status_code, again.status_code) == (404, 404)
    assert (again.content, again.headers[REPLAYED]) == (missing.content, "true")


@pytest.mark.parametrize("key", ["", "a b", '"', "x" * 256])
async def test_what_is_no_key_is_refused_before_anything_is_done(
    client: httpx.AsyncClient, key: str
) -> None:
    refused = await client.post("/v1/faxes", json=FAX, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")
    assert await count(client) == 0


async def test_whoever_asked_again_is_on_record(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/faxes", json=FAX, headers=KEY)
    await client.post("/v1/faxes", json=FAX, headers=KEY)
    lines = (await client.get("/v1/audit?action=request.replay")).json()["items"]
    (line,) = lines
    assert line["resource"] == first.json()["submission_id"]
    assert line["detail"] == {
        "request": "POST /v1/faxes",
        "first": first.headers["X-Request-Id"],
    }


async def test_a_key_shown_once_is_shown_again_to_who_asks_with_its_idempotency_key(
    client: httpx.AsyncClient,
) -> None:
    body = {"name": "b", "scopes": ["faxes:send"]}
    first = await client.post("/v1/keys", json=body, headers=KEY)
    again = await client.post("/v1/keys", json=body, headers=KEY)
    assert again.json() == first.json()
    assert again.json()["key"].startswith("ffgw_")


# Every operation --------------------------------------------------------------------------------


class Anything(Strict):
    """A body of whatever there is."""

    model_config = ConfigDict(extra="allow")


PLACES = {
    "username": "admin",
    "record": "admin~1",
    "fax_key": "0000001B",
    "entry_key": "0000",
    "replay_id": "rpl_" + "0" * 26,
}


def address(operation: Operation) -> str:
    id_ = f"{operation.id_of}_{'0' * 26}"
    return re.sub(r"\{(\w+)\}", lambda at: id_ if at[1] == "id" else PLACES[at[1]], operation.path)


@pytest.fixture
def acts() -> list[str]:
    """The names of the operations that were really done."""
    return []


def counting(operation: Operation, acts: list[str]) -> Operation:
    """The same operation with an act that only counts."""

    async def act(_gateway: Gateway, _asked: Asked) -> Response:
        acts.append(operation.name)
        return Json({"acts": len(acts)}, status_code=operation.status)

    body = None if operation.body is None else Anything
    return replace(operation, act=act, body=body)


@pytest.mark.parametrize(
    "operation", [one for one in POSTS if not one.form], ids=lambda one: str(one.name)
)
async def test_every_post_is_done_once_for_a_key(
    operation: Operation, gateway: Gateway, acts: list[str]
) -> None:
    counted = counting(operation, acts)
    served = routes(gateway, metrics_open=False, operations=(counted,))
    app = Frame(Starlette(routes=served, exception_handlers=handlers()))
    async with client_of(app) as client:
        bodies: list[Any] = [None] * 3
        if operation.body is not None:
            bodies = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2}]
        first, again, other = [
            await client.post(address(operation), json=body, headers=KEY) for body in bodies
        ]
    assert (first.status_code, again.status_code) == (operation.status, operation.status)
    assert first.content == again.content
    assert again.headers[REPLAYED] == "true"
    assert acts == [operation.name]
    if operation.body is not None:
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    "operation", [one for one in POSTS if one.form], ids=lambda one: str(one.name)
)
async def test_what_reads_its_own_body_is_done_once_for_a_key(
    operation: Operation, client: httpx.AsyncClient
) -> None:
    first = await client.post(operation.path, json=FAX, headers=KEY)
    again = await client.post(operation.path, json=dict(reversed(FAX.items())), headers=KEY)
    other = await client.post(operation.path, json=FAX | {"priority": 5}, headers=KEY)
    assert (first.status_code, again.status_code) == (operation.status, operation.status)
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert again.headers.get("Location") == first.headers.get("Location")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_of_every_post_it_is_decided_whether_a_retry_may_repeat_it() -> None:
    assert {one.name for one in POSTS} - set(REPEATS) == set()


def test_what_is_bound_can_be_answered_from_what_was_accepted() -> None:
    assert {name for name, repeat in REPEATS.items() if repeat is Repeat.BOUND} == {
        *REBUILDS,
        *batches.REBUILDS,
    }


@pytest.mark.parametrize("operation", POSTS, ids=lambda one: str(one.name))
def test_every_post_says_so_in_the_document(operation: Operation) -> None:
    written = document()["paths"][operation.path]["post"]
    assert "Idempotency-Key" in {one["name"] for one in written["parameters"]}
    assert {"409", "422"} <= set(written["responses"])
    assert REPLAYED in written["responses"][str(operation.status)]["headers"]

"""GraphQL over HTTP: methods, kinds of bodies and answers, and what each flaw is answered."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ffgateway.graphql.requests import LARGEST
from tests.graphql.conftest import ADMIN, Client

KEY = {"Authorization": f"Bearer {ADMIN}"}
JSON, RESPONSE = "application/json", "application/graphql-response+json"
NAME = "{ __typename }"
MUTATION = 'mutation { createKey(name: "n", scopes: [ADMIN]) { token } }'


async def ask(client: Client, method: str = "POST", **more: Any) -> Any:
    headers = KEY | more.pop("headers", {})
    return await client.http.request(method, "/graphql", headers=headers, **more)


LIKED: list[tuple[str | None, str]] = [
    (None, JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    (RESPONSE, RESPONSE),
    (f"{RESPONSE};charset=utf-8, {JSON};q=0.9", RESPONSE),
    (f"{JSON}, {RESPONSE}", JSON),
    (f"{RESPONSE};q=0.2, {JSON};q=0.3", JSON),
    (f"text/csv, */*;q=0.1, {RESPONSE};q=0.2", RESPONSE),
    (f"*/*, {JSON};q=0", RESPONSE),
]


@pytest.mark.parametrize("method", ["GET", "POST", "QUERY"])
async def test_the_answer_is_of_the_kind_that_is_liked_best(client: Client, method: str) -> None:
    client.http.headers.pop("accept")
    given: dict[str, Any] = {"params" if method == "GET" else "json": {"query": NAME}}
    for accept, kind in LIKED:
        answer = await ask(client, method, headers={"Accept": accept} if accept else {}, **given)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), accept
        assert answer.headers["vary"] == "Accept"
        assert answer.json()["data"] == {"__typename": "Query"}


async def test_what_cannot_be_answered_in_a_kind_it_reads_is_406(client: Client) -> None:
    for accept in ("text/html", "image/png", f"{JSON};q=0", "application/xml"):
        answer = await ask(client, json={"query": NAME}, headers={"Accept": accept})
        assert answer.status_code == 406, accept


@pytest.mark.parametrize("method", ["GET", "QUERY"])
async def test_what_only_reads_does_nothing(client: Client, method: str) -> None:
    given: dict[str, Any] = {"json": {"query": MUTATION}}
    if method == "GET":
        given = {"params": {"query": MUTATION}}
    refused = await ask(client, method, **given)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    stream = await ask(client, method, headers={"Accept": "text/event-stream"}, **given)
    assert stream.status_code == 406
    assert len((await client.ask("{ keys { id } }"))["keys"]) == 1


async def test_no_other_method_is_known(client: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await ask(client, method, json={"query": NAME})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, QUERY")


FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "",
     "application/json; charset=utf-16", "application/graphql"]  # fmt: skip


async def test_what_a_form_on_a_strange_page_can_send_is_refused(client: Client) -> None:
    body = b'{"query": "{ __typename }"}'
    for method in ("POST", "QUERY"):
        for kind in FORMS:
            answer = await ask(client, method, content=body, headers={"Content-Type": kind})
            assert (answer.status_code, answer.headers["accept-query"]) == (415, JSON), kind


async def test_nothing_that_a_browser_sends_by_itself_lets_anybody_in(client: Client) -> None:
    for headers in ({"Cookie": f"key={ADMIN}"}, {"Authorization": f"Basic {ADMIN}"}):
        query = {"query": NAME, "authorization": f"Bearer {ADMIN}"}
        answer = await client.http.get("/graphql", params=query, headers=headers)
        assert answer.status_code == 401


FLAWS: list[tuple[Any, int]] = [
    ({"query": "{"}, 200),
    ({"query": "{ nothing }"}, 200),
    ({"query": "query ($id: ID!) { fax(id: $id) { id } }"}, 200),
    ({"query": "query A { __typename } query B { __typename }"}, 200),
    ({"query": NAME, "operationName": "Other"}, 200),
    ({"query": "{ " + "__typename " * 1001 + "}"}, 200),
    ({"query": "subscription { eventHappened { type } }"}, 400),
    ([{"query": NAME}], 400),
    ({"query": ""}, 400),
    ({"query": NAME, "documentId": "x"}, 400),
    ({"query": NAME, "extensions": 5}, 400),
]


async def test_a_flaw_is_400_for_who_can_tell_and_no_fault_of_ours(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for asked, legacy in FLAWS:
        for kind, status in ((RESPONSE, 400), (JSON, legacy)):
            answer = await ask(client, json=asked, headers={"Accept": kind})
            assert answer.status_code == status, asked
            (error,) = answer.json()["errors"]
            code = "malformed" if legacy == 400 else "invalid-request"
            assert error["extensions"] == {"code": code}
            assert "data" not in answer.json()
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_what_fails_while_it_runs_is_200_in_every_kind(client: Client) -> None:
    query = "{ faxes(first: 101) { nodes { id } } }"
    for kind in (RESPONSE, JSON):
        answer = await ask(client, json={"query": query}, headers={"Accept": kind})
        assert (answer.status_code, answer.json()["data"]) == (200, None)


ADDRESSES = [
    ("?query={__typename}", 200),
    ('?query=query($n:String!){__type(name:$n){name}}&variables={"n":"Fax"}', 200),
    ("?query=query A{__typename} query B{b:__typename}&operationName=B&extensions=", 200),
    ("?query={__typename}&query={__typename}", 400),
    ("?query={__typename}&variables={", 400),
    ("?query={__typename}&variables=5", 400),
    ("", 400),
]


async def test_a_query_may_come_in_the_address(client: Client) -> None:
    for query, status in ADDRESSES:
        answer = await client.http.get(f"/graphql{query}", headers=KEY)
        assert answer.status_code == status, (query, answer.text)
        head = await client.http.head(f"/graphql{query}", headers=KEY)
        assert head.status_code == status


@pytest.mark.parametrize("declared", [True, False])
async def test_a_request_that_is_too_large_is_told_the_way_on(
    client: Client, *, declared: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LARGEST >> 16):
            yield b" " * (1 << 16)
        yield b'{"query": "{ __typename }"}'

    content: Any = b" " * LARGEST + b"{}" if declared else chunks()
    answer = await ask(client, content=content, headers={"Content-Type": JSON})
    told = answer.json()
    assert told["code"] == "document-too-large", told
    assert answer.status_code == told["status"] == 413
    assert "POST /v1/faxes" in told["cure"]

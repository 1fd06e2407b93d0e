"""Who is let in, what is a client's own mistake over HTTP, and the page."""

import logging
import re
from pathlib import Path

import pytest

from ffgateway.graphql import pages
from tests.graphql.conftest import ADMIN, Client

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}


@pytest.mark.parametrize("key", ["", "ffgw_nobody-knows-this-key", "a b"])
async def test_an_operation_without_a_known_key_is_401(client: Client, key: str) -> None:
    answer = await client.post("{ __typename }", key=key)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["extensions"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "body",
    [
        b'"x"',
        b"5",
        b"null",
        b"[]",
        b"{",
        b"",
        b"\xff",
        b"{}",
        b'{"query": 5}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": {}}',
    ],
)
async def test_a_body_that_is_no_operation_is_400_and_no_fault(
    client: Client, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.http.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == answer.json()["code"] == "malformed"
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_of_several_operations_one_has_to_be_named(client: Client) -> None:
    both = "query A { a: __typename } query B { b: __typename }"
    for _ in range(2):  # the second time from memory
        unclear = (await client.http.post("/graphql", json={"query": both}, headers=JSON)).json()
        assert "data" not in unclear
        assert unclear["errors"][0]["extensions"]["code"] == "invalid-request"
    named = {"query": both, "operationName": "B"}
    answer = await client.http.post("/graphql", json=named, headers=JSON)
    assert answer.json()["data"] == {"b": "Query"}
    wrong = named | {"operationName": "C"}
    refused = await client.http.post("/graphql", json=wrong, headers=JSON)
    assert refused.json()["errors"][0]["extensions"]["code"] == "invalid-request"


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{",
        "{ fax(id: 5.5) { id } }",
        "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }",
        "{ " + "__typename " * 2001 + "}",
        '{ __type(name: "Fax") { name } } fragment A on Fax { ...A }',
        "{ faxes { nodes { device { status { lines { number } } } } } }"
        " query B { " + "a { " * 12 + "b" + " }" * 13,
    ],
)
async def test_what_the_schema_does_not_allow_is_no_fault(
    client: Client, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post(query)
    assert answer.json()["errors"][0]["extensions"]["code"] == "invalid-request"
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


LOADED = re.compile(r'(?:src|href)="(?!data:)([^"]+)"')


async def test_the_page_needs_no_key_and_allows_no_script_but_ours(client: Client) -> None:
    answer = await client.http.get("/graphql", headers=HTML)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; connect-src 'self'" in policy
    for source in LOADED.findall(answer.text):
        assert (await client.http.get(f"/{source}")).status_code == 200


@pytest.mark.parametrize("name", ["plain.html", "graphiql.html"])
def test_pages_have_no_inline_script_and_load_only_what_is_served(name: str) -> None:
    text = (pages.PAGE / name).read_text()
    assert not re.search(r"<script(?![^>]* src=)|<style| on[a-z]+=|https?://", text)
    loaded = {path.rpartition("/")[2] for path in LOADED.findall(text)}
    assert loaded <= {*pages.OWN, *pages.FETCHED}


def test_graphiql_is_shown_once_all_of_it_is_there(tmp_path: Path) -> None:
    for name in pages.FETCHED[1:]:
        (tmp_path / name).touch()
    assert pages.page(tmp_path).headers["content-security-policy"] == pages.PLAIN_POLICY
    (tmp_path / pages.FETCHED[0]).touch()
    answer = pages.page(tmp_path)
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "'unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["plain.html", "nothing.js", "..%2Fschema.py", "LICENSES.txt"])
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.http.get(f"/graphql/assets/{name}")).status_code == 404


async def test_the_log_names_who_asked(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ffgateway.rest"):
        (key,) = (await client.ask("{ keys { id } }"))["keys"]
    (line,) = [record for record in caplog.records if record.message == "http.request"]
    assert line.__dict__["principal"] == key["id"]

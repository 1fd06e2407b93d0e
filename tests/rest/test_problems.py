import httpx
import pytest

from ffgateway.domain.errors import GatewayError
from ffgateway.domain.failures import KINDS
from ffgateway.rest.problems import STATUS, family, kinds, page


@pytest.mark.parametrize("code", family(GatewayError))
def test_every_error_has_a_status(code: str) -> None:
    assert 400 <= STATUS[code] <= 599


def test_no_status_is_left_over() -> None:
    assert set(STATUS) == set(family(GatewayError))


@pytest.mark.parametrize("code", [*kinds(), *KINDS])
def test_every_type_has_a_page(code: str) -> None:
    assert f"<code>{code}</code>" in bytes(page(code).body).decode()


async def test_the_page_is_where_the_type_says(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/v1/faxes?limit=0")).json()
    answer = await client.get(problem["type"])
    assert answer.headers["content-type"].startswith("text/html")
    assert problem["title"] in answer.text


async def test_a_problem_says_what_where_and_under_which_id(client: httpx.AsyncClient) -> None:
    path = "/v1/faxes/fax_01KARTX5RB4PSM9QE3V7Z0H2CD"
    answer = await client.get(path, headers={"X-Request-Id": "mine-1"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == problem["request_id"] == "mine-1"
    assert problem | {"detail": "", "title": ""} == {
        "type": "/problems/not-found",
        "title": "",
        "status": 404,
        "detail": "",
        "code": "not-found",
        "instance": path,
        "request_id": "mine-1",
        "field": "id",
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/faxes", {"GET", "HEAD", "POST"}),
        ("TRACE", "/v1/devices/dev_1", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("OPTIONS", "/v1/events/stream", {"GET", "HEAD"}),
        ("POST", "/livez", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_told_all_that_the_path_has(
    client: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("method", "target", "content"),
    [
        ("GET", "/v1/suppressions?a%00b=", b""),
        ("GET", "/v1/faxes/a%00b", b""),
        ("GET", "/v1/a%00b", b""),
        ("POST", "/v1/keys", b'{"a\\u0000b": 1}'),
        ("POST", "/graphql%00", b"{}"),
    ],
)
async def test_a_problem_repeats_names_and_paths_as_its_own_schema_has_texts(
    client: httpx.AsyncClient, method: str, target: str, content: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.request(method, target, content=content, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "\\u0000" not in answer.text
    assert "\N{REPLACEMENT CHARACTER}" in answer.text

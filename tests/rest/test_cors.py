import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ffgateway.rest.cors import Cors
from ffgateway.rest.middleware import Frame
from ffgateway.rest.problems import handlers
from tests.rest.conftest import client_of

OURS, THEIRS = "https://app.example", "https://other.example"
ASKING = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}


async def fine(_request: object) -> PlainTextResponse:
    return PlainTextResponse("fine", headers={"Vary": "Accept"})


def client(*origins: str) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/", fine)], exception_handlers=handlers())
    return client_of(Frame(app, cors=Cors(frozenset(origins))), key=None)


@pytest.mark.parametrize(
    ("origins", "origin", "told"),
    [((), OURS, None), ((OURS,), OURS, OURS), ((OURS,), THEIRS, None), (("*",), THEIRS, "*")],
)
async def test_a_page_reads_answers_and_problems_only_where_its_origin_is_listed(
    origins: tuple[str, ...], origin: str, told: str | None
) -> None:
    async with client(*origins) as asking:
        for path in ("/", "/nowhere"):
            answer = await asking.get(path, headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == told
            assert "access-control-allow-credentials" not in answer.headers
            shown = answer.headers.get("access-control-expose-headers", "")
            assert ("RateLimit" in shown, "ETag" in shown) == (told is not None, told is not None)
            assert ("Origin" in answer.headers.get("vary", "")) == (OURS in origins)
        before = await asking.options("/", headers={"Origin": origin, **ASKING})
        assert before.status_code == (405 if told is None else 204)
        assert before.headers.get("access-control-allow-origin") == told
        if told:
            assert "If-Match" in before.headers["access-control-allow-headers"]
            assert "PATCH" in before.headers["access-control-allow-methods"]
        plain = await asking.options("/", headers={"Origin": origin})
        assert plain.status_code == 405

"""What is refused before anybody reads it, and that every refusal is a problem with a page."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from ffgateway.domain.quotas import Standing
from ffgateway.rest.cures import CURES
from ffgateway.rest.limits import GONE, Limits, Paced
from ffgateway.rest.middleware import Frame
from ffgateway.rest.operations import HEAVY, LIGHT
from ffgateway.rest.problems import OF_HTTP, STATUS, handlers, kinds
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.gateway import Gateway
from ffgateway.services.quotas import Quotas
from tests.rest.conftest import client_of, surface
from tests.support.clock import OwnClock

SMALL = Limits(url=100, fields=12, head=1_000, patience=0.05, rate=1_000)


async def taken(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def wordless(request: Request) -> Response:
    return PlainTextResponse("no", int(request.path_params["status"]), {"Allow": "GET"})


async def nothing() -> Message:
    never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    return await never


def small() -> Frame:
    routes = [Route("/", taken, methods=["GET", "POST"]), Route("/{status}", wordless)]
    return Frame(Starlette(routes=routes, exception_handlers=handlers()), limits=SMALL)


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    return (answer.status_code, told["status"], told["code"], told["type"]) == (
        status,
        status,
        code,
        f"/problems/{code}",
    )


@pytest.mark.parametrize("name", ["Host", "Authorization"])
async def test_what_may_be_said_once_is_not_said_twice(name: str) -> None:
    async with client_of(small()) as client:
        answer = await client.get("/", headers=[(name, "one"), (name, "two")])
    assert is_problem(answer, 400, "malformed")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/?q={'x' * 96}", {}, 200),
        (f"/?q={'x' * 97}", {}, 414),
        (f"/{'x' * 100}", {}, 414),
        ("/", {f"X-{n}": "" for n in range(9)}, 431),
        ("/", {"X-A": "x" * 1_000}, 431),
    ],
)
async def test_a_head_within_its_bounds_is_read(
    path: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(small(), key=None) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert is_problem(answer, status, OF_HTTP[status][0])
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("version", "hosts", "flawed"),
    [("1.1", 1, False), ("1.1", 0, True), ("1.1", 2, True), ("1.0", 0, False), ("1.0", 2, True)],
)
def test_a_request_names_one_host(version: str, hosts: int, flawed: bool) -> None:
    scope = {"type": "http", "http_version": version, "path": "/", "query_string": b""}
    flaw = Limits().flaw({**scope, "headers": [(b"host", b"x")] * hosts})
    assert (flaw is not None and flaw.status_code == 400) == flawed


@pytest.mark.parametrize("status", [400, 404, 416, 418, 503])
async def test_a_failure_without_words_is_given_ours_and_keeps_its_headers(status: int) -> None:
    async with client_of(small(), key=None) as client:
        answer = await client.get(f"/{status}")
    code = OF_HTTP[status][0] if status in OF_HTTP else f"http-{status}"
    assert is_problem(answer, status, code)
    assert answer.headers["allow"] == "GET"
    assert code in kinds()


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with client_of(small(), key=None) as client:
        answer = await client.post("/", content=body())
    assert is_problem(answer, 408, "request-too-slow")


async def test_time_grows_with_what_was_sent_and_ends_behind_the_last_piece() -> None:
    pieces: list[Message] = [
        {"type": "http.request", "body": b"x" * 10**9, "more_body": True},
        {"type": "http.request", "body": b"", "more_body": False},
    ]

    async def receive() -> Message:
        await asyncio.sleep(0)
        return pieces.pop(0) if pieces else await nothing()

    paced = Paced(receive, SMALL, answering=lambda: False)
    await paced()
    assert paced._left > 10**5
    await paced()
    with pytest.raises(TimeoutError):  # of ours: the listener for the end of the connection
        await asyncio.wait_for(paced(), SMALL.patience * 2)


async def test_who_is_being_answered_is_not_told_that_it_was_slow() -> None:
    assert await Paced(nothing, SMALL, answering=lambda: True)() == GONE
    with pytest.raises(HTTPException):
        await Paced(nothing, SMALL, answering=lambda: False)()


# Budgets ------------------------------------------------------------------------------------------


@pytest.fixture
async def poor(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a budget of 30 a minute."""
    quotas = Quotas(OwnClock(), per_minute=30)
    async with client_of(surface(replace(gateway, quotas=quotas))) as client:
        yield client


async def test_every_answer_says_what_is_left_until_there_is_nothing(
    poor: httpx.AsyncClient,
) -> None:
    left = 30
    for method, path, status, cost in (
        ("GET", "/v1/faxes?limit=5", 200, LIGHT + 5),
        ("GET", "/v1/faxes?limit=0", 422, LIGHT),
        ("GET", "/v1/faxes/fax_none", 404, LIGHT),
        ("POST", "/v1/devices", 415, HEAVY),
    ):
        answer = await poor.request(method, path)
        left -= cost
        assert answer.status_code == status
        assert answer.headers["ratelimit"] == f'"default";r={left};t=60'
        assert answer.headers["ratelimit-policy"] == '"default";q=30;w=60'
    refused = await poor.get("/v1/devices")
    assert is_problem(refused, 429, "quota-exceeded")
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == f'"default";r={left - LIGHT};t=60'
    nobody = await poor.get("/v1/devices", headers={"Authorization": "Bearer ffgw_none"})
    assert (nobody.status_code, nobody.headers.get("ratelimit")) == (401, None)


async def test_a_refusal_for_the_day_tells_the_budget_of_the_day(
    client: httpx.AsyncClient, app: Frame
) -> None:
    body = {"name": "k", "scopes": ["faxes:send"], "limits": {"faxes_per_day": 2}}
    key = (await client.post("/v1/keys", json=body)).json()["key"]
    fax = {"recipients": [{"fax_number": "5550100"}], "cover_page": {"enabled": True}}
    async with client_of(app, key) as sender:
        sent = [await sender.post("/v1/faxes", json=fax) for _ in range(3)]
    assert [one.status_code for one in sent] == [202, 202, 429]
    assert "w=60" in sent[1].headers["ratelimit-policy"]
    refused = sent[2]
    assert is_problem(refused, 429, "quota-exceeded")
    seconds = refused.headers["retry-after"]
    assert refused.headers["ratelimit-policy"] == '"faxes-per-day";q=2;w=86400'
    assert refused.headers["ratelimit"] == f'"faxes-per-day";r=0;t={seconds}'


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/faxes", "/v1/faxes:preview", "/v1/batches"])
async def test_brackets_within_brackets_are_not_read_to_their_end(
    client: httpx.AsyncClient, path: str
) -> None:
    body, json = b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", {"Content-Type": "application/json"}
    assert is_problem(await client.post(path, content=body, headers=json), 400, "malformed")


def test_what_changes_or_asks_an_appliance_costs_ten_times_a_look() -> None:
    cost = {one.name: one.cost for one in OPERATIONS}
    assert {cost[name] for name in ("getFax", "getDevice", "listEvents")} == {LIGHT}
    assert {cost[name] for name in ("sendFax", "getDeviceStatus", "removeWebhook")} == {HEAVY}


def test_the_fields_are_structured() -> None:
    item = re.compile(r'"[ !#-\[\]-~]*"(;[a-z*][a-z0-9_.*-]*=[0-9]{1,15})*')  # RFC 9651, 3.1.2
    standing = Standing(limit=30, remaining=0, resets_in=60)
    assert all(item.fullmatch(text) for text in standing.headers().values())


# Pages --------------------------------------------------------------------------------------------


def test_every_code_has_a_cure_and_none_is_left_over() -> None:
    assert set(CURES) == {*STATUS, *(code for code, _ in OF_HTTP.values())}


async def test_every_type_leads_to_a_page_with_cause_and_cure(client: httpx.AsyncClient) -> None:
    for code in kinds():
        answer = await client.get(f"/problems/{code}")
        assert (answer.status_code, "What to do" in answer.text) == (200, True)


@pytest.mark.parametrize("path", ["/", "/docs/webhooks"])
async def test_pages_of_ours_allow_nothing_inline_but_their_styles(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert " style=" not in answer.text

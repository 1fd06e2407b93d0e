import asyncio
import io
import json
import logging

import httpx
import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from ffgateway.rest.middleware import HEADERS, REFUSE, Frame
from ffgateway.telemetry import JsonLines


async def fine(scope: Scope, _receive: Receive, send: Send) -> None:
    body = scope["state"]["request_id"].encode()
    headers = [(b"cache-control", b"public")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError("secret")


async def half(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ha", "more_body": True})
    raise ZeroDivisionError


def client_of(app: Frame) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")


@pytest.mark.parametrize("given", ["abc-1.2_3", "x" * 64])
async def test_a_harmless_request_id_is_taken_over(given: str) -> None:
    async with client_of(Frame(fine)) as client:
        answer = await client.get("/", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given == answer.text


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", '"'])
async def test_any_other_is_replaced(given: str) -> None:
    async with client_of(Frame(fine)) as client:
        answer = await client.get("/", headers={"X-Request-Id": given})
    assert len(answer.text) == 32
    assert answer.headers["x-request-id"] == answer.text


async def test_every_line_of_a_request_has_its_id_and_no_other_line_has_one() -> None:
    deeper, both = logging.getLogger("ffgateway.services.of_some_kind"), asyncio.Barrier(2)

    async def works(scope: Scope, receive: Receive, send: Send) -> None:
        await both.wait()
        await asyncio.create_task(works_on(scope["path"]))
        await fine(scope, receive, send)

    async def works_on(path: str) -> None:
        deeper.warning("at work", extra={"asked": path})

    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    logging.getLogger("ffgateway").addHandler(handler)
    try:
        async with client_of(Frame(works)) as client:
            asked = [client.get(f"/{one}", headers={"X-Request-Id": one}) for one in ("a", "b")]
            await asyncio.gather(*asked)
        deeper.warning("of nobody", extra={"asked": "/"})
    finally:
        logging.getLogger("ffgateway").removeHandler(handler)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    told = {(one["asked"], one.get("request_id")) for one in lines if "asked" in one}
    assert told == {("/a", "a"), ("/b", "b"), ("/", None)}


async def test_every_answer_has_the_security_headers_unless_it_has_its_own() -> None:
    async with client_of(Frame(fine)) as client:
        answer = await client.get("/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS | {"Cache-Control": "public"}


async def test_a_bug_becomes_a_problem_and_stays_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client_of(Frame(broken)) as client:
        answer = await client.get("/here")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_half_an_answer_is_cut_and_not_completed() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    with pytest.raises(ZeroDivisionError):
        await Frame(half)(scope, receive, send)
    assert [message.get("more_body") for message in sent] == [None, True]


async def test_one_line_tells_of_a_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ffgateway.rest"):
        async with client_of(Frame(fine)) as client:
            await client.get("/here")
    (line,) = [record for record in caplog.records if record.message == "http.request"]
    told = line.__dict__
    assert (told["method"], told["path"], told["status"]) == ("GET", "/here", 200)


@pytest.mark.parametrize(("code", "status"), [(1000, 404), (4406, 400)])
async def test_a_websocket_that_is_not_let_in_is_told_why_as_a_problem(
    code: int, status: int
) -> None:
    sent: list[Message] = []

    async def closing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": code, "reason": ""})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": []}
    await Frame(closing)({**scope, "extensions": {REFUSE: {}}}, receive, send)
    start, body = sent
    assert (start["type"], start["status"]) == (f"{REFUSE}.start", status)
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert orjson.loads(body["body"])["status"] == status
    await Frame(closing)(scope, receive, send)  # a server that cannot say so
    assert sent[-1]["type"] == "websocket.close"

"""What the server itself refuses: heads without an end, heads that do not come, and what is no HTTP."""

import asyncio
import json
from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ffgateway.cli.web import Web
from ffgateway.rest.middleware import Frame
from tests.cli.test_serving import WITHIN, served

START = b"POST / HTTP/1.1\r\nHost: x\r\n"
MUCH = b"x" * (Web.HEAD + 1)
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"


async def taken(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} {len(request.headers)}")


def app() -> Frame:
    return Frame(Starlette(routes=[Route("/", taken, methods=["POST"])]))


async def said(port: int, sent: bytes) -> tuple[int, str, bytes]:
    """Send it all, never an end; give the status, type and body of the first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    lines = head.decode().lower().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields["content-type"], body


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (START + b"X-A: " + MUCH, 431),
        (START + b"X-A: b\r\n" * 10_000, 431),
        (b"GET /" + MUCH, 414),
        (b"GET /" + MUCH + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"nonsense\r\n\r\n", 400),
        (b"CONNECT x:1 HTTP/1.1\r\n\r\n", 400),
        (START, 408),
    ],
    ids=["field", "fields", "url", "whole url", "nonsense", "connect", "slow"],
)
async def test_what_leads_nowhere_ends_with_a_problem(
    sent: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status == 408:
        monkeypatch.setattr(Web, "HEAD_WITHIN", 0.05)
    async with served(app()) as port, asyncio.timeout(WITHIN):
        told, kind, body = await said(port, sent)
    assert (told, kind) == (status, "application/problem+json")
    problem = json.loads(body)
    assert (problem["status"], bool(problem["request_id"])) == (status, True)


@pytest.mark.parametrize("start", [b"1\r\nx\r\n0\r\nX-A: ", b"1;"], ids=["trailer", "extension"])
async def test_what_goes_on_without_an_end_beside_a_body_is_cut_off(start: bytes) -> None:
    async with served(app()) as port, asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(
            ConnectionError
        ):  # what is not read on the other side may cost its last words
            writer.write(CHUNKED + start + 16 * MUCH)
            assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
        writer.close()


async def test_who_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Web, "HEAD_WITHIN", 0.05)
    async with served(app()) as port, asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()


async def test_fields_behind_a_body_are_dropped_and_the_next_request_is_read() -> None:
    once = CHUNKED + b"1\r\nx\r\n0\r\nX-A: b\r\n\r\n"
    last = START + b"Connection: close\r\nContent-Length: 2\r\n\r\nxy"
    async with served(app()) as port, asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(once + last)
        answers = await reader.read()
        writer.close()
    assert answers.count(b"HTTP/1.1 200") == 2
    assert b"1 2" in answers
    assert answers.endswith(b"2 3")

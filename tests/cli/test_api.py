"""How a gateway's answers are read."""

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ffgateway.cli.api import Api, frames_in, problem
from ffgateway.cli.output import Trouble

PROBLEMS = {
    "says what and where and what would help": (
        httpx.Response(
            422,
            json={
                "title": "The request is not valid",
                "detail": "'12' cannot be dialled.",
                "field": "recipients[0].fax_number",
                "cure": "Use 3 to 20 digits.",
            },
        ),
        "recipients[0].fax_number: '12' cannot be dialled. Use 3 to 20 digits.",
    ),
    "says every flaw": (
        httpx.Response(
            422,
            json={
                "detail": "url: too short",
                "field": "url",
                "errors": [
                    {"field": "url", "message": "too short"},
                    {"field": "zone", "message": "not a zone"},
                ],
            },
        ),
        "url: too short; zone: not a zone",
    ),
    "falls back to the title": (httpx.Response(409, json={"title": "Conflict"}), "Conflict"),
    "reads a page of a proxy": (
        httpx.Response(502, text="<html>"),
        "the gateway answered 502 Bad Gateway",
    ),
    "tells who has no key where to get one": (
        httpx.Response(401, json={"title": "Who are you?"}),
        "Who are you? Set FFGATEWAY_KEY to a key; `ffgateway keys create` makes one.",
    ),
}


@pytest.mark.parametrize(("answer", "line"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_becomes_one_line_that(answer: httpx.Response, line: str) -> None:
    assert problem(answer) == line


def test_events_are_read_off_a_stream_and_comments_are_not() -> None:
    lines = [
        "retry: 1000",
        "",
        ": nothing new",
        "id: 6",
        "",
        "id: 7",
        "event: fax.queued",
        'data: {"position": 7,',
        'data: "type": "fax.queued"}',
        "",
        "id: 9",
        "",
        "id: 10",
        'data: {"position": 10}',  # cut short: the empty line that would end it never came
    ]
    told = {"position": 7, "type": "fax.queued"}
    assert list(frames_in(lines)) == [(6, None), (7, told), (9, None)]


def test_a_gateway_that_is_not_there_is_trouble_and_named() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with Api(url, "") as gateway:
            with pytest.raises(Trouble, match=f"{url} does not answer"):
                gateway.get("/v1/faxes")
            with pytest.raises(Trouble, match=f"{url} does not answer"):
                next(gateway.follow(after=0))


class OneAtATime(BaseHTTPRequestHandler):
    """Tells of one event beyond the position asked for, then hangs up in the middle of a line."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer, as HTTP/1.0: the end of the connection is the end of the answer."""
        self.asked.append(self.path)
        after = int(parse_qs(urlsplit(self.path).query)["after"][0])
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        event = json.dumps({"position": after + 1})
        self.wfile.write(f"id: {after + 1}\ndata: {event}\n\ndata: {{".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_stream_that_breaks_is_taken_up_behind_the_last_event() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OneAtATime) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            with Api(f"http://127.0.0.1:{server.server_address[1]}", "") as gateway:
                events = gateway.follow(after=4, types=["fax.*", "device.*"])
                assert [next(events)["position"] for _ in range(2)] == [5, 6]
        finally:
            server.shutdown()
    path = "/v1/events/stream?after={}&types=fax.%2A&types=device.%2A"
    assert OneAtATime.asked == [path.format(4), path.format(5)]

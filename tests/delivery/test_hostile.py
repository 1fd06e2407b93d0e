"""Receivers that mean no good, all at once: each try ends in time, and a healthy one notices nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from ffgateway.delivery.sink import Outcome
from tests.support.receiver import DROP, Answer, closed_port, dripping, hang, receiving
from tests.support.sending import SOON, delivering, send


async def garbage() -> AsyncIterator[bytes]:
    yield b"\x00\x01\x02 no HTTP \r\n\r\n"


async def gigabyte() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n"
    for _ in range(1024):
        yield b"x" * 1048576


BEHAVIOURS = {
    "/hangs": hang(),
    "/drips": Answer(wire=partial(dripping, b"x-slow: z\r\n", pause=0.01)),
    "/endless": Answer(wire=partial(dripping, b"x-more: y\r\n" * 100, pause=0)),
    "/huge": Answer(wire=gigabyte),
    "/drops": DROP,
    "/garbage": Answer(wire=garbage),
    "/broken": Answer(status=500),
    "/gone": Answer(status=410),
    "/busy": Answer(status=429, headers={"retry-after": "7"}),
}


async def test_each_try_ends_within_its_deadline_and_half_a_second() -> None:
    async with receiving() as receiver, delivering(deadline=SOON) as sink:
        for path, behaviour in BEHAVIOURS.items():
            receiver.answer(behaviour, path=path)

        async def tried(url: str) -> tuple[str, float, Outcome]:
            began = time.monotonic()
            outcome = await send(sink, url)
            return url.rpartition("/")[2], time.monotonic() - began, outcome

        urls = [f"{receiver.url}{path}" for path in [*BEHAVIOURS, "/well"] for _ in range(4)]
        secure = receiver.url.replace("http:", "https:")  # speaks no TLS: a handshake that fails
        urls += [f"{secure}/tls", f"http://127.0.0.1:{closed_port()}/nobody"]
        ended = await asyncio.gather(*(tried(url) for url in urls))
    assert {name for name, took, _ in ended if took > SOON.total_seconds() + 0.5} == set()
    said = {name: (outcome.status, outcome.error) for name, _, outcome in ended}
    assert {name: said[name] for name in ("well", "huge", "broken", "gone", "busy")} == {
        "well": (200, ""),
        "huge": (200, ""),  # what was read of it is enough
        "broken": (500, ""),
        "gone": (410, ""),
        "busy": (429, ""),
    }
    assert {said[name][1] for name in ("hangs", "drips")} == {"timeout"}
    assert {said[name][1] for name in ("drops", "endless", "garbage", "tls", "nobody")} <= {
        "cut-off", "timeout", "protocol", "tls", "connection-refused",
    }  # fmt: skip
    assert all(outcome.delivered is (name in {"well", "huge"}) for name, _, outcome in ended)


async def test_a_receiver_on_ipv6_is_reached() -> None:
    try:
        async with receiving(host="::1") as receiver, delivering() as sink:
            outcome = await send(sink, f"http://[::1]:{receiver.port}/")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert (outcome.delivered, outcome.address) == (True, "::1")

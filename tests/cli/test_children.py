"""Child processes of the demonstration: real ones, which never outlive it."""

import asyncio
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from ffgateway.cli.children import Children, children_in, free_port
from ffgateway.cli.output import Trouble


async def simulator(children: Children) -> str:
    url = f"http://127.0.0.1:{free_port()}"
    port = url.rpartition(":")[2]
    await children.start("box", "simulate", "--port", port, ready=f"{url}/_control/state")
    return url


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids(children: Children) -> list[int]:
    return [child.process.pid for child in children.all]


async def test_a_child_answers_once_it_was_started_and_is_gone_after(tmp_path: Path) -> None:
    async with children_in(tmp_path) as children:
        url = await simulator(children)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/_control/state")).json()["model"] == "FF440"
        (pid,) = pids(children)
        assert alive(pid)
    assert not alive(pid)


async def test_a_child_is_ended_when_the_demonstration_is_interrupted(tmp_path: Path) -> None:
    started = asyncio.Event()
    known: list[int] = []

    async def perform() -> None:
        async with children_in(tmp_path) as children:
            await simulator(children)
            known.extend(pids(children))
            started.set()
            await asyncio.Event().wait()

    performing = asyncio.create_task(perform())
    async with asyncio.timeout(40):
        await started.wait()
        performing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await performing
    assert known
    assert not any(map(alive, known))


async def test_a_child_that_does_not_come_up_is_trouble_with_its_last_words(tmp_path: Path) -> None:
    async with children_in(tmp_path) as children:
        with pytest.raises(Trouble, match=r"(?s)box ended with 2.*FF999"):
            await children.start(
                "box", "simulate", "--model", "FF999", ready="http://127.0.0.1:9/never"
            )


class Stranger(BaseHTTPRequestHandler):
    """Ready for everybody, and open to nobody whose key it does not know."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200 if self.path == "/readyz" else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def test_a_stranger_on_its_port_is_not_taken_for_the_child(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        options = ("--port", str(server.server_address[1]))
        ready = (f"{url}/readyz", f"{url}/v1/keys")
        async with children_in(tmp_path) as children:
            with pytest.raises(Trouble, match=r"(?s)gateway ended with .*address already in use"):
                await children.start("gateway", "serve", *options, ready=ready, key="ffgw_mine")
        server.shutdown()


def test_a_port_that_is_taken_is_not_free() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        taken = held.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken

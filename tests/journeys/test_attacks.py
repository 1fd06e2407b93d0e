"""Hostile requests and hostile appliances: each is refused in bounded time and memory, and harms nobody."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from ffgateway.simulator.running import running
from tests.support.hostile import ATTACKS, BOMB, MEBIBYTE, Attack, hostile
from tests.support.processes import KEY, GatewayProcess, gateway_process

WITHIN = 10.0
"""Seconds that a refusal may take on a machine that is busy; most take milliseconds."""

ROOM = 96 * MEBIBYTE
"""What the process may grow by, over all of these attacks."""

AUTHORIZED = f"Host: gateway\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
JSON = f"{AUTHORIZED}Content-Type: application/json\r\n"
REFUSED = frozenset({400, 408, 411, 413, 414, 415, 422, 431, 501})


def post(path: str, body: bytes, *, more: str = "", head: str = JSON) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\n{head}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )


def get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\n{AUTHORIZED}{more}\r\n".encode()


def form(body: bytes, boundary: str = "b") -> bytes:
    head = f"{AUTHORIZED}Content-Type: multipart/form-data; boundary={boundary}\r\n"
    return post("/v1/faxes", body, head=head)


def _pieces(start: bytes, piece: bytes, times: int, end: bytes) -> Callable[[], Iterator[bytes]]:
    def made() -> Iterator[bytes]:
        yield start
        for _ in range(times):
            yield piece
        yield end

    return made


def _big(path: str, start: bytes, end: bytes, *, size: int = 50 * MEBIBYTE) -> Any:
    """A request whose body is `start`, fifty megabytes of one letter, and `end`."""
    length = len(start) + size + len(end)
    head = f"POST {path} HTTP/1.1\r\n{JSON}Content-Length: {length}\r\n\r\n".encode()
    return _pieces(head + start, b"A" * MEBIBYTE, size // MEBIBYTE, end)


SMUGGLED = get("/v1/keys")
PART = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n1\r\n'

REQUESTS: dict[str, bytes | Callable[[], Iterator[bytes]]] = {
    # JSON
    **{
        f"deep {what} at {path}": post(path, letters * 200_000)
        for path in ("/v1/devices", "/v1/faxes", "/graphql")
        for what, letters in (("arrays", b"["), ("objects", b'{"a":'))
    },
    "fifty megabytes of a name": _big("/v1/devices", b'{"name": "', b'"}'),
    "fifty megabytes of a reference": _big("/v1/faxes", b'{"client_reference": "', b'"}'),
    "fifty megabytes of a query": _big("/graphql", b'{"query": "{ ', b' }"}'),
    "fifty megabytes of base64 that is none": _big(
        "/v1/faxes", b'{"documents": [{"content": "===', b'"}]}'
    ),
    "a number of a megabyte": post(
        "/v1/devices", b'{"poll_busy_seconds": 1' + b"0" * MEBIBYTE + b"}"
    ),
    "malformed base64": post("/v1/faxes", b'{"documents": [{"name": "a", "content": "!!!"}]}'),
    "invalid UTF-8": post("/v1/devices", b'{"name": "\xc3\x28\xff"}'),
    "invalid UTF-8 in a fax": post("/v1/faxes", b'{"client_reference": "\xed\xa0\x80"}'),
    "half a pair of surrogates": post("/v1/devices", rb'{"name": "\ud800", "url": "http://a"}'),
    "UTF-16": post("/v1/devices", '{"name": "a"}'.encode("utf-16")),
    # Compressed
    "a bomb": post("/v1/devices", BOMB, more="Content-Encoding: gzip\r\n"),
    "a bomb for a fax": post("/v1/faxes", BOMB, more="Content-Encoding: gzip\r\n"),
    "a bomb for GraphQL": post("/graphql", BOMB, more="Content-Encoding: deflate\r\n"),
    # Forms
    "a form of very many parts": form(PART * 100_000 + b"--b--\r\n"),
    "a form without end": form(PART + b"x" * MEBIBYTE),
    "a form that is none": form(b"\r\n--" * 300_000),
    "a part with an endless head": form(b"--b\r\nX: " + b"y" * MEBIBYTE),
    "a part with very many heads": form(b"--b\r\n" + b"X: y\r\n" * 100_000),
    "a boundary of ten kilobytes": form(PART, "b" * 10_000),
    "a form without a boundary": post(
        "/v1/faxes", PART, head=f"{AUTHORIZED}Content-Type: multipart/form-data\r\n"
    ),
    "a form in bad letters": form(PART.replace(b"to", b"\xff\xfe") + b"--b--\r\n"),
    # The head
    "a header of a megabyte": get("/v1/devices", f"X: {'y' * MEBIBYTE}\r\n"),
    "very many headers": get("/v1/devices", "X: y\r\n" * 20_000),
    "a URL of a megabyte": get("/v1/devices?" + "a" * MEBIBYTE),
    "a header with NUL": get("/v1/devices", "X: a\0b\r\n"),
    "a path with NUL": get("/v1/faxes/\0"),
    "no HTTP": bytes(range(256)) * 4096,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    # Two readings of one request
    "two lengths": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}"
    + SMUGGLED,
    "a length and chunks": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks, and a coding that is none": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks by another name": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n{}  "
    + SMUGGLED,
    "a space before the colon": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Content-Length : 4\r\n\r\n{}  "
    + SMUGGLED,
    "a length with a sign": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Content-Length: +4\r\n\r\n{}  "
    + SMUGGLED,
    "a chunk beyond all numbers": b"POST /v1/devices HTTP/1.1\r\n"
    + JSON.encode()
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}"
    + SMUGGLED,
}


async def statuses(port: int, request: bytes | Callable[[], Iterator[bytes]]) -> list[int]:
    """Send it, as much of it as is taken; the status of each answer until the other side hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in (request,) if isinstance(request, bytes) else request():
                writer.write(piece)
                await writer.drain()

    sending = asyncio.create_task(send())
    answer = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65536):
            answer += piece
    sending.cancel()
    writer.close()
    await asyncio.gather(sending, return_exceptions=True)
    return [int(found) for found in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d{3})", answer)]


def resident(gateway: GatewayProcess) -> int:
    """Bytes that the process has in memory."""
    assert gateway.process is not None
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


async def _well(gateway: GatewayProcess, client: httpx.AsyncClient) -> None:
    """It serves the next one."""
    assert (await client.get("/v1/devices?limit=1")).status_code == 200
    live = await client.get("/livez")
    assert live.status_code == 200
    assert gateway.process is not None
    assert gateway.process.returncode is None


async def test_a_hostile_request_is_refused_and_the_next_one_is_served(tmp_path: Path) -> None:
    async with gateway_process(tmp_path) as gateway, gateway.client() as client:
        await _well(gateway, client)
        before, worst, flaws = resident(gateway), 0, []
        for name, request in REQUESTS.items():
            try:
                async with asyncio.timeout(WITHIN):
                    found = await statuses(gateway.port, request)
            except TimeoutError:
                flaws.append((name, "no end"))
                continue
            if len(found) != 1 or found[0] not in REFUSED:
                flaws.append((name, str(found)))
            await _well(gateway, client)
            worst = max(worst, resident(gateway))
        assert flaws == []
        assert worst - before < ROOM


async def test_hostile_appliances_harm_neither_the_gateway_nor_the_others(tmp_path: Path) -> None:
    fast = {"model": "FF440", "username": "admin", "poll_busy_seconds": 0.5, "poll_idle_seconds": 1}
    async with (
        AsyncExitStack() as stack,
        running(speed=60) as box,
        gateway_process(tmp_path) as gateway,
        gateway.client() as client,
    ):
        good = fast | {"name": "good", "url": box.url, "password": "admin"}
        made = await client.post("/v1/devices", json=good)
        assert made.status_code == 201, made.text
        before, asked = resident(gateway), {}

        async def register(name: str, attack: Attack) -> None:
            url, asked[name] = await stack.enter_async_context(hostile(attack))
            bad = fast | {"name": name, "url": url, "password": "x"}
            answer = await client.post("/v1/devices", json=bad)
            assert answer.status_code == 201, answer.text

        await asyncio.gather(*(register(name, attack) for name, attack in ATTACKS.items()))
        async with asyncio.timeout(60):
            while any(count[0] < 2 for count in asked.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        files = {"documents": ("a.txt", b"text", "text/plain")}
        sent = await client.post("/v1/faxes", data={"to": "+13125550110"}, files=files)
        assert sent.status_code == 202, sent.text
        fax = sent.json()["faxes"][0]["id"]
        async with asyncio.timeout(60):
            while (  # noqa: ASYNC110
                await client.get(f"/v1/faxes/{fax}")
            ).json()["status"] != "delivered":
                await asyncio.sleep(0.1)
        await _well(gateway, client)
        fleet = (await client.get("/v1/devices?limit=100")).json()["items"]
        worst = resident(gateway)
    healths = {one["name"]: one["health"] for one in fleet}
    assert healths.pop("good") == "online"
    assert "online" not in healths.values()
    assert "worker.fell" not in (tmp_path / "gateway.log").read_text()
    assert worst - before < ROOM

"""A webhook receiver that is fast and little else, in a process of its own: some paths misbehave.

    python -m tests.bench.hooks PORT

`/ok…` answers 204; what `MANNERS` names behaves as it says. `GET /calls` is what came since the
last time it was asked: [path, webhook-id, monotonic seconds] of each.
"""

import asyncio
import json
import random
import re
import sys
import time
from typing import Any

LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
ID = re.compile(rb"webhook-id: *([^\r]+)", re.IGNORECASE)
CHUNK = b"x" * (1 << 20)


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


NO_CONTENT = answer("204 No Content")


class Receiver:
    """What came, to every connection."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, float]] = []


class Connection(asyncio.Protocol):
    """One connection; requests one after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""
        self._transport: Any = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport

    def pause_writing(self) -> None:
        """Wait with the gigabyte."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on with it."""
        self._writable.set()

    def connection_lost(self, _why: Exception | None) -> None:
        """The other side had enough."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            size = int(length[1]) if length else 0
            if not found or len(rest) < size:
                return
            self._buffer = rest[size:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        method, path, *_ = head.split(b" ", 2)
        if method == b"GET":
            calls, self._receiver.calls = self._receiver.calls, []
            self._transport.write(answer("200 OK", body=json.dumps(calls).encode()))
            return
        name = ID.search(head)
        self._receiver.calls.append(
            (path.decode(), name[1].decode() if name else "", time.monotonic())
        )
        manner = path[1:].partition(b"/")[0].decode()
        if manner == "ok":
            self._transport.write(NO_CONTENT)
        elif manner in {"drip", "huge"}:
            asyncio.get_running_loop().create_task(getattr(self, f"_{manner}")())
        elif manner == "flaky":
            bad = random.random() < 0.3
            self._transport.write(answer("500 Oh") if bad else NO_CONTENT)
        elif manner == "gone":
            self._transport.write(answer("410 Gone"))
        elif manner == "busy":
            self._transport.write(answer("429 Later", "Retry-After: 1"))
        # anything else hangs

    async def _drip(self) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 10_000:
            if self._transport.is_closing():
                return
            self._transport.write(bytes([byte]))
            await asyncio.sleep(0.05)

    async def _huge(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        for _ in range(1024):
            if self._transport.is_closing():
                return
            self._transport.write(CHUNK)
            await self._writable.wait()


async def main(port: int) -> None:
    """Listen until killed."""
    receiver = Receiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(receiver), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))

"""An upstream that is fast and little else: it takes `schedule_fax` at any size and lists what it took.

    python -m tests.bench.sink PORT

Just enough FFWS for a gateway to hand a fax over and to see it sent. Bytes are counted, and kept
only after `POST /keep`; `GET /kept` is the SHA-256 of the last document that was.
"""

import asyncio
import base64
import hashlib
import re
import sys
from typing import Any

ENTRY = """<fax_entry>
<fax_entry_url>http://127.0.0.1/ffws/v1/ofax/{key:08X}/0000</fax_entry_url>
<fax_url>http://127.0.0.1/ffws/v1/ofax/{key:08X}</fax_url>
<state>{state}</state>
<schedule_message></schedule_message>
<created>2026-11-23 08:43:29</created>
<stime>2026-11-23 08:43:29</stime>
<try_number>1</try_number>
<agent>FFWS</agent>
<cover_page><enabled>false</enabled></cover_page>
<sender><username>admin</username></sender>
<recipient><fax_number>{number}</fax_number></recipient>
<max_tries>3</max_tries>
<priority>3</priority>
<try_interval>30</try_interval>
<pages>1</pages>
</fax_entry>
"""
NUMBER = re.compile(rb"<fax_number>([^<]*)</fax_number>")
CONTENT = re.compile(rb"<content>([^<]*)</content>")


class Taken:
    """What was taken so far, by every connection."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.keep = False
        self.sha256 = ""


class Connection(asyncio.BufferedProtocol):
    """One connection; requests one after the other."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._buffer = bytearray(1 << 18)
        self._head = b""
        self._left = -1  # bytes of a body that are to come; -1: a head is to come
        self._start = b""
        self._kept: list[bytes] = []
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Where to put what comes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Count what came."""
        if self._left < 0:
            self._head += self._buffer[:nbytes]
            head, found, rest = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._head = head
            length = re.search(rb"content-length: *([0-9]+)", head, re.IGNORECASE)
            self._left = int(length[1]) if length else 0
            self._start, self._kept = b"", []
            self._body(bytes(rest))
        else:
            self._body(memoryview(self._buffer)[:nbytes])

    def _body(self, piece: Any) -> None:
        self._left -= len(piece)
        if len(self._start) < 4096:
            self._start += bytes(piece[:4096])
        if self._taken.keep:
            self._kept.append(bytes(piece))
        if self._left <= 0:
            head, self._head, self._left = self._head, b"", -1
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        method, path, *_ = head.split(b" ", 2)
        status, body = self._said(method.decode(), path.decode().partition("?")[0])
        self._transport.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def _said(self, method: str, path: str) -> tuple[int, str]:
        taken = self._taken
        if path == "/keep":
            taken.keep = True
            return 200, ""
        if path == "/kept":
            return 200, taken.sha256
        if method == "POST" and path.endswith("/ofax"):
            number = NUMBER.search(self._start)
            taken.numbers.append(number[1].decode() if number else "")
            if taken.keep:
                content = CONTENT.search(b"".join(self._kept))
                decoded = base64.b64decode(content[1]) if content else b""
                taken.sha256, taken.keep, self._kept = (
                    hashlib.sha256(decoded).hexdigest(),
                    False,
                    [],
                )
            return 201, self._entries("preprocessing", last=1)
        if path.endswith("/ofax"):
            return 200, self._entries("sent", last=20)
        return 404, "<response><message>Not found</message></response>"

    def _entries(self, state: str, *, last: int) -> str:
        numbers = self._taken.numbers
        entries = [
            ENTRY.format(key=key, state=state, number=numbers[key - 1])
            for key in range(len(numbers), max(len(numbers) - last, 0), -1)
        ]
        return f"<response>\n<message>Success</message>\n{''.join(entries)}</response>"


async def main(port: int) -> None:
    """Listen until killed."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(taken), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))

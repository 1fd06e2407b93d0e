"""HTTP as the gateway's server reads it: no head that is endless, and a large body in the fewest pieces."""

import asyncio
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ffgateway.cli.patience import Patience
from ffgateway.rest.limits import Limits
from ffgateway.rest.middleware import unasked


class Web(Patience, HttpToolsProtocol):
    """HTTP, and server-sent events with it. A head that is endless or does not come is not waited for.

    The parser keeps what it has of a head, or of the fields behind a body, and has no bound of its own.
    Only what brings neither a head to its end nor a piece of a body counts.
    """

    HEAD: ClassVar[int] = 65_536
    HEAD_WITHIN: ClassVar[float] = 30
    _idle = 0  # bytes that brought nothing
    _heading = False
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there, and should say what it wants."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes | memoryview) -> None:
        """Read on, unless that leads nowhere."""
        self._idle += len(data)
        between = self.cycle is None or self.cycle.response_complete
        if between and self._late is None:
            self._expect_head()  # also of who goes on sending what was refused
        super().data_received(cast("bytes", data))  # or anything like them
        if self._idle > self.HEAD and self.parser is not None:
            self._refuse(*self._endless())

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket, which is read another way: that needs to begin anew."""
        self.transport.pause_reading()
        super().handle_websocket_upgrade()
        self.transport.resume_reading()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._heading = True
        if self._late is None:
            self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field; those behind a body (RFC 9112, 7.1.2) are dropped, nobody here reads them."""
        if self._heading:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._idle, self._heading = 0, False
        self._heard()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body came. It is mostly taken before the next one comes, and then never copied."""
        self._idle = 0
        if not self.cycle.body:
            self.cycle.body, body = body, b""  # type: ignore[assignment]  # never changed in place
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._idle = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._heard()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read, as a problem like any other.

        It can't read a URL of 64 KiB either, though that came to its end.
        """
        self._refuse(*(self._endless() if len(self.url) >= self.HEAD - 1 else (400, msg)))

    def _endless(self) -> tuple[int, str]:
        if len(self.url) >= self.HEAD - 1:
            return 414, f"A URL has at most {Limits().url} bytes here."
        return 431, f"A head has at most {self.HEAD} bytes here."

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(self.HEAD_WITHIN, self._too_late)

    def _heard(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self._idle:
            self._refuse(408, f"The head did not come within {self.HEAD_WITHIN:g} seconds.")
        else:
            self.transport.close()

    def _refuse(self, status: int, detail: str) -> None:
        if self.transport.is_closing():
            return
        under_way = self.cycle is not None and not self.cycle.response_complete
        if not (under_way and self.cycle.response_started):  # or it is half an answer, and cut
            self.transport.write(unasked(status, detail))
        if under_way:
            self.cycle.disconnected = True
        self.transport.close()


ROOM: Final = memoryview(bytearray(1 << 20))
"""Where what comes is read to, for all connections: it is taken from here before another one is read."""


class Reader(asyncio.BufferedProtocol):
    """Reads for `Web` as much as there is, up to `ROOM`: a large body comes in a fourth of the pieces."""

    web: ClassVar[type[Web]]

    def __init__(self, **given: Any) -> None:
        self._web = self.web(**given)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._web.connection_made(cast("asyncio.Transport", transport))

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where to read to."""
        return ROOM

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was read: the parser makes copies of all that it keeps."""
        self._web.data_received(ROOM[:nbytes])

    def eof_received(self) -> None:
        """Nothing more comes."""
        self._web.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._web.connection_lost(exc)

    def pause_writing(self) -> None:
        """There is no more room on the way to it."""
        self._web.pause_writing()

    def resume_writing(self) -> None:
        """There is room again."""
        self._web.resume_writing()

"""How the gateway's server lets go of whoever takes nothing, and of whoever comes to no end.

What is on its way to a client waits in its socket, 64 KiB of it at the most, and the answer waits
behind that: a client that stops reading costs no more than this, and is let go after a while. It
knows how far it got by the last event it read, and misses nothing when it comes back behind that.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, cast

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import HeaderLineTooLong, RequestLineTooLong, TooManyHeaders
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request

from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.graphql.requests import LARGEST
from ffgateway.rest.limits import Limits
from ffgateway.rest.middleware import unasked

log = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds that a client which is let go has to take the word of it."""

TRY_AGAIN_LATER = 1013
"""The status of a WebSocket that is closed for being too slow (IANA's registry)."""

REASON = "Too slow: come back with the last position that arrived."

RATE = 1_024
"""Bytes of a message that buy its sender a second more: as of a body (`rest.limits`)."""

TOO_LATE = "The message did not come to its end in time."
"""Why one is closed with 1008."""

TOO_LARGE = f"{DocumentTooLarge.code}: {LARGEST} bytes at most. Send documents by POST /v1/faxes."
"""Why a WebSocket is closed with 1009 (RFC 6455, 7.4.1). A reason has 123 bytes at the most."""


class _Patience(asyncio.Protocol):
    """Lets go of a client when there was no room for more on its way for too long."""

    patience: ClassVar[float]
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    client: tuple[str, int] | None
    _waiting: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """There is no more room."""
        super().pause_writing()
        self._wait(self.patience, self.let_go)

    def resume_writing(self) -> None:
        """There is room again."""
        self._stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop()
        super().connection_lost(exc)

    def let_go(self) -> None:
        """Hang up. What was not taken is lost to the client, which knows what it took."""
        self._note()
        self.transport.abort()

    def _note(self) -> None:
        log.warning("listener.slow", extra={"client": self.client, "seconds": self.patience})

    def _wait(self, seconds: float, act: Callable[[], None]) -> None:
        self._waiting = self.loop.call_later(seconds, act)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()


class Web(_Patience, HttpToolsProtocol):
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
            return 414, f"A URL has at most {Limits.url} bytes here."
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


class Socket(_Patience, WebSocketsSansIOProtocol):
    """WebSockets. A client that is let go is told so behind what it has still to read.

    A handshake that cannot be read, or is none, is refused as a problem like any other; the server
    leaves some of them without an answer, and takes every refusal in words for a fault of ours.
    """

    UNREAD: ClassVar[dict[type[Exception], int]] = {
        RequestLineTooLong: 414,
        HeaderLineTooLong: 431,
        TooManyHeaders: 431,
    }

    message_within: ClassVar[float]
    frames: list[bytes | bytearray]  # type: ignore[assignment]
    _begun = 0.0
    _unfinished: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn.max_message_size = LARGEST

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._whole()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Hear what came. A message in pieces, with pongs between them, is not waited for without an end."""
        super().handle_events()
        if self.frames and self._unfinished is None and not self.close_sent:
            self._begun = self.loop.time()
            self._unfinished = self.loop.call_later(self.message_within, self._late)

    def _late(self) -> None:
        """Close, unless it comes at the pace that a body has to keep to, or we are who does not read on."""
        self._unfinished = None
        left = self._begun + self.message_within + len(self.frames[0]) // RATE - self.loop.time()
        if left > 0 or self.read_paused:
            wait = self.message_within if self.read_paused else left
            self._unfinished = self.loop.call_later(wait, self._late)
        elif not self.close_sent and not self.transport.is_closing():
            self.conn.fail(CloseCode.POLICY_VIOLATION, TOO_LATE)
            self.handle_parser_exception()

    def _whole(self) -> None:
        if self._unfinished is not None:
            self._unfinished.cancel()
            self._unfinished = None

    def data_received(self, data: bytes) -> None:
        """Read on; past what could not be read, only so that its sender reads why."""
        if self.conn.parser_exc is not None:
            return
        super().data_received(data)
        flaw = self.conn.handshake_exc
        if flaw is not None and not self.handshake_initiated:
            self._refuse(self.UNREAD.get(type(flaw), 400), flaw)

    def handle_connect(self, event: Request) -> None:
        """Let a handshake in that is one."""
        answer = self.conn.accept(event)
        flaw = self.conn.handshake_exc
        if flaw is None:
            super().handle_connect(event)
        else:
            kept = ("Upgrade", "Sec-WebSocket-Version")
            more = {name: answer.headers[name] for name in kept if name in answer.headers}
            self._refuse(answer.status_code, flaw, more)

    def handle_cont(self, event: Frame) -> None:
        """Keep a message that comes in pieces as one: of tiny or empty ones there may be any number."""
        kept = self.frames[0]
        if not isinstance(kept, bytearray):
            self.frames = [kept := bytearray(kept)]
        kept += event.data
        if event.fin:
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on. The server takes a text that is none for a fault of ours."""
        self._whole()
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError as flaw:
                self.conn.fail(CloseCode.INVALID_DATA, f"{flaw.reason} at position {flaw.start}")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close, and take what is still being sent for a while: else its sender would not read why."""
        close = self.conn.close_sent
        if close is None:  # it spoke before it was let in
            self.transport.close()
            return
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": close.code, "reason": close.reason}
        )
        self.stop_keepalive()
        words = b"".join(self.conn.data_to_send())
        if close.code == CloseCode.MESSAGE_TOO_BIG:
            words = Frame(Opcode.CLOSE, Close(close.code, TOO_LARGE).serialize()).serialize(
                mask=False
            )
        self.transport.write(words)
        self.transport.write_eof()
        self.close_sent = self.disconnected = True  # whoever tells it more hears that
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(GRACE, self.transport.close)

    async def send(self, message: Message) -> None:  # type: ignore[override]
        """Tell the client."""
        await super().send(message)  # type: ignore[arg-type]
        if message["type"] == "websocket.accept":
            self.request = self.response = None  # type: ignore[assignment]  # nobody looks at them again
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def _refuse(self, status: int, flaw: Exception, more: Mapping[str, str] | None = None) -> None:
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        self.transport.write(unasked(status, f"This opens no WebSocket: {flaw}.", more))
        self.transport.close()

    def let_go(self) -> None:
        """Close, and hang up if even that is not taken."""
        self._note()
        self.stop_keepalive()
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_close(TRY_AGAIN_LATER, REASON)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self._leave()

    def keepalive_timeout(self) -> None:
        """Let go of a client that did not answer a ping, with 1011."""
        log.info("listener.silent", extra={"client": self.client, "seconds": self.ping_timeout})
        super().keepalive_timeout()
        self._leave()

    def _leave(self) -> None:
        self.disconnected = True  # as whoever has more to tell hears from now on
        self.transport.close()  # once all of it was taken
        self._stop()
        self._wait(GRACE, self.transport.abort)


def patient(
    patience: float, *, message_within: float
) -> tuple[type[asyncio.Protocol], type[Socket]]:
    """The protocols, with so many seconds of patience, and for the messages of a WebSocket."""
    web = type("Web", (Web,), {"patience": patience})
    reader = type("Reader", (Reader,), {"web": web})
    waiting = {"patience": patience, "message_within": message_within}
    # what it is told to make is any protocol
    return cast("type[asyncio.Protocol]", reader), type("Socket", (Socket,), waiting)

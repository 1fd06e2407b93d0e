"""How the gateway's server lets go of whoever takes nothing, and of whoever comes to no end.

What is on its way to a client waits in its socket, 64 KiB of it at the most, and the answer waits
behind that: a client that stops reading costs no more than this, and is let go after a while. It
knows how far it got by the last event it read, and misses nothing when it comes back behind that.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from starlette.types import Message
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import HeaderLineTooLong, RequestLineTooLong, TooManyHeaders
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request

from ffgateway.cli.patience import Patience
from ffgateway.cli.web import Reader, Web
from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.graphql.requests import LARGEST
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


class Socket(Patience, WebSocketsSansIOProtocol):
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

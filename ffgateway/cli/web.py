"""HTTP as the gateway's server reads it: no head that is endless, and a large body in the fewest pieces."""

import asyncio
from typing import Any, ClassVar, Final, cast

import httptools
from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ffgateway.cli.patience import Patience
from ffgateway.rest.limits import Limits
from ffgateway.rest.middleware import unasked
from ffgateway.services.documents import ACCEPTED
from ffgateway.store.incoming import BLOCK

KINDS: Final = frozenset(kind.encode() for kind in ACCEPTED)
"""Media types of documents."""


class Cycle(RequestResponseCycle):
    """A request and its answer. A piece of a large body is handed on as it is, and not as a copy."""

    piece: memoryview | None = None

    async def receive(self) -> ASGIReceiveEvent:
        """The next piece."""
        message = await super().receive()
        if self.piece is not None and message["type"] == "http.request":
            message["body"], self.piece = self.piece, None  # type: ignore[typeddict-item]
        return message


class LargeBody:
    """A document of `BLOCK` bytes and more, read to where it is worked on, past the parser.

    A piece is a block, so that who takes it in need not gather one; less where it is the last, or
    where nothing more comes for a while. What is in a piece stays as long as somebody has a view of
    it, and nobody has to say when that is over.
    """

    WAIT: ClassVar[float] = 0.05
    """Seconds after which a block that does not get full is handed on as it is."""

    made: ClassVar[list[bytearray]] = []
    KEPT: Final = 8
    """Blocks that are not given back: memory that is fresh each time costs more than reading to it."""

    def __init__(self, web: "Web", cycle: Cycle, length: int) -> None:
        self._web = web
        self._cycle = cycle
        self._left = length
        self._block = self._free()
        self._begin = self._end = 0  # of what is in the block and was not handed on
        self._waiting: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, web: "Web", cycle: RequestResponseCycle) -> "LargeBody | None":
        """The body that a head tells of, if it is a large document and nothing else."""
        told = dict(web.headers)
        length = told.get(b"content-length", b"")
        if b"transfer-encoding" in told or not length.isdigit() or int(length) < BLOCK:
            return None
        if told.get(b"content-type", b"").partition(b";")[0].strip().lower() not in KINDS:
            return None  # what is in it has to be gathered all the same, in memory of its own
        cycle.__class__ = Cycle  # the server makes one of its own
        return cls(web, cast("Cycle", cycle), int(length))

    @classmethod
    def _free(cls) -> memoryview:
        """A block that nobody has a view of."""
        for one in cls.made:
            try:
                one.append(one.pop())  # raises where there is a view of it
            except BufferError:
                continue
            return memoryview(one)
        one = bytearray(BLOCK)
        if len(cls.made) < cls.KEPT:
            cls.made.append(one)
        return memoryview(one)

    def begin(self, piece: bytes) -> None:
        """Take what came along with the head."""
        self.room()[: len(piece)] = piece
        self.took(len(piece))

    def room(self) -> memoryview:
        """Where to read to: never more than there is of it."""
        return self._block[self._end : self._end + self._left]

    def took(self, count: int) -> None:
        """So much was read to there."""
        self._end += count
        self._left -= count
        if self._cycle.response_complete:
            self._begin = self._end = 0  # nobody wants it any more
            self._web.on_refused_body()
        elif self._end == BLOCK or not self._left:
            self._hand_on()
        elif self._waiting is None:
            self._waiting = self._web.loop.call_later(self.WAIT, self._hand_on)
        if not self._left:
            self._web.on_body_over()

    def stop(self) -> None:
        """There is nobody to hand anything on to."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hand_on(self) -> None:
        """Hand on what there is, and read on when it was taken: `receive` says so."""
        self.stop()
        self._cycle.piece = self._block[self._begin : self._end]
        self._cycle.message_event.set()
        self._web.flow.pause_reading()
        self._begin = self._end
        if self._end == BLOCK and self._left:
            self._block = self._free()
            self._begin = self._end = 0


class Web(Patience, HttpToolsProtocol):
    """HTTP, and server-sent events with it. A head that is endless or does not come is not waited for.

    The parser keeps what it has of a head, or of the fields behind a body, and has no bound of its own.
    Only what brings neither a head to its end nor a piece of a body counts.
    """

    HEAD: ClassVar[int] = 65_536
    HEAD_WITHIN: ClassVar[float] = 30
    _idle = 0  # bytes that brought nothing
    _heading = False
    large: "LargeBody | None" = None
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
        if self.cycle is not None:  # there is none before a WebSocket
            self.large = LargeBody.of(self, self.cycle)

    def on_body(self, body: bytes) -> None:
        """A piece of a body came. It is mostly taken before the next one comes, and then never copied."""
        self._idle = 0
        if self.large is not None:
            self.large.begin(body)
            return
        if not self.cycle.body:
            self.cycle.body, body = body, b""  # type: ignore[assignment]  # never changed in place
        super().on_body(body)

    def on_body_over(self) -> None:
        """A large body is whole. The parser did not see it, so another one reads what comes behind it."""
        self.large = None
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as the server has it
        self.on_message_complete()

    def on_refused_body(self) -> None:
        """A piece of a body came that nobody wants any more: it may go on for a while."""
        self._unset_keepalive_if_required()
        if self._late is None:
            self._expect_head()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._idle = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._heard()
        if self.large is not None:
            self.large.stop()
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
        large = self._web.large
        return ROOM if large is None else large.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was read: the parser makes copies of all that it keeps."""
        large = self._web.large
        if large is None:
            self._web.data_received(ROOM[:nbytes])
        else:
            large.took(nbytes)

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

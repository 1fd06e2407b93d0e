"""What a request may be before anybody reads it: its head, and how slowly its body may come.

The server bounds what it collects of a head (`cli.web`); here the same bounds are exact, for whatever
server there is. How large a body may be, whoever reads it knows: `reading` and the GraphQL route.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

GONE: Message = {"type": "http.disconnect"}

HANG_UP = {"Connection": "close"}
"""What is left of such a request is not read: it could go on for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes of a URL, header fields and their bytes; seconds for a body that does not come, bytes a second."""

    url: int = 8_192
    fields: int = 100
    head: int = 32_768
    patience: float = 30
    rate: int = 1_024

    def flaw(self, scope: Scope) -> HTTPException | None:
        """What is wrong with a head, if anything is."""
        query = scope["query_string"]
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(query) + bool(query) > self.url:
            return HTTPException(414, f"A URL has at most {self.url} bytes here.", HANG_UP)
        fields = scope["headers"]
        hosts = sum(name == b"host" for name, _ in fields)
        if hosts > 1 or (not hosts and scope.get("http_version") == "1.1"):  # RFC 9112, 3.2
            return HTTPException(400, "A request names one Host.", HANG_UP)
        if sum(name == b"authorization" for name, _ in fields) > 1:
            # whoever checks another one is misled
            return HTTPException(400, "A request has one Authorization.", HANG_UP)
        if len(fields) > self.fields:
            text = f"A request has at most {self.fields} header fields here."
            return HTTPException(431, text, HANG_UP)
        if sum(len(name) + len(value) for name, value in fields) > self.head:
            text = f"The header fields have at most {self.head} bytes in all here."
            return HTTPException(431, text, HANG_UP)
        return None


class Paced:
    """A body on its way in, with patience for who sends it and none for who only holds a place.

    Waiting alone is counted: a sender does not pay for our own work. Its time grows with what it has
    sent, so that it may pause but must keep to a rate over all. Raises `HTTPException` 408; behind
    the beginning of an answer it can only say that nobody is there.
    """

    def __init__(self, receive: Receive, limits: Limits, *, answering: Callable[[], bool]) -> None:
        self._receive = receive
        self._limits = limits
        self._answering = answering
        self._left = limits.patience
        self._complete = False

    async def __call__(self) -> Message:
        """The next piece, or whatever comes behind the last one."""
        if self._complete:
            return await self._receive()
        began = monotonic()
        try:
            async with asyncio.timeout(max(self._left, 0)):
                message = await self._receive()
        except TimeoutError:
            if self._answering():
                return GONE
            text = f"The body comes too slowly: less than {self._limits.rate} bytes a second."
            raise HTTPException(408, text, HANG_UP) from None
        self._left += len(message.get("body", b"")) / self._limits.rate - (monotonic() - began)
        self._complete = not message.get("more_body", False)
        return message

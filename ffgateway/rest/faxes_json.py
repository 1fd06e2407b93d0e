"""A fax as JSON: the base64 of its documents is decoded into the spool as it comes.

What is left when the contents are taken out is read by the same model as any other body, so it is
refused in the same words; `json_scan` says why that is the same.
"""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from pydantic import ValidationError
from starlette.exceptions import HTTPException

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.faxes import Document
from ffgateway.rest.bodies import LARGEST_FAX
from ffgateway.rest.fax_bodies import FaxRequest, FaxSettings, InlineDocument, LinkedDocument
from ffgateway.rest.faxes_documents import MOST_DOCUMENTS, Kept
from ffgateway.rest.json_scan import DEEPEST, Begun, Event, Flawed, Over, Scanner, TooDeep, Twice
from ffgateway.rest.operations import Asked
from ffgateway.rest.problems import InvalidFields
from ffgateway.rest.reading import (
    LARGEST,
    checked,
    fax_too_large,
    pieces,
    settings_too_large,
)
from ffgateway.services.gateway import Gateway


async def read(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    """Read the body to its end, its documents into the spool on the way."""
    text, kept = await gathered(gateway, asked, most=LARGEST)
    request = checked(FaxRequest, text)
    return request, documents_of(request.documents, kept)


async def gathered(gateway: Gateway, asked: Asked, *, most: int) -> tuple[bytes, Kept]:
    """What is left of a body when its documents are kept: at most `most` bytes."""
    stream = pieces(asked.request, limit=LARGEST_FAX, too_large=fax_too_large())
    body, kept = _Body(stream, most=most), Kept(gateway, asked.caller)
    while (index := await body.document()) is not None:
        if index < MOST_DOCUMENTS:  # more are refused with the rest, all together
            async with aclosing(body.content()) as chunks:
                await kept.take(index, chunks, label=body.label)
    return bytes(body.text), kept


def documents_of(
    described: Sequence[InlineDocument | LinkedDocument], kept: Kept
) -> tuple[Document, ...]:
    """The documents as they were described. Raises what is wrong with one that was to be kept."""
    documents = []
    for index, one in enumerate(described):
        if isinstance(one, LinkedDocument):
            linked = Document(name=one.name, content_type=one.content_type, url=one.url)
            documents.append(linked)
        else:
            documents.append(kept.get(index))
    return tuple(documents)


class _Body:
    """A body, asked for one document after the other; it reads on only when it is asked."""

    def __init__(self, body: AsyncIterator[bytes], *, most: int) -> None:
        self._body = body
        self._most = most
        self._scanner = Scanner()
        self._events: deque[Event] = deque()
        self._inside: int | None = None  # the document whose content began and that is not over
        self._flawed: int | None = None  # the first whose content is collected, since it is none
        self._object = b""

    @property
    def text(self) -> bytearray:
        """Everything but the contents."""
        return self._scanner.text

    async def document(self) -> int | None:
        """The number of the next one that has a content, past what is left of the one before."""
        while self._inside is not None:
            await self._next()
        while not isinstance(event := await self._next(), Begun):
            if event is None:
                return None
        return event.index

    async def content(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the document; it ends with its object, so that all of its label is known."""
        while self._inside is not None:
            event = await self._next()
            if isinstance(event, bytes):
                yield event
            elif isinstance(event, Flawed):
                raise _not_base64(event.index)
            elif event is None:
                return  # it is no JSON, and the label below says so

    def label(self) -> tuple[str, str]:
        """Name and type. Raises when they will be refused with everything else that is wrong."""
        try:
            one = InlineDocument.model_validate_json(self._object)
        except ValidationError:
            raise InvalidRequest("The document is not described as it should be.") from None
        return one.name, one.content_type

    async def _next(self) -> Event | None:
        """What comes next; None at the end of the body."""
        while not self._events:
            piece = await anext(self._body, None)
            if piece is None:
                self._inside = None
                return None
            for event in self._scanned(piece):
                self._events.append(event)
                if isinstance(event, Flawed) and self._flawed is None:
                    self._flawed = event.index
            if len(self.text) > self._most:
                raise settings_too_large() if self._flawed is None else _not_base64(self._flawed)
        event = self._events.popleft()
        if isinstance(event, Twice):
            raise InvalidFields(InvalidRequest, ((event.field, "The key comes more than once."),))
        if isinstance(event, Begun):
            self._inside, self._object = event.index, b""
        elif isinstance(event, Over):
            self._inside, self._object = None, event.text
        return event

    def _scanned(self, piece: bytes) -> list[Event]:
        try:
            return self._scanner.feed(piece)
        except TooDeep:
            text = f"The body has brackets within brackets more than {DEEPEST} deep."
            raise HTTPException(400, text) from None


def _not_base64(index: int) -> InvalidRequest:
    return InvalidRequest(
        "The content is not base64.",
        field=f"documents[{index}].content",
        cure="Encode the bytes of the file as base64 (RFC 4648, section 4), without line ends.",
    )

"""A fax as a form (RFC 7578): its files go into the spool as they come, before or after the fields.

The parser is asked for one part after the other, and reads on in the body only when it is: nothing
of a file waits here but the piece that came last.
"""

import codecs
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.faxes import Document
from ffgateway.rest.bodies import LARGEST_FAX
from ffgateway.rest.fax_bodies import FaxSettings
from ffgateway.rest.faxes_documents import MOST_DOCUMENTS, Kept
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

MOST_FIELDS = 1000
"""Parts of a form that are no files."""

MANY = frozenset({"recipients", "to"})
"""Fields of a form that may come more than once, besides the files."""

READ_AS_JSON = frozenset({"recipients", "sender", "cover_page"})
NUMBERS = frozenset({"priority", "max_tries", "try_interval", "rounds"})
FLAGS = {"true": True, "false": False}


async def read(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    """Read the form to its end, its documents into the spool on the way."""
    form = await gathered(gateway, asked)
    settings = checked(FaxSettings, orjson.dumps(_settings(form)))
    return settings, form.documents()


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What a form brought. `beside` are files that are wanted in memory, `misplaced` those of none."""

    kept: Kept
    texts: dict[str, list[str]]
    count: int = 0
    beside: dict[str, list[bytes]] = field(default_factory=dict)
    misplaced: set[str] = field(default_factory=set)

    def documents(self) -> tuple[Document, ...]:
        """Those that are in the spool. Raises what is wrong with one that was to be kept."""
        return tuple(self.kept.get(index) for index in range(self.count))


async def gathered(
    gateway: Gateway, asked: Asked, *, beside: frozenset[str] = frozenset()
) -> Gathered:
    """Read a form to its end, its documents into the spool on the way, the files `beside` as they are."""
    request = asked.request
    body = pieces(request, limit=LARGEST_FAX, too_large=fax_too_large())
    form = Form(body, content_type=request.headers["content-type"], files=beside | {"documents"})
    texts = _Texts()
    found = Gathered(kept=Kept(gateway, asked.caller), texts=texts.given)
    while (part := await form.part()) is not None:
        if not part.is_file:
            async with aclosing(form.pieces()) as text:
                texts.add(part.name, [piece async for piece in text], form.charset)
        elif part.name in beside:
            async with aclosing(form.pieces()) as content:
                file = b"".join([piece async for piece in content])
            found.beside.setdefault(part.name, []).append(file)
        elif part.name != "documents":
            found.misplaced.add(part.name)
        elif found.count >= MOST_DOCUMENTS:
            raise HTTPException(400, f"A form brings at most {MOST_DOCUMENTS} files.")
        else:
            await _keep(found.kept, form, part, found.count)
            found.count += 1
    return found


async def _keep(kept: Kept, form: "Form", part: "Part", index: int) -> None:
    if not 1 <= len(part.filename) <= 200 or not part.filename.isprintable():
        message = "The file's name has 1 to 200 printable characters."
        kept.refuse(index, InvalidFields(InvalidRequest, ((f"documents[{index}]", message),)))
        return
    async with aclosing(form.pieces()) as chunks:
        await kept.take(index, chunks, name=part.filename, content_type=part.content_type)


class _Texts:
    """The fields that are no files, bounded all together."""

    def __init__(self) -> None:
        self.given: dict[str, list[str]] = {}
        self._count = self._size = 0

    def add(self, name: str, pieces: list[bytes], charset: str) -> None:
        self._count += 1
        self._size += sum(map(len, pieces))
        if self._count > MOST_FIELDS:
            raise HTTPException(400, f"A form has at most {MOST_FIELDS} fields.")
        if self._size > LARGEST:
            raise settings_too_large()
        self.given.setdefault(name, []).append(decoded(b"".join(pieces), charset))


# The settings -----------------------------------------------------------------------------------


def _settings(form: Gathered) -> dict[str, object]:
    """The texts of a form as the JSON that they stand for. Raises `InvalidFields`."""
    texts = form.texts
    for name in form.misplaced:
        refuse(name, "Files go into `documents`.")
    values = values_of({name: given for name, given in texts.items() if name not in MANY})
    if "to" in texts and "recipients" in texts:
        refuse("to", "Numbers come in `to` or in `recipients`, not in both.")
    needs_document(form)
    recipients: list[object] = []
    for text in texts.get("recipients", ()):
        one = _value("recipients", text)
        recipients += one if isinstance(one, list) else [one]
    recipients += [{"fax_number": number} for number in texts.get("to", ())]
    return values | {"recipients": recipients}


def values_of(texts: Mapping[str, list[str]]) -> dict[str, object]:
    """Fields that come once, as the JSON that they stand for. Raises `InvalidFields`."""
    for name, given in texts.items():
        if len(given) > 1:
            refuse(name, "The field comes more than once.")
    return {name: _value(name, given[0]) for name, given in texts.items()}


def needs_document(form: Gathered) -> None:
    """Raise `InvalidFields` for a form that brought no document."""
    if not form.count:
        refuse("documents", "A form brings a document; send JSON for a cover page alone.")


def _value(name: str, text: str) -> object:
    if name in READ_AS_JSON:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            refuse(name, "The field is not JSON.")
    if name in NUMBERS and re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        return int(text)
    if name == "despite_suppression":
        return FLAGS.get(text, text)
    return text


def refuse(name: str, message: str) -> NoReturn:
    """Say what is wrong with one field."""
    raise InvalidFields(InvalidRequest, ((name, message),))


# The parser -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The head of one part. Where a file is due it is one also without a name (RFC 7578, 4.2)."""

    name: str
    filename: str
    content_type: str
    is_file: bool


class Form:
    """The parts of a form, one after the other. Raises `HTTPException` 400 for what is none.

    while (part := await form.part()) is not None:
        async for piece in form.pieces(): ...
    """

    def __init__(
        self, body: AsyncIterator[bytes], *, content_type: str, files: frozenset[str]
    ) -> None:
        _, options = parse_options_header(content_type)
        if b"boundary" not in options:
            raise HTTPException(400, "Missing boundary in multipart.")
        self.charset = _charset(options.get(b"charset", b"utf-8"))
        self._body = body
        self._files = files
        self._events: deque[Part | bytes | None] = deque()  # None: the part is over
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._inside = self._ended = False
        try:
            self._parser = MultipartParser(options[b"boundary"], self._callbacks())
        except FormParserError as flaw:
            raise HTTPException(400, "Invalid multipart data.") from flaw

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
            "on_part_end": lambda: self._events.append(None),
            "on_end": self._on_end,
        }

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers.setdefault(self._name.lower(), self._value)
        self._name = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in options:
            raise HTTPException(
                400, 'The Content-Disposition header field "name" must be provided.'
            )
        name = decoded(options[b"name"], self.charset)
        part = Part(
            name=name,
            filename=decoded(options.get(b"filename", b"document"), self.charset),
            content_type=self._headers.get(b"content-type", b"").decode("latin-1"),
            is_file=b"filename" in options or name in self._files,
        )
        self._events.append(part)

    def _on_end(self) -> None:
        self._ended = True

    async def part(self) -> Part | None:
        """The next part, past what is left of the one before; None behind the last boundary."""
        while self._inside and await self._piece() is not None:
            pass
        event = await self._event()
        self._inside = isinstance(event, Part)
        return event if isinstance(event, Part) else None

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """What the part brings, as it comes."""
        while self._inside and (piece := await self._piece()) is not None:
            yield piece

    async def _piece(self) -> bytes | None:
        event = await self._event()
        if isinstance(event, bytes):
            return event
        self._inside = False
        return None

    async def _event(self) -> Part | bytes | None:
        while not self._events:
            piece = await anext(self._body, None)
            if piece is None:
                if not self._ended:
                    raise HTTPException(400, "The form ends before its last boundary.")
                return None
            try:
                self._parser.write(piece)
            except FormParserError as flaw:
                raise HTTPException(400, "Invalid multipart data.") from flaw
        return self._events.popleft()


def _charset(name: bytes) -> str:
    try:
        return codecs.lookup(name.decode("latin-1")).name
    except LookupError:
        return "latin-1"


def decoded(text: bytes, charset: str) -> str:
    """Text of a form; bytes that are none in its charset are read as Latin-1."""
    try:
        return text.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return text.decode("latin-1")

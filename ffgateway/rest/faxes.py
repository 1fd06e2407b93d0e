"""Faxes over HTTP: send by JSON or by form, look up, cancel, reschedule, send again."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, Recipient, Sender
from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.bodies import (
    FaxQuery,
    FaxRequest,
    FaxSettings,
    InlineDocument,
    LinkedDocument,
    Reschedule,
)
from ffgateway.rest.faxes_shapes import Accepted, fax_out
from ffgateway.rest.history_shapes import FaxEvents, event_out
from ffgateway.rest.operations import Asked, page_answer
from ffgateway.rest.problems import InvalidFields
from ffgateway.rest.reading import LARGEST_FAX, checked, fax_too_large, media_type, pieces
from ffgateway.services.documents import chunks_of, chunks_of_bytes
from ffgateway.services.faxes import FaxFilter
from ffgateway.services.gateway import Gateway

MOST_DOCUMENTS = 20
"""Files in one request."""

MANY = frozenset({"recipients", "to"})
"""Fields of a form that may come more than once, besides the files."""

READ_AS_JSON = frozenset({"recipients", "sender", "cover_page"})
NUMBERS = frozenset({"priority", "max_tries", "try_interval"})


async def send(gateway: Gateway, asked: Asked) -> Response:
    """Take a fax. Its documents are on disk and its promise in the database before this answers."""
    kind = media_type(asked.request)
    if kind == "application/json":
        settings, documents = await _from_json(gateway, asked)
    elif kind == "multipart/form-data":
        settings, documents = await _from_form(gateway, asked)
    else:
        raise HTTPException(415, "Send application/json or multipart/form-data.")
    faxes = await gateway.faxes.send(asked.caller, draft_of(settings, documents))
    answer = Accepted(submission_id=faxes[0].submission_id, faxes=all_of(fax_out, faxes))
    place = f"/v1/faxes/{faxes[0].id}"
    if len(faxes) > 1:
        place = f"/v1/faxes?submission_id={faxes[0].submission_id}"
    return Json(answer, status_code=202, headers={"Location": place})


def draft_of(settings: FaxSettings, documents: tuple[Document, ...]) -> FaxDraft:
    """What the caller wants, in the domain's words."""
    return FaxDraft(
        recipients=tuple(Recipient(**one.model_dump()) for one in settings.recipients),
        documents=documents,
        sender=Sender(**settings.sender.model_dump()),
        cover_page=CoverPage(**settings.cover_page.model_dump()),
        client_reference=settings.client_reference,
        priority=settings.priority,
        max_tries=settings.max_tries,
        try_interval=settings.try_interval,
        send_at=settings.send_at,
        device_id=settings.device_id,
    )


# JSON -------------------------------------------------------------------------------------------


async def _from_json(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    body = pieces(asked.request, limit=LARGEST_FAX, too_large=fax_too_large())
    request = checked(FaxRequest, b"".join([piece async for piece in body]))
    documents = []
    for index, one in enumerate(request.documents):
        if isinstance(one, LinkedDocument):
            linked = Document(name=one.name, content_type=one.content_type, url=one.url)
            documents.append(linked)
        else:
            documents.append(await _keep_inline(gateway, asked.caller, one, index))
    return request, tuple(documents)


async def _keep_inline(
    gateway: Gateway, caller: Caller, document: InlineDocument, index: int
) -> Document:
    try:
        content = await asyncio.to_thread(base64.b64decode, document.content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            "The content is not base64.",
            field=f"documents[{index}].content",
            cure="Encode the bytes of the file as base64 (RFC 4648, section 4), without line ends.",
        ) from None
    return await gateway.documents.keep(
        caller,
        name=document.name,
        content_type=document.content_type,
        chunks=chunks_of_bytes(content),
        field=f"documents[{index}]",
    )


# Forms ------------------------------------------------------------------------------------------


async def _from_form(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    form = await _parsed(asked.request)
    try:
        settings = checked(FaxSettings, orjson.dumps(_fields(form)))
        files = [one for one in form.getlist("documents") if isinstance(one, UploadFile)]
        documents = []
        for index, file in enumerate(files):
            documents.append(await _keep_file(gateway, asked.caller, file, index))
        return settings, tuple(documents)
    finally:
        await form.close()


class _Form(MultiPartParser):
    """Knows whether the last boundary came: the parser itself takes half a form for a whole one."""

    ended = False

    def on_headers_finished(self) -> None:
        """Take a document for a file also without a filename, which RFC 7578 (4.2) leaves open."""
        part = self._current_part
        _, options = parse_options_header(part.content_disposition)
        if options.get(b"name") == b"documents" and b"filename" not in options:
            part.content_disposition = (part.content_disposition or b"") + b'; filename="document"'
        super().on_headers_finished()

    def on_end(self) -> None:
        self.ended = True


async def _parsed(request: Request) -> FormData:
    body = pieces(request, limit=LARGEST_FAX, too_large=fax_too_large())
    parser = _Form(request.headers, _generator(body), max_files=MOST_DOCUMENTS, max_fields=1000)
    try:
        form = await parser.parse()
    except MultiPartException as flaw:
        raise HTTPException(400, flaw.message) from flaw
    if not parser.ended:
        await form.close()
        raise HTTPException(400, "The form ends before its last boundary.")
    return form


async def _generator(body: AsyncIterator[bytes]):  # type: ignore[no-untyped-def]  # the parser's own wish
    async for piece in body:
        yield piece


def _fields(form: FormData) -> dict[str, object]:
    """The texts of a form as the JSON that they stand for. Raises `InvalidFields`."""
    values: dict[str, object] = {}
    for name in form:
        given = form.getlist(name)
        texts = [one for one in given if isinstance(one, str)]
        if name == "documents":
            pass  # files, whatever they are
        elif len(texts) < len(given):
            _refuse(name, "Files go into `documents`.")
        elif name in MANY:
            pass  # below
        elif len(texts) > 1:
            _refuse(name, "The field comes more than once.")
        else:
            values[name] = _value(name, texts[0])
    if "to" in form and "recipients" in form:
        _refuse("to", "Numbers come in `to` or in `recipients`, not in both.")
    if "documents" not in form:
        _refuse("documents", "A form brings a document; send JSON for a cover page alone.")
    recipients: list[object] = []
    for text in form.getlist("recipients"):
        one = _value("recipients", str(text))
        recipients += one if isinstance(one, list) else [one]
    recipients += [{"fax_number": str(number)} for number in form.getlist("to")]
    return values | {"recipients": recipients}


def _value(name: str, text: str) -> object:
    if name in READ_AS_JSON:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            _refuse(name, "The field is not JSON.")
    if name in NUMBERS and re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        return int(text)
    return text


def _refuse(field: str, message: str) -> None:
    raise InvalidFields(InvalidRequest, ((field, message),))


async def _keep_file(gateway: Gateway, caller: Caller, file: UploadFile, index: int) -> Document:
    name = file.filename or ""
    if not 1 <= len(name) <= 200 or not name.isprintable():
        _refuse(f"documents[{index}]", "The file's name has 1 to 200 printable characters.")
    return await gateway.documents.keep(
        caller,
        name=name,
        content_type=file.content_type or "",
        chunks=chunks_of(file.file),
        field=f"documents[{index}]",
    )


# The others -------------------------------------------------------------------------------------


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of faxes, the newest first."""
    query = asked.query_as(FaxQuery)
    filters = FaxFilter(
        status=tuple(query.status),
        device_id=query.device_id,
        client_reference=query.client_reference,
        submission_id=query.submission_id,
        batch_id=query.batch_id,
        origin=query.origin,
        username=query.username,
        created_after=query.created_after,
        created_before=query.created_before,
    )
    page = await gateway.faxes.list(asked.caller, filters, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, fax_out)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One fax."""
    return Json(fax_out(await gateway.faxes.get(asked.caller, asked.id)))


async def events(gateway: Gateway, asked: Asked) -> Response:
    """The story of one fax."""
    told = await gateway.faxes.events(asked.caller, asked.id)
    return Json(FaxEvents(items=all_of(event_out, told)))


async def cancel(gateway: Gateway, asked: Asked) -> Response:
    """Call a fax off."""
    return Json(fax_out(await gateway.faxes.cancel(asked.caller, asked.id)))


async def reschedule(gateway: Gateway, asked: Asked) -> Response:
    """Give a fax another time."""
    at = asked.body_as(Reschedule).at
    return Json(fax_out(await gateway.faxes.reschedule(asked.caller, asked.id, at)))


async def resend(gateway: Gateway, asked: Asked) -> Response:
    """Send a finished fax once more."""
    fax = await gateway.faxes.resend(asked.caller, asked.id)
    return Json(fax_out(fax), status_code=202, headers={"Location": f"/v1/faxes/{fax.id}"})

"""Batches over HTTP: send by JSON or with a CSV file, look how far they are, call them off."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import IO, Final

import orjson
from pydantic import TypeAdapter
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.domain.batches import MAX_BATCH, Addressee, BatchDraft, Progress
from ffgateway.domain.errors import InvalidRecipients, InvalidRequest
from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, Recipient, Sender
from ffgateway.domain.idempotency import canonical
from ffgateway.domain.recipient_files import read
from ffgateway.rest.answers import Items, Json
from ffgateway.rest.batches_shapes import (
    BatchOut,
    BatchQuery,
    BatchRecipientBody,
    BatchRequest,
    BatchSettings,
    batch_out,
)
from ffgateway.rest.bodies import LinkedDocument
from ffgateway.rest.once import Rebuild, once, rule_of
from ffgateway.rest.operations import Asked, Operation, page_answer
from ffgateway.rest.problems import InvalidFields
from ffgateway.rest.reading import LARGEST_FAX, checked, fax_too_large, media_type, pieces
from ffgateway.services.batches import BatchFilter
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.services.gateway import Gateway

MOST_DOCUMENTS = 20
"""Files in one request, besides that of the recipients."""

READ_AS_JSON = frozenset({"sender", "cover_page"})
NUMBERS = frozenset({"priority", "max_tries", "try_interval", "rounds"})
FLAGS = {"true": True, "false": False}
PIECE = 1 << 18
"""Bytes of a file that are read at once."""

_DRAFT: Final = TypeAdapter(BatchDraft)
_STAND_IN = {"recipients": [{"fax_number": "000"}]}
"""In place of the recipients of a file, which are checked by themselves."""


async def send(gateway: Gateway, asked: Asked) -> Response:
    """Take a batch. Every recipient of it is in the database before this answers, or none is."""
    kind = media_type(asked.request)
    if kind == "application/json":
        draft = await _from_json(gateway, asked)
    elif kind == "multipart/form-data":
        draft = await _from_form(gateway, asked)
    else:
        raise HTTPException(415, "Send application/json or multipart/form-data.")

    async def act(caller: Caller) -> Response:
        return _accepted(await gateway.batches.send(caller, draft))

    body = await asyncio.to_thread(_canonical, draft) if asked.key is not None else ""
    return await once(gateway, asked, rule_of("sendBatch", REBUILDS), body=body, act=act)


def _accepted(progress: Progress) -> Response:
    place = f"/v1/batches/{progress.batch.id}"
    return Json(batch_out(progress), status_code=202, headers={"Location": place})


def _canonical(draft: BatchDraft) -> str:
    """A request by what it says, however it came."""
    return canonical(_DRAFT.dump_python(draft, mode="json"))


async def as_promised(gateway: Gateway, caller: Caller, effects: tuple[str, ...]) -> Response:
    """Answer for a batch that was accepted in a key's name, as far as it is now."""
    return _accepted(await gateway.batches.get(caller, effects[0]))


REBUILDS: Mapping[str, Rebuild] = {"sendBatch": as_promised}
"""How a batch is answered when the first answer was lost."""


async def _from_json(gateway: Gateway, asked: Asked) -> BatchDraft:
    body = pieces(asked.request, limit=LARGEST_FAX, too_large=fax_too_large())
    whole = b"".join([piece async for piece in body])
    # twenty thousand recipients take a while: meanwhile others are served
    request, addressees = await asyncio.to_thread(_read, whole)
    documents = []
    for index, one in enumerate(request.documents):
        field = f"documents[{index}]"
        if isinstance(one, LinkedDocument):
            linked = Document(name=one.name, content_type=one.content_type, url=one.url)
            documents.append(linked)
            continue
        content = await asyncio.to_thread(_bytes, one.content, field)
        kept = await gateway.documents.keep(
            asked.caller,
            name=one.name,
            content_type=one.content_type,
            chunks=chunks_of_bytes(content),
            field=field,
        )
        documents.append(kept)
    return BatchDraft(addressees=addressees, common=_common(request, documents))


def _read(body: bytes) -> tuple[BatchRequest, tuple[Addressee, ...]]:
    request = checked(BatchRequest, body)
    return request, tuple(_addressee(one) for one in request.recipients)


def _addressee(given: BatchRecipientBody) -> Addressee:
    return Addressee(
        recipient=Recipient(
            fax_number=given.fax_number,
            name=given.name,
            organization=given.organization,
            phone_number=given.phone_number,
        ),
        client_reference=given.client_reference,
        subject=given.subject or None,
        comments=given.comments or None,
    )


def _bytes(content: str, field: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            "The content is not base64.",
            field=f"{field}.content",
            cure="Encode the bytes of the file as base64 (RFC 4648, section 4), without line ends.",
        ) from None


def _common(settings: BatchSettings, documents: Sequence[Document]) -> FaxDraft:
    """What is the same for every recipient."""
    return FaxDraft(
        recipients=(),
        documents=tuple(documents),
        sender=Sender(**settings.sender.model_dump()),
        cover_page=CoverPage(**settings.cover_page.model_dump()),
        client_reference=settings.client_reference,
        priority=settings.priority,
        max_tries=settings.max_tries,
        try_interval=settings.try_interval,
        send_at=settings.send_at,
        device_id=settings.device_id,
        pool=settings.pool,
        deadline=settings.deadline,
        rounds=settings.rounds,
        despite_suppression=settings.despite_suppression,
    )


# Forms ------------------------------------------------------------------------------------------


async def _from_form(gateway: Gateway, asked: Asked) -> BatchDraft:
    form = await _parsed(asked.request)
    try:
        settings = checked(BatchSettings, orjson.dumps(_fields(form) | _STAND_IN))
        (file,) = [one for one in form.getlist("recipients") if isinstance(one, UploadFile)]
        reading = await asyncio.to_thread(read, await file.read())
        if reading.flaws:
            told = tuple((flaw.field, flaw.message) for flaw in reading.flaws)
            raise InvalidRecipients(told, count=reading.flawed)
        documents = []
        for index, one in enumerate(form.getlist("documents")):
            if isinstance(one, UploadFile):
                documents.append(await _keep(gateway, asked, one, f"documents[{index}]"))
        return BatchDraft(addressees=reading.addressees, common=_common(settings, documents))
    finally:
        await form.close()


class _Form(MultiPartParser):
    """Knows whether the last boundary came: the parser itself takes half a form for a whole one."""

    ended = False

    def on_headers_finished(self) -> None:
        """Take a file for one also without a filename, which RFC 7578 (4.2) leaves open."""
        part = self._current_part
        _, options = parse_options_header(part.content_disposition)
        named = options.get(b"name") in {b"recipients", b"documents"}
        if named and b"filename" not in options:
            part.content_disposition = (part.content_disposition or b"") + b'; filename="file"'
        super().on_headers_finished()

    def on_end(self) -> None:
        self.ended = True


async def _parsed(request: Request) -> FormData:
    body = pieces(request, limit=LARGEST_FAX, too_large=fax_too_large())
    parser = _Form(request.headers, _generator(body), max_files=MOST_DOCUMENTS + 1, max_fields=100)
    try:
        form = await parser.parse()
    except MultiPartException as flaw:
        raise HTTPException(400, flaw.message) from flaw
    if not parser.ended:
        await form.close()
        for file in parser._files_to_close_on_error:  # the last one is in no form yet
            file.close()
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
        if name in {"recipients", "documents"}:
            pass  # files, whatever they are
        elif len(texts) < len(given):
            _refuse(name, "Files go into `recipients` (CSV) and `documents`.")
        elif len(texts) > 1:
            _refuse(name, "The field comes more than once.")
        else:
            values[name] = _value(name, texts[0])
    if len(form.getlist("recipients")) != 1:
        _refuse("recipients", "A form brings one CSV file of recipients; send JSON for a list.")
    if "documents" not in form:
        _refuse("documents", "A form brings a document; send JSON for a cover page alone.")
    return values


def _value(name: str, text: str) -> object:
    if name in READ_AS_JSON:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            _refuse(name, "The field is not JSON.")
    if name in NUMBERS and re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        return int(text)
    if name == "despite_suppression":
        return FLAGS.get(text, text)
    return text


def _refuse(field: str, message: str) -> None:
    raise InvalidFields(InvalidRequest, ((field, message),))


async def _keep(gateway: Gateway, asked: Asked, file: UploadFile, field: str) -> Document:
    name = file.filename or ""
    if not 1 <= len(name) <= 200 or not name.isprintable():
        _refuse(field, "The file's name has 1 to 200 printable characters.")
    return await gateway.documents.keep(
        asked.caller,
        name=name,
        content_type=file.content_type or "",
        chunks=_chunks(file.file),
        field=field,
    )


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The pieces of an open file, read beside the loop."""
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece


# The others -------------------------------------------------------------------------------------


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of batches, the newest first."""
    query = asked.query_as(BatchQuery)
    filters = BatchFilter(status=tuple(query.status), client_reference=query.client_reference)
    page = await gateway.batches.list(asked.caller, filters, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, batch_out)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One batch."""
    return Json(batch_out(await gateway.batches.get(asked.caller, asked.id)))


async def cancel(gateway: Gateway, asked: Asked) -> Response:
    """Call a batch off."""
    progress = await gateway.batches.cancel(asked.caller, asked.id)
    return Json(batch_out(progress), status_code=202)


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        method="POST",
        path="/v1/batches",
        name="sendBatch",
        tag="batches",
        summary=f"Send one thing to up to {MAX_BATCH} recipients",
        act=send,
        scope="faxes:send",
        status=202,
        body=BatchRequest,
        form=True,
        answer=BatchOut,
        errors=(404,),
        headers=("Location",),
    ),
    Operation(
        method="GET",
        path="/v1/batches",
        name="listBatches",
        tag="batches",
        summary="Batches, the newest first",
        act=browse,
        scope="faxes:read",
        query=BatchQuery,
        answer=Items[BatchOut],
        headers=("Link",),
    ),
    Operation(
        method="GET",
        path="/v1/batches/{id}",
        name="getBatch",
        tag="batches",
        summary="How far a batch is",
        act=show,
        scope="faxes:read",
        id_of="bat",
        answer=BatchOut,
    ),
    Operation(
        method="POST",
        path="/v1/batches/{id}/cancel",
        name="cancelBatch",
        tag="batches",
        summary="Call a batch off",
        act=cancel,
        scope="faxes:send",
        status=202,
        id_of="bat",
        answer=BatchOut,
        errors=(409,),
    ),
)

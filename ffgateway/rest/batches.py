"""Batches over HTTP: send by JSON or with a CSV file, look how far they are, call them off."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.domain.batches import MAX_BATCH, Addressee, BatchDraft, Progress
from ffgateway.domain.errors import InvalidRecipients
from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, Recipient, Sender
from ffgateway.domain.idempotency import canonical
from ffgateway.domain.recipient_files import read
from ffgateway.rest import faxes_form, faxes_json
from ffgateway.rest.answers import Items, Json
from ffgateway.rest.batches_shapes import (
    BatchOut,
    BatchQuery,
    BatchRecipientBody,
    BatchRequest,
    BatchSettings,
    batch_out,
)
from ffgateway.rest.bodies import LARGEST_FAX
from ffgateway.rest.once import Rebuild, once, rule_of
from ffgateway.rest.operations import Asked, Operation, page_answer
from ffgateway.rest.reading import checked, media_type
from ffgateway.services.batches import BatchFilter
from ffgateway.services.gateway import Gateway

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
    # the recipients may be most of it
    text, kept = await faxes_json.gathered(gateway, asked, most=LARGEST_FAX)
    # twenty thousand recipients take a while: meanwhile others are served
    request, addressees = await asyncio.to_thread(_read, text)
    documents = faxes_json.documents_of(request.documents, kept)
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
    form = await faxes_form.gathered(gateway, asked, beside=frozenset({"recipients"}))
    settings = checked(BatchSettings, orjson.dumps(_fields(form) | _STAND_IN))
    (file,) = form.beside["recipients"]
    reading = await asyncio.to_thread(read, file)
    if reading.flaws:
        told = tuple((flaw.field, flaw.message) for flaw in reading.flaws)
        raise InvalidRecipients(told, count=reading.flawed)
    return BatchDraft(addressees=reading.addressees, common=_common(settings, form.documents()))


def _fields(form: faxes_form.Gathered) -> dict[str, object]:
    """The texts of a form as the JSON that they stand for. Raises `InvalidFields`."""
    for name in form.misplaced:
        faxes_form.refuse(name, "Files go into `recipients` (CSV) and `documents`.")
    values = faxes_form.values_of(form.texts)
    if len(form.beside.get("recipients", ())) != 1:
        faxes_form.refuse(
            "recipients", "A form brings one CSV file of recipients; send JSON for a list."
        )
    faxes_form.needs_document(form)
    return values


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

"""Faxes over HTTP: send by JSON, as a form or as a document, look up, cancel, reschedule, resend."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, Recipient, Sender
from ffgateway.rest import faxes_form, faxes_json, faxes_raw
from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.bodies import FaxQuery, FaxSettings, Reschedule
from ffgateway.rest.faxes_shapes import Accepted, fax_out
from ffgateway.rest.history_shapes import FaxEvents, event_out
from ffgateway.rest.operations import Asked, applied, page_answer
from ffgateway.rest.reading import media_type
from ffgateway.services.faxes import FaxFilter
from ffgateway.services.gateway import Gateway


async def send(gateway: Gateway, asked: Asked) -> Response:
    """Take a fax. Its documents are on disk and its promise in the database before this answers.

    It waits for an appliance to take it as long as the client prefers, no longer than there is hope.
    """
    settings, documents = await _read(gateway, asked)
    faxes = await gateway.faxes.send(asked.caller, draft_of(settings, documents))
    faxes, taken = await gateway.faxes.taken(asked.caller, faxes)
    answer = Accepted(submission_id=faxes[0].submission_id, faxes=all_of(fax_out, faxes))
    place = f"/v1/faxes/{faxes[0].id}"
    if len(faxes) > 1:
        place = f"/v1/faxes?submission_id={faxes[0].submission_id}"
    headers = {"Location": place, **applied(asked)}
    return Json(answer, status_code=201 if taken else 202, headers=headers)


async def _read(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    """Read the request, its documents streamed into the spool."""
    kind = media_type(asked.request)
    if kind in faxes_raw.KINDS:
        return await faxes_raw.read(gateway, asked)
    faxes_raw.no_query(asked.request.query_params)
    if kind == "application/json":
        return await faxes_json.read(gateway, asked)
    if kind == "multipart/form-data":
        return await faxes_form.read(gateway, asked)
    raise HTTPException(
        415, "Send application/json, multipart/form-data, application/pdf or text/plain."
    )


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


# The others -------------------------------------------------------------------------------------


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of faxes, the newest first."""
    query = asked.query_as(FaxQuery)
    filters = FaxFilter(
        status=tuple(query.status),
        device_id=query.device_id,
        client_reference=query.client_reference,
        submission_id=query.submission_id,
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

"""Faxes over HTTP: send by JSON, as a form or as a document, look up, cancel, reschedule, resend."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.domain.faxes import (
    MAX_RECIPIENTS,
    CoverPage,
    Document,
    Fax,
    FaxDraft,
    Recipient,
    Sender,
)
from ffgateway.domain.idempotency import canonical
from ffgateway.rest import faxes_form, faxes_json, faxes_raw
from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.fax_bodies import FaxQuery, FaxSettings, Reschedule
from ffgateway.rest.faxes_shapes import Accepted, fax_out
from ffgateway.rest.history_shapes import FaxEvents, event_out
from ffgateway.rest.once import Rebuild, once, rule_of
from ffgateway.rest.operations import Asked, applied, page_answer
from ffgateway.rest.reading import media_type
from ffgateway.services.faxes import FaxFilter
from ffgateway.services.gateway import Gateway

NO_HEADERS: Mapping[str, str] = {}


async def send(gateway: Gateway, asked: Asked) -> Response:
    """Take a fax. Its documents are on disk and its promise in the database before this answers.

    It waits for an appliance to take it as long as the client prefers, no longer than there is hope.
    """
    settings, documents = await read_fax(gateway, asked)

    async def act(caller: Caller) -> Response:
        faxes = await gateway.faxes.send(caller, draft_of(settings, documents))
        faxes, taken = await gateway.faxes.taken(caller, faxes)
        return _accepted(faxes, taken=taken, headers=applied(asked))

    rule = rule_of("sendFax", REBUILDS)
    return await once(gateway, asked, rule, body=canonical_fax(settings, documents), act=act)


def _accepted(
    faxes: tuple[Fax, ...], *, taken: bool = False, headers: Mapping[str, str] = NO_HEADERS
) -> Response:
    answer = Accepted(submission_id=faxes[0].promised_in, faxes=all_of(fax_out, faxes))
    place = f"/v1/faxes/{faxes[0].id}"
    if len(faxes) > 1:
        place = f"/v1/faxes?submission_id={faxes[0].promised_in}"
    status = 201 if taken else 202
    return Json(answer, status_code=status, headers={"Location": place, **headers})


async def read_fax(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    """Read the request, its documents streamed into the spool."""
    kind = media_type(asked.request)
    if kind in faxes_raw.KINDS:
        return await faxes_raw.read(gateway, asked)
    if kind not in {"application/json", "multipart/form-data"}:
        raise HTTPException(
            415, "Send application/json, multipart/form-data, application/pdf or text/plain."
        )
    faxes_raw.no_query(asked.request.query_params)
    if kind == "application/json":
        return await faxes_json.read(gateway, asked)
    return await faxes_form.read(gateway, asked)


def canonical_fax(settings: FaxSettings, documents: tuple[Document, ...]) -> str:
    """A request to send by what it says, however it came: settings given, documents by their bytes."""
    given = settings.model_dump(mode="json", exclude={"documents"}, exclude_unset=True)
    return canonical(
        [given, [[one.name, one.content_type, one.sha256, one.url] for one in documents]]
    )


async def as_promised(gateway: Gateway, caller: Caller, effects: tuple[str, ...]) -> Response:
    """Answer for a submission that was accepted in a key's name, with its faxes as they are now."""
    return _accepted(await _submitted(gateway, caller, effects[0]))


async def as_resent(gateway: Gateway, caller: Caller, effects: tuple[str, ...]) -> Response:
    """The same for a fax that was sent once more."""
    return _resent((await _submitted(gateway, caller, effects[0]))[0])


async def _submitted(gateway: Gateway, caller: Caller, submission_id: str) -> tuple[Fax, ...]:
    filters = FaxFilter(submission_id=submission_id)
    page = await gateway.faxes.list(caller, filters, cursor=None, limit=MAX_RECIPIENTS)
    return tuple(sorted(page.items, key=lambda fax: fax.id))


REBUILDS: Mapping[str, Rebuild] = {"sendFax": as_promised, "resendFax": as_resent}
"""Of what is bound to its key: how it is answered when the first answer was lost."""


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
        pool=settings.pool,
        deadline=settings.deadline,
        rounds=settings.rounds,
        despite_suppression=settings.despite_suppression,
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
    return _resent(await gateway.faxes.resend(asked.caller, asked.id))


def _resent(fax: Fax) -> Response:
    return Json(fax_out(fax), status_code=202, headers={"Location": f"/v1/faxes/{fax.id}"})

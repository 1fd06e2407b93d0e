"""The event log, page by page and as it grows; the audit log."""

from collections.abc import AsyncIterator

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from ffgateway.domain.audit import AuditFilter, Kind, Outcome
from ffgateway.domain.errors import EventsGone, InvalidRequest, Unauthenticated
from ffgateway.domain.events import Filter, Heartbeat
from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.bodies import AuditQuery, AuditWanted, EventQuery, StreamQuery
from ffgateway.rest.history_shapes import Events, audit_out, event_out
from ffgateway.rest.operations import Asked, next_link, page_answer
from ffgateway.services.gateway import Gateway

WHOLE = 3.0
"""Seconds that a stream has to end by itself when the gateway stops; then it is cut."""

AGAIN = 1000
"""Milliseconds after which a browser takes up a stream that ended."""


async def events(gateway: Gateway, asked: Asked) -> Response:
    """Events beyond a position."""
    query = asked.query_as(EventQuery)
    found = await gateway.history.events(
        asked.caller,
        after=query.after,
        types=tuple(query.types),
        subject=query.subject,
        limit=query.limit,
    )
    full = len(found.events) == query.limit
    # a page that is not full shows all there was for this question: go on behind the whole log
    reached = found.looked_to or (found.events[-1].position if full else found.span.head)
    link = next_link(asked, after=str(reached)) if full or found.looked_to else {}
    return Json(Events(items=all_of(event_out, found.events), next_after=reached), headers=link)


async def stream(gateway: Gateway, asked: Asked) -> Response:
    """Events as they happen. `Last-Event-ID`, which browsers send when they come back, goes first."""
    query = asked.query_as(StreamQuery)
    after = _last_seen(asked)
    if after is None:
        after = query.after
    # a refusal must come before the stream begins
    start = await gateway.history.begin(asked.caller, after=after)
    only = Filter(types=tuple(query.types), subject=query.subject)
    return EventSourceResponse(
        _told(gateway, asked, start, only), ping=0, shutdown_grace_period=WHOLE
    )


def _last_seen(asked: Asked) -> int | None:
    given = asked.request.headers.get("last-event-id")
    if given is None:
        return None
    if not given.isdecimal() or not given.isascii() or len(given) > 18:
        raise InvalidRequest(
            "Last-Event-ID is not a position.",
            field="Last-Event-ID",
            cure="Send the id of the last event seen, as it came.",
        )
    return int(given)


async def _told(
    gateway: Gateway, asked: Asked, start: int, only: Filter
) -> AsyncIterator[ServerSentEvent]:
    """Frames. Each has an id, also one that only says that there was nothing: browsers keep the last.

    So whoever asks for what seldom happens does not come back with a position of long ago.
    """
    yield ServerSentEvent(comment="from here on", id=str(start), retry=AGAIN)
    try:
        async for one in gateway.history.follow(asked.caller, after=start, only=only):
            if isinstance(one, Heartbeat):
                yield ServerSentEvent(comment="nothing new", id=str(one.position))
            else:
                data = orjson.dumps(event_out(one).model_dump()).decode()
                yield ServerSentEvent(data, event=one.type, id=str(one.position))
    except (EventsGone, Unauthenticated):
        return  # who comes back is told so by the status


async def audit(gateway: Gateway, asked: Asked) -> Response:
    """A page of the audit log."""
    query = asked.query_as(AuditQuery)
    page = await gateway.history.audit(
        asked.caller,
        wanted_of(query),
        cursor=query.cursor,
        limit=query.limit,
    )
    return page_answer(asked, page, audit_out)


def wanted_of(query: AuditWanted) -> AuditFilter:
    """Which rows are asked for, in the domain's words."""
    return AuditFilter(
        resource=query.resource,
        principal_id=query.principal_id,
        action=query.action,
        outcome=Outcome(query.outcome) if query.outcome else None,
        kind=Kind(query.kind) if query.kind else None,
        request_id=query.request_id,
        since=query.since,
        until=query.until,
    )

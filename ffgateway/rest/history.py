"""The event log, page by page and as it grows; the audit log."""

from collections.abc import AsyncIterator
from fnmatch import fnmatchcase

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from ffgateway.domain.errors import InvalidRequest
from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.bodies import AuditQuery, EventQuery, StreamQuery
from ffgateway.rest.history_shapes import Events, audit_out, event_out
from ffgateway.rest.operations import Asked, next_link, page_answer
from ffgateway.services.gateway import Gateway

NEVER = 86_400
"""Seconds between pings of the library's own: the heartbeat here is the log's."""


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
    reached = found[-1].position if found else query.after
    link = next_link(asked, after=str(reached)) if len(found) == query.limit else {}
    return Json(Events(items=all_of(event_out, found), next_after=reached), headers=link)


async def stream(gateway: Gateway, asked: Asked) -> Response:
    """Events as they happen. `Last-Event-ID`, which browsers send when they come back, goes first."""
    query = asked.query_as(StreamQuery)
    after = _last_seen(asked)
    if after is None:
        after = query.after
    # a refusal must come before the stream begins, and this asks for the same scope
    await gateway.history.events(asked.caller, after=after or 0, limit=1)
    return EventSourceResponse(
        _told(gateway, asked, after=after, types=tuple(query.types)), ping=NEVER
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
    gateway: Gateway, asked: Asked, *, after: int | None, types: tuple[str, ...]
) -> AsyncIterator[ServerSentEvent]:
    async for event in gateway.history.follow(asked.caller, after=after):
        if event is None:
            yield ServerSentEvent(comment="nothing new")
        elif not types or any(fnmatchcase(event.type, glob) for glob in types):
            data = orjson.dumps(event_out(event).model_dump()).decode()
            yield ServerSentEvent(data, event=event.type, id=str(event.position))


async def audit(gateway: Gateway, asked: Asked) -> Response:
    """A page of the audit log."""
    query = asked.query_as(AuditQuery)
    page = await gateway.history.audit(
        asked.caller,
        resource=query.resource,
        principal_id=query.principal_id,
        action=query.action,
        cursor=query.cursor,
        limit=query.limit,
    )
    return page_answer(asked, page, audit_out)

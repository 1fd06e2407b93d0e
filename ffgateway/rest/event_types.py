"""The types of events over HTTP, with their schemas and samples."""

from typing import Any, Final

from pydantic import Field
from starlette.responses import Response

from ffgateway.rest.answers import Json, Out, all_of
from ffgateway.rest.history_shapes import EventOut
from ffgateway.rest.operations import Asked, Operation, Place
from ffgateway.services.event_types import Described
from ffgateway.services.gateway import Gateway

EVENT_TYPE: Final = Place(
    pattern=r"[a-z]{1,30}\.[a-z_]{1,60}", description="A type of event.", example="fax.delivered"
)


class EventTypeOut(Out):
    """A type of event."""

    type: str = Field(examples=["fax.delivered"])
    meaning: str
    sample: str = Field(description="Where a sample of the body is.")
    schema_: dict[str, Any] = Field(
        alias="schema", description="The JSON Schema 2020-12 of the whole body."
    )


class EventTypesOut(Out):
    """Every type that this version can write."""

    items: list[EventTypeOut]


def _event_type_out(one: Described) -> EventTypeOut:
    where = f"/v1/event-types/{one.type}/sample"
    return EventTypeOut(type=one.type, meaning=one.meaning, sample=where, schema=one.schema)


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """Every type."""
    found = await gateway.event_types.list(asked.caller)
    listed = EventTypesOut(items=all_of(_event_type_out, found))
    return Json(listed.model_dump(by_alias=True))


async def sample(gateway: Gateway, asked: Asked) -> Response:
    """A body as it would be posted, to the byte."""
    body = await gateway.event_types.sample(asked.caller, asked.place("type"))
    return Response(body, media_type="application/json")


_PATH, _TAG = "/v1/event-types", "events"
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=_PATH, name="listEventTypes", tag=_TAG, act=browse,
        summary="Every type of event, with its schema", scope="faxes:read",
        scope_instead="webhooks:admin", answer=EventTypesOut),
    Operation(method="GET", path=f"{_PATH}/{{type}}/sample", name="getEventSample", tag=_TAG,
        act=sample, summary="A body as it would be posted", scope="faxes:read",
        scope_instead="webhooks:admin", answer=EventOut,
        places={"type": EVENT_TYPE}, errors=(404,)),
)  # fmt: skip

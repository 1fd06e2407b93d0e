"""Over HTTP: events sent to an endpoint once more, dead letters, and where an event has got to."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field
from starlette.responses import Response

from ffgateway.domain.replays import MOST_LISTED, Progress, Which, Wish
from ffgateway.domain.subscriptions import DeliveryState
from ffgateway.rest.answers import Items, Json, Out, all_of
from ffgateway.rest.bodies import EventId, Glob, Moment, Name, Paged, Strict, Whole
from ffgateway.rest.operations import Asked, Operation, Place, page_answer
from ffgateway.rest.webhooks_shapes import AttemptOut, attempt_out
from ffgateway.rest.wording import ID
from ffgateway.services.gateway import Gateway
from ffgateway.services.replays import Way

REPLAY: Final = Place(
    pattern="rpl_[0-9A-HJKMNP-TV-Z]{26}", description="A replay.", example=f"rpl_{ID}"
)
_Bound = Annotated[int, Field(ge=0, le=10**18 - 1), Whole]
_Named = Annotated[list[EventId], Field(max_length=MOST_LISTED)]


def _either(*ways: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"anyOf": list(ways)})


class ReplayRequest(Strict):
    """Which events are sent again. What is named and all bounds narrow every kind."""

    model_config = _either(
        {
            "properties": {
                "which": {"enum": [one.value for one in Which if one is not Which.EVENTS]}
            }
        },
        {
            "required": ["events"],
            "properties": {"which": {"const": "events"}, "events": {"minItems": 1}},
        },
    )

    which: Annotated[
        Which,
        Field(
            description="`events`: those named, whatever the endpoint subscribed to. `range`: what it"
            " subscribed to. `failed`: its dead letters. `never_attempted`: what it subscribed to"
            " and was never sent, from before it was there or while it was disabled.",
            examples=["failed"],
        ),
    ]
    events: Annotated[_Named, Field(default_factory=list)]
    after: Annotated[_Bound | None, Field(description="Positions beyond this one.")] = None
    until: Annotated[_Bound | None, Field(description="Positions up to this one.")] = None
    since: Annotated[Moment | None, Field(description="From this moment on.")] = None
    before: Annotated[Moment | None, Field(description="Before this moment.")] = None
    types: Annotated[list[Glob], Field(max_length=50, default_factory=list)]
    subject: Name | None = None


class DiscardRequest(Strict):
    """Which dead letters go for good: those of the events named, or `all`."""

    model_config = _either(
        {
            "required": ["events"],
            "properties": {"events": {"minItems": 1}, "all": {"const": False}},
        },
        {
            "required": ["all"],
            "properties": {"events": {"maxItems": 0}, "all": {"const": True}},
        },
    )

    events: Annotated[_Named, Field(default_factory=list)]
    all: bool = False


class ReplayOut(Out):
    """A replay, and how far it is. `total` = `queued` + `passed_over` + what is still to come."""

    id: str
    webhook_id: str
    which: str = Field(examples=[one.value for one in Which])
    state: str = Field(examples=["running", "completed", "cancelled"])
    total: int = Field(description="Events that it was to send when it was asked for.")
    queued: int = Field(description="Of these, how many were put on their way so far.")
    passed_over: int = Field(description="How many were on their way already, or gone.")
    waiting: int = Field(description="Of `queued`: not delivered yet.")
    delivered: int
    failed: int = Field(description="Of `queued`: given up. Dead letters, unless replayed since.")
    cancelled: int = Field(description="Of `queued`: called off with the replay.")
    after: int
    until: int
    since: datetime | None
    before: datetime | None
    types: list[str]
    subject: str | None
    created_at: datetime
    created_by: str
    finished_at: datetime | None


class ReplayCount(Out):
    """How many events a replay would send."""

    total: int


class Discarded(Out):
    """How many dead letters went."""

    discarded: int


class DeliveryOut(Out):
    """One event's way to one endpoint."""

    webhook_id: str
    event_id: str
    subject: str
    position: int
    state: str = Field(examples=[one.value for one in DeliveryState])
    attempts: int = Field(description="Tries so far, on this way.")
    next_at: datetime | None = Field(description="When it is tried next; null when it has ended.")
    trigger: str = Field(description="Why it was begun.", examples=["event", "replay", "test"])
    replay_id: str | None
    last_attempt: AttemptOut | None = Field(
        description="The last try with this event at this endpoint, on whichever way."
    )


class Deliveries(Out):
    """Where an event has got to, in the order in which its ways were begun."""

    items: list[DeliveryOut]


def replay_out(progress: Progress) -> ReplayOut:
    """A replay."""
    replay, tally, chosen = progress.replay, progress.tally, progress.replay.selection
    return ReplayOut(
        id=replay.id,
        webhook_id=replay.subscription_id,
        which=chosen.which.value,
        state=replay.state.value,
        total=replay.total,
        queued=tally.queued,
        passed_over=replay.passed_over,
        waiting=tally.waiting,
        delivered=tally.delivered,
        failed=tally.failed,
        cancelled=tally.cancelled,
        after=chosen.after,
        until=chosen.until,
        since=chosen.since,
        before=chosen.before,
        types=list(chosen.types),
        subject=chosen.subject,
        created_at=replay.created_at,
        created_by=replay.created_by,
        finished_at=replay.finished_at,
    )


def delivery_out(way: Way) -> DeliveryOut:
    """An event's way to an endpoint."""
    one = way.delivery
    return DeliveryOut(
        webhook_id=one.subscription_id,
        event_id=one.event_id,
        subject=one.subject,
        position=one.position,
        state=one.state.value,
        attempts=one.attempt,
        next_at=one.next_at if one.state is DeliveryState.PENDING else None,
        trigger=one.trigger.value,
        replay_id=one.replay_id,
        last_attempt=attempt_out(way.last) if way.last else None,
    )


def _wish(body: ReplayRequest) -> Wish:
    return Wish(
        which=body.which,
        events=tuple(body.events),
        after=body.after,
        until=body.until,
        since=body.since,
        before=body.before,
        types=tuple(body.types),
        subject=body.subject,
    )


async def start(gateway: Gateway, asked: Asked) -> Response:
    """Have events sent once more."""
    wish = _wish(asked.body_as(ReplayRequest))
    progress = await gateway.replays.start(asked.caller, asked.id, wish)
    where = {"Location": f"/v1/webhooks/{asked.id}/replays/{progress.replay.id}"}
    return Json(replay_out(progress), status_code=202, headers=where)


async def count(gateway: Gateway, asked: Asked) -> Response:
    """How many that would be."""
    wish = _wish(asked.body_as(ReplayRequest))
    total = await gateway.replays.count(asked.caller, asked.id, wish)
    return Json(ReplayCount(total=total))


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of an endpoint's replays."""
    query = asked.query_as(Paged)
    page = await gateway.replays.list(
        asked.caller, asked.id, cursor=query.cursor, limit=query.limit
    )
    return page_answer(asked, page, replay_out)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One replay."""
    found = await gateway.replays.get(asked.caller, asked.id, asked.place("replay_id"))
    return Json(replay_out(found))


async def cancel(gateway: Gateway, asked: Asked) -> Response:
    """Call a replay off."""
    ended = await gateway.replays.cancel(asked.caller, asked.id, asked.place("replay_id"))
    return Json(replay_out(ended))


async def dead_letters(gateway: Gateway, asked: Asked) -> Response:
    """A page of what an endpoint was not told."""
    query = asked.query_as(Paged)
    page = await gateway.replays.dead_letters(
        asked.caller, asked.id, cursor=query.cursor, limit=query.limit
    )
    return page_answer(asked, page, delivery_out)


async def discard(gateway: Gateway, asked: Asked) -> Response:
    """Let dead letters go for good."""
    body = asked.body_as(DiscardRequest)
    gone = await gateway.replays.discard(
        asked.caller, asked.id, tuple(body.events), everything=body.all
    )
    return Json(Discarded(discarded=gone))


async def deliveries(gateway: Gateway, asked: Asked) -> Response:
    """Where an event has got to."""
    ways = await gateway.replays.deliveries(asked.caller, asked.id)
    return Json(Deliveries(items=all_of(delivery_out, ways)))


def _op(method: str, path: str, name: str, summary: str, **more: Any) -> Operation:
    return Operation(
        method=method, path=f"/v1/webhooks/{{id}}{path}", name=name, tag="webhooks",
        summary=summary, scope="webhooks:admin", id_of="whk", **more,
    )  # fmt: skip


_ONE: dict[str, Any] = {"places": {"replay_id": REPLAY}}
OPERATIONS: Final[tuple[Operation, ...]] = (
    _op("POST", "/replay", "replayWebhook", "Send events to an endpoint once more, under their old ids",
        act=start, status=202, body=ReplayRequest, answer=ReplayOut, errors=(409,),
        headers=("Location",)),
    _op("POST", "/replay/count", "countReplay", "How many events a replay would send", act=count,
        body=ReplayRequest, answer=ReplayCount, errors=(409,)),
    _op("GET", "/replays", "listReplays", "Replays to an endpoint, the newest first", act=browse,
        query=Paged, answer=Items[ReplayOut], headers=("Link",)),
    _op("GET", "/replays/{replay_id}", "getReplay", "One replay, and how far it is", act=show,
        answer=ReplayOut, **_ONE),
    _op("POST", "/replays/{replay_id}/cancel", "cancelReplay", "Call a replay off", act=cancel,
        answer=ReplayOut, errors=(409,), **_ONE),
    _op("GET", "/dead-letters", "listDeadLetters", "What an endpoint was not told, and is not going to be",
        act=dead_letters, query=Paged, answer=Items[DeliveryOut], headers=("Link",)),
    _op("POST", "/dead-letters/discard", "discardDeadLetters", "Let dead letters go for good",
        act=discard, body=DiscardRequest, answer=Discarded),
    Operation(method="GET", path="/v1/events/{id}/deliveries", name="listEventDeliveries",
        tag="events", act=deliveries, summary="Where an event has got to, at each endpoint",
        scope="webhooks:admin", answer=Deliveries, id_of="evt"),
)  # fmt: skip

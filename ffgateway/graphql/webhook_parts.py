"""What an endpoint was told, was not, and is to be told once more, as GraphQL shows it."""

from datetime import datetime

import strawberry

from ffgateway.domain import replays, subscriptions
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.fields import field
from ffgateway.services.replays import Way
from ffgateway.services.subscriptions import AttemptFilter

strawberry.enum(subscriptions.Result, name="AttemptResult", description="How a try went.")
strawberry.enum(subscriptions.Trigger, name="AttemptTrigger", description="Why something was sent.")
strawberry.enum(replays.Which, name="ReplayKind", description="What kind of events is sent again.")
strawberry.enum(replays.ReplayState, description="Where a replay is. The last two are ends.")
strawberry.enum(
    subscriptions.DeliveryState,
    description="Where one event's way to one endpoint has got to. All but PENDING are ends.",
)


@strawberry.type(description="One try at telling an endpoint of an event.")
class Attempt:
    """A try, as it went."""

    id: strawberry.ID
    event_id: strawberry.ID
    event_type: str
    attempt: int
    at: datetime
    duration_milliseconds: int
    result: subscriptions.Result
    status: int | None = strawberry.field(description="HTTP status; null when no answer came.")
    error: str | None
    response: str | None = strawberry.field(description="The first 4 KiB of the answer.")
    next_at: datetime | None
    trigger: subscriptions.Trigger
    address: str | None = strawberry.field(
        description="The address that was called, or the last one tried."
    )
    dns_milliseconds: float | None
    connect_milliseconds: float | None
    tls_milliseconds: float | None
    first_byte_milliseconds: float | None = strawberry.field(
        description="From the request's end to the answer's head."
    )


@strawberry.type(description="Events sent to an endpoint once more, and how far that is.")
class Replay:
    """A replay."""

    id: strawberry.ID
    webhook_id: strawberry.ID
    which: replays.Which
    state: replays.ReplayState
    total: int = strawberry.field(description="Events it was to send when it was asked for.")
    queued: int = strawberry.field(description="How many were put on their way so far.")
    passed_over: int = strawberry.field(description="How many were on their way already, or gone.")
    waiting: int
    delivered: int
    failed: int = strawberry.field(description="Given up: dead letters, unless replayed since.")
    cancelled: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None


@strawberry.type(description="One event's way to one endpoint.")
class Delivery:
    """A delivery."""

    webhook_id: strawberry.ID
    event_id: strawberry.ID
    subject: strawberry.ID
    position: str
    state: subscriptions.DeliveryState
    attempts: int
    next_at: datetime | None = strawberry.field(description="Null when it has ended.")
    trigger: subscriptions.Trigger
    replay_id: strawberry.ID | None
    last_attempt: Attempt | None = strawberry.field(
        description="The last try with this event at this endpoint, on whichever way."
    )


@strawberry.type
class WebhookParts:
    """What belongs to an endpoint and is asked for by itself."""

    id: strawberry.ID

    @field("Tries at this endpoint, the newest first.")
    async def attempts(
        self,
        info: Info,
        *,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
        event_id: strawberry.ID | None = None,
        result: subscriptions.Result | None = None,
        trigger: subscriptions.Trigger | None = None,
    ) -> Connection[Attempt]:
        """How telling it went."""
        caller = await info.context.caller()
        filters = AttemptFilter(
            event_id=optional(event_id, "event_id"), result=result, trigger=trigger
        )
        page = await info.context.gateway.subscriptions.attempts(
            caller, self.id, filters, cursor=after, limit=limit(first)
        )
        return paged(page, show_attempt, key=lambda one: one.id, after=after)

    @field("One replay to this endpoint, and how far it is.")
    async def replay(self, info: Info, id: strawberry.ID) -> Replay | None:  # noqa: A002
        """One, or null."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            return show_replay(await gateway.replays.get(caller, self.id, line(id, "id")))
        except NotFound:
            return None

    @field("Replays to this endpoint, the newest first.")
    async def replays(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Replay]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.replays.list(caller, self.id, cursor=after, limit=limit(first))
        return paged(page, show_replay, key=lambda one: one.replay.id, after=after)

    @field("What it was not told, and is not going to be, of the newest event first.")
    async def dead_letters(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Delivery]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.replays.dead_letters(caller, self.id, cursor=after, limit=limit(first))
        return paged(page, show_delivery, key=lambda one: one.delivery.position, after=after)


def show_attempt(attempt: subscriptions.Attempt) -> Attempt:
    """A try for GraphQL."""
    return Attempt(
        id=strawberry.ID(attempt.id),
        event_id=strawberry.ID(attempt.event_id),
        event_type=attempt.event_type,
        attempt=attempt.attempt,
        at=attempt.at,
        duration_milliseconds=attempt.duration_ms,
        result=attempt.result,
        status=attempt.status,
        error=attempt.error or None,
        response=attempt.response or None,
        next_at=attempt.next_at,
        trigger=attempt.trigger,
        address=attempt.address or None,
        dns_milliseconds=attempt.dns_ms,
        connect_milliseconds=attempt.connect_ms,
        tls_milliseconds=attempt.tls_ms,
        first_byte_milliseconds=attempt.first_byte_ms,
    )


def show_replay(progress: replays.Progress) -> Replay:
    """A replay for GraphQL."""
    replay, tally = progress.replay, progress.tally
    return Replay(
        id=strawberry.ID(replay.id),
        webhook_id=strawberry.ID(replay.subscription_id),
        which=replay.selection.which,
        state=replay.state,
        total=replay.total,
        queued=tally.queued,
        passed_over=replay.passed_over,
        waiting=tally.waiting,
        delivered=tally.delivered,
        failed=tally.failed,
        cancelled=tally.cancelled,
        created_at=replay.created_at,
        created_by=replay.created_by,
        finished_at=replay.finished_at,
    )


def show_delivery(way: Way) -> Delivery:
    """An event's way to an endpoint for GraphQL."""
    one = way.delivery
    pending = one.state is subscriptions.DeliveryState.PENDING
    return Delivery(
        webhook_id=strawberry.ID(one.subscription_id),
        event_id=strawberry.ID(one.event_id),
        subject=strawberry.ID(one.subject),
        position=str(one.position),
        state=one.state,
        attempts=one.attempt,
        next_at=one.next_at if pending else None,
        trigger=one.trigger,
        replay_id=strawberry.ID(one.replay_id) if one.replay_id else None,
        last_attempt=show_attempt(way.last) if way.last else None,
    )

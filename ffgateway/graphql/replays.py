"""Over GraphQL: events sent to an endpoint once more, dead letters, and where an event has got to."""

from datetime import datetime
from typing import Annotated

import strawberry

from ffgateway.domain import replays, subscriptions
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import globs, line, moment, optional, position
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.webhooks import Attempt, show_attempt
from ffgateway.services.replays import Way

strawberry.enum(replays.Which, name="ReplayKind", description="What kind of events is sent again.")
strawberry.enum(replays.ReplayState, description="Where a replay is. The last two are ends.")
strawberry.enum(
    subscriptions.DeliveryState,
    description="Where one event's way to one endpoint has got to. All but PENDING are ends.",
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


@strawberry.input(description="Which events are sent again. Bounds narrow all kinds but EVENTS.")
class ReplayInput:
    """A wish."""

    which: replays.Which
    events: list[strawberry.ID] | None = None
    after: str | None = strawberry.field(default=None, description="Positions beyond this one.")
    until: str | None = strawberry.field(default=None, description="Positions up to this one.")
    since: datetime | None = None
    before: datetime | None = None
    types: list[str] | None = None
    subject: strawberry.ID | None = None


@strawberry.type(description="The replay.")
class ReplayPayload:
    """Of `replayWebhook` and `cancelReplay`."""

    replay: Replay | None
    user_errors: list[UserError]


@strawberry.type(description="How many dead letters went.")
class DiscardDeadLettersPayload:
    """Of `discardDeadLetters`."""

    discarded: int | None
    user_errors: list[UserError]


WebhookId = Annotated[strawberry.ID, strawberry.argument(description="Of the endpoint.")]


@strawberry.type
class ReplayQueries:
    """Looking on."""

    @field("How many events a replay would send.")
    async def replay_count(self, info: Info, webhook_id: WebhookId, input: ReplayInput) -> int:  # noqa: A002
        """Count."""
        caller, gateway = await info.context.caller(), info.context.gateway
        return await gateway.replays.count(caller, line(webhook_id, "webhook_id"), _wish(input))

    @field("One replay, and how far it is.")
    async def replay(self, info: Info, webhook_id: WebhookId, id: strawberry.ID) -> Replay | None:  # noqa: A002
        """One, or null."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            return _shown(
                await gateway.replays.get(caller, line(webhook_id, "webhook_id"), line(id, "id"))
            )
        except NotFound:
            return None

    @field("Replays to an endpoint, the newest first.")
    async def replays(
        self, info: Info, webhook_id: WebhookId, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Replay]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.replays.list(
            caller, line(webhook_id, "webhook_id"), cursor=after, limit=limit(first)
        )
        return paged(page, _shown, key=lambda one: one.replay.id, after=after)

    @field("What an endpoint was not told, and is not going to be, of the newest event first.")
    async def dead_letters(
        self, info: Info, webhook_id: WebhookId, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Delivery]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.replays.dead_letters(
            caller, line(webhook_id, "webhook_id"), cursor=after, limit=limit(first)
        )
        return paged(page, _way, key=lambda one: one.delivery.position, after=after)

    @field("Where an event has got to, at each endpoint that it was for; null for no such event.")
    async def event_deliveries(self, info: Info, event_id: strawberry.ID) -> list[Delivery] | None:
        """Its ways."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            ways = await gateway.replays.deliveries(caller, line(event_id, "event_id"))
        except NotFound:
            return None
        return [_way(one) for one in ways]


@strawberry.type
class ReplayMutations:
    """Sending again, and letting go."""

    @mutation("Send events to an endpoint once more, under their old ids, at the endpoint's pace.")
    async def replay_webhook(
        self,
        info: Info,
        webhook_id: WebhookId,
        input: ReplayInput,  # noqa: A002
    ) -> ReplayPayload:
        """Replay."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def start() -> Replay:
            wish = _wish(input)
            return _shown(await gateway.replays.start(caller, line(webhook_id, "webhook_id"), wish))

        begun, wrong = await settled(start())
        return ReplayPayload(replay=begun, user_errors=wrong)

    @mutation("Call a replay off: what it has not delivered is not sent.")
    async def cancel_replay(
        self,
        info: Info,
        webhook_id: WebhookId,
        id: strawberry.ID,  # noqa: A002
    ) -> ReplayPayload:
        """Cancel."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def cancel() -> Replay:
            of = line(webhook_id, "webhook_id")
            return _shown(await gateway.replays.cancel(caller, of, line(id, "id")))

        ended, wrong = await settled(cancel())
        return ReplayPayload(replay=ended, user_errors=wrong)

    @mutation("Let dead letters go for good: those of the events named, or all of them.")
    async def discard_dead_letters(
        self,
        info: Info,
        webhook_id: WebhookId,
        events: list[strawberry.ID] | None = None,
        all: bool = False,  # noqa: A002
    ) -> DiscardDeadLettersPayload:
        """Discard."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def discard() -> int:
            of, named = line(webhook_id, "webhook_id"), _events(events)
            return await gateway.replays.discard(caller, of, named, everything=all)

        gone, wrong = await settled(discard())
        return DiscardDeadLettersPayload(discarded=gone, user_errors=wrong)


def _events(given: list[strawberry.ID] | None) -> tuple[str, ...]:
    return tuple(line(one, f"events[{index}]") for index, one in enumerate(given or ()))


def _wish(given: ReplayInput) -> replays.Wish:
    return replays.Wish(
        which=given.which,
        events=_events(given.events),
        after=position(given.after),
        until=position(given.until, field="until"),
        since=moment(given.since, "since"),
        before=moment(given.before, "before"),
        types=globs(given.types),
        subject=optional(given.subject, "subject"),
    )


def _shown(progress: replays.Progress) -> Replay:
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


def _way(way: Way) -> Delivery:
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

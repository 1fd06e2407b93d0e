"""Over GraphQL: events sent to an endpoint once more, dead letters, and where an event has got to."""

from datetime import datetime
from typing import Annotated

import strawberry

from ffgateway.domain import replays
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import globs, line, moment, optional, position
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.webhook_parts import Delivery, Replay, show_delivery, show_replay


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


@strawberry.type(description="How many events a replay would send.")
class CountReplayPayload:
    """Of `countReplay`."""

    total: int | None
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

    @field("Where an event has got to, at each endpoint that it was for; null for no such event.")
    async def event_deliveries(self, info: Info, event_id: strawberry.ID) -> list[Delivery] | None:
        """Its ways."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            ways = await gateway.replays.deliveries(caller, line(event_id, "event_id"))
        except NotFound:
            return None
        return [show_delivery(one) for one in ways]


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
            return show_replay(
                await gateway.replays.start(caller, line(webhook_id, "webhook_id"), wish)
            )

        begun, wrong = await settled(start())
        return ReplayPayload(replay=begun, user_errors=wrong)

    @mutation("Say how many events a replay would send; nothing is sent.")
    async def count_replay(
        self,
        info: Info,
        webhook_id: WebhookId,
        input: ReplayInput,  # noqa: A002
    ) -> CountReplayPayload:
        """Count."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def count() -> int:
            wish = _wish(input)
            return await gateway.replays.count(caller, line(webhook_id, "webhook_id"), wish)

        total, wrong = await settled(count())
        return CountReplayPayload(total=total, user_errors=wrong)

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
            return show_replay(await gateway.replays.cancel(caller, of, line(id, "id")))

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

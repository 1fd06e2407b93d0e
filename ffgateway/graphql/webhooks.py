"""Webhook endpoints as GraphQL shows them."""

from datetime import datetime

import strawberry

from ffgateway.domain import subscriptions
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.checks import optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.fields import field
from ffgateway.graphql.signing import SigningKey, show_key
from ffgateway.services.subscriptions import AttemptFilter

strawberry.enum(
    subscriptions.SubscriptionState,
    name="WebhookState",
    description="DISABLED is the receiver's doing (410 Gone) or an operator's. "
    "What a PAUSED one misses, it gets when it is resumed.",
)
strawberry.enum(subscriptions.PausedBy, name="WebhookPausedBy", description="Who paused it.")
strawberry.enum(subscriptions.Result, name="AttemptResult", description="How a try went.")
strawberry.enum(subscriptions.Trigger, name="AttemptTrigger", description="Why something was sent.")


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


@strawberry.type(description="An endpoint that is told of events. Its secret is never shown.")
class Webhook:
    """A webhook subscription."""

    id: strawberry.ID
    url: str
    events: list[str] = strawberry.field(description="Globs: `*`, `fax.*`, `fax.delivered`.")
    description: str | None
    state: subscriptions.SubscriptionState
    paused_by: subscriptions.PausedBy | None = strawberry.field(
        description="What the GATEWAY paused it probes, and resumes by itself."
    )
    pause_reason: str | None
    paused_at: datetime | None
    probe_at: datetime | None = strawberry.field(description="When a paused one is tried next.")
    created_at: datetime
    revision: int
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")

    @field("The keys that sign what it gets, the oldest first; each signs every delivery.")
    async def keys(self, info: Info) -> list[SigningKey]:
        """The keys, without their secrets."""
        caller = await info.context.caller()
        found = await info.context.gateway.signing.keys(caller, self.id)
        return [show_key(key) for key in found]

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


def show_webhook(webhook: subscriptions.Subscription) -> Webhook:
    """An endpoint for GraphQL."""
    return Webhook(
        id=strawberry.ID(webhook.id),
        url=webhook.url,
        events=list(webhook.events),
        description=webhook.description or None,
        state=webhook.state,
        paused_by=webhook.paused_by,
        pause_reason=webhook.pause_reason or None,
        paused_at=webhook.paused_at,
        probe_at=webhook.probe_at,
        created_at=webhook.created_at,
        revision=webhook.revision,
        etag=etag_of(webhook.version),
    )


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

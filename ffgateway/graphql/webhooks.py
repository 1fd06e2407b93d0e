"""Webhook endpoints as GraphQL shows them."""

from datetime import datetime

import strawberry

from ffgateway.domain import subscriptions
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.context import Info
from ffgateway.graphql.fields import field
from ffgateway.graphql.signing import SigningKey, show_key
from ffgateway.graphql.webhook_parts import WebhookParts

strawberry.enum(
    subscriptions.SubscriptionState,
    name="WebhookState",
    description="DISABLED is the receiver's doing (410 Gone) or an operator's. "
    "What a PAUSED one misses, it gets when it is resumed.",
)
strawberry.enum(subscriptions.PausedBy, name="WebhookPausedBy", description="Who paused it.")


@strawberry.type(description="An endpoint that is told of events. Its secret is never shown.")
class Webhook(WebhookParts):
    """A webhook subscription."""

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

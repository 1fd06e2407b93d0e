"""Webhook endpoints as GraphQL shows them."""

from datetime import datetime

import strawberry

from ffgateway.domain import receivers, subscriptions
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


strawberry.enum(
    receivers.BodyFormat,
    name="WebhookBody",
    description="Our own envelope (STANDARD), or CloudEvents 1.0 as one JSON text or with headers.",
)
strawberry.enum(
    receivers.Include,
    name="WebhookInclude",
    description="What an endpoint may be told beyond the thin event.",
)


@strawberry.type(description="How we are let in at an endpoint, without what is secret.")
class WebhookAuth:
    """An outline of credentials."""

    kind: str = strawberry.field(description="none, basic, bearer or oauth2.")
    username: str | None
    token_url: str | None
    client_id: str | None
    scope: str | None
    audience: str | None


@strawberry.type(description="What an endpoint said when it was asked whether it wants events.")
class WebhookConsent:
    """A consent."""

    at: datetime
    origin: str
    rate: int | None = strawberry.field(description="Deliveries a minute; null for any number.")


def _auth(outline: receivers.Outline) -> WebhookAuth:
    return WebhookAuth(
        kind=outline.kind,
        username=outline.username or None,
        token_url=outline.token_url or None,
        client_id=outline.client_id or None,
        scope=outline.scope or None,
        audience=outline.audience or None,
    )


def _consent(consent: receivers.Consent | None) -> WebhookConsent | None:
    if consent is None:
        return None
    return WebhookConsent(at=consent.at, origin=consent.origin, rate=consent.rate)


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
    ordered: bool = strawberry.field(description="Whether events of a subject wait for each other.")
    rate_per_second: float | None = strawberry.field(description="Null: as many as it answers.")
    body: receivers.BodyFormat
    include: list[receivers.Include] = strawberry.field(
        description="What events tell beyond the thin form."
    )
    header_names: list[str] = strawberry.field(description="Sent besides; values are not shown.")
    auth: WebhookAuth
    consent: WebhookConsent | None = strawberry.field(description="Null while it was not asked.")
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
        ordered=webhook.ordered,
        rate_per_second=webhook.rate_per_second,
        body=webhook.body,
        include=list(webhook.include),
        header_names=list(webhook.outline.header_names),
        auth=_auth(webhook.outline),
        consent=_consent(webhook.consent),
        etag=etag_of(webhook.version),
    )

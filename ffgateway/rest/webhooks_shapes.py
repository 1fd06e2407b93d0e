"""Webhook endpoints and tries at them as JSON."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from ffgateway.domain.subscriptions import Attempt, Result, Subscription, Trigger
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import EventId, Line, Paged, Strict


class AuthOut(Out):
    """How we are let in, without what is secret."""

    kind: str = Field(examples=["none", "basic", "bearer", "oauth2"])
    username: str
    token_url: str
    client_id: str
    scope: str
    audience: str


class ConsentOut(Out):
    """What the endpoint said when it was asked whether it wants events."""

    at: datetime
    origin: str = Field(description="The name in which it was asked.")
    rate: int | None = Field(description="Deliveries a minute that it allows; null for any number.")


class WebhookOut(Out):
    """An endpoint."""

    id: str
    url: str
    events: list[str]
    description: str
    state: str = Field(examples=["active", "paused", "disabled"])
    paused_by: str | None = Field(
        description="Who paused it; what the gateway paused it probes, and resumes by itself.",
        examples=["operator", "gateway"],
    )
    pause_reason: str
    paused_at: datetime | None
    probe_at: datetime | None = Field(description="When a paused one is tried next.")
    created_at: datetime
    revision: int
    ordered: bool
    rate_per_second: float | None
    body: str = Field(examples=["standard", "cloudevents", "cloudevents-binary"])
    include: list[str] = Field(examples=[["numbers", "names", "subjects"]])
    header_names: list[str] = Field(description="What is sent besides; the values are not shown.")
    auth: AuthOut
    consent: ConsentOut | None = Field(description="Null while it was not asked.")


class NewWebhook(WebhookOut):
    """An endpoint just made, with the secret that its deliveries are signed with: shown once."""

    secret: str | None = Field(
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        description="Null when it has `v1a` keys alone.",
    )


class Pinged(Out):
    """A test is on its way; find its attempt by the event's id."""

    event_id: str


class PauseRequest(Strict):
    """Why nothing is sent for a while."""

    reason: Annotated[Line, Field(description="For people; it is told with `webhook.paused`.")] = ""


class AttemptQuery(Paged):
    """Which tries."""

    event_id: EventId | None = None
    result: Annotated[
        Result | None, Field(description="Only those that were delivered, or that were not.")
    ] = None
    trigger: Annotated[Trigger | None, Field(description="Only those made for this reason.")] = None


class AttemptOut(Out):
    """One try at an endpoint."""

    id: str
    event_id: str
    event_type: str
    attempt: int
    at: datetime
    duration_ms: int
    status: int | None = Field(description="The endpoint's answer; null when none came.")
    result: str = Field(examples=["delivered", "failed"])
    error: str = Field(description="Why there is no whole answer: a word; empty when there is one.")
    response: str = Field(description="The first 4 KiB of the answer.")
    next_at: datetime | None = Field(
        description="When it is tried again; null when it is delivered, or given up."
    )
    trigger: str = Field(examples=["event", "retry", "probe", "test", "replay"])
    address: str = Field(description="The address that was called, or the last one tried.")
    dns_ms: float | None = Field(description="Looking the name up; null when it was known still.")
    connect_ms: float | None = Field(description="Connecting; null over a kept connection.")
    tls_ms: float | None = Field(description="Securing the connection.")
    first_byte_ms: float | None = Field(description="From the request's end to the answer's head.")


def webhook_out(subscription: Subscription) -> WebhookOut:
    """An endpoint."""
    return WebhookOut.model_validate(_listed(subscription))


def new_webhook(subscription: Subscription, secret: str) -> NewWebhook:
    """An endpoint with its secret, "" for none."""
    return NewWebhook(**_listed(subscription), secret=secret or None)


def _listed(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "url": subscription.url,
        "events": list(subscription.events),
        "description": subscription.description,
        "state": subscription.state.value,
        "paused_by": subscription.paused_by,
        "pause_reason": subscription.pause_reason,
        "paused_at": subscription.paused_at,
        "probe_at": subscription.probe_at,
        "created_at": subscription.created_at,
        "revision": subscription.revision,
        "ordered": subscription.ordered,
        "rate_per_second": subscription.rate_per_second,
        "body": subscription.body.value,
        "include": [one.value for one in subscription.include],
        "header_names": list(subscription.outline.header_names),
        "auth": AuthOut.model_validate(subscription.outline),
        "consent": subscription.consent,
    }


def attempt_out(attempt: Attempt) -> AttemptOut:
    """One try."""
    return AttemptOut.model_validate(attempt)

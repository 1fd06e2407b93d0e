"""Webhook endpoints and tries at them as JSON."""

from datetime import datetime
from typing import Any

from pydantic import Field

from ffgateway.domain.subscriptions import Attempt, Subscription
from ffgateway.rest.answers import Out


class WebhookOut(Out):
    """An endpoint."""

    id: str
    url: str
    events: list[str]
    description: str
    state: str = Field(examples=["active", "paused", "disabled"])
    created_at: datetime
    revision: int


class NewWebhook(WebhookOut):
    """An endpoint just made, with the secret that its deliveries are signed with: shown once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class Pinged(Out):
    """A test is on its way; find its attempt by the event's id."""

    event_id: str


class AttemptOut(Out):
    """One try at an endpoint."""

    id: str
    event_id: str
    event_type: str
    attempt: int
    at: datetime
    duration_ms: int
    status: int | None = Field(description="The endpoint's answer; null when none came.")
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
    """An endpoint with its secret."""
    return NewWebhook(**_listed(subscription), secret=secret)


def _listed(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "url": subscription.url,
        "events": list(subscription.events),
        "description": subscription.description,
        "state": subscription.state.value,
        "created_at": subscription.created_at,
        "revision": subscription.revision,
    }


def attempt_out(attempt: Attempt) -> AttemptOut:
    """One try."""
    return AttemptOut.model_validate(attempt)

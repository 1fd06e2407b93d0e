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
    state: str = Field(examples=["active", "disabled"])
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
    error: str
    response: str
    next_at: datetime | None


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

"""What goes out: the domain's nouns as JSON.

Words that may grow in number (statuses, codes, states) are published as strings; only the five
phases are frozen. Every field is always there; what is not known is null.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from ffgateway.domain.access import ApiKey, Scope
from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.devices import Device, DeviceStatus
from ffgateway.domain.events import API_VERSION, Event
from ffgateway.domain.failures import Failure
from ffgateway.domain.faxes import Fax, FaxStatus, Origin, Phase
from ffgateway.domain.subscriptions import Attempt, Subscription

T = TypeVar("T")
Noun = TypeVar("Noun")


class Json(JSONResponse):
    """JSON by orjson, which writes dates and enumerations by itself."""

    def render(self, content: Any) -> bytes:
        """Write models as their fields."""
        return orjson.dumps(content, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} is not JSON")


class Out(BaseModel):
    """An answer, read straight from a noun's attributes where the names agree."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Items(Out, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Leads to the next page; null on the last one.")


# Faxes ------------------------------------------------------------------------------------------


class RecipientOut(Out):
    """Who receives."""

    fax_number: str
    name: str
    organization: str
    phone_number: str


class DocumentOut(Out):
    """A document of a fax, by its fingerprint; or the address where the appliance fetches it."""

    name: str
    content_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    url: str


class HoldOut(Out):
    """Whose decision a held fax waits for."""

    reason: str


class HangupOut(Out):
    """The modem's cause, and the list it is from."""

    scheme: str
    code: int


class FailureDevice(Out):
    """What the appliance itself said."""

    id: str | None
    state: str
    text: str
    hangup: HangupOut | None


class FailureOut(Out):
    """Why a fax failed, and what to do."""

    category: str
    code: str
    phase: Phase
    retryable: bool
    retry_class: str
    attempts: int
    pages_confirmed: int
    message: str
    next_step: str
    doc_url: str
    device: FailureDevice


class FaxDevice(Out):
    """What the appliance calls the fax, and its own words about it."""

    fax_key: str
    entry_key: str
    state: str
    message: str


class FaxOut(Out):
    """One recipient's copy of what was sent."""

    id: str
    submission_id: str = Field(
        description="The request that it came in with, shared by all its recipients."
    )
    origin: Origin = Field(description="Who put it on its appliance: the gateway, or others there.")
    username: str | None = Field(description="Whose it is there, once the appliance said so.")
    agent: str | None = Field(
        description="What put it there, in the appliance's words.", examples=["FFWS", "WebClient"]
    )
    status: str = Field(
        description="Where it is; words may be added.", examples=[one.value for one in FaxStatus]
    )
    phase: Phase
    recipient: RecipientOut
    client_reference: str | None
    created_at: datetime
    updated_at: datetime
    send_at: datetime | None
    device_id: str | None
    attempt: int
    pages: int
    next_attempt_at: datetime | None
    hold: HoldOut | None
    failure: FailureOut | None
    cancelled_by: str | None
    cancel_requested_at: datetime | None
    device: FaxDevice | None
    documents: list[DocumentOut]
    resend_of: str | None
    finished_at: datetime | None
    revision: int = Field(description="Rises with every change.")


class Accepted(Out):
    """What was promised: one fax for each recipient, kept durably."""

    submission_id: str
    faxes: list[FaxOut]


def failure_out(failure: Failure, phase: Phase) -> FailureOut:
    """A failure, with the page that explains its code."""
    hangup = failure.hangup
    return FailureOut(
        category=failure.category.value,
        code=failure.code,
        phase=phase,
        retryable=failure.retryable,
        retry_class=failure.retry_class.value,
        attempts=failure.attempts,
        pages_confirmed=failure.pages_confirmed,
        message=failure.message,
        next_step=failure.next_step,
        doc_url=f"/problems/{failure.code}",
        device=FailureDevice(
            id=failure.device_id,
            state=failure.device_state,
            text=failure.device_text,
            hangup=HangupOut.model_validate(hangup) if hangup else None,
        ),
    )


def fax_out(fax: Fax) -> FaxOut:
    """A fax."""
    there = fax.fax_key or fax.entry_key or fax.device_state or fax.device_message
    return FaxOut(
        id=fax.id,
        submission_id=fax.submission_id,
        origin=fax.origin,
        username=fax.username or None,
        agent=fax.agent or None,
        status=fax.status.value,
        phase=fax.phase,
        recipient=RecipientOut.model_validate(fax.recipient),
        client_reference=fax.client_reference or None,
        created_at=fax.created_at,
        updated_at=fax.updated_at,
        send_at=fax.send_at,
        device_id=fax.device_id,
        attempt=fax.attempt,
        pages=fax.pages,
        next_attempt_at=fax.next_attempt_at,
        hold=HoldOut(reason=fax.hold_reason.value) if fax.hold_reason else None,
        failure=failure_out(fax.failure, fax.phase) if fax.failure else None,
        cancelled_by=fax.cancelled_by.value if fax.cancelled_by else None,
        cancel_requested_at=fax.cancel_requested_at,
        device=FaxDevice(
            fax_key=fax.fax_key,
            entry_key=fax.entry_key,
            state=fax.device_state,
            message=fax.device_message,
        )
        if there
        else None,
        documents=[DocumentOut.model_validate(one) for one in fax.documents],
        resend_of=fax.resend_of,
        finished_at=fax.finished_at,
        revision=fax.revision,
    )


# Devices ----------------------------------------------------------------------------------------


class OverrideOut(Out):
    """What an operator saw of an operation; null is as the dialect has it."""

    path: str | None = None
    method: str | None = None
    elements: dict[str, str] | None = None


class DeviceOut(Out):
    """An appliance; its password is never shown."""

    id: str
    name: str
    url: str
    username: str
    model: str
    zone: str
    dialect: str
    ca_pem: str | None
    fingerprint: str | None
    enabled: bool
    health: str = Field(examples=["online", "offline", "auth_failed", "unknown"])
    health_detail: str
    last_seen_at: datetime | None
    shows_all: bool | None = Field(
        description="Whether it lets us list everybody's faxes: false when it refused, null before"
        " the first look. An appliance may also pass over the question."
    )
    poll_busy_seconds: float
    poll_idle_seconds: float
    created_at: datetime
    revision: int
    firmware: str = Field(examples=["3.5.2"])
    overrides: dict[str, OverrideOut]


def device_out(device: Device) -> DeviceOut:
    """An appliance."""
    return DeviceOut(
        id=device.id,
        name=device.name,
        url=device.url,
        username=device.username,
        model=device.model,
        zone=device.zone,
        dialect=device.dialect,
        ca_pem=device.trust.ca_pem or None,
        fingerprint=device.trust.fingerprint or None,
        enabled=device.enabled,
        health=device.health.value,
        health_detail=device.health_detail,
        last_seen_at=device.last_seen_at,
        shows_all=device.shows_all,
        poll_busy_seconds=device.poll_busy.total_seconds(),
        poll_idle_seconds=device.poll_idle.total_seconds(),
        created_at=device.created_at,
        revision=device.revision,
        firmware=device.firmware,
        overrides={
            name: OverrideOut.model_validate(dict(each)) for name, each in device.overrides.items()
        },
    )


class LineOut(Out):
    """One line of an appliance, now."""

    number: int
    state: str
    idle: bool
    page: int
    fax_number: str
    remote_id: str
    baud_rate: str


class ReceptionOut(Out):
    """A fax being received."""

    state: str
    line: int | None
    extension: str
    recipient: str
    remote_id: str
    page: int | None


class PrinterOut(Out):
    """A printer that received faxes go to."""

    name: str
    status: str
    jobs: str


class ShareOut(Out):
    """A network share that received faxes go to."""

    share: str
    status: str


class DeviceStatusOut(Out):
    """An appliance as it is now, in its own words."""

    device_id: str
    lines_sending: int | None
    lines_receiving: int | None
    lines_idle: int | None
    uptime: str
    current_time: str
    time_server: str
    lines: list[LineOut]
    receiving: list[ReceptionOut]
    printers: list[PrinterOut]
    shares: list[ShareOut]


def device_status_out(status: DeviceStatus) -> DeviceStatusOut:
    """An appliance as it is now."""
    return DeviceStatusOut.model_validate(status)


# Webhooks ---------------------------------------------------------------------------------------


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


# The logs ---------------------------------------------------------------------------------------


class EventOut(Out):
    """Something that happened, as webhooks tell it too."""

    type: str
    timestamp: datetime
    id: str
    position: int = Field(description="Its place in the log, without gaps.")
    sequence: int = Field(description="Rises by one for each event of the subject.")
    api_version: str
    subject: str
    data: dict[str, Any]


class Events(Out):
    """Events in order; go on with `after` = `next_after`, also when there were none."""

    items: list[EventOut]
    next_after: int


class FaxEvents(Out):
    """The whole story of one fax, in order."""

    items: list[EventOut]


class AuditOut(Out):
    """Who did what to which thing, when, and how it ended."""

    number: int
    at: datetime
    principal_id: str
    principal_name: str
    action: str
    resource: str
    outcome: str
    request_id: str
    address: str
    detail: dict[str, Any]


def event_out(event: Event) -> EventOut:
    """An event."""
    return EventOut(
        type=event.type,
        timestamp=event.at,
        id=event.id,
        position=event.position,
        sequence=event.sequence,
        api_version=API_VERSION,
        subject=event.subject,
        data=dict(event.data),
    )


def audit_out(entry: AuditEntry) -> AuditOut:
    """A line of the audit log."""
    return AuditOut(
        number=entry.number,
        at=entry.at,
        principal_id=entry.principal_id,
        principal_name=entry.principal_name,
        action=entry.action,
        resource=entry.resource,
        outcome=entry.outcome.value,
        request_id=entry.request_id,
        address=entry.address,
        detail=dict(entry.detail),
    )


# Keys -------------------------------------------------------------------------------------------


class KeyOut(Out):
    """A key, without its text."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    revoked_at: datetime | None


class NewKey(KeyOut):
    """A key just made, with its text: shown once."""

    key: str = Field(examples=["ffgw_…"])


class Keys(Out):
    """Every key."""

    items: list[KeyOut]


def key_out(key: ApiKey) -> KeyOut:
    """A key."""
    return KeyOut(**_key(key))


def new_key(key: ApiKey, token: str) -> NewKey:
    """A key with its text."""
    return NewKey(**_key(key), key=token)


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


# Health -----------------------------------------------------------------------------------------


class HealthOut(Out):
    """Well, or not."""

    status: str


def all_of(write: Callable[[Noun], T], nouns: tuple[Noun, ...]) -> list[T]:
    """Each of them as JSON."""
    return [write(one) for one in nouns]

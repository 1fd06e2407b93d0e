"""What subscribers are told. A type, once published, only gains fields."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from ffgateway.domain.batches import Progress
from ffgateway.domain.devices import Device
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.domain.inbound import InboundFax, InboundStatus
from ffgateway.domain.sealing import SignedHead
from ffgateway.domain.subscriptions import PausedBy, Subscription, resumed

API_VERSION = "2026-11-01"
"""The shape of the payloads; it travels in each of them."""


class EventType(StrEnum):
    """Every type this version can write."""

    FAX_ACCEPTED = "fax.accepted"
    FAX_HELD = "fax.held"
    FAX_SCHEDULED = "fax.scheduled"
    FAX_QUEUED = "fax.queued"
    FAX_SUBMITTING = "fax.submitting"
    FAX_UNCERTAIN = "fax.uncertain"
    FAX_RECONCILED = "fax.reconciled"
    FAX_SUBMITTED = "fax.submitted"
    FAX_DEVICE_QUEUED = "fax.device_queued"
    FAX_SENDING = "fax.sending"
    FAX_ATTEMPT_FAILED = "fax.attempt_failed"
    FAX_RETRY_SCHEDULED = "fax.retry_scheduled"
    FAX_STUCK = "fax.stuck"
    FAX_CANCEL_REQUESTED = "fax.cancel_requested"
    FAX_DELIVERED = "fax.delivered"
    FAX_FAILED = "fax.failed"
    FAX_CANCELLED = "fax.cancelled"
    FAX_CORRECTED = "fax.corrected"
    DEVICE_ONLINE = "device.online"
    DEVICE_OFFLINE = "device.offline"
    DEVICE_DEGRADED = "device.degraded"
    DEVICE_DRAINING = "device.draining"
    DEVICE_AUTH_FAILED = "device.auth_failed"
    DEVICE_UNRECOGNISED_STATE = "device.unrecognised_state"
    WEBHOOK_PING = "webhook.ping"
    WEBHOOK_PAUSED = "webhook.paused"
    WEBHOOK_RESUMED = "webhook.resumed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_DEAD_LETTERED = "webhook.dead_lettered"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    INBOUND_RECEIVING = "inbound.receiving"
    INBOUND_RECEIVED = "inbound.received"
    INBOUND_FAILED = "inbound.failed"
    DEVICE_CONFIG_DRIFTED = "device.config_drifted"
    DEVICE_CLOCK_SKEW = "device.clock_skew"
    LINE_DEGRADED = "line.degraded"
    LINE_RECOVERED = "line.recovered"
    BATCH_ACCEPTED = "batch.accepted"
    BATCH_COMPLETED = "batch.completed"
    AUDIT_CHECKPOINT = "audit.checkpoint"


OF_STATUS: dict[FaxStatus, EventType] = {
    FaxStatus.ACCEPTED: EventType.FAX_ACCEPTED,
    FaxStatus.HELD: EventType.FAX_HELD,
    FaxStatus.SCHEDULED: EventType.FAX_SCHEDULED,
    FaxStatus.QUEUED: EventType.FAX_QUEUED,
    FaxStatus.SUBMITTING: EventType.FAX_SUBMITTING,
    FaxStatus.UNCERTAIN: EventType.FAX_UNCERTAIN,
    FaxStatus.PREPARING: EventType.FAX_SUBMITTED,
    FaxStatus.DEVICE_QUEUED: EventType.FAX_DEVICE_QUEUED,
    FaxStatus.SENDING: EventType.FAX_SENDING,
    FaxStatus.RETRY_WAIT: EventType.FAX_RETRY_SCHEDULED,
    FaxStatus.CANCELLING: EventType.FAX_CANCEL_REQUESTED,
    FaxStatus.DELIVERED: EventType.FAX_DELIVERED,
    FaxStatus.FAILED: EventType.FAX_FAILED,
    FaxStatus.CANCELLED: EventType.FAX_CANCELLED,
}
"""Each change of status is told by exactly one type, so a subscriber can rebuild the whole story."""

OF_INBOUND: dict[InboundStatus, EventType] = {
    InboundStatus.RECEIVING: EventType.INBOUND_RECEIVING,
    InboundStatus.RECEIVED: EventType.INBOUND_RECEIVED,
    InboundStatus.RECEIVED_PARTIAL: EventType.INBOUND_FAILED,  # the call failed; `status` tells more
    InboundStatus.FAILED: EventType.INBOUND_FAILED,
}
"""One event when a call begins and one when it is over. Pages are not told one by one: how many
would be seen depends on how often we look, and a subscriber who counts them asks for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """Something that happened, before the log has given it its place."""

    type: EventType
    subject: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `position` has no gaps; `sequence` rises by one for each subject."""

    id: str
    position: int
    sequence: int
    type: str
    subject: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How far the log goes at one moment: every event beyond `purged_to` up to `head` is there."""

    purged_to: int
    head: int

    @property
    def oldest(self) -> int:
        """The first position that can still be read, or that will be given next."""
        return self.purged_to + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of the log: events in order, and how far the log went when they were read.

    `looked_to`: there may be more behind this position, though these are not as many as were asked for.
    """

    events: tuple[Event, ...]
    span: Span
    looked_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Nothing for this listener up to a position: a sign of life, and a cursor to come back with."""

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a listener wants: types by glob, of which one must match, and one subject."""

    types: tuple[str, ...] = ()
    subject: str | None = None

    def matches(self, event: Event) -> bool:
        """Whether an event is for this listener."""
        if self.subject is not None and event.subject != self.subject:
            return False
        return not self.types or any(fnmatchcase(event.type, glob) for glob in self.types)


def fax_event(
    kind: EventType, fax: Fax, *, previous: FaxStatus | None, at: datetime, **more: object
) -> EventDraft:
    """Tell of a fax, thinly: no numbers, no names, nothing of the document."""
    data: dict[str, Any] = {
        "id": fax.id,
        "submission_id": fax.promised_in,
        "status": fax.status.value,
        "previous_status": previous.value if previous else None,
        "phase": fax.phase.value,
        "device_id": fax.device_id,
        "client_reference": fax.client_reference or None,
        "pages": fax.pages,
        "attempt": fax.attempt,
        "origin": fax.origin.value,
        "batch_id": fax.batch_id,
    }
    if fax.hold_reason is not None and fax.status is FaxStatus.HELD:
        data["hold"] = {"reason": fax.hold_reason.value, "detail": fax.hold_detail or None}
    if fax.next_attempt_at is not None and fax.status is FaxStatus.RETRY_WAIT:
        data["next_attempt_at"] = fax.next_attempt_at.isoformat()
    if fax.reschedule_to is not None and fax.status is FaxStatus.CANCELLING:
        data["reschedule_to"] = fax.reschedule_to.isoformat()
    if fax.failure is not None and fax.status is FaxStatus.FAILED:
        data["failure"] = {
            "category": fax.failure.category.value,
            "code": fax.failure.code,
            "retryable": fax.failure.retryable,
            "pages_confirmed": fax.failure.pages_confirmed,
            "message": fax.failure.message,
        }
    if fax.cancelled_by is not None and fax.status is FaxStatus.CANCELLED:
        data["cancelled_by"] = fax.cancelled_by.value
    if fax.corrected_as is not None:
        data["corrected_as"] = fax.corrected_as.value
    return EventDraft(type=kind, subject=fax.id, at=at, data=data | more)


def status_event(fax: Fax, *, previous: FaxStatus | None, at: datetime) -> EventDraft:
    """Tell that a fax has come to its present status."""
    return fax_event(OF_STATUS[fax.status], fax, previous=previous, at=at)


def device_event(kind: EventType, device: Device, *, at: datetime, **more: object) -> EventDraft:
    """Tell of an appliance; never of its address or user name."""
    data = {"id": device.id, "name": device.name, "health": device.health.value}
    return EventDraft(type=kind, subject=device.id, at=at, data=data | more)


def drift_event(
    device: Device, *, changes: int, sections: Sequence[str], at: datetime
) -> EventDraft:
    """Tell that an appliance is no longer as its document says: in how many things, of which kind."""
    return device_event(
        EventType.DEVICE_CONFIG_DRIFTED, device, at=at, changes=changes, sections=list(sections)
    )


def webhook_event(
    kind: EventType, subscription: Subscription, *, at: datetime, **more: object
) -> EventDraft:
    """Tell of a webhook endpoint."""
    data = {"id": subscription.id, "state": subscription.state.value}
    return EventDraft(type=kind, subject=subscription.id, at=at, data=data | more)


def paused_event(subscription: Subscription, *, at: datetime) -> EventDraft:
    """Tell that an endpoint was paused: by whom and why."""
    return webhook_event(
        EventType.WEBHOOK_PAUSED,
        subscription,
        at=at,
        paused_by=subscription.paused_by.value if subscription.paused_by else None,
        reason=subscription.pause_reason or None,
    )


def resumed_event(before: Subscription, *, by: PausedBy, at: datetime) -> EventDraft:
    """Tell that an endpoint is active again, given what it was before that."""
    return webhook_event(
        EventType.WEBHOOK_RESUMED,
        resumed(before),
        at=at,
        resumed_by=by.value,
        paused_at=before.paused_at.isoformat() if before.paused_at else None,
    )


def inbound_event(fax: InboundFax, *, at: datetime) -> EventDraft:
    """Tell of a call that came in, thinly: not who called, nor for whom."""
    data = {
        "id": fax.id,
        "device_id": fax.device_id,
        "status": fax.status.value,
        "line": fax.line,
        "page": fax.page,
        "pages": fax.pages,
        "settled_by": fax.settled_by.value if fax.settled_by else None,
    }
    return EventDraft(type=OF_INBOUND[fax.status], subject=fax.id, at=at, data=data)


def batch_event(kind: EventType, progress: Progress, *, at: datetime) -> EventDraft:
    """Tell of a batch, thinly: how many, not who."""
    batch, tally = progress.batch, progress.tally
    data = {
        "id": batch.id,
        "status": batch.status.value,
        "client_reference": batch.template.client_reference or None,
        "total": batch.total,
        "phases": {phase.value: count for phase, count in tally.phases.items()},
        "pages": tally.pages,
    }
    return EventDraft(type=kind, subject=batch.id, at=at, data=data)


def checkpoint_event(head: SignedHead, origin: str) -> EventDraft:
    """Tell the signed head of the audit log; nothing of its rows."""
    data = {
        "id": origin,
        "size": head.size,
        "root": base64.b64encode(head.root).decode(),
        "checkpoint": head.note,
    }
    return EventDraft(type=EventType.AUDIT_CHECKPOINT, subject=origin, at=head.at, data=data)

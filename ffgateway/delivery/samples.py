"""The nouns that sample events are made of: for documents, pings and tests. Nobody's data."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from ffgateway.audit_verify import Checkpoint, Key, note
from ffgateway.domain.batches import Asker, Batch, BatchStatus, Progress, Tally
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.events import OF_INBOUND, EventType
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    CancelledBy,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Recipient,
)
from ffgateway.domain.inbound import InboundFax, SettledBy
from ffgateway.domain.sealing import SignedHead
from ffgateway.domain.subscriptions import (
    PausedBy,
    Subscription,
    SubscriptionState,
    paused_as,
)

_T = EventType
NOON = datetime(2026, 11, 23, 9, 15, 0, 123000, tzinfo=UTC)
_SAMPLE_DEVICE = Device(
    id="dev_01KARTX5RBW8N2Y6GJ1KQ4T7FA",
    name="front-office",
    url="https://192.0.2.10",
    username="gateway",
    model="FF240",
    zone="UTC",
    created_at=NOON,
)
_SAMPLE_HEALTH = {
    _T.DEVICE_ONLINE: Health.ONLINE,
    _T.DEVICE_OFFLINE: Health.OFFLINE,
    _T.DEVICE_AUTH_FAILED: Health.AUTH_FAILED,
    _T.DEVICE_CONFIG_DRIFTED: Health.ONLINE,
    _T.DEVICE_DEGRADED: Health.ONLINE,
    _T.DEVICE_DRAINING: Health.ONLINE,
    _T.DEVICE_CLOCK_SKEW: Health.ONLINE,
    _T.LINE_DEGRADED: Health.ONLINE,
    _T.LINE_RECOVERED: Health.ONLINE,
}
_LINE = {"line": 2, "tried": 10, "others_failed": 2, "others_tried": 38}
SAMPLE_FACTS: dict[EventType, dict[str, object]] = {
    _T.DEVICE_DRAINING: {"unfinished": 2},
    _T.DEVICE_CLOCK_SKEW: {"offset_seconds": -3600, "known_by": KnownBy.CREATED.value},
    _T.LINE_DEGRADED: {**_LINE, "failed": 7, "probability": 0.0000525},
    _T.LINE_RECOVERED: {**_LINE, "failed": 1, "probability": 0.512},
}
"""What else events of these types tell of an appliance."""
_SAMPLE_BATCH = "bat_01KARTX5RB1V6C9M3H7K2E5TQX"


def sample_fax(status: FaxStatus) -> Fax:
    """Return a fax with everything a status can bring."""
    return Fax(
        id="fax_01KARTX5RB4PSM9QE3V7Z0H2CD",
        submission_id="sub_01KARTX5RBZ7A4H0QG6E2V8NKM",
        index=0,
        status=status,
        created_at=NOON,
        updated_at=NOON,
        recipient=Recipient(fax_number="5550100"),
        client_reference="PO-4711",
        batch_id=_SAMPLE_BATCH,
        device_id=_SAMPLE_DEVICE.id,
        attempt=1,
        pages=3,
        next_attempt_at=NOON,
        hold_reason=HoldReason.APPROVAL,
        failure=failure("busy", attempts=3),
        cancelled_by=CancelledBy.API,
        reschedule_to=NOON,
    )


def sample_progress(event_type: EventType) -> Progress:
    """Return the batch that an event of this type would tell of."""
    over = event_type is _T.BATCH_COMPLETED
    statuses = {FaxStatus.DELIVERED: 398, FaxStatus.FAILED: 2} if over else {}
    batch = Batch(
        id=_SAMPLE_BATCH,
        created_at=NOON,
        template=FaxDraft(recipients=(), documents=(), client_reference="PO-4711"),
        total=400,
        asked_by=Asker(principal_id="key_01KARTX5RB6F0T3R8Y1B5S9MKD"),
        status=BatchStatus.COMPLETED_WITH_FAILURES if over else BatchStatus.IN_PROGRESS,
    )
    waiting = {FaxStatus.ACCEPTED: 400}
    return Progress(batch=batch, tally=Tally(statuses=statuses or waiting, pages=1194 * over))


def sample_call(event_type: EventType) -> InboundFax:
    """Return the call that an event of this type would tell of."""
    status = next(status for status, told in OF_INBOUND.items() if told is event_type)
    over = event_type is not _T.INBOUND_RECEIVING
    return InboundFax(
        id="inb_01KARTX5RB3Y7T1K9D5W8E2QZC",
        device_id=_SAMPLE_DEVICE.id,
        status=status,
        created_at=NOON,
        updated_at=NOON,
        line=2,
        remote_id="5550100",
        page=3 if over else 1,
        pages={_T.INBOUND_RECEIVED: 3, _T.INBOUND_FAILED: 2}.get(event_type),
        settled_by=SettledBy.INBOUND_LOG if over else None,
    )


def sample_device(event_type: EventType) -> Device:
    """Return the appliance that an event of this type would tell of."""
    return replace(_SAMPLE_DEVICE, health=_SAMPLE_HEALTH[event_type])


def sample_endpoint(event_type: EventType) -> Subscription:
    """Return the endpoint that an event of this type would tell of."""
    disabled, paused = event_type is _T.WEBHOOK_DISABLED, event_type is _T.WEBHOOK_PAUSED
    endpoint = Subscription(
        id="whk_01KARTX5RB9C5J2W7P3T0X6YQN",
        url="https://receiver.example/faxes",
        events=("fax.*",),
        created_at=NOON,
        state=SubscriptionState.DISABLED if disabled else SubscriptionState.ACTIVE,
    )
    reason = "15 tries in a row failed; the last one: 500"
    return paused_as(endpoint, by=PausedBy.GATEWAY, reason=reason, at=NOON) if paused else endpoint


SAMPLE_ORIGIN = "ffgateway/sig_01kartx5rb2n4w6v8y0t1r3e5q"


def sample_head() -> SignedHead:
    """Return the head of an audit log. Its note is of the right form; nobody's key signed it."""
    root = hashlib.sha256(SAMPLE_ORIGIN.encode()).digest()
    text = Checkpoint(SAMPLE_ORIGIN, 48213, root).text
    signature = note(text, [(Key(SAMPLE_ORIGIN, bytes(32)), bytes(64))])
    return SignedHead(size=48213, root=root, at=NOON, note=signature)

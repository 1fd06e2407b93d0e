"""The nouns that sample events are made of: for documents, pings and tests. Nobody's data."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ffgateway.audit_verify import Checkpoint, Key, note
from ffgateway.delivery.payload_schemas import STATUS_OF
from ffgateway.domain.access import Scope
from ffgateway.domain.batches import Asker, Batch, BatchStatus, Progress, Tally
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.events import (
    OF_INBOUND,
    Event,
    EventDraft,
    EventType,
    batch_event,
    checkpoint_event,
    device_event,
    drift_event,
    fax_event,
    inbound_event,
    paused_event,
    resumed_event,
    webhook_event,
)
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    CancelledBy,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Recipient,
)
from ffgateway.domain.fleet_document import Section
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


def sample(event_type: EventType) -> Event:
    """Return an event of this type as the domain would make it: for documents, pings and tests."""
    draft = _sample_draft(event_type)
    return Event(
        id="evt_01KARTX5RVJ3D8M5XW2N9C6PBE",
        position=48213,
        sequence=7,
        type=draft.type.value,
        subject=draft.subject,
        at=draft.at,
        data=draft.data,
    )


def _sample_draft(event_type: EventType) -> EventDraft:
    group = event_type.partition(".")[0]
    if group == "fax" or event_type is EventType.DEVICE_UNRECOGNISED_STATE:
        return _sample_of_fax(event_type)
    if event_type is EventType.DEVICE_CONFIG_DRIFTED:
        sections = [Section.CONTACTS.value, Section.MODEM_SETTINGS.value]
        return drift_event(sample_device(event_type), changes=3, sections=sections, at=NOON)
    if group in {"device", "line"}:
        more = SAMPLE_FACTS.get(event_type, {})
        return device_event(event_type, sample_device(event_type), at=NOON, **more)
    if group == "batch":
        return batch_event(event_type, sample_progress(event_type), at=NOON)
    if event_type is EventType.WEBHOOK_PAUSED:
        return paused_event(sample_endpoint(event_type), at=NOON)
    if event_type is EventType.WEBHOOK_RESUMED:
        endpoint = sample_endpoint(EventType.WEBHOOK_PAUSED)
        return resumed_event(endpoint, by=PausedBy.GATEWAY, at=NOON)
    if group == "webhook":
        return webhook_event(event_type, sample_endpoint(event_type), at=NOON)
    if group == "audit":
        return checkpoint_event(sample_head(), SAMPLE_ORIGIN)
    if group == "inbound":
        return inbound_event(sample_call(event_type), at=NOON)
    key = {
        "id": "key_01KARTX5RB6F0T3R8Y1B5S9MKD",
        "name": "billing",
        "scopes": [Scope.FAXES_SEND.value],
    }
    if event_type is EventType.KEY_ROTATED:
        key["old_secrets_until"] = (NOON + timedelta(days=1)).isoformat()
    return EventDraft(type=event_type, subject=str(key["id"]), at=NOON, data=key)


def _sample_of_fax(event_type: EventType) -> EventDraft:
    late = event_type is EventType.FAX_CORRECTED
    status = STATUS_OF.get(event_type, FaxStatus.FAILED if late else FaxStatus.SENDING)
    more: dict[str, object] = {}
    if event_type is EventType.FAX_STUCK:
        more = {"since": NOON.isoformat(), "evidence": "The appliance shows it as sending."}
    if event_type is EventType.FAX_ATTEMPT_FAILED:
        more = {"attempt": 1, "code": "busy", "pages_confirmed": 0}
    if event_type is EventType.DEVICE_UNRECOGNISED_STATE:
        more = {"state": "parked"}
    previous = FaxStatus.UNCERTAIN if event_type is EventType.FAX_RECONCILED else FaxStatus.QUEUED
    fax = sample_fax(status)
    if late:
        lost = failure("lost", attempts=1)
        fax, previous = replace(fax, failure=lost, corrected_as=FaxStatus.DELIVERED), status
    return fax_event(event_type, fax, previous=previous, at=NOON, **more)

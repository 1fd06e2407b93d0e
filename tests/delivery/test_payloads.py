"""What leaves, held against the schemas that are published for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from ffgateway.delivery.meanings import MEANINGS
from ffgateway.delivery.payload_schemas import schema
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.samples import sample
from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.events import (
    API_VERSION,
    OF_STATUS,
    Event,
    EventDraft,
    EventType,
    fax_event,
    inbound_event,
    status_event,
)
from ffgateway.domain.failures import KINDS, failure
from ffgateway.domain.faxes import CancelledBy, Fax, FaxStatus, HoldReason, Recipient
from ffgateway.domain.inbound import InboundFax, InboundStatus, SettledBy

AT = datetime(2026, 11, 23, 9, 15, 0, 123456, tzinfo=UTC)
FAX = Fax(
    id="fax_1",
    submission_id="sub_1",
    index=0,
    status=FaxStatus.SENDING,
    created_at=AT,
    updated_at=AT,
    recipient=Recipient(fax_number="5550100", name="Ada"),
)


def logged(draft: EventDraft) -> Event:
    return Event(
        id="evt_1",
        position=1,
        sequence=1,
        type=draft.type,
        subject=draft.subject,
        at=draft.at,
        data=draft.data,
    )


def validate(event: Event) -> None:
    document = json.loads(payload(event))
    kind = schema(EventType(event.type))
    Draft202012Validator(kind, format_checker=FormatChecker()).validate(document)


def test_the_envelope_is_written_field_by_field() -> None:
    event = Event(
        id="evt_1",
        position=48213,
        sequence=7,
        type="fax.delivered",
        subject="fax_1",
        at=AT,
        data={"id": "fax_1"},
    )
    assert payload(event) == (
        b'{"type":"fax.delivered","timestamp":"2026-11-23T09:15:00.123Z","id":"evt_1",'
        b'"position":48213,"sequence":7,"api_version":"' + API_VERSION.encode() + b'",'
        b'"subject":"fax_1","data":{"id":"fax_1"}}'
    )


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        (datetime(2026, 1, 2, 0, 0, 0, 999999, tzinfo=UTC), "2026-01-02T00:00:00.999Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00.000Z"),
    ],
)
def test_moments_are_in_utc_with_milliseconds(at: datetime, written: str) -> None:
    event = replace(sample(EventType.WEBHOOK_PING), at=at)
    assert json.loads(payload(event))["timestamp"] == written


@pytest.mark.parametrize("event_type", EventType)
def test_every_type_has_a_meaning_and_a_valid_schema(event_type: EventType) -> None:
    kind = schema(event_type)
    Draft202012Validator.check_schema(kind)
    assert kind["title"] == event_type
    assert kind["description"] == MEANINGS[event_type]
    assert kind["$id"].endswith(f":{event_type}")


@pytest.mark.parametrize("event_type", EventType)
def test_the_sample_of_every_type_is_valid(event_type: EventType) -> None:
    event = sample(event_type)
    assert event.type == event_type
    validate(event)


@pytest.mark.parametrize("event_type", EventType)
def test_a_type_may_gain_fields_and_may_not_lose_them(event_type: EventType) -> None:
    event = sample(event_type)
    validate(replace(event, data={**event.data, "added_later": {"of": "any shape"}}))
    with pytest.raises(ValidationError, match="'id' is a required property"):
        validate(replace(event, data={k: v for k, v in event.data.items() if k != "id"}))


BARE = {"hold_reason": None, "next_attempt_at": None, "failure": None, "cancelled_by": None}
FULL = {
    "hold_reason": HoldReason.QUIET_HOURS,
    "next_attempt_at": AT,
    "failure": failure("busy"),
    "cancelled_by": CancelledBy.DEVICE,
    "device_id": "dev_1",
    "client_reference": "PO-4711",
}


@pytest.mark.parametrize("facts", [BARE, FULL], ids=["bare", "full"])
@pytest.mark.parametrize("previous", [None, FaxStatus.QUEUED])
@pytest.mark.parametrize("status", FaxStatus)
def test_what_the_domain_tells_of_every_status_is_valid(
    status: FaxStatus, previous: FaxStatus | None, facts: dict[str, Any]
) -> None:
    fax = replace(FAX, status=status, **facts)
    validate(logged(status_event(fax, previous=previous, at=AT)))
    validate(logged(fax_event(EventType.FAX_RECONCILED, fax, previous=previous, at=AT)))


@pytest.mark.parametrize("code", KINDS)
def test_every_failure_is_valid(code: str) -> None:
    fax = replace(FAX, status=FaxStatus.FAILED, failure=failure(code))
    event = logged(status_event(fax, previous=FaxStatus.SENDING, at=AT))
    assert event.data["failure"]["code"] == code
    validate(event)


SIGHTING = Sighting(
    fax_key="00000001",
    entry_key="00000001",
    status=FaxStatus.DEVICE_QUEUED,
    state="pending",
    message="Busy",
    try_number=3,
    pages=1,
    due_at=AT,
    created_at=AT,
    fax_number="5550100",
)


@pytest.mark.parametrize(
    ("sighting", "told"),
    [
        (SIGHTING, [EventType.FAX_ATTEMPT_FAILED, EventType.FAX_RETRY_SCHEDULED]),
        (
            replace(SIGHTING, status=None, state="parked"),
            [EventType.DEVICE_UNRECOGNISED_STATE],
        ),
    ],
    ids=["a try failed", "an unknown word"],
)
def test_what_a_look_tells_is_valid(sighting: Sighting, told: list[EventType]) -> None:
    fax = replace(FAX, entry_key="00000001", attempt=1, first_try=1)
    news = observe(fax, sighting, at=AT).news
    assert [draft.type for draft in news] == told
    for draft in news:
        validate(logged(draft))


@pytest.mark.parametrize(
    ("event_type", "field"),
    [
        (EventType.FAX_HELD, "hold"),
        (EventType.FAX_RETRY_SCHEDULED, "next_attempt_at"),
        (EventType.FAX_FAILED, "failure"),
        (EventType.FAX_CANCELLED, "cancelled_by"),
        (EventType.FAX_ATTEMPT_FAILED, "code"),
        (EventType.DEVICE_UNRECOGNISED_STATE, "state"),
        (EventType.KEY_CREATED, "scopes"),
        (EventType.DEVICE_OFFLINE, "health"),
    ],
)
def test_fields_of_one_type_are_described_and_of_the_right_kind(
    event_type: EventType, field: str
) -> None:
    event = sample(event_type)
    assert field in event.data
    with pytest.raises(ValidationError):
        validate(replace(event, data={**event.data, field: 4711}))


def test_a_type_tells_of_its_own_status_only() -> None:
    for status, event_type in OF_STATUS.items():
        other = FaxStatus.DELIVERED if status is not FaxStatus.DELIVERED else FaxStatus.FAILED
        event = sample(event_type)
        with pytest.raises(ValidationError):
            validate(replace(event, data={**event.data, "status": other.value}))


def test_no_number_and_no_name_leaves_with_a_fax() -> None:
    for status in FaxStatus:
        event = logged(status_event(replace(FAX, status=status), previous=None, at=AT))
        assert b"5550100" not in payload(event)
        assert b"Ada" not in payload(event)


CALL = InboundFax(
    id="inb_1",
    device_id="dev_1",
    status=InboundStatus.RECEIVING,
    created_at=AT,
    updated_at=AT,
    remote_id="5550100",
    extension="12",
    recipient="Ada",
)


@pytest.mark.parametrize("facts", [{}, {"line": 2, "page": 3, "pages": 3}], ids=["bare", "full"])
@pytest.mark.parametrize("settled_by", [None, *SettledBy])
@pytest.mark.parametrize("status", InboundStatus)
def test_what_the_domain_tells_of_every_call_is_valid_and_names_nobody(
    status: InboundStatus, settled_by: SettledBy | None, facts: dict[str, Any]
) -> None:
    event = logged(
        inbound_event(replace(CALL, status=status, settled_by=settled_by, **facts), at=AT)
    )
    validate(event)
    written = payload(event)
    assert b"5550100" not in written
    assert b"Ada" not in written

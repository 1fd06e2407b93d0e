"""An event → the JSON that leaves, and the JSON Schema that says what it looks like.

The envelope is that of Standard Webhooks (`type`, `timestamp`, `data`) with fields of ours beside
it. A schema allows fields it does not name: a type only ever gains some, and a receiver that
validates strictly would break on the first of them. Nothing here reads a clock or a database.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ffgateway.domain.access import Scope
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.events import (
    API_VERSION,
    OF_STATUS,
    Event,
    EventDraft,
    EventType,
    device_event,
    fax_event,
    webhook_event,
)
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import CancelledBy, Fax, FaxStatus, HoldReason, Phase, Recipient
from ffgateway.domain.subscriptions import Subscription, SubscriptionState

Schema = dict[str, Any]


def payload(event: Event) -> bytes:
    """Write the envelope. The same event gives the same bytes on every try."""
    return orjson.dumps(
        {
            "type": event.type,
            "timestamp": _moment(event.at),
            "id": event.id,
            "position": event.position,
            "sequence": event.sequence,
            "api_version": API_VERSION,
            "subject": event.subject,
            "data": dict(event.data),
        }
    )


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds; what is finer is cut off, so that order is kept."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# What each type means -------------------------------------------------------------------------

_T = EventType
MEANINGS: dict[EventType, str] = {
    _T.FAX_ACCEPTED: "The fax is stored durably; the caller may disconnect.",
    _T.FAX_HELD: "The fax waits for a decision; `hold.reason` says whose.",
    _T.FAX_SCHEDULED: "The fax waits for the time it is to be sent at.",
    _T.FAX_QUEUED: "The fax is ready and waits for an appliance.",
    _T.FAX_SUBMITTING: "The fax is being handed to an appliance.",
    _T.FAX_UNCERTAIN: (
        "The appliance may or may not have the fax. It is being found out; nothing is sent again meanwhile."
    ),
    _T.FAX_RECONCILED: "Whether the appliance has the fax was found out; `status` says what came of it.",
    _T.FAX_SUBMITTED: "An appliance took the fax and is turning it into pages.",
    _T.FAX_DEVICE_QUEUED: "The fax is in the appliance's queue and was not tried yet.",
    _T.FAX_SENDING: "The appliance is dialling or transmitting.",
    _T.FAX_ATTEMPT_FAILED: (
        "A try failed and the fax goes on; `attempt` counts that try, `code` says why it failed."
    ),
    _T.FAX_RETRY_SCHEDULED: "The appliance will try again, at `next_attempt_at` when it said so.",
    _T.FAX_CANCEL_REQUESTED: "The appliance was asked to give the fax up and has not done so yet.",
    _T.FAX_DELIVERED: "The far machine confirmed the last page. An end: nothing follows it.",
    _T.FAX_FAILED: "The fax was given up; `failure` says why. An end: nothing follows it.",
    _T.FAX_CANCELLED: "The fax was called off; `cancelled_by` says by whom. An end: nothing follows it.",
    _T.DEVICE_ONLINE: "The appliance answers (again).",
    _T.DEVICE_OFFLINE: "The appliance no longer answers.",
    _T.DEVICE_AUTH_FAILED: "The appliance refuses the credentials that the gateway has for it.",
    _T.DEVICE_UNRECOGNISED_STATE: (
        "The appliance gave a fax a state that this version does not know, in `state`. "
        "The fax keeps the status it had."
    ),
    _T.WEBHOOK_PING: "A test, sent because somebody asked for it.",
    _T.WEBHOOK_DISABLED: "The endpoint gets nothing until somebody enables it; its queue is kept.",
    _T.WEBHOOK_DEAD_LETTERED: "An event could not be delivered to the endpoint and is tried no more.",
    _T.KEY_CREATED: "An API key was made.",
    _T.KEY_REVOKED: "An API key was revoked and opens nothing any more.",
}
"""One sentence for each type, as published. A test holds that none is missing."""


# The schemas ----------------------------------------------------------------------------------


def schema(event_type: EventType) -> Schema:
    """Return the JSON Schema 2020-12 of the whole envelope of one type.

    Words that may grow in number (statuses, failure codes, scopes) are strings, not enumerations;
    only the five phases are frozen.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ffgateway:event:{API_VERSION}:{event_type}",
        "title": event_type.value,
        "description": MEANINGS[event_type],
        "type": "object",
        "properties": {
            "type": {"const": event_type.value},
            "timestamp": _at("When it happened; in UTC with milliseconds."),
            "id": _text(
                "The event's id. It stays the same over retries: the key to drop doubles by."
            ),
            "position": {
                "type": "integer",
                "minimum": 1,
                "description": "The place in the log, without gaps: the cursor of every consumer.",
            },
            "sequence": {
                "type": "integer",
                "minimum": 1,
                "description": "Rises by one for each event of the same subject.",
            },
            "api_version": {"type": "string", "description": "The shape of this payload."},
            "subject": _text("The id of the thing that the event tells of."),
            "data": _data(event_type),
        },
        "required": [
            "type",
            "timestamp",
            "id",
            "position",
            "sequence",
            "api_version",
            "subject",
            "data",
        ],
        "additionalProperties": True,
    }


def _text(description: str, **more: object) -> Schema:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _at(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": description}


def _or_null(kind: Schema) -> Schema:
    return {**kind, "type": [kind["type"], "null"]}


def _object(properties: Mapping[str, Schema], *, optional: frozenset[str] = frozenset()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": True,
    }


def _data(event_type: EventType) -> Schema:
    if event_type.startswith("fax.") or event_type is _T.DEVICE_UNRECOGNISED_STATE:
        return _fax_data(event_type)
    return _object(_OF_GROUP[event_type.partition(".")[0]])


_OF_GROUP: dict[str, dict[str, Schema]] = {
    "device": {
        "id": _text("The appliance."),
        "name": _text("What people call it."),
        "health": _text("What the last look said.", examples=[health.value for health in Health]),
    },
    "webhook": {
        "id": _text("The webhook endpoint."),
        "state": _text(
            "Whether it gets anything.", examples=[state.value for state in SubscriptionState]
        ),
    },
    "key": {
        "id": _text("The key; never the key itself."),
        "name": _text("What people call it."),
        "scopes": {
            "type": "array",
            "items": {"type": "string", "examples": [scope.value for scope in Scope]},
            "description": "What it opens.",
        },
    },
}

_STATUSES = [status.value for status in FaxStatus]
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FAX: dict[str, Schema] = {
    "id": _text("The fax: one recipient's copy."),
    "submission_id": _text("The request that it came in with, shared by all its recipients."),
    "status": _text("Where the fax is; words may be added.", examples=_STATUSES),
    "previous_status": _or_null(_text("Where it was before.", examples=_STATUSES)),
    "phase": {
        "enum": [phase.value for phase in Phase],
        "description": "The coarse stage. Frozen: what to go by when `status` is a new word.",
    },
    "device_id": _or_null(_text("The appliance; null while none was chosen.")),
    "client_reference": _or_null(_text("The caller's own reference.")),
    "pages": {**_COUNT, "description": "Pages, as far as the appliance has counted them."},
    "attempt": {**_COUNT, "description": "Tries that the appliance has begun."},
}
_ONLY_WHEN: dict[EventType, dict[str, Schema]] = {
    _T.FAX_HELD: {
        "hold": _object(
            {"reason": _text("Whose decision.", examples=[reason.value for reason in HoldReason])}
        )
    },
    _T.FAX_RETRY_SCHEDULED: {"next_attempt_at": _at("When the appliance will try again.")},
    _T.FAX_FAILED: {
        "failure": _object(
            {
                "category": _text("Whose trouble it is.", examples=["line", "far_end"]),
                "code": _text("What went wrong.", examples=["busy", "not_a_fax"]),
                "retryable": {
                    "type": "boolean",
                    "description": "Whether sending it again, unchanged, can help.",
                },
                "message": _text("The same for people."),
            }
        )
    },
    _T.FAX_CANCELLED: {
        "cancelled_by": _text("Who ended it.", examples=[by.value for by in CancelledBy])
    },
    _T.FAX_ATTEMPT_FAILED: {"code": _text("Why the try failed.", examples=["busy"])},
    _T.DEVICE_UNRECOGNISED_STATE: {"state": _text("The appliance's own word.")},
}
_MAYBE = frozenset({"hold", "next_attempt_at", "failure", "cancelled_by"})
"""Fields that the domain leaves out when it does not know them."""

_STATUS_OF = {event_type: status for status, event_type in OF_STATUS.items()}


def _fax_data(event_type: EventType) -> Schema:
    own = _ONLY_WHEN.get(event_type, {})
    told = _object({**_FAX, **own}, optional=_MAYBE)
    if event_type in _STATUS_OF:
        told["properties"]["status"] = {
            "const": _STATUS_OF[event_type].value,
            "description": "Where the fax is.",
        }
    if (
        event_type is _T.FAX_RECONCILED
    ):  # tells of whatever status was found, with what belongs to it
        for more in _ONLY_WHEN.values():
            told["properties"] |= {name: kind for name, kind in more.items() if name in _MAYBE}
    return told


# The samples ----------------------------------------------------------------------------------

_NOON = datetime(2026, 11, 23, 9, 15, 0, 123000, tzinfo=UTC)
_FAX_ID = "fax_01KARTX5RB4PSM9QE3V7Z0H2CD"
_SAMPLE_DEVICE = Device(
    id="dev_01KARTX5RBW8N2Y6GJ1KQ4T7FA",
    name="front-office",
    url="https://192.0.2.10",
    username="gateway",
    model="FF240",
    zone="UTC",
    created_at=_NOON,
)
_SAMPLE_HEALTH = {
    _T.DEVICE_ONLINE: Health.ONLINE,
    _T.DEVICE_OFFLINE: Health.OFFLINE,
    _T.DEVICE_AUTH_FAILED: Health.AUTH_FAILED,
}


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
    if group == "fax" or event_type is _T.DEVICE_UNRECOGNISED_STATE:
        return _sample_of_fax(event_type)
    if group == "device":
        return device_event(event_type, _sample_device(event_type), at=_NOON)
    if group == "webhook":
        return webhook_event(event_type, _sample_endpoint(event_type), at=_NOON)
    key = {
        "id": "key_01KARTX5RB6F0T3R8Y1B5S9MKD",
        "name": "billing",
        "scopes": [Scope.FAXES_SEND.value],
    }
    return EventDraft(type=event_type, subject=str(key["id"]), at=_NOON, data=key)


def _sample_of_fax(event_type: EventType) -> EventDraft:
    status = _STATUS_OF.get(event_type, FaxStatus.SENDING)
    more: dict[str, object] = {}
    if event_type is _T.FAX_ATTEMPT_FAILED:
        more = {"attempt": 1, "code": "busy"}
    if event_type is _T.DEVICE_UNRECOGNISED_STATE:
        more = {"state": "parked"}
    previous = FaxStatus.UNCERTAIN if event_type is _T.FAX_RECONCILED else FaxStatus.QUEUED
    return fax_event(event_type, _sample_fax(status), previous=previous, at=_NOON, **more)


def _sample_fax(status: FaxStatus) -> Fax:
    return Fax(
        id=_FAX_ID,
        submission_id="sub_01KARTX5RBZ7A4H0QG6E2V8NKM",
        index=0,
        status=status,
        created_at=_NOON,
        updated_at=_NOON,
        recipient=Recipient(fax_number="5550100"),
        client_reference="PO-4711",
        device_id=_SAMPLE_DEVICE.id,
        attempt=1,
        pages=3,
        next_attempt_at=_NOON,
        hold_reason=HoldReason.APPROVAL,
        failure=failure("busy", attempts=3),
        cancelled_by=CancelledBy.API,
    )


def _sample_device(event_type: EventType) -> Device:
    return replace(_SAMPLE_DEVICE, health=_SAMPLE_HEALTH[event_type])


def _sample_endpoint(event_type: EventType) -> Subscription:
    disabled = event_type is _T.WEBHOOK_DISABLED
    return Subscription(
        id="whk_01KARTX5RB9C5J2W7P3T0X6YQN",
        url="https://receiver.example/faxes",
        events=("fax.*",),
        created_at=_NOON,
        state=SubscriptionState.DISABLED if disabled else SubscriptionState.ACTIVE,
    )

"""An event → the JSON that leaves, and the JSON Schema that says what it looks like.

The envelope is that of Standard Webhooks (`type`, `timestamp`, `data`) with fields of ours beside
it. A schema allows fields it does not name: a type only ever gains some, and a receiver that
validates strictly would break on the first of them. Nothing here reads a clock or a database.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ffgateway.delivery.samples import (
    NOON,
    SAMPLE_FACTS,
    SAMPLE_ORIGIN,
    sample_call,
    sample_device,
    sample_endpoint,
    sample_fax,
    sample_head,
    sample_progress,
)
from ffgateway.domain.access import Scope
from ffgateway.domain.batches import BatchStatus
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.devices import Health
from ffgateway.domain.events import (
    API_VERSION,
    OF_STATUS,
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
from ffgateway.domain.faxes import CancelledBy, FaxStatus, HoldReason, Origin, Phase
from ffgateway.domain.fleet_document import Section
from ffgateway.domain.inbound import InboundStatus, SettledBy
from ffgateway.domain.receivers import Include
from ffgateway.domain.subscriptions import PausedBy, SubscriptionState

Schema = dict[str, Any]


def payload(event: Event) -> bytes:
    """Write the envelope. The same event gives the same bytes on every try."""
    return orjson.dumps(
        {
            "type": event.type,
            "timestamp": moment(event.at),
            "id": event.id,
            "position": event.position,
            "sequence": event.sequence,
            "api_version": API_VERSION,
            "subject": event.subject,
            "data": dict(event.data),
        }
    )


def moment(at: datetime) -> str:
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
        "The appliance may or may not have the fax. It is being found out; nothing is sent again meanwhile. "
        "Told again, with `candidates`, when it takes a person to decide."
    ),
    _T.FAX_RECONCILED: "Whether the appliance has the fax was found out; `status` says what came of it.",
    _T.FAX_SUBMITTED: "An appliance took the fax and is turning it into pages.",
    _T.FAX_DEVICE_QUEUED: "The fax is in the appliance's queue and was not tried yet.",
    _T.FAX_SENDING: "The appliance is dialling or transmitting.",
    _T.FAX_ATTEMPT_FAILED: (
        "A try failed and the fax goes on; `attempt` counts that try, `code` says why it failed."
    ),
    _T.FAX_RETRY_SCHEDULED: "The appliance will try again, at `next_attempt_at` when it said so.",
    _T.FAX_STUCK: "The fax has not moved for longer than it should; `evidence` says what was found out.",
    _T.FAX_CANCEL_REQUESTED: (
        "The appliance was asked to give the fax up and has not done so yet. With `reschedule_to` it is sent at "
        "another time once it has; an appliance that had sent it already leaves it delivered."
    ),
    _T.FAX_DELIVERED: "The far machine confirmed the last page. An end: nothing follows it.",
    _T.FAX_FAILED: "The fax was given up; `failure` says why. An end: nothing follows it.",
    _T.FAX_CANCELLED: "The fax was called off; `cancelled_by` says by whom. An end: nothing follows it.",
    _T.FAX_CORRECTED: (
        "After the fax had been given an end without its appliance's word, because nothing could be found out or"
        " somebody decided, the appliance showed another one: `corrected_as`. The end on record stays, as every"
        " end does. Once at the most."
    ),
    _T.DEVICE_ONLINE: "The appliance answers (again), or fails no longer too often.",
    _T.DEVICE_OFFLINE: "The appliance no longer answers.",
    _T.DEVICE_DEGRADED: "The appliance fails too often and is given nothing new for a while.",
    _T.DEVICE_DRAINING: "The appliance is given nothing new; it finishes what it has.",
    _T.DEVICE_AUTH_FAILED: "The appliance refuses the credentials that the gateway has for it.",
    _T.DEVICE_UNRECOGNISED_STATE: (
        "The appliance gave a fax a state that this version does not know, in `state`. "
        "The fax keeps the status it had."
    ),
    _T.DEVICE_CLOCK_SKEW: (
        "The appliance's clock is more than a minute from ours, or its zone is set wrongly. Told once for each"
        " episode; `known_by` says what showed it."
    ),
    _T.LINE_DEGRADED: (
        "One line of an appliance fails more than its siblings do, by more than chance explains. Told once until"
        " it has recovered; `probability` is that of Fisher's exact test of the four counts."
    ),
    _T.LINE_RECOVERED: "The line no longer fails more than its siblings, by the tries since it did.",
    _T.WEBHOOK_PING: "A test, sent because somebody asked for it.",
    _T.WEBHOOK_PAUSED: (
        "The endpoint gets nothing for a while; its queue is kept and grows. What the gateway paused it "
        "probes, and resumes by itself."
    ),
    _T.WEBHOOK_RESUMED: "The endpoint gets what waits for it, and then what happens, again.",
    _T.WEBHOOK_DISABLED: "The endpoint gets nothing until somebody enables it; its queue is kept.",
    _T.WEBHOOK_DEAD_LETTERED: "An event could not be delivered to the endpoint and is tried no more.",
    _T.KEY_CREATED: "An API key was made.",
    _T.KEY_CHANGED: "What an API key may do, its end or its name was changed; `scopes` are those it has now.",
    _T.KEY_ROTATED: (
        "An API key got a new secret; those it had before open it until `old_secrets_until`, or no more."
    ),
    _T.KEY_REVOKED: "An API key was revoked and opens nothing any more.",
    _T.INBOUND_RECEIVING: (
        "An appliance is receiving a fax. Told once for a call, whose record shows the pages coming; "
        "a call too short to be seen has no such event."
    ),
    _T.INBOUND_RECEIVED: (
        "A fax was received. With `settled_by` `status` the appliance only stopped listing the call, "
        "and whether every page came is not known. An end: nothing follows it."
    ),
    _T.INBOUND_FAILED: (
        "A call that came in failed; with the status `received_partial` some pages are good. "
        "An end: nothing follows it."
    ),
    _T.DEVICE_CONFIG_DRIFTED: (
        "The appliance is no longer as the document last applied to it says. Told once for each drift."
    ),
    _T.BATCH_ACCEPTED: "The batch and all its recipients are stored durably; the caller may disconnect.",
    _T.BATCH_COMPLETED: (
        "Every fax of the batch has ended; `status` and `phases` say how. An end: nothing follows it."
    ),
    _T.AUDIT_CHECKPOINT: (
        "The head of the audit log was signed. Keep it elsewhere: the log can be held against it later."
    ),
}
"""One sentence for each type, as published. A test holds that none is missing."""


# The schemas ----------------------------------------------------------------------------------


def schema_id(event_type: str) -> str:
    """Return the name of a type's schema: no address, and nothing that is fetched."""
    return f"urn:ffgateway:event:{API_VERSION}:{event_type}"


def schema(event_type: EventType) -> Schema:
    """Return the JSON Schema 2020-12 of the whole envelope of one type.

    Words that may grow in number (statuses, failure codes, scopes) are strings, not enumerations;
    only the five phases are frozen.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(event_type),
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


def _number(description: str) -> Schema:
    """A count that may be unknown."""
    return {"type": ["integer", "null"], "minimum": 0, "description": description}


def _object(properties: Mapping[str, Schema], *, optional: frozenset[str] = frozenset()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": True,
    }


def _data(event_type: EventType) -> Schema:
    told = _thin(event_type)
    for name, kind in _MORE.get(event_type.partition(".")[0], {}).items():
        told["properties"][name] = _or_null(kind)
    return told


def _only(include: Include, what: str) -> Schema:
    return _text(f"{what} Only for an endpoint with `{include}` in its `include`.")


_MORE: dict[str, dict[str, Schema]] = {
    "fax": {
        "fax_number": _only(Include.NUMBERS, "Whom it is for, as the caller wrote it."),
        "dialled": _only(Include.NUMBERS, "The same as the appliance was given it."),
        "recipient_name": _only(Include.NAMES, "Whom it is for."),
        "recipient_organization": _only(Include.NAMES, "Whom it is for."),
        "cover_subject": _only(Include.SUBJECTS, "What its cover page says it is about."),
    },
    "inbound": {
        "remote_id": _only(Include.NUMBERS, "Who sent it, as that machine says."),
        "extension": _only(Include.NUMBERS, "The extension that was dialled."),
        "recipient_name": _only(Include.NAMES, "Whom the appliance gave it to."),
    },
    "batch": {"cover_subject": _only(Include.SUBJECTS, "What its cover pages say it is about.")},
}
"""What `Details` may add to an event, by its group. Never required: most endpoints are told thinly."""


def _thin(event_type: EventType) -> Schema:
    if event_type.startswith("fax.") or event_type is _T.DEVICE_UNRECOGNISED_STATE:
        return _fax_data(event_type)
    return _object({**_OF_GROUP[event_type.partition(".")[0]], **_ONLY_OF.get(event_type, {})})


_COUNT: Schema = {"type": "integer", "minimum": 0}
_OF_GROUP: dict[str, dict[str, Schema]] = {
    "batch": {
        "id": _text("The batch."),
        "status": _text(
            "Where it is; words may be added.", examples=[status.value for status in BatchStatus]
        ),
        "client_reference": _or_null(_text("The caller's own reference.")),
        "total": {**_COUNT, "description": "Its recipients."},
        "phases": {
            **_object({phase.value: _COUNT for phase in Phase}),
            "description": "How many of its faxes are in each phase.",
        },
        "pages": {**_COUNT, "description": "Pages of its faxes that came through."},
    },
    "device": {
        "id": _text("The appliance."),
        "name": _text("What people call it."),
        "health": _text("What the last look said.", examples=[health.value for health in Health]),
    },
    "line": {
        "id": _text("The appliance that the line belongs to."),
        "name": _text("What people call the appliance."),
        "health": _text("What the last look said of the appliance."),
        "line": {**_COUNT, "description": "The modem or channel."},
        "failed": {**_COUNT, "description": "Tries over it that failed, of those that count."},
        "tried": {**_COUNT, "description": "Tries over it that count."},
        "others_failed": {**_COUNT, "description": "The same over its siblings."},
        "others_tried": {**_COUNT, "description": "The same over its siblings."},
        "probability": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "How likely chance alone is to give this line as many failures or more.",
        },
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
    "audit": {
        "id": _text("The origin of the log, as its checkpoints name it."),
        "size": {"type": "integer", "minimum": 1, "description": "The rows that are sealed."},
        "root": _text("The root of their Merkle tree (RFC 6962), in base64."),
        "checkpoint": _text("The signed note that says so (C2SP tlog-checkpoint)."),
    },
    "inbound": {
        "id": _text("The call that came in."),
        "device_id": _text("The appliance that it came to."),
        "status": _text(
            "Where it has got to; words may be added.",
            examples=[status.value for status in InboundStatus],
        ),
        "line": _number("The modem or channel; null when the appliance does not say."),
        "page": _number("The last page that was seen on its way; null when none was shown."),
        "pages": _number("Good pages; null while it goes on, and when no log counted them."),
        "settled_by": _or_null(
            _text(
                "What its end is known from; null while it goes on.",
                examples=[source.value for source in SettledBy],
            )
        ),
    },
}

_ONLY_OF: dict[EventType, dict[str, Schema]] = {
    _T.KEY_ROTATED: {
        "old_secrets_until": _or_null(
            _at("Until when the secrets it had before open it; null: they have ended.")
        )
    },
    _T.WEBHOOK_PAUSED: {
        "paused_by": _text("Who paused it.", examples=[by.value for by in PausedBy]),
        "reason": _or_null(_text("Why; for people.")),
    },
    _T.WEBHOOK_RESUMED: {
        "resumed_by": _text("Who resumed it.", examples=[by.value for by in PausedBy]),
        "paused_at": {
            **_or_null(_at("Since when it had been paused; null when it had been disabled.")),
        },
    },
    _T.DEVICE_CLOCK_SKEW: {
        "offset_seconds": {
            "type": "integer",
            "description": "How far it is ahead of ours; negative when it is behind.",
        },
        "known_by": _text(
            "What showed it: words may be added.", examples=[one.value for one in KnownBy]
        ),
    },
    _T.DEVICE_DRAINING: {"unfinished": _number("How many faxes it has still to finish.")},
    _T.DEVICE_CONFIG_DRIFTED: {
        "changes": {
            "type": "integer",
            "minimum": 1,
            "description": "How many records differ: a plan says which.",
        },
        "sections": {
            "type": "array",
            "items": _text("Words may be added.", examples=[one.value for one in Section]),
            "description": "Where they differ.",
        },
    },
}

_STATUSES = [status.value for status in FaxStatus]
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
    "origin": _text(
        "Who put it on its appliance: the gateway, or somebody else there.",
        examples=[origin.value for origin in Origin],
    ),
    "batch_id": _or_null(_text("The batch that it belongs to.")),
}
_CONFIRMED: Schema = {
    **_COUNT,
    "description": "Pages that got through in that try, as far as its line showed them: at least so many.",
}
_ONLY_WHEN: dict[EventType, dict[str, Schema]] = {
    _T.FAX_UNCERTAIN: {
        "candidates": {
            "type": "integer",
            "minimum": 1,
            "description": "FAXKEYs on the appliance that could be it and cannot be told apart: a person decides.",
        }
    },
    _T.FAX_HELD: {
        "hold": _object(
            {
                "reason": _text(
                    "Whose decision.", examples=[reason.value for reason in HoldReason]
                ),
                "detail": _or_null(_text("What stands in the way, for people.")),
            }
        )
    },
    _T.FAX_RETRY_SCHEDULED: {"next_attempt_at": _at("When the appliance will try again.")},
    _T.FAX_CANCEL_REQUESTED: {
        "reschedule_to": _at("When it is to be sent, once the appliance has given it up.")
    },
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
                "pages_confirmed": _CONFIRMED,
            },
            optional=frozenset({"pages_confirmed"}),
        )
    },
    _T.FAX_CANCELLED: {
        "cancelled_by": _text("Who ended it.", examples=[by.value for by in CancelledBy])
    },
    _T.FAX_CORRECTED: {
        "corrected_as": _text("The end that the appliance shows.", examples=["delivered", "failed"])
    },
    _T.FAX_STUCK: {
        "since": _at("When anything last changed about it."),
        "evidence": _text("What the appliance and its log say of it; for people."),
    },
    _T.FAX_ATTEMPT_FAILED: {
        "code": _text("Why the try failed.", examples=["busy"]),
        "pages_confirmed": _CONFIRMED,
    },
    _T.DEVICE_UNRECOGNISED_STATE: {"state": _text("The appliance's own word.")},
}
_MAYBE = frozenset(
    {"candidates", "hold", "next_attempt_at", "reschedule_to", "failure", "cancelled_by"}
)
"""Fields that the domain leaves out when it does not know them."""

_LATER = frozenset({"origin", "batch_id", "pages_confirmed"})
"""Fields that came after a type was published: events told before them are without."""

_STATUS_OF = {event_type: status for status, event_type in OF_STATUS.items()}


def _fax_data(event_type: EventType) -> Schema:
    own = _ONLY_WHEN.get(event_type, {})
    told = _object({**_FAX, **own}, optional=_MAYBE | _LATER)
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
    if event_type is _T.DEVICE_CONFIG_DRIFTED:
        sections = [Section.CONTACTS.value, Section.MODEM_SETTINGS.value]
        return drift_event(sample_device(event_type), changes=3, sections=sections, at=NOON)
    if group in {"device", "line"}:
        more = SAMPLE_FACTS.get(event_type, {})
        return device_event(event_type, sample_device(event_type), at=NOON, **more)
    if group == "batch":
        return batch_event(event_type, sample_progress(event_type), at=NOON)
    if event_type is _T.WEBHOOK_PAUSED:
        return paused_event(sample_endpoint(event_type), at=NOON)
    if event_type is _T.WEBHOOK_RESUMED:
        endpoint = sample_endpoint(_T.WEBHOOK_PAUSED)
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
    if event_type is _T.KEY_ROTATED:
        key["old_secrets_until"] = (NOON + timedelta(days=1)).isoformat()
    return EventDraft(type=event_type, subject=str(key["id"]), at=NOON, data=key)


def _sample_of_fax(event_type: EventType) -> EventDraft:
    late = event_type is _T.FAX_CORRECTED
    status = _STATUS_OF.get(event_type, FaxStatus.FAILED if late else FaxStatus.SENDING)
    more: dict[str, object] = {}
    if event_type is _T.FAX_STUCK:
        more = {"since": NOON.isoformat(), "evidence": "The appliance shows it as sending."}
    if event_type is _T.FAX_ATTEMPT_FAILED:
        more = {"attempt": 1, "code": "busy", "pages_confirmed": 0}
    if event_type is _T.DEVICE_UNRECOGNISED_STATE:
        more = {"state": "parked"}
    previous = FaxStatus.UNCERTAIN if event_type is _T.FAX_RECONCILED else FaxStatus.QUEUED
    fax = sample_fax(status)
    if late:
        lost = failure("lost", attempts=1)
        fax, previous = replace(fax, failure=lost, corrected_as=FaxStatus.DELIVERED), status
    return fax_event(event_type, fax, previous=previous, at=NOON, **more)

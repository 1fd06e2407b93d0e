"""The JSON Schema that says what an event looks like when it leaves.

A schema allows fields it does not name: a type only ever gains some, and a receiver that validates
strictly would break on the first of them.
"""

from collections.abc import Mapping
from typing import Any

from ffgateway.delivery.meanings import MEANINGS
from ffgateway.domain.access import Scope
from ffgateway.domain.batches import BatchStatus
from ffgateway.domain.device_clock import KnownBy
from ffgateway.domain.devices import Health
from ffgateway.domain.events import (
    API_VERSION,
    OF_STATUS,
    EventType,
)
from ffgateway.domain.faxes import CancelledBy, FaxStatus, HoldReason, Origin, Phase
from ffgateway.domain.fleet_document import Section
from ffgateway.domain.inbound import InboundStatus, SettledBy
from ffgateway.domain.receivers import Include
from ffgateway.domain.subscriptions import PausedBy, SubscriptionState

Schema = dict[str, Any]
_T = EventType


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

STATUS_OF = {event_type: status for status, event_type in OF_STATUS.items()}
"""The status that a type of event tells of, where it tells of one."""


def _fax_data(event_type: EventType) -> Schema:
    own = _ONLY_WHEN.get(event_type, {})
    told = _object({**_FAX, **own}, optional=_MAYBE | _LATER)
    if event_type in STATUS_OF:
        told["properties"]["status"] = {
            "const": STATUS_OF[event_type].value,
            "description": "Where the fax is.",
        }
    if (
        event_type is _T.FAX_RECONCILED
    ):  # tells of whatever status was found, with what belongs to it
        for more in _ONLY_WHEN.values():
            told["properties"] |= {name: kind for name, kind in more.items() if name in _MAYBE}
    return told

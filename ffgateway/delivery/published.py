"""What receivers get, as the `webhooks` section of an OpenAPI 3.1 document."""

import re
from typing import Any

from ffgateway.delivery.bodies import attributes
from ffgateway.delivery.meanings import MEANINGS
from ffgateway.delivery.payload_schemas import schema
from ffgateway.delivery.samples import sample
from ffgateway.domain.events import EventType

Schema = dict[str, Any]

_ALWAYS = {
    "webhook-id": "The event's id, the same on every try: the key to drop doubles by.",
    "webhook-timestamp": "When this try was made, in seconds since 1970.",
    "webhook-signature": "One for each key that is live, separated by spaces: `v1,` and the"
    " HMAC-SHA256 of `id.timestamp.body` in base64, or `v1a,` and its Ed25519 signature.",
}
_SOMETIMES = {
    "webhook-request-origin": "Who asked for consent, at an endpoint that gave it.",
    "ce-specversion": "`1.0`, for `cloudevents-binary`. The other attributes have such headers,"
    " too; the body is then what is `data` in the other forms, and the signature holds that alone.",
}


def webhooks() -> dict[str, Schema]:
    """Describe the delivery of every type of event, by type."""
    return {kind.value: _webhook(kind) for kind in EventType}


def _webhook(kind: EventType) -> Schema:
    """Describe the delivery of one type of event, as OpenAPI 3.1 does under `webhooks`."""
    body = {name: part for name, part in schema(kind).items() if name not in {"$schema", "$id"}}
    return {
        "post": {
            "operationId": "told" + "".join(word.capitalize() for word in re.split("[._]", kind)),
            "summary": MEANINGS[kind],
            "security": [],
            "parameters": [
                _header(name, text, required=headers is _ALWAYS)
                for headers in (_ALWAYS, _SOMETIMES)
                for name, text in headers.items()
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": body},
                    "application/cloudevents+json": {"schema": _cloud_event(kind)},
                },
            },
            "responses": {
                "2XX": {"description": "Taken. Anything else is tried again."},
                "410": {"description": "Gone: the endpoint is told nothing more."},
            },
        }
    }


def _header(name: str, text: str, *, required: bool) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": text,
        "schema": {"type": "string"},
    }


def _cloud_event(kind: EventType) -> Schema:
    """The structured form; its `data` is that of our own envelope."""
    properties: Schema = {name: {"type": "string"} for name in attributes(sample(kind))}
    properties |= {
        "specversion": {"const": "1.0"},
        "type": {"const": kind.value},
        "time": {"type": "string", "format": "date-time"},
        "data": {
            "$ref": f"#/webhooks/{kind}/post/requestBody/content/application~1json/schema"
            "/properties/data"
        },
    }
    return {"type": "object", "properties": properties, "required": [*properties]}

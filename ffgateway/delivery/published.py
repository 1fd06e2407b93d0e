"""What receivers get, as the `webhooks` section of an OpenAPI 3.1 document."""

from typing import Any

from ffgateway.delivery.payloads import MEANINGS, schema
from ffgateway.domain.events import EventType


def webhooks() -> dict[str, dict[str, Any]]:
    """Describe the delivery of every type of event, by type."""
    return {kind.value: _webhook(kind) for kind in EventType}


def _webhook(kind: EventType) -> dict[str, Any]:
    """Describe the delivery of one type of event, as OpenAPI 3.1 does under `webhooks`."""
    body = {name: part for name, part in schema(kind).items() if name not in {"$schema", "$id"}}
    headers = {
        "webhook-id": "The event's id, the same on every try.",
        "webhook-timestamp": "When this try was made, in seconds since 1970.",
        "webhook-signature": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.",
    }
    return {
        "post": {
            "summary": MEANINGS[kind],
            "security": [],
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": text,
                    "schema": {"type": "string"},
                }
                for name, text in headers.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": body}},
            },
            "responses": {
                "2XX": {"description": "Taken. Anything else is tried again."},
                "410": {"description": "Gone: the endpoint is told nothing more."},
            },
        }
    }

"""An event → the JSON that leaves.

The envelope is that of Standard Webhooks (`type`, `timestamp`, `data`) with fields of ours beside
it. Nothing here reads a clock or a database.
"""

from datetime import UTC, datetime

import orjson

from ffgateway.domain.events import API_VERSION, Event


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

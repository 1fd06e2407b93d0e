"""Events and the audit log as JSON."""

from datetime import datetime
from typing import Any

from pydantic import Field

from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.events import API_VERSION, Event
from ffgateway.rest.answers import Out


class EventOut(Out):
    """Something that happened, as webhooks tell it too."""

    type: str
    timestamp: datetime
    id: str
    position: int = Field(description="Its place in the log, without gaps.")
    sequence: int = Field(description="Rises by one for each event of the subject.")
    api_version: str
    subject: str
    data: dict[str, Any]


class Events(Out):
    """Events in order; go on with `after` = `next_after`, also when there were none."""

    items: list[EventOut]
    next_after: int


class FaxEvents(Out):
    """The whole story of one fax, in order."""

    items: list[EventOut]


class AuditOut(Out):
    """Who did what to which thing, when, and how it ended."""

    number: int
    at: datetime
    kind: str = Field(description="`call`: what somebody asked for; `act`: what was done.")
    operation: str = Field(
        description="How a call came in, `rest:getFax`; of an act, the call it belongs to."
    )
    principal_id: str
    principal_name: str
    action: str
    resource: str
    outcome: str
    request_id: str
    address: str
    detail: dict[str, Any]


def event_out(event: Event) -> EventOut:
    """An event."""
    return EventOut(
        type=event.type,
        timestamp=event.at,
        id=event.id,
        position=event.position,
        sequence=event.sequence,
        api_version=API_VERSION,
        subject=event.subject,
        data=dict(event.data),
    )


def audit_out(entry: AuditEntry) -> AuditOut:
    """A line of the audit log."""
    return AuditOut(
        number=entry.number,
        at=entry.at,
        kind=entry.kind.value,
        operation=entry.operation,
        principal_id=entry.principal_id,
        principal_name=entry.principal_name,
        action=entry.action,
        resource=entry.resource,
        outcome=entry.outcome.value,
        request_id=entry.request_id,
        address=entry.address,
        detail=dict(entry.detail),
    )

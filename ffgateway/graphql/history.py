"""Events and lines of the audit log as GraphQL shows them."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain import audit, events

strawberry.enum(audit.Outcome, name="AuditOutcome", description="How an act ended.")
strawberry.enum(
    audit.Kind, name="AuditKind", description="CALL: what somebody asked for; ACT: what was done."
)


@strawberry.type(description="Something that happened.")
class Event:
    """A line of the event log."""

    id: strawberry.ID
    position: str = strawberry.field(
        description="Its place in the log, a whole number without gaps: pass it as `after`."
    )
    sequence: int = strawberry.field(description="Rises by one with each event of a subject.")
    type: str
    subject: strawberry.ID
    at: datetime
    data: JSON


@strawberry.type(description="Who did what to which thing, and how it ended.")
class AuditEntry:
    """A line of the audit log."""

    number: str = strawberry.field(description="A whole number that rises with each line.")
    at: datetime
    kind: audit.Kind
    operation: str | None = strawberry.field(
        description="How a call came in, `graphql:fax`; of an act, the call it belongs to."
    )
    principal_id: strawberry.ID
    principal_name: str
    action: str
    resource: str | None
    outcome: audit.Outcome
    request_id: str | None
    address: str | None
    detail: JSON


def show_event(event: events.Event) -> Event:
    """An event for GraphQL."""
    return Event(
        id=strawberry.ID(event.id),
        position=str(event.position),
        sequence=event.sequence,
        type=event.type,
        subject=strawberry.ID(event.subject),
        at=event.at,
        data=JSON(dict(event.data)),
    )


def show_audit(entry: audit.AuditEntry) -> AuditEntry:
    """A line of the audit log for GraphQL."""
    return AuditEntry(
        number=str(entry.number),
        at=entry.at,
        kind=entry.kind,
        operation=entry.operation or None,
        principal_id=strawberry.ID(entry.principal_id),
        principal_name=entry.principal_name,
        action=entry.action,
        resource=entry.resource or None,
        outcome=entry.outcome,
        request_id=entry.request_id or None,
        address=entry.address or None,
        detail=JSON(dict(entry.detail)),
    )

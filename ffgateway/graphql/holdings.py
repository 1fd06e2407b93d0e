"""What is held of a document over GraphQL."""

from datetime import datetime

import strawberry

from ffgateway.domain import holdings
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.fields import field
from ffgateway.graphql.history import AuditEntry, show_audit


@strawberry.type(description="A document as it went to an appliance with a fax.")
class DocumentCopy:
    """A copy."""

    fax_id: strawberry.ID
    device_id: strawberry.ID
    fax_key: str
    entry_key: str
    state: str
    listed: bool | None = strawberry.field(
        description="Whether the appliance lists the entry; null when it was not asked or is silent."
    )
    trouble: str | None


@strawberry.type(description="What is held of a document, where, and what proves that it went.")
class DocumentHolding:
    """A holding."""

    sha256: str
    size: int
    present: bool = strawberry.field(description="What the store of documents says now.")
    place: str
    stored_at: datetime
    purged_at: datetime | None
    retention_hours: float = strawberry.field(description="After the last fax with it has ended.")
    purge: AuditEntry | None = strawberry.field(
        description="The row of its purge: `auditProof` proves it."
    )
    copies: list[DocumentCopy]
    further_copies: int
    copies_known: str = strawberry.field(description="How it is known what an appliance lists.")
    copies_note: str


def _shown(found: holdings.Holding) -> DocumentHolding:
    return DocumentHolding(
        sha256=found.kept.sha256,
        size=found.kept.size,
        present=found.present,
        place=found.place,
        stored_at=found.kept.stored_at,
        purged_at=found.kept.purged_at,
        retention_hours=found.retention.total_seconds() / 3600,
        purge=show_audit(found.purge) if found.purge else None,
        copies=[_copy(one) for one in found.copies],
        further_copies=found.further,
        copies_known=holdings.ENTRY_SEEN.value,
        copies_note=holdings.COPY_UNKNOWN,
    )


def _copy(one: holdings.Copy) -> DocumentCopy:
    return DocumentCopy(
        fax_id=strawberry.ID(one.fax_id),
        device_id=strawberry.ID(one.device_id),
        fax_key=one.fax_key,
        entry_key=one.entry_key,
        state=one.state,
        listed=one.listed,
        trouble=one.trouble or None,
    )


@strawberry.type
class HoldingQueries:
    """Documents by their SHA-256."""

    @field("What is held of a document; with `look`, appliances are asked what they list.")
    async def document(self, info: Info, sha256: str, look: bool = False) -> DocumentHolding | None:
        """A holding, or null."""
        caller = await info.context.caller()
        wanted = line(sha256, "sha256", longest=64)
        try:
            return _shown(await info.context.gateway.holdings.get(caller, wanted, look=look))
        except NotFound:
            return None

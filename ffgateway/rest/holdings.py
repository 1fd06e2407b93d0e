"""What is held of a document over HTTP."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from starlette.responses import Response

from ffgateway.domain.holdings import COPY_UNKNOWN, ENTRY_SEEN, Holding
from ffgateway.rest.answers import Json, Out
from ffgateway.rest.bodies import Query
from ffgateway.rest.entries_shapes import Flag
from ffgateway.rest.history_shapes import AuditOut, audit_out
from ffgateway.rest.operations import Asked, Operation, Place
from ffgateway.services.gateway import Gateway

SHA256: Final = Place(
    pattern="[0-9a-f]{64}",
    description="The SHA-256 of a document, hexadecimal.",
    example="0" * 64,
)


class HoldingQuery(Query):
    """How closely."""

    look: Annotated[
        Flag, Field(description="Ask the appliances whether they list the entries still.")
    ] = False


class CopyOut(Out):
    """A document as it went to an appliance with a fax."""

    fax_id: str
    device_id: str
    fax_key: str
    entry_key: str
    state: str
    listed: bool | None = Field(
        description="Whether the appliance lists the entry; null when it was not asked or is silent."
    )
    trouble: str | None


class HoldingOut(Out):
    """What is held of a document, where, and what proves that it went."""

    sha256: str
    size: int = Field(description="Bytes.")
    state: str = Field(examples=["stored", "purged"])
    present: bool = Field(description="What the store of documents says at this moment.")
    place: str = Field(examples=["spool", "object store"])
    stored_at: datetime
    purged_at: datetime | None
    retention_hours: float = Field(description="After the last fax with it has ended.")
    purge: AuditOut | None = Field(
        description="The row of its purge; `/v1/audit/{number}/proof` proves it."
    )
    copies: list[CopyOut] = Field(description="On appliances, the newest first.")
    further_copies: int
    copies_known: str = Field(examples=[ENTRY_SEEN.value])
    copies_note: str


def holding_out(found: Holding) -> HoldingOut:
    """A holding."""
    kept = found.kept
    return HoldingOut(
        sha256=kept.sha256,
        size=kept.size,
        state="purged" if kept.purged_at else "stored",
        present=found.present,
        place=found.place,
        stored_at=kept.stored_at,
        purged_at=kept.purged_at,
        retention_hours=found.retention.total_seconds() / 3600,
        purge=audit_out(found.purge) if found.purge else None,
        copies=[
            CopyOut(
                fax_id=one.fax_id,
                device_id=one.device_id,
                fax_key=one.fax_key,
                entry_key=one.entry_key,
                state=one.state,
                listed=one.listed,
                trouble=one.trouble or None,
            )
            for one in found.copies
        ],
        further_copies=found.further,
        copies_known=ENTRY_SEEN.value,
        copies_note=COPY_UNKNOWN,
    )


async def document(gateway: Gateway, asked: Asked) -> Response:
    """What is held of it."""
    look = asked.query_as(HoldingQuery).look
    found = await gateway.holdings.get(asked.caller, asked.place("sha256"), look=look)
    return Json(holding_out(found))


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path="/v1/documents/{sha256}", name="getDocument", tag="faxes",
        summary="What is held of a document, and where", act=document, scope="faxes:read",
        places={"sha256": SHA256}, query=HoldingQuery, answer=HoldingOut, errors=(404,)),
)  # fmt: skip

"""Batches as JSON: what comes in, and how far they are."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from ffgateway.domain.batches import MAX_BATCH, BatchStatus, Progress
from ffgateway.domain.faxes import FaxStatus, Phase
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Line, Name, Paged, Prose
from ffgateway.rest.examples import ONE_PAGE
from ffgateway.rest.fax_bodies import SOMETHING, DocumentBody, FaxSettings, RecipientBody
from ffgateway.rest.faxes_shapes import DocumentOut


class BatchRecipientBody(RecipientBody):
    """Who receives, with what is this recipient's own; what is left out is as for the whole batch."""

    client_reference: Annotated[Line, Field(description="Your own name for this fax.")] = ""
    subject: Annotated[Line, Field(description="On the cover page, which must be enabled.")] = ""
    comments: Annotated[Prose, Field(description="On the cover page, which must be enabled.")] = ""


class BatchSettings(FaxSettings):
    """What is the same in JSON and in a form."""

    recipients: Annotated[  # type: ignore[assignment]  # more of them, and each knows more
        list[BatchRecipientBody], Field(min_length=1, max_length=MAX_BATCH)
    ]


_EXAMPLE = {
    "recipients": [
        {"fax_number": "+1 555 0100", "name": "Dr. Ada Example", "client_reference": "PO-1"},
        {"fax_number": "+1 555 0101", "client_reference": "PO-2"},
    ],
    "documents": [{"name": "recall.pdf", "content_type": "application/pdf", "content": ONE_PAGE}],
    "client_reference": "recall 7",
}


class BatchRequest(BatchSettings):
    """One thing to many: documents, a cover page, or both. `priority` is 4 unless it is given."""

    model_config = ConfigDict(json_schema_extra=SOMETHING | {"examples": [_EXAMPLE]})

    documents: Annotated[list[DocumentBody], Field(max_length=20, default_factory=list)]


class PhasesOut(Out):
    """How many faxes are in each phase."""

    waiting: int = Field(description="Those that are no fax yet, too.")
    active: int
    delivered: int
    failed: int
    cancelled: int


class BatchOut(Out):
    """A batch and how far it is: counted over its faxes, every recipient from the first moment."""

    id: str
    status: str = Field(
        description="Where it is; words may be added.", examples=[one.value for one in BatchStatus]
    )
    total: int = Field(description="Its recipients.")
    phases: PhasesOut
    statuses: dict[str, int] = Field(
        description="How many faxes are in each status.",
        examples=[{FaxStatus.DELIVERED.value: 2}],
    )
    pages: int = Field(description="Pages of its faxes that came through.")
    client_reference: str | None
    priority: int
    documents: list[DocumentOut]
    send_at: datetime | None
    device_id: str | None
    created_at: datetime
    created_by: str
    cancel_requested_at: datetime | None
    finished_at: datetime | None


class BatchQuery(Paged):
    """Which batches."""

    status: Annotated[list[BatchStatus], Field(max_length=20, default_factory=list)]
    client_reference: Name | None = None


def batch_out(progress: Progress) -> BatchOut:
    """A batch."""
    batch, tally = progress.batch, progress.tally
    common = batch.template
    phases: dict[str, Any] = {phase.value: tally.phases[phase] for phase in Phase}
    return BatchOut(
        id=batch.id,
        status=batch.status.value,
        total=batch.total,
        phases=PhasesOut(**phases),
        statuses={status.value: count for status, count in sorted(tally.statuses.items())},
        pages=tally.pages,
        client_reference=common.client_reference or None,
        priority=common.priority or 0,
        documents=[DocumentOut.model_validate(one) for one in common.documents],
        send_at=common.send_at,
        device_id=common.device_id,
        created_at=batch.created_at,
        created_by=batch.asked_by.principal_id,
        cancel_requested_at=batch.cancel_requested_at,
        finished_at=batch.finished_at,
    )

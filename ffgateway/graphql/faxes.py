"""Faxes as GraphQL shows them."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain import failures, faxes
from ffgateway.domain.errors import FaxOpen, NotFound, NotSealed
from ffgateway.graphql.context import Info
from ffgateway.graphql.devices import Device, show_device
from ffgateway.graphql.fields import field
from ffgateway.graphql.history import Event, show_event
from ffgateway.graphql.statuses import FaxStatus

strawberry.enum(faxes.Phase, name="FaxPhase", description="The five coarse stages. Frozen.")
strawberry.enum(faxes.Origin, name="FaxOrigin", description="Who put it on its appliance.")
strawberry.enum(faxes.HoldReason, description="Whose decision a held fax waits for.")
strawberry.enum(faxes.CancelledBy, description="Who ended it.")
strawberry.enum(failures.Category, name="FailureCategory", description="Whose trouble it is.")
strawberry.enum(failures.RetryClass, description="How soon another try makes sense.")


@strawberry.type(description="Who receives.")
class Recipient:
    """A recipient."""

    fax_number: str
    name: str | None
    organization: str | None
    phone_number: str | None


@strawberry.type(description="A file that was handed in; never its bytes.")
class Document:
    """A document."""

    name: str
    content_type: str
    size: int = strawberry.field(description="Bytes; 0 for one that the appliance fetches.")
    sha256: str | None
    url: str | None
    pages: int | None = strawberry.field(description="Null where they were not counted.")


@strawberry.type(description="Why a fax failed. `device…` are the appliance's own words.")
class Failure:
    """A failure that people can act on."""

    category: failures.Category
    code: str
    retryable: bool
    retry_class: failures.RetryClass
    attempts: int
    pages_confirmed: int = strawberry.field(
        description="Pages that got through in the last try, as far as its line showed them:"
        " at least so many."
    )
    message: str
    next_step: str
    device_text: str | None
    device_state: str | None


@strawberry.type(description="One recipient's copy of what was sent.")
class Fax:
    """A fax."""

    id: strawberry.ID
    submission_id: strawberry.ID = strawberry.field(
        description="What it was sent with: one for all recipients of a request."
    )
    batch_id: strawberry.ID | None = strawberry.field(description="The batch that it belongs to.")
    status: FaxStatus
    phase: faxes.Phase
    recipient: Recipient
    client_reference: str | None
    created_at: datetime
    updated_at: datetime
    send_at: datetime | None
    finished_at: datetime | None
    device_id: strawberry.ID | None
    dialled: str | None = strawberry.field(description="The number as its appliance was given it.")
    attempt: int
    pages: int
    next_attempt_at: datetime | None
    hold_reason: faxes.HoldReason | None
    hold_detail: str | None = strawberry.field(description="What stands in the way, for people.")
    placement: list[str] = strawberry.field(
        description="Why its appliance was chosen, and why others were not; for people."
    )
    failure: Failure | None
    cancelled_by: faxes.CancelledBy | None
    reschedule_to: datetime | None = strawberry.field(
        description="When it is to be sent, once its appliance has given it up."
    )
    corrected_as: FaxStatus | None = strawberry.field(
        description="What its appliance showed that became of it, after another end had been decided"
        " without its word."
    )
    documents: list[Document]
    resend_of: strawberry.ID | None
    deadline: datetime | None = strawberry.field(
        description="What has not ended by then is given up."
    )
    retried_as: strawberry.ID | None = strawberry.field(
        description="The fax that it was sent once more as."
    )
    origin: faxes.Origin = strawberry.field(
        description="Who put it on its appliance: the gateway, or others there."
    )
    username: str | None = strawberry.field(
        description="Whose it is there, once the appliance said so."
    )
    agent: str | None = strawberry.field(
        description="What put it there, in the appliance's words: FFWS, WebClient, …"
    )
    revision: int
    preview_url: str | None = strawberry.field(
        description="Where REST has what it looks like as PDF, once it is on an appliance:"
        " GraphQL carries no bytes."
    )

    @field("The appliance that has it; null once that is retired.")
    async def device(self, info: Info) -> Device | None:
        """The appliance, read once for all faxes of an answer."""
        if self.device_id is None:
            return None
        device = await info.context.devices.load(self.device_id)
        return show_device(device) if device else None

    receipt_url: str | None = strawberry.field(
        description="Where REST has its receipt as PDF once it has ended: GraphQL carries no bytes."
    )

    @field("Its signed receipt, as `ffgateway receipt verify` reads it; null until it is sealed.")
    async def receipt(self, info: Info) -> JSON | None:
        """The receipt."""
        caller = await info.context.caller()
        try:
            return JSON((await info.context.gateway.receipts.get(caller, self.id)).told())
        except (FaxOpen, NotFound, NotSealed):
            return None

    @field("Everything that happened to it, in order.")
    async def events(self, info: Info) -> list[Event]:
        """Its story."""
        caller = await info.context.caller()
        told = await info.context.gateway.faxes.events(caller, self.id)
        return [show_event(event) for event in told]


def show_fax(fax: faxes.Fax) -> Fax:
    """A fax for GraphQL."""
    return Fax(
        id=strawberry.ID(fax.id),
        submission_id=strawberry.ID(fax.promised_in),
        batch_id=strawberry.ID(fax.batch_id) if fax.batch_id else None,
        status=fax.status,
        phase=fax.phase,
        recipient=show_recipient(fax.recipient),
        client_reference=fax.client_reference or None,
        created_at=fax.created_at,
        updated_at=fax.updated_at,
        send_at=fax.send_at,
        finished_at=fax.finished_at,
        device_id=strawberry.ID(fax.device_id) if fax.device_id else None,
        dialled=fax.dialled or None,
        attempt=fax.attempt,
        pages=fax.pages,
        next_attempt_at=fax.next_attempt_at,
        hold_reason=fax.hold_reason if fax.status is FaxStatus.HELD else None,
        hold_detail=fax.hold_detail or None,
        placement=list(fax.placement),
        failure=show_failure(fax.failure) if fax.failure else None,
        cancelled_by=fax.cancelled_by,
        reschedule_to=fax.reschedule_to,
        corrected_as=fax.corrected_as,
        documents=[show_document(document) for document in fax.documents],
        resend_of=strawberry.ID(fax.resend_of) if fax.resend_of else None,
        deadline=fax.deadline,
        retried_as=strawberry.ID(fax.retried_as) if fax.retried_as else None,
        origin=fax.origin,
        username=fax.username or None,
        agent=fax.agent or None,
        revision=fax.revision,
        receipt_url=f"/v1/faxes/{fax.id}/receipt?format=pdf" if fax.finished else None,
        preview_url=f"/v1/faxes/{fax.id}/preview" if fax.entry_key else None,
    )


def show_recipient(recipient: faxes.Recipient) -> Recipient:
    """A recipient for GraphQL."""
    return Recipient(
        fax_number=recipient.fax_number,
        name=recipient.name or None,
        organization=recipient.organization or None,
        phone_number=recipient.phone_number or None,
    )


def show_document(document: faxes.Document) -> Document:
    """A document for GraphQL."""
    return Document(
        name=document.name,
        content_type=document.content_type,
        size=document.size,
        sha256=document.sha256 or None,
        url=document.url or None,
        pages=document.pages,
    )


def show_failure(failure: failures.Failure) -> Failure:
    """A failure for GraphQL."""
    return Failure(
        category=failure.category,
        code=failure.code,
        retryable=failure.retryable,
        retry_class=failure.retry_class,
        attempts=failure.attempts,
        pages_confirmed=failure.pages_confirmed,
        message=failure.message,
        next_step=failure.next_step,
        device_text=failure.device_text or None,
        device_state=failure.device_state or None,
    )

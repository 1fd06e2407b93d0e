"""Batches over GraphQL: sent, looked at, called off."""

import asyncio
from dataclasses import replace
from datetime import datetime

import strawberry

from ffgateway.domain import batches, recipient_files
from ffgateway.domain.access import Caller
from ffgateway.domain.errors import InvalidRecipients, InvalidRequest, NotFound
from ffgateway.domain.faxes import Phase
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.faxes import Document, show_document
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.inputs import (
    CoverPageInput,
    DocumentInput,
    RecipientInput,
    SenderInput,
    SendFaxInput,
    fax_draft,
)
from ffgateway.graphql.statuses import FaxStatus
from ffgateway.services.batches import BatchFilter
from ffgateway.services.gateway import Gateway

strawberry.enum(batches.BatchStatus, description="Where a batch is. All but IN_PROGRESS are ends.")


@strawberry.type(description="How many faxes of a batch are in a status.")
class StatusCount:
    """One of the counts."""

    status: FaxStatus
    count: int


@strawberry.type(description="How many faxes of a batch are in a phase.")
class PhaseCount:
    """One of the counts; every phase has one."""

    phase: Phase
    count: int


@strawberry.type(description="One thing sent to many; its faxes are `faxes(batchId:)`.")
class Batch:
    """A batch and how far it is."""

    id: strawberry.ID
    status: batches.BatchStatus
    total: int = strawberry.field(description="Its recipients.")
    phases: list[PhaseCount] = strawberry.field(
        description="Who is no fax yet is WAITING from the first moment."
    )
    statuses: list[StatusCount]
    pages: int = strawberry.field(description="Pages of its faxes that came through.")
    client_reference: str | None
    priority: int
    documents: list[Document]
    send_at: datetime | None
    device_id: strawberry.ID | None
    created_at: datetime
    cancel_requested_at: datetime | None
    finished_at: datetime | None


def show_batch(progress: batches.Progress) -> Batch:
    """A batch for GraphQL."""
    batch, tally = progress.batch, progress.tally
    common = batch.template
    return Batch(
        id=strawberry.ID(batch.id),
        status=batch.status,
        total=batch.total,
        phases=[PhaseCount(phase=phase, count=count) for phase, count in tally.phases.items()],
        statuses=[
            StatusCount(status=status, count=count)
            for status, count in sorted(tally.statuses.items())
        ],
        pages=tally.pages,
        client_reference=common.client_reference or None,
        priority=common.priority or 0,
        documents=[show_document(one) for one in common.documents],
        send_at=common.send_at,
        device_id=strawberry.ID(common.device_id) if common.device_id else None,
        created_at=batch.created_at,
        cancel_requested_at=batch.cancel_requested_at,
        finished_at=batch.finished_at,
    )


@strawberry.input(description="Who receives, with what is this recipient's own.")
class BatchRecipientInput:
    """A recipient of a batch."""

    fax_number: str = strawberry.field(description="3 to 20 digits, like +1 (312) 555-0100.")
    name: str | None = None
    organization: str | None = None
    phone_number: str | None = None
    client_reference: str | None = None
    subject: str | None = strawberry.field(default=None, description="On the cover page.")
    comments: str | None = strawberry.field(default=None, description="On the cover page.")


@strawberry.input(description="One thing to many: documents, a cover page, or both.")
class SendBatchInput:
    """What to send to whom."""

    recipients: list[BatchRecipientInput] | None = None
    recipients_csv: str | None = strawberry.field(
        default=None, description="Instead of `recipients`: CSV whose first row names the columns."
    )
    documents: list[DocumentInput] | None = None
    sender: SenderInput | None = None
    cover_page: CoverPageInput | None = None
    client_reference: str | None = strawberry.field(default=None, description="Your name for it.")
    priority: int | None = strawberry.field(
        default=None, description="0 highest … 5 lowest; 4 unless it is given."
    )
    max_tries: int | None = None
    try_interval: int | None = strawberry.field(default=None, description="Seconds.")
    send_at: datetime | None = None
    device_id: strawberry.ID | None = None


@strawberry.type(description="The batch as it is afterwards.")
class BatchPayload:
    """Of what is done to a batch."""

    batch: Batch | None
    user_errors: list[UserError]


def _addressees(given: SendBatchInput) -> tuple[batches.Addressee, ...]:
    """The recipients, from a list or from CSV. Raises `InvalidRequest`, `InvalidRecipients`."""
    if (given.recipients is None) == (given.recipients_csv is None):
        raise InvalidRequest(
            "Recipients come in `recipients` or in `recipientsCsv`.",
            field="recipients",
            cure="Give one of the two.",
        )
    if given.recipients_csv is not None:
        reading = recipient_files.read(given.recipients_csv.encode("utf-8", "surrogatepass"))
        if reading.flaws:
            told = tuple((flaw.field, flaw.message) for flaw in reading.flaws)
            raise InvalidRecipients(told, count=reading.flawed)
        return reading.addressees
    rows = [
        {column: getattr(one, column) or "" for column in recipient_files.COLUMNS}
        for one in given.recipients or ()
    ]
    flaws = [
        (f"recipients[{index}].{column}", wrong)
        for index, row in enumerate(rows)
        for column, value in row.items()
        if (wrong := recipient_files.flaw(column, value))
    ]
    if flaws:
        raise InvalidRecipients(tuple(flaws[: recipient_files.MOST_FLAWS]), count=len(flaws))
    return tuple(recipient_files.addressee(row) for row in rows)


async def batch_draft(
    caller: Caller, gateway: Gateway, given: SendBatchInput
) -> batches.BatchDraft:
    """Check everything that is cheap, then keep the documents. Raises `InvalidRequest`."""
    addressees = await asyncio.to_thread(_addressees, given)
    common = SendFaxInput(
        recipients=[RecipientInput(fax_number="000")],  # a stand-in: these are checked above
        documents=given.documents,
        sender=given.sender,
        cover_page=given.cover_page,
        client_reference=given.client_reference,
        priority=given.priority,
        max_tries=given.max_tries,
        try_interval=given.try_interval,
        send_at=given.send_at,
        device_id=given.device_id,
    )
    draft = await fax_draft(caller, gateway.documents, common)
    return batches.BatchDraft(addressees=addressees, common=replace(draft, recipients=()))


@strawberry.type
class BatchQueries:
    """Batches to be looked up."""

    @field("One batch, and how far it is.")
    async def batch(self, info: Info, id: strawberry.ID) -> Batch | None:  # noqa: A002
        """One batch, or null."""
        caller = await info.context.caller()
        try:
            return show_batch(await info.context.gateway.batches.get(caller, line(id, "id")))
        except NotFound:
            return None

    @field("Batches, the newest first.")
    async def batches(
        self,
        info: Info,
        *,
        first: First = DEFAULT_LIMIT,
        after: After = None,
        status: list[batches.BatchStatus] | None = None,
        client_reference: str | None = None,
    ) -> Connection[Batch]:
        """A page of batches."""
        filters = BatchFilter(
            status=tuple(status or ()),
            client_reference=optional(client_reference, "client_reference"),
        )
        caller = await info.context.caller()
        page = await info.context.gateway.batches.list(
            caller, filters, cursor=after, limit=limit(first)
        )
        return paged(page, show_batch, key=lambda one: one.batch.id, after=after)


@strawberry.type
class BatchMutations:
    """What can be done with batches."""

    @mutation("Promise to send to many: every recipient is kept before this answers, or none.")
    async def send_batch(self, info: Info, input: SendBatchInput) -> BatchPayload:  # noqa: A002
        """Accept a batch."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def send() -> batches.Progress:
            return await gateway.batches.send(caller, await batch_draft(caller, gateway, input))

        sent, wrong = await settled(send())
        return BatchPayload(batch=show_batch(sent) if sent else None, user_errors=wrong)

    @mutation("Call a batch off: what has not ended is stopped, fax by fax, from now on.")
    async def cancel_batch(self, info: Info, id: strawberry.ID) -> BatchPayload:  # noqa: A002
        """Cancel."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def cancel() -> batches.Progress:
            return await gateway.batches.cancel(caller, line(id, "id"))

        asked, wrong = await settled(cancel())
        return BatchPayload(batch=show_batch(asked) if asked else None, user_errors=wrong)

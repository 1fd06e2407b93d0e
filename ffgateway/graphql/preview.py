"""What would become of a fax, as GraphQL shows it."""

from datetime import datetime

import strawberry

from ffgateway.domain import dialling
from ffgateway.graphql.context import Info
from ffgateway.graphql.devices import Device, show_device
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.faxes import Document, Recipient, show_document, show_recipient
from ffgateway.graphql.fields import mutation
from ffgateway.graphql.inputs import SendFaxInput, fax_draft
from ffgateway.services import previewing

strawberry.enum(dialling.Kind, name="DialKind", description="How a number is dialled.")


@strawberry.type(description="A number as the chosen appliance would dial it.")
class Dialled:
    """A dialled number."""

    text: str
    kind: dialling.Kind
    e164: str | None


@strawberry.type(description="A recipient of a preview.")
class Addressed:
    """A recipient and the number."""

    recipient: Recipient
    dialled: Dialled | None


@strawberry.type(description="What would become of a fax that was sent now.")
class FaxPreview:
    """A preview."""

    documents: list[Document]
    recipients: list[Addressed]
    request_bytes: int
    limit_bytes: int | None
    device: Device | None
    reasons: list[str]
    queue_position: int | None
    estimated_start: datetime | None = strawberry.field(
        description="From the pages that wait there, a minute each, shared out to its lines."
    )
    warnings: list[str]


@strawberry.type(description="What was found out; nothing was sent.")
class PreviewFaxPayload:
    """Of `previewFax`."""

    preview: FaxPreview | None
    user_errors: list[UserError]


@strawberry.type
class PreviewMutations:
    """Looking ahead. A mutation, because it takes the input of one and keeps its documents."""

    @mutation("Everything that sending would check and choose; nothing is sent.")
    async def preview_fax(self, info: Info, input: SendFaxInput) -> PreviewFaxPayload:  # noqa: A002
        """Look ahead."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def look() -> previewing.Preview:
            draft = await fax_draft(caller, gateway.documents, input)
            return await gateway.previewing.preview(caller, draft)

        found, wrong = await settled(look())
        return PreviewFaxPayload(preview=_shown(found) if found else None, user_errors=wrong)


def _shown(found: previewing.Preview) -> FaxPreview:
    return FaxPreview(
        documents=[show_document(one) for one in found.documents],
        recipients=[
            Addressed(recipient=show_recipient(one.recipient), dialled=_dialled(one.dialled))
            for one in found.recipients
        ],
        request_bytes=found.size,
        limit_bytes=found.limit,
        device=show_device(found.device) if found.device else None,
        reasons=list(found.reasons),
        queue_position=found.position,
        estimated_start=found.starts_at,
        warnings=list(found.warnings),
    )


def _dialled(one: dialling.Dialled | None) -> Dialled | None:
    return Dialled(text=one.text, kind=one.kind, e164=one.e164) if one else None

"""`POST /v1/faxes:preview`: what would become of a fax, without sending it."""

from datetime import datetime

from pydantic import Field
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.rest.answers import Json, Out, all_of
from ffgateway.rest.faxes import canonical_fax, draft_of, read_fax
from ffgateway.rest.faxes_shapes import DocumentOut, RecipientOut
from ffgateway.rest.once import once, rule_of
from ffgateway.rest.operations import Asked
from ffgateway.services.gateway import Gateway
from ffgateway.services.previewing import Addressed, Preview


class DialledOut(Out):
    """A number as the chosen appliance would dial it."""

    text: str
    kind: str = Field(examples=["local", "national", "international", "extension", "as_given"])
    e164: str | None


class AddressedOut(Out):
    """A recipient of a preview."""

    recipient: RecipientOut
    dialled: DialledOut | None = Field(description="Null when no appliance can take the fax now.")


class PreviewDevice(Out):
    """The appliance that would be chosen now."""

    id: str
    name: str
    model: str


class PreviewOut(Out):
    """What would become of a fax that was sent now."""

    documents: list[DocumentOut]
    recipients: list[AddressedOut]
    request_bytes: int = Field(description="Of the request to the appliance, documents in base64.")
    limit_bytes: int | None = Field(description="What the chosen appliance takes in a request.")
    device: PreviewDevice | None
    reasons: list[str] = Field(description="Why it would be chosen, and why others would not.")
    queue_position: int | None = Field(description="Its place among the faxes for that appliance.")
    estimated_start: datetime | None = Field(
        description="From the pages that wait there, a minute each, shared out to its lines."
    )
    warnings: list[str]


def preview_out(preview: Preview) -> PreviewOut:
    """A preview."""
    device = preview.device
    return PreviewOut(
        documents=[DocumentOut.model_validate(one) for one in preview.documents],
        recipients=all_of(_addressed, preview.recipients),
        request_bytes=preview.size,
        limit_bytes=preview.limit,
        device=PreviewDevice.model_validate(device) if device else None,
        reasons=list(preview.reasons),
        queue_position=preview.position,
        estimated_start=preview.starts_at,
        warnings=list(preview.warnings),
    )


def _addressed(one: Addressed) -> AddressedOut:
    found = one.dialled
    dialled = DialledOut(text=found.text, kind=found.kind.value, e164=found.e164) if found else None
    return AddressedOut(recipient=RecipientOut.model_validate(one.recipient), dialled=dialled)


async def preview(gateway: Gateway, asked: Asked) -> Response:
    """Look ahead."""
    settings, documents = await read_fax(gateway, asked)

    async def act(caller: Caller) -> Response:
        draft = draft_of(settings, documents)
        return Json(preview_out(await gateway.previewing.preview(caller, draft)))

    rule = rule_of("previewFax", {})
    return await once(gateway, asked, rule, body=canonical_fax(settings, documents), act=act)

"""Receipts of faxes over HTTP, as JSON and as PDF; and what is known of a document by its hash."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.responses import Response

from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Query
from ffgateway.rest.operations import Asked, Operation
from ffgateway.services.gateway import Gateway

PDF: Final = "application/pdf"
JSON: Final = "application/json"


class ReceiptQuery(Query):
    """In which form; without, as `Accept` prefers."""

    format: Annotated[
        Literal["json", "pdf"] | None,
        Field(description="Without it as `Accept` says: PDF where only that is accepted."),
    ] = None


class ReceiptSignature(Out):
    """Who signed a receipt."""

    key: str = Field(description="The name and id of the verifier key, `NAME+ID`.")
    algorithm: str = Field(examples=["Ed25519"])
    value: str = Field(
        description="In base64; of `ffgateway/receipt/1`, a line feed and the receipt as RFC 8785 JSON."
    )


class ReceiptOut(Out):
    """What became of a fax, signed: what `ffgateway receipt verify` reads."""

    receipt: dict[str, Any]
    signature: ReceiptSignature


async def receipt(gateway: Gateway, asked: Asked) -> Response:
    """The receipt."""
    wanted = asked.query_as(ReceiptQuery).format or _accepted(asked.request.headers.get("accept"))
    if wanted == "pdf":
        page = await gateway.receipts.pdf(asked.caller, asked.id)
        name = f'inline; filename="receipt-{asked.id}.pdf"'
        return Response(page, media_type=PDF, headers={"Content-Disposition": name})
    found = await gateway.receipts.get(asked.caller, asked.id)
    return Response(found.text, media_type=JSON)  # to the byte as its signature has it


def _accepted(accept: str | None) -> str:
    kinds = [one.partition(";")[0].strip().lower() for one in (accept or "").split(",")]
    return "pdf" if PDF in kinds and JSON not in kinds else "json"


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path="/v1/faxes/{id}/receipt", name="getFaxReceipt", tag="faxes",
        summary="The signed receipt of a fax that has ended", act=receipt, scope="faxes:read",
        id_of="fax", query=ReceiptQuery, answer=ReceiptOut, other_media=(PDF,), errors=(409,)),
)  # fmt: skip

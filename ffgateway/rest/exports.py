"""`GET /v1/audit/export`: the sealed log for other systems."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.responses import Response, StreamingResponse

from ffgateway.rest.audit import LARGEST, NDJSON
from ffgateway.rest.bodies import AuditWanted
from ffgateway.rest.history import wanted_of
from ffgateway.rest.operations import Asked, Operation
from ffgateway.services.exporting import ExportForm
from ffgateway.services.gateway import Gateway

MEDIA: Final = {
    ExportForm.NDJSON: NDJSON,
    ExportForm.CSV: "text/csv",
    ExportForm.OCSF: NDJSON,
    ExportForm.FHIR: "application/fhir+ndjson",
}


class AuditExportQuery(AuditWanted):
    """Which rows, in which form, from where on."""

    format: Annotated[
        Literal["ndjson", "csv", "ocsf", "fhir"],
        Field(
            description="`ndjson`: what `audit verify` reads, rows that are not wanted as their leaves"
            " alone; `csv`: RFC 4180; `ocsf`: OCSF 1.5.0; `fhir`: R4 AuditEvent, one a line."
        ),
    ] = "ndjson"
    after: Annotated[
        int,
        Field(
            ge=0,
            le=LARGEST,
            description="Go on behind so many rows of the log: one more than the leaf of the last"
            " whole line (`index`; `leaf`; `metadata.sequence`; `id`).",
        ),
    ] = 0
    size: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="Of the checkpoint to go up to; the newest without."),
    ] = None


async def export(gateway: Gateway, asked: Asked) -> Response:
    """The log, line by line, as fast as it is taken."""
    query = asked.query_as(AuditExportQuery)
    form = ExportForm(query.format)
    found = await gateway.exporting.export(
        asked.caller, wanted_of(query), form, after=query.after, until=query.size
    )
    headers = {"X-Audit-Until": str(found.until)}
    return StreamingResponse(found.pieces, media_type=MEDIA[form], headers=headers)


_LOG: Final[dict[str, Any]] = {"tag": "audit", "scope": "audit:read"}
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path="/v1/audit/export", name="exportAudit", act=export, **_LOG,
        summary="The sealed log for other systems", query=AuditExportQuery, media=NDJSON,
        other_media=("text/csv", "application/fhir+ndjson"), headers=("X-Audit-Until",),
        errors=(404,)),
)  # fmt: skip

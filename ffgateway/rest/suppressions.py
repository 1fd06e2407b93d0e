"""Suppressed numbers over HTTP, and faxes that are held for theirs."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from starlette.responses import Response

from ffgateway.domain.suppressions import Suppression
from ffgateway.rest.answers import Items, Json, Out
from ffgateway.rest.bodies import Filled, Moment, Number, Paged, Strict
from ffgateway.rest.faxes_shapes import FaxOut, fax_out
from ffgateway.rest.operations import Asked, Operation, page_answer
from ffgateway.services.gateway import Gateway


class SuppressionRequest(Strict):
    """A number that shall get no faxes."""

    fax_number: Number
    reason: Filled
    until: Annotated[Moment | None, Field(description="For ever without.")] = None


class SuppressionOut(Out):
    """A number that gets no faxes, or that failures speak against."""

    id: str
    digits: str = Field(description="Of the number; two ways to write it are the same.")
    reason: str
    active: bool = Field(
        description="Whether faxes are held; false while failures are counted, and when it is over."
    )
    created_at: datetime
    created_by: str
    until: datetime | None
    hits: int = Field(description="Failures that speak for it.")


def suppression_out(one: Suppression) -> SuppressionOut:
    """A suppression."""
    return SuppressionOut.model_validate(one)


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of them."""
    query = asked.query_as(Paged)
    page = await gateway.suppressing.list(asked.caller, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, suppression_out)


async def add(gateway: Gateway, asked: Asked) -> Response:
    """Suppress a number."""
    body = asked.body_as(SuppressionRequest)
    one = await gateway.suppressing.add(
        asked.caller, body.fax_number, reason=body.reason, until=body.until
    )
    return Json(suppression_out(one), status_code=201)


async def lift(gateway: Gateway, asked: Asked) -> Response:
    """Let faxes to a number out again."""
    await gateway.suppressing.lift(asked.caller, asked.id)
    return Response(status_code=204)


async def release(gateway: Gateway, asked: Asked) -> Response:
    """Let a held fax go."""
    return Json(fax_out(await gateway.suppressing.release(asked.caller, asked.id)))


_PATH, _TAG = "/v1/suppressions", "suppressions"
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=_PATH, name="listSuppressions", tag=_TAG, act=browse,
        summary="Suppressed numbers, the newest first", scope="faxes:read", query=Paged,
        answer=Items[SuppressionOut], headers=("Link",)),
    Operation(method="POST", path=_PATH, name="addSuppression", tag=_TAG, act=add, status=201,
        summary="Hold what is sent to a number", scope="faxes:send", body=SuppressionRequest,
        answer=SuppressionOut, errors=(409,)),
    Operation(method="DELETE", path=f"{_PATH}/{{id}}", name="liftSuppression", tag=_TAG, act=lift,
        summary="Let faxes to a number out again", scope="faxes:send", status=204, id_of="sup"),
    Operation(method="POST", path="/v1/faxes/{id}/release", name="releaseFax", tag="faxes",
        act=release, summary="Let a fax go that is held for its number", scope="faxes:send",
        answer=FaxOut, errors=(409,), id_of="fax"),
)  # fmt: skip

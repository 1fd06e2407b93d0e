"""Faxes that came in, over HTTP."""

from typing import Final

from starlette.responses import Response

from ffgateway.rest.answers import Items, Json
from ffgateway.rest.inbound_shapes import InboundFaxOut, InboundQuery, inbound_fax_out
from ffgateway.rest.operations import Asked, Operation, page_answer
from ffgateway.services.gateway import Gateway
from ffgateway.services.inbound import InboundFilter


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of calls."""
    query = asked.query_as(InboundQuery)
    filters = InboundFilter(status=tuple(query.status), device_id=query.device_id)
    page = await gateway.inbound.list(asked.caller, filters, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, inbound_fax_out)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One call."""
    return Json(inbound_fax_out(await gateway.inbound.get(asked.caller, asked.id)))


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        method="GET",
        path="/v1/inbound-faxes",
        name="listInboundFaxes",
        tag="inbound",
        summary="Faxes that came in, the newest first",
        act=browse,
        scope="faxes:read",
        query=InboundQuery,
        answer=Items[InboundFaxOut],
        headers=("Link",),
    ),
    Operation(
        method="GET",
        path="/v1/inbound-faxes/{id}",
        name="getInboundFax",
        tag="inbound",
        summary="One fax that came in",
        act=show,
        scope="faxes:read",
        id_of="inb",
        answer=InboundFaxOut,
    ),
)

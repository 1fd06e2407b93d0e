"""Logs of an appliance over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Items
from ffgateway.rest.logs_shapes import (
    CallLogOut,
    CountOut,
    InboundLogOut,
    LogQuery,
    OutboundLogOut,
    call_log_out,
    count_out,
    inbound_log_out,
    outbound_log_out,
)
from ffgateway.rest.operations import Asked, Operation, below_device, told, told_page
from ffgateway.services.gateway import Gateway


async def inbound(gateway: Gateway, asked: Asked) -> Response:
    """A page of the faxes that came in."""
    query = asked.query_as(LogQuery)
    page = await gateway.logs.inbound(
        asked.caller, asked.id, query.span(), cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, page, inbound_log_out)


async def outbound(gateway: Gateway, asked: Asked) -> Response:
    """A page of the tries at sending."""
    query = asked.query_as(LogQuery)
    page = await gateway.logs.outbound(
        asked.caller, asked.id, query.span(), cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, page, outbound_log_out)


async def calls(gateway: Gateway, asked: Asked) -> Response:
    """A page of the calls."""
    query = asked.query_as(LogQuery)
    page = await gateway.logs.calls(
        asked.caller, asked.id, query.span(), cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, page, call_log_out)


async def inbound_count(gateway: Gateway, asked: Asked) -> Response:
    """How many faxes came in."""
    return told(asked, await gateway.logs.inbound_count(asked.caller, asked.id), count_out)


async def outbound_count(gateway: Gateway, asked: Asked) -> Response:
    """How many tries there were."""
    return told(asked, await gateway.logs.outbound_count(asked.caller, asked.id), count_out)


_READ = {"scope": "faxes:read", "tag": "logs"}

OPERATIONS: tuple[Operation, ...] = (
    below_device("GET", "/inbound-log", "listInboundLog", "Faxes that came in", act=inbound,
        **_READ, query=LogQuery, answer=Items[InboundLogOut], headers=("Link",),
        functions=("inbound_log.list",)),
    below_device("GET", "/inbound-log/count", "countInboundLog", "How many came in",
        act=inbound_count, **_READ, answer=CountOut, functions=("inbound_log.count",)),
    below_device("GET", "/outbound-log", "listOutboundLog", "Tries at sending", act=outbound,
        **_READ, query=LogQuery, answer=Items[OutboundLogOut], headers=("Link",),
        functions=("outbound_log.list",)),
    below_device("GET", "/outbound-log/count", "countOutboundLog", "How many tries there were",
        act=outbound_count, **_READ, answer=CountOut, functions=("outbound_log.count",)),
    below_device("GET", "/call-log", "listCallLog", "Calls in both directions", act=calls,
        **_READ, query=LogQuery, answer=Items[CallLogOut], headers=("Link",),
        functions=("call_log.list",)),
)  # fmt: skip
"""What of this room is routed."""

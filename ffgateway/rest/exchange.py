"""A raw exchange with an appliance over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Json
from ffgateway.rest.exchange_shapes import RawBody, RawOut, raw_out
from ffgateway.rest.operations import ASKS_DEVICE, Asked, Operation, below_device
from ffgateway.services.gateway import Gateway


async def send(gateway: Gateway, asked: Asked) -> Response:
    """Send an appliance a request as it is."""
    request = asked.body_as(RawBody).request()
    return Json(raw_out(await gateway.exchange.send(asked.caller, asked.id, request)))


OPERATIONS: tuple[Operation, ...] = (
    below_device("POST", "/ffws", "exchange", "Send an appliance any request", act=send,
        scope="admin", tag="devices", body=RawBody, answer=RawOut, errors=ASKS_DEVICE),
)  # fmt: skip
"""What of this room is routed."""

"""Keys over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Json, all_of
from ffgateway.rest.bodies import KeyRequest
from ffgateway.rest.history_shapes import Keys, key_out, new_key
from ffgateway.rest.operations import Asked
from ffgateway.services.gateway import Gateway


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """Every key, without its text."""
    return Json(Keys(items=all_of(key_out, await gateway.keys.list(asked.caller))))


async def create(gateway: Gateway, asked: Asked) -> Response:
    """Make a key; its text is in this answer and in no other."""
    body = asked.body_as(KeyRequest)
    key, token = await gateway.keys.create(asked.caller, body.name, frozenset(body.scopes))
    return Json(new_key(key, token), status_code=201)


async def revoke(gateway: Gateway, asked: Asked) -> Response:
    """End a key at once."""
    await gateway.keys.revoke(asked.caller, asked.id)
    return Response(status_code=204)

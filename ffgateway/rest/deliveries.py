"""Over HTTP: endpoints paused and resumed, and where what they are told has got to."""

from typing import Final

from starlette.responses import Response

from ffgateway.rest.answers import Json
from ffgateway.rest.operations import Asked, Operation
from ffgateway.rest.webhooks_shapes import PauseRequest, WebhookOut, webhook_out
from ffgateway.services.gateway import Gateway


async def pause(gateway: Gateway, asked: Asked) -> Response:
    """Send an endpoint nothing for a while."""
    body = asked.body_as(PauseRequest)
    paused = await gateway.subscriptions.pause(asked.caller, asked.id, reason=body.reason)
    return Json(webhook_out(paused))


async def resume(gateway: Gateway, asked: Asked) -> Response:
    """Send an endpoint what waits for it."""
    return Json(webhook_out(await gateway.subscriptions.resume(asked.caller, asked.id)))


_PATH, _TAG, _SCOPE = "/v1/webhooks/{id}", "webhooks", "webhooks:admin"
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="POST", path=f"{_PATH}/pause", name="pauseWebhook", tag=_TAG, act=pause,
        summary="Send an endpoint nothing for a while; what is for it is kept", scope=_SCOPE,
        body=PauseRequest, answer=WebhookOut, errors=(409,), id_of="whk"),
    Operation(method="POST", path=f"{_PATH}/resume", name="resumeWebhook", tag=_TAG, act=resume,
        summary="Send an endpoint what waits for it, and then what happens", scope=_SCOPE,
        answer=WebhookOut, id_of="whk"),
)  # fmt: skip

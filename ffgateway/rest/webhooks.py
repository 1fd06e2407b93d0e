"""Webhook endpoints over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import Paged
from ffgateway.rest.operations import Asked, page_answer, version_of
from ffgateway.rest.webhooks_bodies import WebhookPatch, WebhookRequest
from ffgateway.rest.webhooks_shapes import (
    AttemptQuery,
    Pinged,
    attempt_out,
    new_webhook,
    webhook_out,
)
from ffgateway.services.gateway import Gateway
from ffgateway.services.subscriptions import AttemptFilter


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of endpoints."""
    query = asked.query_as(Paged)
    page = await gateway.subscriptions.list(asked.caller, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, webhook_out)


async def create(gateway: Gateway, asked: Asked) -> Response:
    """Register an endpoint; its secret is in this answer and in no other."""
    body = asked.body_as(WebhookRequest)
    subscription, secret = await gateway.subscriptions.create(
        asked.caller,
        url=body.url,
        events=tuple(body.events),
        description=body.description,
        secret=body.secret,
        signatures=body.signatures,
        settings=body.changes(),
        handshake=body.handshake,
    )
    where = {"Location": f"/v1/webhooks/{subscription.id}"} | version_of(subscription.version)
    return Json(new_webhook(subscription, secret), status_code=201, headers=where)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One endpoint."""
    subscription = await gateway.subscriptions.get(asked.caller, asked.id)
    return Json(webhook_out(subscription), headers=version_of(subscription.version))


async def update(gateway: Gateway, asked: Asked) -> Response:
    """Change an endpoint."""
    changes = asked.body_as(WebhookPatch).changes()
    subscription = await gateway.subscriptions.update(
        asked.caller, asked.id, changes, seen=asked.if_match
    )
    return Json(webhook_out(subscription), headers=version_of(subscription.version))


async def handshake(gateway: Gateway, asked: Asked) -> Response:
    """Ask an endpoint whether it wants events."""
    subscription = await gateway.consenting.renew(asked.caller, asked.id)
    return Json(webhook_out(subscription), headers=version_of(subscription.version))


async def remove(gateway: Gateway, asked: Asked) -> Response:
    """Tell an endpoint nothing more."""
    await gateway.subscriptions.remove(asked.caller, asked.id, seen=asked.if_match)
    return Response(status_code=204)


async def test(gateway: Gateway, asked: Asked) -> Response:
    """Send an endpoint a ping."""
    event_id = await gateway.subscriptions.test(asked.caller, asked.id)
    return Json(Pinged(event_id=event_id), status_code=202)


async def attempts(gateway: Gateway, asked: Asked) -> Response:
    """A page of tries at an endpoint."""
    query = asked.query_as(AttemptQuery)
    filters = AttemptFilter(event_id=query.event_id, result=query.result, trigger=query.trigger)
    page = await gateway.subscriptions.attempts(
        asked.caller, asked.id, filters, cursor=query.cursor, limit=query.limit
    )
    return page_answer(asked, page, attempt_out)

"""Where GraphQL is: /graphql for operations, subscriptions and the page; /graphql/assets for its files.

An operation needs a key: without one the answer is 401, before a byte of the body is read. What a
client got wrong about HTTP or JSON is 4xx with a GraphQL body; from there on the status is 200.
"""

import json
from datetime import timedelta
from typing import TypeGuard

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from ffgateway.domain import preferences
from ffgateway.domain.errors import (
    GatewayError,
    IdempotencyKeyInUse,
    InvalidRequest,
    Unauthenticated,
)
from ffgateway.graphql.context import Context
from ffgateway.graphql.errors import extensions
from ffgateway.graphql.once import once
from ffgateway.graphql.pages import asset, page
from ffgateway.graphql.schema import schema
from ffgateway.services.gateway import Gateway

MAX_BODY = 40_000_000
"""Bytes: the largest documents an appliance takes, in base64, and room for the rest."""

INIT_WITHIN = timedelta(seconds=10)
"""How long a WebSocket may stay open without saying who it is."""


def routes(gateway: Gateway) -> list[BaseRoute]:
    """The routes of this surface."""
    endpoint = Endpoint(gateway)
    return [
        Route("/graphql", endpoint, max_body_size=MAX_BODY),
        WebSocketRoute("/graphql", endpoint),
        Route("/graphql/assets/{name}", asset),
    ]


class Endpoint(GraphQL[Context, None]):
    """Operations over HTTP, subscriptions over WebSocket and server-sent events, and the page."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(
            schema(),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_WITHIN,
        )
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or serve a WebSocket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method in {"GET", "HEAD"}:
            if _wants_page(request):
                return page()
            return refused(
                406, "Operations come by POST; GET shows the page.", headers={"Allow": ALLOW}
            )
        if request.method != "POST":
            return refused(405, "Operations come by POST.", headers={"Allow": ALLOW})
        context = self._context(request)
        try:
            await context.caller()
        except Unauthenticated as unknown:
            return refused(
                401,
                unknown.detail,
                more=extensions(unknown),
                headers={"WWW-Authenticate": "Bearer"},
            )
        try:
            return await once(self._gateway, request, context, lambda: self._run(request, context))
        except GatewayError as no:
            headers = None
            if isinstance(no, IdempotencyKeyInUse):
                headers = {"Retry-After": str(no.retry_after)}
            status = 422 if isinstance(no, InvalidRequest) else 409
            return refused(status, no.detail, more=extensions(no), headers=headers)

    async def _run(self, request: Request, context: Context) -> Response:
        try:
            return await self.run(request, context=context)
        except HTTPException as flaw:
            return refused(flaw.status_code, flaw.reason)

    def _context(self, request: Request | WebSocket) -> Context:
        return Context(
            self._gateway,
            authorization=request.headers.get("authorization", ""),
            request_id=str(request.scope.get("state", {}).get("request_id", "")),
            address=request.client.host if request.client else "",
            lasting=isinstance(request, WebSocket),
            patience=preferences.wait(request.headers.get("prefer", "")),
        )

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """What the resolvers are given."""
        return self._context(request)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Let a WebSocket in once its key is known, from the header or from `connection_init`."""
        try:
            await context.caller()
        except Unauthenticated as unknown:
            raise ConnectionRejectionError from unknown
        return UnsetType()

    def is_websocket_request(self, request: Request | WebSocket) -> TypeGuard[WebSocket]:
        """Tell the two apart."""
        return isinstance(request, WebSocket)

    def parse_json(self, data: str | bytes) -> object:
        """Read a body. Anything but one operation as an object is the client's error."""
        try:
            return self.decode_json(data)
        except json.JSONDecodeError as flaw:
            raise HTTPException(400, f"The body is not one GraphQL operation: {flaw.msg}") from flaw

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON that must be an object with parts of the right type, as every message is.

        Raises `json.JSONDecodeError` for all others: the library would trip over them.
        """
        value = orjson.loads(data)
        if not isinstance(value, dict):
            raise json.JSONDecodeError("an object is expected", "", 0)
        for name in ("query", "operationName", "id", "type"):
            if not isinstance(value.get(name), str | None):
                raise json.JSONDecodeError(f"{name} must be a string", "", 0)
        payload = value.get("payload")
        if not isinstance(payload, dict | None):
            raise json.JSONDecodeError("payload must be an object", "", 0)
        if value.get("type") == "subscribe":
            self._check_operation(payload)
        return value

    def _check_operation(self, payload: dict[str, object] | None) -> None:
        operation = payload or {}
        texts = (operation.get("query", ""), operation.get("operationName") or "")
        if not all(isinstance(text, str) for text in texts):
            raise json.JSONDecodeError("query and operationName must be strings", "", 0)
        if not isinstance(operation.get("variables"), dict | None):
            raise json.JSONDecodeError("variables must be an object", "", 0)

    def encode_json(self, data: object) -> str:
        """Write JSON: as text, because WebSocket messages of this protocol are text."""
        return orjson.dumps(data).decode()


ALLOW = "GET, HEAD, POST"


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return any(part.partition(";")[0].strip() == "text/html" for part in accepted.split(","))


def refused(
    status: int,
    message: str,
    *,
    more: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A request that was not run at all (GraphQL over HTTP: no `data`)."""
    error = {"message": message, "extensions": more or {"code": "invalid-request"}}
    return Response(
        orjson.dumps({"errors": [error]}),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )

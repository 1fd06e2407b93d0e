"""Where GraphQL is: /graphql for operations, subscriptions and the page; /graphql/assets for its files.

An operation needs a key: without one the answer is 401, before a byte of the body is read. GET and
QUERY read, POST does everything. What a client got wrong about HTTP or JSON is 4xx with a GraphQL
body; what it got wrong in the document is 400 for who reads `application/graphql-response+json`, and
200 for who reads `application/json`, as the draft has it.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TypeGuard, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import process_result
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from ffgateway.domain import preferences
from ffgateway.domain.errors import (
    GatewayError,
    IdempotencyKeyInUse,
    InvalidRequest,
    QuotaExceeded,
    TooManyWrongKeys,
    Unauthenticated,
)
from ffgateway.graphql.context import Context
from ffgateway.graphql.documents import Documents
from ffgateway.graphql.errors import extensions
from ffgateway.graphql.limits import Limits
from ffgateway.graphql.once import once
from ffgateway.graphql.pages import asset, page
from ffgateway.graphql.requests import (
    JSON,
    RESPONSE,
    STREAM,
    Asked,
    Refused,
    media,
    read,
    wants_page,
)
from ffgateway.graphql.schema import schema
from ffgateway.graphql.sockets import Handler
from ffgateway.services.gateway import Gateway

MAX_BODY = 40_000_000
"""Bytes: the largest documents an appliance takes, in base64, and room for the rest."""

INIT_WITHIN = timedelta(seconds=10)
"""How long a WebSocket may stay open without saying who it is."""

ALLOW = "GET, HEAD, POST, QUERY"

READS = frozenset({OperationType.QUERY})
DOES = frozenset({OperationType.QUERY, OperationType.MUTATION})


def routes(
    gateway: Gateway, *, limits: Limits | None = None, documents: Documents | None = None
) -> list[BaseRoute]:
    """The routes of this surface. Without `documents` every operation is run."""
    endpoint = Endpoint(gateway, limits or Limits(), documents or Documents())
    return [
        Route("/graphql", endpoint, max_body_size=MAX_BODY),
        WebSocketRoute("/graphql", endpoint),
        Route("/graphql/assets/{name}", asset),
    ]


class Endpoint(GraphQL[Context, None]):
    """Operations over HTTP, subscriptions over WebSocket and server-sent events, and the page."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, gateway: Gateway, limits: Limits, documents: Documents) -> None:
        super().__init__(
            schema(limits),
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_WITHIN,
        )
        self._gateway = gateway
        self._limits = limits
        self.documents = documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or serve a WebSocket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ALLOW.split(", "):
            return refused(405, f"GraphQL is asked by {ALLOW}.", headers={"Allow": ALLOW})
        if request.method in {"GET", "HEAD"} and wants_page(request):
            return page()
        try:
            preferences.checked(request.headers.get("prefer", ""))
            context = self._context(request)
            await context.caller()
            kind = media(request)
            given = await read(request, self.documents)
            run = partial(self._run, request, context, given, kind)
            if request.method != "POST":
                return await run()
            return await once(self._gateway, request, context, given, run, most=self._limits.tokens)
        except Refused as no:
            await context.refuse(f"http-{no.status}")
            return refused(no.status, no.message, headers=no.headers)
        except GatewayError as no:
            await context.refuse(no.code)
            return _refusal(no)

    async def _run(self, request: Request, context: Context, given: Asked, kind: str) -> Response:
        if kind == STREAM:
            stream = await self.schema.stream(
                given.query,
                variable_values=given.variables,
                context_value=context,
                operation_name=given.operation_name,
                operation_extensions=given.extensions,
            )
            return await self._create_streaming_response(
                request,
                cast("SubscriptionExecutionResult", stream),
                "sse",
                await self.get_sub_response(request),
            )
        try:
            result = await self.schema.execute(
                given.query,
                variable_values=given.variables,
                context_value=context,
                operation_name=given.operation_name,
                allowed_operation_types=DOES if request.method == "POST" else READS,
                operation_extensions=given.extensions,
            )
        except InvalidOperationTypeError as other:
            if other.operation_type is OperationType.MUTATION:
                raise Refused(405, "Mutations come by POST.", headers={"Allow": "POST"}) from other
            raise Refused(
                400, "Subscriptions are followed by WebSocket or event stream."
            ) from other
        except CannotGetOperationTypeError as unknown:
            return refused(200 if kind == JSON else 400, unknown.as_http_error_reason(), kind=kind)
        return _answered(result, kind, context)

    def _context(self, request: Request | WebSocket) -> Context:
        return Context(
            self._gateway,
            authorization=request.headers.get("authorization", ""),
            request_id=str(request.scope.get("state", {}).get("request_id", "")),
            address=request.client.host if request.client else "",
            lasting=isinstance(request, WebSocket),
            patience=preferences.wait(request.headers.get("prefer", "")),
            documents=self.documents,
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
        except (Unauthenticated, TooManyWrongKeys) as unknown:
            raise ConnectionRejectionError from unknown
        return UnsetType()

    def is_websocket_request(self, request: Request | WebSocket) -> TypeGuard[WebSocket]:
        """Tell the two apart."""
        return isinstance(request, WebSocket)

    def decode_json(self, data: str | bytes) -> object:
        """Read a message of a WebSocket: an object with parts of the right type.

        Raises `json.JSONDecodeError` for all others: the library would trip over them.
        """
        value = orjson.loads(data)
        if not isinstance(value, dict):
            raise json.JSONDecodeError("an object is expected", "", 0)
        for name in ("id", "type"):
            if not isinstance(value.get(name), str | None):
                raise json.JSONDecodeError(f"{name} must be a string", "", 0)
        if not isinstance(value.get("payload"), dict | None):
            raise json.JSONDecodeError("payload must be an object", "", 0)
        return value

    def encode_json(self, data: object) -> str:
        """Write JSON: as text, because WebSocket messages of this protocol are text."""
        return orjson.dumps(data).decode()


def _answered(result: ExecutionResult, kind: str, context: Context) -> Response:
    """Write a result. One that was never begun has no `data` (GraphQL over HTTP, 6.4)."""
    body = dict(process_result(result))
    errors = result.errors or []
    headers = {"Vary": "Accept"}
    status = 200
    if result.data is None and errors and all(error.path is None for error in errors):
        cause = errors[0].original_error
        if isinstance(cause, GatewayError):
            status = STATUS.get(cause.code, 200)
            headers |= _more(cause)
        elif kind == RESPONSE:
            status = 400
        if status != 200:
            del body["data"]
    if context.standing is not None:
        headers |= context.standing.headers()
    return Response(orjson.dumps(body), status_code=status, media_type=kind, headers=headers)


STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "quota-exceeded": 429,
    "too-many-wrong-keys": 429,
}
"""The status of a `GatewayError` that stops a request before it is run; of a flaw in it
it is 422, and of all others 409."""


def _refusal(no: GatewayError) -> Response:
    status = 422 if isinstance(no, InvalidRequest) else STATUS.get(no.code, 409)
    return refused(status, no.detail, more=extensions(no), headers=_more(no))


def _more(no: GatewayError) -> dict[str, str]:
    """What HTTP wants to hear beside the status."""
    if isinstance(no, Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(no, QuotaExceeded):
        return {"Retry-After": str(no.retry_after), **no.standing.headers()}
    if isinstance(no, IdempotencyKeyInUse | TooManyWrongKeys):
        return {"Retry-After": str(no.retry_after)}
    return {}


def refused(
    status: int,
    message: str,
    *,
    more: dict[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    kind: str = JSON,
) -> Response:
    """A request that was not run at all (GraphQL over HTTP: no `data`)."""
    error = {"message": message, "extensions": more or {"code": "invalid-request"}}
    return Response(
        orjson.dumps({"errors": [error]}), status_code=status, media_type=kind, headers=headers
    )

"""Where GraphQL is: /graphql for operations, subscriptions and the page; /graphql/assets for its files.

An operation needs a key: without one the answer is 401, before a byte of the body is read. GET and
QUERY read, POST does everything. What a client got wrong about HTTP or JSON is 4xx with a GraphQL
body: a problem like any of REST's, of the same code, that has `errors` besides; what it got wrong in
the document is 400 for who reads `application/graphql-response+json`, and 200 for who reads
`application/json`, as the draft has it.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeGuard, cast

import orjson
from starlette.exceptions import HTTPException
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
    TooManyWrongKeys,
    Unauthenticated,
)
from ffgateway.domain.quotas import Standing
from ffgateway.graphql.context import Context
from ffgateway.graphql.documents import Documents
from ffgateway.graphql.errors import extensions
from ffgateway.graphql.limits import Limits
from ffgateway.graphql.once import once
from ffgateway.graphql.pages import asset, page
from ffgateway.graphql.requests import (
    JSON,
    LARGEST,
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

INIT_WITHIN = timedelta(seconds=10)
"""How long a WebSocket may stay open without saying who it is."""

ALLOW = "GET, HEAD, POST, QUERY"

READS = frozenset({OperationType.QUERY})
DOES = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Refusal(Protocol):
    """Writes a failure of HTTP, as every surface of the gateway does."""

    def __call__(
        self,
        request: Request,
        error: GatewayError | HTTPException,
        *,
        extensions: Mapping[str, object],
        more: Mapping[str, object],
    ) -> Response:
        """The answer, with `extensions` in its `errors` and `more` beside them."""


def routes(
    gateway: Gateway,
    *,
    refusal: Refusal,
    limits: Limits | None = None,
    documents: Documents | None = None,
) -> list[BaseRoute]:
    """The routes of this surface. Without `documents` every operation is run."""
    endpoint = Endpoint(gateway, limits or Limits(), documents or Documents(), refusal)
    return [
        Route("/graphql", endpoint, max_body_size=2 * LARGEST),
        WebSocketRoute("/graphql", endpoint),
        Route("/graphql/assets/{name}", asset),
    ]


class Endpoint(GraphQL[Context, None]):
    """Operations over HTTP, subscriptions over WebSocket and server-sent events, and the page."""

    graphql_transport_ws_handler_class = Handler

    def __init__(
        self, gateway: Gateway, limits: Limits, documents: Documents, refusal: Refusal
    ) -> None:
        super().__init__(
            schema(limits),
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_WITHIN,
        )
        self._gateway = gateway
        self._limits = limits
        self._refusal = refusal
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
            other = HTTPException(405, f"GraphQL is asked by {ALLOW}.", {"Allow": ALLOW})
            return self._refusal(request, other, extensions={}, more={})
        if request.method in {"GET", "HEAD"} and wants_page(request):
            return page()
        try:
            preferences.checked(request.headers.get("prefer", ""))
            context = self._context(request)
            principal = (await context.caller()).principal
            request.state.principal = principal.id  # for the log
            self._tell(request, self._gateway.quotas.standing(principal.id))
            kind = media(request)
            given = await read(request, self.documents)
            run = partial(self._run, request, context, given, kind)
            if request.method != "POST":
                return await run()
            return await once(self._gateway, request, context, given, run, most=self._limits.tokens)
        except Refused as no:
            await context.refuse(f"http-{no.status}")
            failure = HTTPException(no.status, no.message, no.headers)
            return self._refusal(request, failure, extensions={}, more={})
        except GatewayError as no:
            await context.refuse(no.code)
            return self._refusal(request, no, extensions=extensions(no), more={})

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
            return _document_refused(unknown.as_http_error_reason(), kind)
        self._tell(request, context.standing)
        return self._answered(request, result, kind)

    def _answered(self, request: Request, result: ExecutionResult, kind: str) -> Response:
        """Write a result. One that was never begun has no `data` (October 2021, 7.1)."""
        body = dict(process_result(result))
        errors = result.errors or []
        status = 200
        if result.data is None and errors and all(error.path is None for error in errors):
            cause = errors[0].original_error
            if isinstance(cause, GatewayError) and cause.code in STOPS:
                more = {"extensions": body["extensions"]} if body.get("extensions") else {}
                return self._refusal(request, cause, extensions=extensions(cause), more=more)
            del body["data"]
            if kind == RESPONSE and not isinstance(cause, GatewayError):
                status = 400
        return Response(
            orjson.dumps(body), status_code=status, media_type=kind, headers={"Vary": "Accept"}
        )

    @staticmethod
    def _tell(request: Request, standing: Standing | None) -> None:
        """Have it said with the answer, whatever that will be."""
        if standing is not None:
            known = getattr(request.state, "headers", {})
            request.state.headers = {**known, **standing.headers()}

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
            if not isinstance(value.get(name, ""), str):
                raise json.JSONDecodeError(f"{name} must be a string", "", 0)
        if not isinstance(value.get("payload"), dict | None):
            raise json.JSONDecodeError("payload must be an object", "", 0)
        return value

    def encode_json(self, data: object) -> str:
        """Write JSON: as text, because WebSocket messages of this protocol are text."""
        return orjson.dumps(data).decode()


def _document_refused(message: str, kind: str) -> Response:
    """What is wrong with a document is said by GraphQL itself, of who asks for it in its own words."""
    error = {"message": message, "extensions": {"code": "invalid-request"}}
    status = 200 if kind == JSON else 400
    return Response(orjson.dumps({"errors": [error]}), status_code=status, media_type=kind)


STOPS = frozenset(
    {"unauthenticated", "forbidden", "not-found", "quota-exceeded", "too-many-wrong-keys"}
)
"""Codes with which an operation was not begun, so that HTTP says so, too."""

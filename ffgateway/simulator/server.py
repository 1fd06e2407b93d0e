"""The appliance as an ASGI application.

A request's way: the gate (faults), the table of functions, credentials, body, appliance. Time
on the appliance moves when somebody asks: there is no task in the background.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ffgateway.simulator.answers import refusal
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.asked import Asked
from ffgateway.simulator.box import Box, SimulatedTime
from ffgateway.simulator.control import control_routes
from ffgateway.simulator.functions import FUNCTIONS, Function
from ffgateway.simulator.gate import BASE, Gate
from ffgateway.simulator.people import User
from ffgateway.simulator.refusals import Refused

WITH_BODY: Final = frozenset({"POST", "PUT"})


def create_app(
    appliance: Appliance,
    *,
    clock: Callable[[], float],
    speed: float,
    control: bool,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Starlette:
    """Put an appliance behind HTTP.

    `clock` counts real seconds from anywhere; `speed` is how many simulated ones each is worth.
    `control` adds the endpoints under `/_control`, which ask for no credentials: a simulator is
    for rehearsals. `app.state.box` holds the parts.
    """
    time = SimulatedTime(start=appliance.now, clock=clock, speed=speed)
    box = Box(appliance=appliance, time=time, sleep=sleep)
    routes: list[BaseRoute] = [
        Route(BASE + path, Endpoint(box, functions)) for path, functions in FUNCTIONS.items()
    ]
    if control:
        routes += control_routes(box)
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Gate, box=box)],
        exception_handlers={HTTPException: _not_found},
    )
    app.router.redirect_slashes = False
    app.state.box = box
    return app


class Endpoint:
    """One path of the web service, with a function for each method."""

    def __init__(self, box: Box, functions: Mapping[str, Function]) -> None:
        self._box = box
        self._functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it go when its client has gone."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return  # gone in the middle of its request, which therefore was none
        except Refused as no:
            answer = refusal(no)
            if no.status == 405:
                answer.headers["Allow"] = ", ".join(self._functions)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        box = self._box.appliance
        function = self._functions.get(request.method)
        if function is None:
            raise Refused(405, "Method not allowed")
        user = _user(box, request.headers.get("authorization", ""))
        body = b""
        if request.method in WITH_BODY:
            body = await _body(request, limit=box.model.request_limit)
        self._box.catch_up()  # a long upload took its time
        return function(
            Asked(
                box=box,
                user=user,
                place=request.path_params,
                query=request.query_params,
                body=body,
            )
        )


def _user(box: Appliance, header: str) -> User:
    """Return who asks, by RFC 7617; 401 for nobody."""
    scheme, _, token = header.partition(" ")
    try:
        username, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as unreadable:
        raise Refused(401, "Unauthorized") from unreadable
    user = box.users.authenticate(username, password) if colon else None
    if user is None or scheme.lower() != "basic":
        raise Refused(401, "Unauthorized")
    return user


async def _body(request: Request, *, limit: int) -> bytes:
    """Read a body up to the model's limit; beyond it 413 (limit documented, answer inferred)."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise Refused(413, "Request too large")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Refused(413, "Request too large")
        pieces.append(piece)
    return b"".join(pieces)


async def _not_found(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return refusal(Refused(error.status_code, error.detail))

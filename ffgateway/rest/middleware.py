"""What every answer has: a request id, security headers, one log line; and no failure gets out bare.

What is too large or too slow is refused here before anybody reads it. A failure that is no problem
document (a framework's own words) becomes one, and so does the refusal of a WebSocket.
"""

import logging
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ffgateway import telemetry
from ffgateway.rest.cors import Cors
from ffgateway.rest.limits import HANG_UP, Limits, Paced
from ffgateway.rest.problems import MEDIA_TYPE, http_problem, internal

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id from outside is taken over when it is harmless in logs and headers."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Sent with every answer that does not say otherwise; pages bring a policy of their own."""

SAYS = frozenset({MEDIA_TYPE, "application/graphql-response+json"})
"""What a failure may be: a problem, or the answer to an operation that GraphQL read and refused."""

ADDED = frozenset({"Link", "Vary"})
"""Fields that may come several times, so that ours does not take the place of an answer's own."""

REFUSE = "websocket.http.response"
"""The extension of ASGI by which a WebSocket is refused in words."""


class _Telling:
    """What has been sent of one answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._instead = False  # another answer was sent in the place of this one
        self.status = 0  # 0 until the answer begins
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if self._instead:
            return
        if message["type"] == "http.response.start":
            if _wordless(message):
                self._instead = True
                await self._problem(message)
                return
            self._begin(message)
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)

    def _begin(self, message: Message) -> None:
        self.status = message["status"]
        headers = MutableHeaders(raw=message.setdefault("headers", []))
        state = self._scope["state"]
        headers["X-Request-Id"] = state["request_id"]
        for name, value in {**HEADERS, **state.get("headers", {})}.items():
            if name in ADDED:
                headers.append(name, value)
            else:
                headers.setdefault(name, value)

    async def _problem(self, message: Message) -> None:
        kept = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in message.get("headers", ())
            if not name.lower().startswith(b"content-")
        }
        failure = HTTPException(message["status"], headers=kept)
        answer = http_problem(Request(self._scope), failure)
        telling = _Telling(self._scope, self._receive, self._send)
        await answer(self._scope, self._receive, telling)
        self.status, self.complete = telling.status, telling.complete


def _wordless(start: Message) -> bool:
    """Whether an answer is a failure that does not say which as all others do."""
    kind = Headers(raw=start.get("headers", [])).get("content-type", "")
    return start["status"] >= 400 and kind.partition(";")[0] not in SAYS


class Frame:
    """Pure ASGI around the whole surface."""

    def __init__(
        self, app: ASGIApp, *, limits: Limits | None = None, cors: Cors | None = None
    ) -> None:
        self._app = app
        self._cors = cors or Cors()
        self._limits = limits or Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and account for it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        state: dict[str, Any] = {**scope.get("state", {}), "request_id": request_id}
        scope = {**scope, "state": state}
        working = telemetry.request.set(request_id)
        try:
            if scope["type"] == "websocket":
                await self._socket(scope, receive, send)
            else:
                await self._http(scope, receive, send)
        finally:
            telemetry.request.reset(working)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        state["headers"] = self._cors.headers(scope)
        telling, began = _Telling(scope, receive, send), time.monotonic()
        try:
            await self._guarded(scope, receive, telling)
        finally:
            log.info(
                "http.request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": telling.status,
                    "duration_ms": round((time.monotonic() - began) * 1000, 1),
                    "principal": state.get("principal"),
                },
            )

    async def _guarded(self, scope: Scope, receive: Receive, telling: _Telling) -> None:
        paced = Paced(receive, self._limits, answering=lambda: telling.status != 0)
        try:
            flaw = self._limits.flaw(scope)
            preflight = self._cors.preflight(scope)
            if flaw is not None:
                await http_problem(Request(scope), flaw)(scope, receive, telling)
            elif preflight is not None:
                await preflight(scope, receive, telling)
            else:
                await self._app(scope, paced, telling)
        except ClientDisconnect:
            log.info("http.gone")
        except Exception as fault:
            log.exception("http.fault")
            if telling.status == 0:
                answer = await internal(Request(scope), fault)
                await answer(scope, receive, telling)
            elif not telling.complete:
                raise  # half an answer must not look like a whole one

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a WebSocket on. One that is not let in is told why, where the server can."""
        opened = False

        async def telling(message: Message) -> None:
            nonlocal opened
            if not opened and message["type"] == "websocket.close" and REFUSE in extensions:
                await refuse(_unwanted(message))
                return
            opened = True
            await send(message)

        async def refuse(failure: HTTPException) -> None:
            request = Request({**scope, "type": "http", "method": "GET"})
            await _denied(http_problem(request, failure), send)

        extensions = scope.get("extensions") or {}
        flaw = self._limits.flaw(scope)
        if flaw is None:
            await self._app(scope, receive, telling)
        elif REFUSE in extensions:
            await refuse(flaw)
        else:
            await send({"type": "websocket.close", "code": 1008})


def unasked(status: int, detail: str, more: Mapping[str, str] | None = None) -> bytes:
    """A whole answer, for a server that met what it could not read as a request."""
    scope: Scope = {"type": "http", "path": "", "query_string": b"", "headers": []}
    request_id = uuid4().hex
    request = Request({**scope, "state": {"request_id": request_id}})
    answer = http_problem(request, HTTPException(status, detail, {**HANG_UP, **(more or {})}))
    log.info("http.unread", extra={"status": status, "detail": detail, "request_id": request_id})
    fields = {**HEADERS, **answer.headers, "X-Request-Id": request_id}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(answer.body)


def _unwanted(close: Message) -> HTTPException:
    """Why a WebSocket is not let in: the codes from 4000 on are those of a protocol, refused in its words."""
    if close.get("code", 1000) < 4000:
        return HTTPException(404, "There is no WebSocket here.")
    return HTTPException(400, close.get("reason") or f"Refused with {close['code']}.")


async def _denied(answer: Response, send: Send) -> None:
    """Refuse a WebSocket with a whole answer."""
    headers = MutableHeaders(raw=answer.raw_headers)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    await send({"type": f"{REFUSE}.start", "status": answer.status_code, "headers": headers.raw})
    await send({"type": f"{REFUSE}.body", "body": answer.body})

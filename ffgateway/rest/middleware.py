"""What every answer has: a request id, security headers, one log line; and no bug gets out bare."""

import logging
import re
import time
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ffgateway.rest.problems import internal

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id from outside is taken over when it is harmless in logs and headers."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Sent with every answer that does not say otherwise; pages bring a policy of their own."""


class _Telling:
    """What has been sent of one answer."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0  # 0 until the answer begins
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers["X-Request-Id"] = self._request_id
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)


class Frame:
    """Pure ASGI around the whole surface; WebSockets get their request id and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and account for it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        state: dict[str, Any] = {**scope.get("state", {}), "request_id": request_id}
        scope = {**scope, "state": state}
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        telling, began = _Telling(send, request_id), time.monotonic()
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
                    "request_id": request_id,
                    "principal": state.get("principal"),
                },
            )

    async def _guarded(self, scope: Scope, receive: Receive, telling: _Telling) -> None:
        try:
            await self._app(scope, receive, telling)
        except Exception as fault:
            log.exception("http.fault", extra={"request_id": scope["state"]["request_id"]})
            if telling.status == 0:
                answer = await internal(Request(scope), fault)
                await answer(scope, receive, telling)
            elif not telling.complete:
                raise  # half an answer must not look like a whole one

"""The way in and out of the server: faults are carried out here, as ASGI middleware.

A cut is a real one. The protocol of `running` offers, in `scope["extensions"]`, a way to drop
the connection below HTTP; where nothing does (an in-process transport), `ConnectionCut` is
raised through the client instead.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ffgateway.ffws.faxes import split_fax_entries
from ffgateway.simulator.answers import refusal
from ffgateway.simulator.appliance import INTERNAL_ERROR
from ffgateway.simulator.box import Box
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.refusals import Refused

CONNECTION: Final = "ffgateway.connection"
"""The ASGI extension that drops connections: `abort` at once, `close` once all is written."""

BASE: Final = "/ffws/v1"


class ConnectionCut(ConnectionError):
    """The simulator cut a connection that has no socket to close."""


class Gate:
    """Lets requests below `/ffws/v1` meet the faults that wait for them.

    Also takes off a trailing slash: a client in production posts to `/ofax/` (observed).
    """

    def __init__(self, app: ASGIApp, *, box: Box) -> None:
        self._app = app
        self._box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or do to it what its fault says."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        path = scope["path"]
        if not path.startswith(BASE):
            await self._app(scope, receive, send)
            return
        box = self._box
        box.requests.append((scope["method"], path))
        box.catch_up()
        await box.act_late()
        if not box.appliance.is_up():
            await self._down(scope, receive, send)
            return
        fault = box.faults.take(scope["method"], path.removeprefix(BASE) or "/")
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await _CARRY_OUT[fault.kind](self, fault, scope, receive, send)

    async def _down(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._box.faults.met[Kind.REBOOT] += 1
        if self._box.refusing:
            await _drop(scope, receive, how="abort")
        else:
            await refusal(Refused(503, "Restarting"))(scope, receive, send)

    async def _latency(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await self._box.sleep(fault.seconds)
        await self._app(scope, receive, send)

    async def _late_answer(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        await self._box.sleep(fault.seconds)
        await answer(scope, receive, send)

    async def _cut_before(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await _drop(scope, receive, how="abort")

    async def _cut_after(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await self._acted(scope, receive)
        await _drop(scope, receive, how="abort")

    async def _cut_midway(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": answer.raw_headers,  # with the whole length, which never comes
            }
        )
        await send({"type": "http.response.body", "body": _half(answer), "more_body": True})
        await _drop(scope, receive, how="close")

    async def _cut_in_body(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        read, more = 0, True
        while more and read < int(declared) // 2:
            message = await receive()
            read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await _drop(scope, receive, how="abort")

    async def _acts_late(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        while not messages or messages[-1].get("more_body", False):
            messages.append(await receive())
        if messages[-1]["type"] == "http.disconnect":
            return  # gone in the middle of its request, which therefore was none

        async def again() -> Message:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def act() -> None:
            await self._acted(scope, again)

        self._box.later(fault.seconds, act)
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _refused(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(Refused(400, INTERNAL_ERROR))(scope, receive, send)

    async def _unauthorized(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(Refused(401, "Unauthorized"))(scope, receive, send)

    async def _error(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(Refused(500, "Internal error"))(scope, receive, send)

    async def _error_after(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await self._acted(scope, receive)
        await self._error(fault, scope, receive, send)

    async def _truncated(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        await _with_body(answer, _half(answer))(scope, receive, send)

    async def _empty(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        await _with_body(answer, b"")(scope, receive, send)

    async def _garbled(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        page = b"<!DOCTYPE html><html><head><title>FaxFinder</title><body>Please wait<br>"
        await _with_body(answer, page)(scope, receive, send)

    async def _partial(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._acted(scope, receive)
        body = bytes(answer.body)
        entries = split_fax_entries(body) or ()
        for entry in entries[1:]:
            body = body.replace(entry, b"", 1)
        await _with_body(answer, body)(scope, receive, send)

    async def _acted(self, scope: Scope, receive: Receive) -> Response:
        """Let the appliance do what is asked, and keep its answer back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        if not messages:
            return Response()  # the client left in the middle of its request: nobody reads this
        body = b"".join(message.get("body", b"") for message in messages)
        answer = Response(body, status_code=messages[0]["status"])
        answer.raw_headers = list(messages[0]["headers"])
        return answer


_Carrying = Callable[[Gate, Fault, Scope, Receive, Send], Awaitable[None]]

# Each kind of fault that meets a request; a test holds it to the list of kinds.
_CARRY_OUT: Final[dict[Kind, _Carrying]] = {
    Kind.LATENCY: Gate._latency,
    Kind.LATE_ANSWER: Gate._late_answer,
    Kind.CUT_BEFORE: Gate._cut_before,
    Kind.CUT_AFTER: Gate._cut_after,
    Kind.CUT_MIDWAY: Gate._cut_midway,
    Kind.CUT_IN_BODY: Gate._cut_in_body,
    Kind.ACTS_LATE: Gate._acts_late,
    Kind.REFUSED: Gate._refused,
    Kind.UNAUTHORIZED: Gate._unauthorized,
    Kind.ERROR: Gate._error,
    Kind.ERROR_AFTER: Gate._error_after,
    Kind.TRUNCATED: Gate._truncated,
    Kind.EMPTY: Gate._empty,
    Kind.GARBLED: Gate._garbled,
    Kind.PARTIAL: Gate._partial,
}


def _half(answer: Response) -> bytes:
    return bytes(answer.body[: len(answer.body) // 2])


def _with_body(answer: Response, body: bytes) -> Response:
    return Response(
        body, status_code=answer.status_code, media_type=answer.headers.get("content-type")
    )


async def _drop(scope: Scope, receive: Receive, *, how: str) -> None:
    """Drop the connection and wait until the server below has noticed."""
    connection = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionCut("cut by a fault")
    connection[how]()
    while (await receive())["type"] != "http.disconnect":
        pass

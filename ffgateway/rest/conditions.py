"""Conditions and preferences, the same for every operation: tags, 304, 428, less of an answer; and its end.

An act answers as if nobody asked for any of this. A record that knows its version says it as `ETag`;
what is shown of it completes the tag, so that it is another one whenever the answer is.
"""

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain import preferences
from ffgateway.domain.access import Caller
from ffgateway.domain.versions import Unchanged, matches, shown_as
from ffgateway.rest.operations import Asked, Operation
from ffgateway.services.gateway import Gateway

ENTITY = frozenset({"content-type", "content-length"})
"""Fields that tell of a body, and go with it."""


def demanded(operation: Operation, request: Request) -> None:
    """Raise `HTTPException` 428 for a change that does not say which version was seen."""
    if operation.conditional and "if-match" not in request.headers:
        text = "Say in If-Match which version of the record is to be changed."
        raise HTTPException(428, text)


async def answered(gateway: Gateway, operation: Operation, asked: Asked) -> Response:
    """Act, and answer as the conditions and preferences of the request want it."""
    seen = asked.request.headers.get("if-none-match") if operation.tagged else None
    place = _place(asked)
    mark = gateway.fresh.mark(asked.id)
    if seen and operation.lasting:
        asked = replace(asked, caller=_having(asked.caller, place, seen))
    try:
        response = await operation.act(gateway, asked)
    except Unchanged as same:
        return Response(status_code=304, headers={"ETag": same.tag})
    tag = _tag(operation, response)
    if tag and operation.lasting:
        gateway.fresh.remember(asked.id, place, tag, mark=mark)
    if tag and seen and matches(tag, seen):
        return _without_body(response, 304)
    if operation.minimal and preferences.minimal(asked.request.headers.get("prefer", "")):
        less = _without_body(response, 204)
        less.headers["Preference-Applied"] = "return=minimal"
        return less
    return response


def _place(asked: Asked) -> str:
    """What is asked for, and as whom: an appliance does not show everything to everybody."""
    limits = asked.caller.principal.limits
    return f"{asked.request.url.path} {limits.acts_as} {limits.acts_as_only}"


def _having(caller: Caller, place: str, seen: str) -> Caller:
    return replace(caller, has=(place, seen))


def _tag(operation: Operation, response: Response) -> str | None:
    """Complete the tag of an answer, where it has one or should."""
    version = response.headers.get("etag")
    if version is None and not operation.tagged:
        return None
    shown = bytes(response.body) if response.status_code != 204 else b""
    response.headers["ETag"] = tag = shown_as(version, shown)
    return tag


def _without_body(response: Response, status: int) -> Response:
    bare = Response(status_code=status)
    for name, value in response.headers.items():
        if name not in ENTITY:
            bare.headers[name] = value
    return bare

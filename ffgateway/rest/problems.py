"""Error code → status, and errors as problem documents (RFC 9457) with a page for each type.

Two families end here: `GatewayError`, whose codes are the domain's, and Starlette's
`HTTPException`, whose codes are named for the status. Nothing here decides what went wrong.
"""

import html
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ffgateway.domain.errors import (
    DeviceError,
    EventsGone,
    GatewayError,
    IdempotencyKeyInUse,
    InvalidRecipients,
    InvalidRequest,
    NotSealed,
    QuotaExceeded,
    StorageUnavailable,
    TooManyWrongKeys,
)
from ffgateway.domain.failures import KINDS
from ffgateway.rest.answers import Json
from ffgateway.rest.cures import CURES

MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, int] = {
    "invalid-request": 422,
    "invalid-number": 422,
    "too-many-recipients": 422,
    "invalid-recipients": 422,
    "unsupported-document": 422,
    "empty-document": 422,
    "document-unreadable": 422,
    "document-protected": 422,
    "document-too-large": 413,
    "address-refused": 422,
    "idempotency-key-reused": 422,
    "unauthenticated": 401,
    "too-many-wrong-keys": 429,
    "forbidden": 403,
    "quota-exceeded": 429,
    "not-found": 404,
    "conflict": 409,
    "fax-finished": 409,
    "fax-open": 409,
    "not-sealed": 409,
    "fax-uncertain": 409,
    "document-purged": 409,
    "document-damaged": 409,
    "no-document": 409,
    "device-busy": 409,
    "already-exists": 409,
    "consent-refused": 409,
    "idempotency-key-in-use": 409,
    "idempotency-outcome-unknown": 409,
    "changed-meanwhile": 412,
    "device-unreachable": 503,
    "device-silent": 504,
    "device-auth-failed": 502,
    "device-user-refused": 502,
    "device-user-missing": 403,
    "device-refused": 502,
    "device-not-there": 404,
    "device-operation-unsupported": 501,
    "device-untrusted": 502,
    "device-overloaded": 503,
    "events-gone": 410,
    "storage-unavailable": 503,
    "storage-full": 507,
    "internal": 500,
}
"""The status of each code of the domain. A test holds that none is missing."""

OF_HTTP: dict[int, tuple[str, str]] = {
    400: ("malformed", "The request cannot be read"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "The method is not allowed here"),
    406: ("not-acceptable", "There is no answer of a type that is wanted"),
    408: ("request-too-slow", "The request comes too slowly"),
    413: ("request-too-large", "The request is too large"),
    414: ("url-too-long", "The URL is too long"),
    415: ("unsupported-media-type", "The body is of a type that is not read here"),
    416: ("range-not-satisfiable", "There is no such part of the file"),
    428: ("precondition-required", "It must be said which version is to be changed"),
    431: ("headers-too-large", "The header fields are too large"),
    503: ("not-ready", "The gateway cannot work now"),
}
"""Code and title of what only HTTP knows."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, after RFC 9457.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/not-found"]},
        "title": {"type": "string", "description": "The same for every problem of this type."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What went wrong this time."},
        "code": {
            "type": "string",
            "description": "What programs go by.",
            "examples": ["not-found"],
        },
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": {"type": "string", "description": "Finds the request in the logs."},
        "field": {
            "type": "string",
            "description": "The input at fault.",
            "examples": ["recipients[0].fax_number"],
        },
        "cure": {"type": "string", "description": "What would be right."},
        "device_id": {"type": "string", "description": "The appliance that could not."},
        "oldest_position": {
            "type": "integer",
            "description": "The first event that the log still has, where it no longer goes back far enough.",
        },
        "errors": {
            "type": "array",
            "description": "Every input at fault.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
}

WAITS = (IdempotencyKeyInUse, NotSealed, QuotaExceeded, StorageUnavailable, TooManyWrongKeys)
"""Errors that say how long to wait before the same is sent again."""

Handler = Callable[[Request, Exception], Awaitable[Response]]


class InvalidFields(InvalidRequest):
    """Several inputs at fault at once; `errors` is a pair of field and message for each.

    It speaks with the code of `of`, the kind of the first one.
    """

    def __init__(self, of: type[InvalidRequest], errors: tuple[tuple[str, str], ...]) -> None:
        field, message = errors[0]
        super().__init__(f"{field}: {message}" if field else message, field=field or None)
        self.errors = errors
        self.code, self.title = of.code, of.title


def family(error: type[GatewayError]) -> dict[str, type[GatewayError]]:
    """Every error at or below one, by code; of two with one code, the first defined."""
    found = {error.code: error}
    for child in error.__subclasses__():
        for code, one in family(child).items():
            found.setdefault(code, one)
    return found


def problem(
    request: Request,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Write one problem. Entries of `more` that are None are left out."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
    }
    body |= {key: value for key, value in (more or {}).items() if value is not None}
    return Json(_plain(body), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _plain(value: Any) -> Any:
    """The same without NUL, which no text of ours has: names and paths are repeated as they came."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


async def _gateway_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, GatewayError):
        raise error
    return _gateway_problem(request, error)


def _gateway_problem(
    request: Request, error: GatewayError, beside: Mapping[str, Any] | None = None
) -> Response:
    status = STATUS[error.code]
    more: dict[str, Any] = {"field": error.field, "cure": error.cure}
    if isinstance(error, InvalidFields | InvalidRecipients):
        more["errors"] = [{"field": field, "message": text} for field, text in error.errors]
    if isinstance(error, DeviceError):
        more["device_id"] = error.device_id
    if isinstance(error, EventsGone):
        more["oldest_position"] = error.oldest
    headers = {"WWW-Authenticate": 'Bearer realm="ffgateway"'} if status == 401 else None
    if isinstance(error, WAITS):
        headers = {"Retry-After": str(error.retry_after)}
    if isinstance(error, QuotaExceeded):
        headers = {**(headers or {}), **error.standing.headers()}
    return problem(
        request,
        status=status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        headers=headers,
        more=more | dict(beside or {}),
    )


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return http_problem(request, error)


def http_problem(
    request: Request, error: HTTPException, beside: Mapping[str, Any] | None = None
) -> Response:
    """Write what only HTTP knows."""
    code, title = told_of(error.status_code)
    return problem(
        request,
        status=error.status_code,
        code=code,
        title=title,
        detail=error.detail,
        headers=error.headers,
        more=beside,
    )


def refusal(
    request: Request,
    error: GatewayError | HTTPException,
    *,
    extensions: Mapping[str, object],
    more: Mapping[str, object],
) -> Response:
    """The same problem with `errors` as GraphQL's clients read them, and `more` beside them."""
    code = told_of(error.status_code)[0] if isinstance(error, HTTPException) else error.code
    errors = [{"message": error.detail, "extensions": {"code": code, **extensions}}]
    beside = {**more, "errors": errors}
    if isinstance(error, HTTPException):
        return http_problem(request, error, beside)
    return _gateway_problem(request, error, beside)


async def internal(request: Request, _error: Exception) -> Response:
    """Answer a bug of ours without a word about it: the log has the rest, under the request's id."""
    return problem(
        request,
        status=500,
        code="internal",
        title=GatewayError.title,
        detail="The request met a fault of the gateway. It is in the log under this request_id.",
    )


def handlers() -> dict[Any, Handler]:
    """What `Starlette(exception_handlers=...)` takes."""
    return {GatewayError: _gateway_error, HTTPException: _http_error, Exception: internal}


# A page for each type ---------------------------------------------------------------------------


PLAIN_CURE = "Look at `detail`. The log has more under the request's `request_id`."


def kinds() -> dict[str, tuple[int, str, str]]:
    """Status, title and meaning of every code that a problem can have."""
    found = {
        code: (STATUS[code], error.title, (error.__doc__ or error.title).partition("\n")[0])
        for code, error in family(GatewayError).items()
    }
    for status in [*OF_HTTP, *HTTPStatus]:
        if status >= 400:
            code, title = told_of(status)
            found.setdefault(code, (status, title, f"{title}."))
    return found


def told_of(status: int) -> tuple[str, str]:
    """Code and title of a status; those that nothing here answers with have the words of HTTP."""
    return OF_HTTP.get(status) or (f"http-{status}", HTTPStatus(status).phrase)


def page(code: str) -> Response:
    """The page that a problem's `type` or a failure's `doc_url` leads to. Raises `HTTPException`."""
    known, failed = kinds(), KINDS.get(code)
    if code in known:
        status, title, meaning = known[code]
        cure, more = CURES.get(code, PLAIN_CURE), f"HTTP status {status}"
    elif failed is not None:
        title, meaning, cure = failed.message, "", failed.next_step
        more = f"why a fax failed ({failed.category.value})"
    else:
        raise HTTPException(404, "There is no such problem.")
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(meaning.replace('`', ''))}</p>"
        f"<h2>What to do</h2><p>{html.escape(cure.replace('`', ''))}</p>"
        f"<p>Code <code>{html.escape(code)}</code>: {html.escape(more)}.</p>"
        "<p><a href=/docs>All operations</a></p></html>"
    )

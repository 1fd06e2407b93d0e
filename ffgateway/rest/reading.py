"""Reading requests: bodies within their limit, queries, and pydantic's complaints as one problem."""

from collections.abc import AsyncIterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ffgateway.domain.dialling import FAX_NUMBER, HOW_TO_WRITE
from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.domain.errors import GatewayError, InvalidNumber, InvalidRequest, TooManyRecipients
from ffgateway.rest.bodies import LARGEST_FAX, Query, listed
from ffgateway.rest.fax_bodies import TAGS
from ffgateway.rest.problems import InvalidFields

LARGEST = 1 << 20
"""Bytes of any other body."""

MOST_FLAWS = 100
"""Inputs at fault that are told at once."""

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=BaseModel)


def media_type(request: Request) -> str:
    """The type of the body, without its parameters; "" when none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def pieces(request: Request, *, limit: int, too_large: Exception) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises `too_large` as soon as it is more than `limit` bytes."""
    async for piece in blocks(request, limit=limit, too_large=too_large):
        yield bytes(piece)


async def blocks(
    request: Request, *, limit: int, too_large: Exception
) -> AsyncIterator[bytes | memoryview]:
    """The same, as it comes: a large piece may be a view of where the server has read it to."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise too_large
        yield piece


async def small_body(request: Request) -> bytes:
    """Read a body of JSON as it is. Raises `HTTPException` (413, 415)."""
    if media_type(request) != "application/json":
        raise HTTPException(415, "Send application/json, and say so in Content-Type.")
    too_large = HTTPException(413, f"The body has more than {LARGEST} bytes.")
    return b"".join([piece async for piece in pieces(request, limit=LARGEST, too_large=too_large)])


def fax_too_large(field: str = "documents") -> GatewayError:
    """What a request with too many bytes in it is told."""
    return DocumentTooLarge(
        f"The request has more than {LARGEST_FAX} bytes.",
        field=field,
        cure="Send the documents as several faxes.",
    )


def settings_too_large() -> GatewayError:
    """What a request is told that has too much in it besides its documents."""
    return DocumentTooLarge(
        f"Besides its documents the request has more than {LARGEST} bytes.",
        cure="Send the documents as such, and less with them.",
    )


def checked(model: type[B], body: bytes) -> B:
    """Read JSON into a model. Raises `HTTPException` 400 for no JSON, `InvalidFields` for other."""
    try:
        return model.model_validate_json(body)
    except ValidationError as flaws:
        raise refused(flaws) from None


def query_of(request: Request, model: type[Q]) -> Q:
    """Read the query. Raises `InvalidFields`, also for a parameter that nobody knows or that comes twice."""
    many = listed(model)
    values: dict[str, object] = {}
    for name in request.query_params:
        given = request.query_params.getlist(name)
        if name not in many and len(given) > 1:
            raise InvalidFields(InvalidRequest, ((name, "The parameter comes more than once."),))
        values[name] = given if name in many else given[0]
    try:
        return model.model_validate(values)
    except ValidationError as flaws:
        raise refused(flaws) from None


def refused(flaws: ValidationError) -> Exception:
    """Turn pydantic's findings into the one problem they are answered with."""
    found = flaws.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return HTTPException(400, f"The body is not JSON: {found[0]['msg']}.")
    told = found[:MOST_FLAWS]  # of a batch of 20,000 each one may be wrong
    return InvalidFields(_kind(found[0]), tuple((path(one["loc"]), _said(one)) for one in told))


def _said(flaw: ErrorDetails) -> str:
    if _of_a_number(flaw):
        return f"{HOW_TO_WRITE} In a query a plus is %2B."
    return flaw["msg"].removeprefix("Value error, ")


def _of_a_number(flaw: ErrorDetails) -> bool:
    loc = flaw["loc"]
    if loc[:1] == ("to",) or loc[-1:] == ("fax_number",):
        return flaw["type"] == "string_too_long" or flaw.get("ctx", {}).get("pattern") == FAX_NUMBER
    return False


def _kind(flaw: ErrorDetails) -> type[InvalidRequest]:
    loc, kind = flaw["loc"], flaw["type"]
    if loc in {("to",), ("recipients",)} and kind == "too_long":
        return TooManyRecipients
    return InvalidNumber if _of_a_number(flaw) else InvalidRequest


def path(loc: tuple[int | str, ...]) -> str:
    """Write where a value stands as the caller would: `recipients[0].fax_number`."""
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step not in TAGS:
            text += f".{step}" if text else step
    return text

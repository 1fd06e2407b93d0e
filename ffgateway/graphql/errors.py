"""What went wrong, as GraphQL says it: an entry in `userErrors`, or one in `errors`.

A mutation answers what its caller can put right as data, typed and beside the result; a missing key
or scope and our own faults are errors of the whole operation. `ANSWERS` decides, code by code.
"""

import logging
import re
from collections.abc import Awaitable
from enum import StrEnum
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from ffgateway.domain.errors import (
    DeviceError,
    EventsGone,
    GatewayError,
    InvalidRecipients,
)
from ffgateway.graphql.context import current_call

T = TypeVar("T")

log = logging.getLogger(__name__)


class Answer(StrEnum):
    """Where an error goes."""

    RESULT = "result"  # into a mutation's `userErrors`
    REFUSAL = "refusal"  # into `errors`, with its own words
    FAULT = "fault"  # into `errors`, without a word of what happened; the log has it


ANSWERS: dict[str, Answer] = {
    "invalid-request": Answer.RESULT,
    "invalid-number": Answer.RESULT,
    "too-many-recipients": Answer.RESULT,
    "invalid-recipients": Answer.RESULT,
    "unsupported-document": Answer.RESULT,
    "empty-document": Answer.RESULT,
    "document-unreadable": Answer.RESULT,
    "document-protected": Answer.RESULT,
    "document-too-large": Answer.RESULT,
    "address-refused": Answer.RESULT,
    "not-found": Answer.RESULT,
    "conflict": Answer.RESULT,
    "fax-finished": Answer.RESULT,
    "fax-open": Answer.RESULT,
    "not-sealed": Answer.RESULT,
    "fax-uncertain": Answer.RESULT,
    "document-purged": Answer.RESULT,
    "document-damaged": Answer.RESULT,
    "no-document": Answer.RESULT,
    "device-busy": Answer.RESULT,
    "already-exists": Answer.RESULT,
    "consent-refused": Answer.RESULT,
    "changed-meanwhile": Answer.RESULT,
    "device-unreachable": Answer.RESULT,
    "device-silent": Answer.RESULT,
    "device-auth-failed": Answer.RESULT,
    "device-user-refused": Answer.RESULT,
    "device-user-missing": Answer.RESULT,
    "device-refused": Answer.RESULT,
    "device-not-there": Answer.RESULT,
    "device-operation-unsupported": Answer.RESULT,
    "device-untrusted": Answer.RESULT,
    "device-overloaded": Answer.RESULT,
    "unauthenticated": Answer.REFUSAL,
    "too-many-wrong-keys": Answer.REFUSAL,
    "forbidden": Answer.REFUSAL,
    "quota-exceeded": Answer.REFUSAL,
    "idempotency-key-reused": Answer.REFUSAL,
    "idempotency-key-in-use": Answer.REFUSAL,
    "idempotency-outcome-unknown": Answer.REFUSAL,
    "events-gone": Answer.REFUSAL,
    "storage-unavailable": Answer.REFUSAL,
    "storage-full": Answer.REFUSAL,
    "internal": Answer.FAULT,
}
"""Every code that a `GatewayError` can have; a test holds that none is missing."""

_HINT = re.compile(r" Did you mean .*\?\Z", re.DOTALL)

UNREADABLE = (
    MissingQueryError,
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
    RecursionError,  # the parser, over a document nested a thousand deep
)
"""Raised by the library for what a client sent."""


@strawberry.type(description="Something the caller can put right. Nothing was done.")
class UserError:
    """A `GatewayError` as data."""

    code: str = strawberry.field(description="Stable, for programs; the same codes as in REST.")
    message: str = strawberry.field(description="For people.")
    field: str | None = strawberry.field(description="The input at fault: recipients[3].faxNumber.")
    cure: str | None = strawberry.field(description="What would be right.")


async def settled(act: Awaitable[T]) -> tuple[T | None, list[UserError]]:
    """Wait for a mutation's act: its result, or what its caller can put right.

    Raises every `GatewayError` that is not for `userErrors`.
    """
    try:
        return await act, []
    except GatewayError as error:
        put_down(error)
        if ANSWERS[error.code] is not Answer.RESULT:
            raise
        if isinstance(error, InvalidRecipients):
            return None, [
                UserError(code=error.code, message=text, field=spelled(place), cure=error.cure)
                for place, text in error.errors
            ]
        return None, [
            UserError(
                code=error.code, message=error.detail, field=spelled(error.field), cure=error.cure
            )
        ]


def put_down(error: GatewayError) -> None:
    """Put the error into the call that it ends, where the answer says it in another way."""
    call = current_call.get(None)
    if call is not None:
        call.refuse(error.code)


def spelled(field: str | None) -> str | None:
    """The name of an input as GraphQL spells it: `fax_number` is `faxNumber` here."""
    if field is None:
        return None
    if field == "cursor":
        return "after"
    return re.sub(r"(?<=[a-z0-9])_([a-z])", lambda hit: hit[1].upper(), field)


def extensions(error: GatewayError) -> dict[str, Any]:
    """The machine's part of an error: `code`, and whatever else there is of it."""
    parts: dict[str, Any] = {"code": error.code, "field": spelled(error.field), "cure": error.cure}
    if isinstance(error, DeviceError):
        parts["deviceId"] = error.device_id
    if isinstance(error, EventsGone):
        parts["oldestPosition"] = str(error.oldest)
    return {name: value for name, value in parts.items() if value is not None}


def explain(error: GraphQLError, *, request_id: str = "", hints: bool = True) -> None:
    """Put the words for the client into an error, in place; log it when it is a fault of ours.

    In place because the library hands out the very errors that it shows its hook. Without `hints`
    nobody is told what in the schema is like what they wrote.
    """
    cause = error.original_error
    if isinstance(cause, GatewayError) and ANSWERS[cause.code] is not Answer.FAULT:
        error.message = cause.detail
        error.extensions = extensions(cause)
        return
    # before a resolver runs an error has nodes and no path; a fault in a stream has neither
    before = error.path is None and error.nodes is not None
    if cause is None or isinstance(cause, (GraphQLError, *UNREADABLE)) or before:
        error.extensions = {"code": "invalid-request"}
        if not hints:
            error.message = _HINT.sub("", error.message)
        return
    log.error("graphql.fault", extra={"path": error.path}, exc_info=cause)
    error.message = GatewayError.title
    error.extensions = {"code": GatewayError.code}
    if request_id:
        error.extensions["requestId"] = request_id

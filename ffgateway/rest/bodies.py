"""What comes in: queries and JSON bodies, exactly as strict as the OpenAPI document says.

The models check form; whether a thing makes sense is for the services. Texts end up in the
appliances' XML and in PostgreSQL, so characters that neither can hold are refused here.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from ffgateway.domain.dialling import FAX_NUMBER, LONGEST_NUMBER
from ffgateway.domain.pages import DEFAULT_LIMIT, MAX_LIMIT
from ffgateway.rest.addresses import DEVICE_URL
from ffgateway.services.subscriptions import EVENT_GLOB

LARGEST_FAX = 40_000_000
"""Bytes of a request with documents: base64 of all that an appliance takes, and room for names."""

ONE_LINE = r"^[^\u0000-\u001F\u007F\uFFFE\uFFFF]*$"
"""Text without control characters."""

_UNSEEN = r"\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
_CONTROL = ONE_LINE.removeprefix("^[^").removesuffix("]*$")
FILLED = rf"^[^{_CONTROL}]*[^{_CONTROL}{_UNSEEN}][^{_CONTROL}]*$"
"""The same, with something to see."""

LINES = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]*$"
"""Text with line ends and tabs: what XML 1.0 (section 2.2) can hold."""

MOMENT = r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,20})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
"""RFC 3339, section 5.6: a moment with its offset."""

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)


def _moment(value: object) -> datetime:
    """Read RFC 3339. A leap second is the second before it; far past and future are drawn near."""
    text = value.upper() if isinstance(value, str) else ""
    if not re.fullmatch(MOMENT, text, re.ASCII):
        raise ValueError("use RFC 3339 with an offset, such as 2026-11-23T09:15:00Z")
    at = datetime.fromisoformat(text[:17] + text[17:].replace("60", "59", text[17:19] == "60"))
    return min(max(at, _FIRST), _LAST).astimezone(UTC)


def _whole(value: object) -> object:
    """JSON has one kind of number (RFC 8259, section 6): 5.0 is 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digits(value: object) -> object:
    """Read a number in a query: plain digits, and nothing else that Python would take for one."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", value, re.ASCII):
        raise ValueError("use a whole number in digits")
    return int(value)


def _id(prefix: str) -> str:
    return rf"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"


Line = Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=200)]
Filled = Annotated[str, StringConstraints(pattern=FILLED, min_length=1, max_length=200)]
Prose = Annotated[str, StringConstraints(pattern=LINES, max_length=4000)]
Number = Annotated[
    str,
    StringConstraints(pattern=FAX_NUMBER, max_length=LONGEST_NUMBER),
    Field(description="3 to 20 digits as people write them, like `+1 (312) 555-0100`."),
]  # fmt: skip
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "RFC 3339, with an offset.",
        }
    ),
]
Whole = BeforeValidator(_whole)
FaxId = Annotated[str, StringConstraints(pattern=_id("fax"))]
DeviceId = Annotated[str, StringConstraints(pattern=_id("dev"))]
SubmissionId = Annotated[str, StringConstraints(pattern=_id("sub"))]
EventId = Annotated[str, StringConstraints(pattern=_id("evt"))]
BatchId = Annotated[str, StringConstraints(pattern=_id("bat"))]
Glob = Annotated[str, StringConstraints(pattern=EVENT_GLOB, max_length=100)]
Zone = Annotated[
    str,
    StringConstraints(pattern=ONE_LINE, min_length=1, max_length=100),
    WithJsonSchema(
        {
            "type": "string",
            "format": "iana-time-zone",
            "maxLength": 100,
            "description": "An IANA time zone.",
            "examples": ["America/Chicago"],
        }
    ),
]
DeviceUrl = Annotated[
    str,
    StringConstraints(pattern=DEVICE_URL, max_length=255),
    Field(examples=["https://192.0.2.10"]),
]
Seconds = Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)]
Certificate = Annotated[
    str,
    StringConstraints(pattern=LINES, max_length=100_000),
    Field(json_schema_extra={"format": "pem-certificate"}),
]
Fingerprint = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$")]


class Strict(BaseModel):
    """A body: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def __repr_args__(self) -> tuple[()]:
        """Its name alone is shown, in logs and tracebacks: it may have a secret in it."""
        return ()


class Query(BaseModel):
    """A query: nothing unknown; numbers arrive as digits."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# Queries ----------------------------------------------------------------------------------------


class NoQuery(Query):
    """No parameters."""


Position = Annotated[int, Field(ge=0, le=10**18 - 1), BeforeValidator(digits)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(digits)]


class Paged(Query):
    """Which page of a list."""

    cursor: Annotated[
        Annotated[str, Field(json_schema_extra={"format": "cursor"})] | None,
        Field(description="The `next_cursor` of the page before."),
    ] = None
    limit: Annotated[Limit, Field(description="Items on a page.")] = DEFAULT_LIMIT


class StreamQuery(Query):
    """Which events, from where."""

    after: Annotated[
        Position | None,
        Field(description="The last position seen; 0: all that is kept; from now on without."),
    ] = None
    types: Annotated[list[Glob], Field(max_length=50)] = []
    subject: Name | None = None


class EventQuery(Query):
    """Which events."""

    after: Annotated[
        Position, Field(description="The last position seen; 0: all that is kept.")
    ] = 0
    types: Annotated[list[Glob], Field(max_length=50)] = []
    subject: Name | None = None
    limit: Annotated[Limit, Field(description="Events in the answer.")] = DEFAULT_LIMIT


class AuditWanted(Query):
    """Which lines of the audit log."""

    resource: Name | None = None
    principal_id: Name | None = None
    action: Name | None = None
    outcome: Literal["asked", "done", "denied", "failed"] | None = None
    kind: Annotated[
        Literal["call", "act"] | None,
        Field(description="`call`: what somebody asked for; `act`: what was done."),
    ] = None
    request_id: Name | None = None
    since: Annotated[Moment | None, Field(description="From then on.")] = None
    until: Annotated[Moment | None, Field(description="Before then.")] = None


class AuditQuery(AuditWanted, Paged):
    """Which lines of the audit log, page by page."""


def listed(query: type[Query]) -> frozenset[str]:
    """The parameters that may come more than once."""
    return frozenset(name for name, one in query.model_fields.items() if _is_list(one.annotation))


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is list

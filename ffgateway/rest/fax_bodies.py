"""What comes in about faxes: in JSON, in the fields of a form, or in the query beside a document."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
)

from ffgateway.domain.devices import POOL
from ffgateway.domain.faxes import MAX_RECIPIENTS, FaxStatus, Origin
from ffgateway.rest.bodies import (
    LARGEST_FAX,
    BatchId,
    DeviceId,
    Line,
    Moment,
    Name,
    Number,
    Paged,
    Prose,
    Query,
    Strict,
    SubmissionId,
    Whole,
    digits,
)
from ffgateway.rest.examples import ONE_PAGE


class RecipientBody(Strict):
    """Who receives."""

    fax_number: Number
    name: Line = ""
    organization: Line = ""
    phone_number: Line = ""


class SenderBody(Strict):
    """Who sends, as the cover page shows it."""

    name: Line = ""
    organization: Line = ""
    phone_number: Line = ""
    fax_number: Line = ""
    email_address: Line = ""


class CoverPageBody(Strict):
    """The appliance's own page in front. `name` is one of its templates."""

    enabled: bool = False
    name: Line = ""
    subject: Line = ""
    comments: Prose = ""


class InlineDocument(Strict):
    """A document in the request."""

    name: Name
    content_type: Literal["application/pdf", "text/plain"]
    content: Annotated[
        str,
        Field(
            min_length=1,
            description="The bytes in base64.",
            json_schema_extra={
                "contentEncoding": "base64",
                "format": "document",
                "maxLength": LARGEST_FAX,  # the whole request has no more
            },
        ),
    ]


class LinkedDocument(Strict):
    """A document that the appliance fetches itself, where the gateway's settings allow it."""

    name: Name
    content_type: Literal["application/pdf", "text/plain"]
    url: Annotated[str, StringConstraints(pattern="^https?://[!-~]+$", max_length=2048)]


def _kind(value: object) -> str:
    return "linked" if isinstance(value, dict) and "url" in value else "inline"


DocumentBody = Annotated[
    Annotated[InlineDocument, Tag("inline")] | Annotated[LinkedDocument, Tag("linked")],
    Discriminator(_kind),
]
TAGS = frozenset({"inline", "linked"})
"""What pydantic puts into the path of an error and no caller ever wrote."""


AS_JSON = "x-as-json"
"""Marks a parameter that is written as JSON, for whoever writes the OpenAPI document."""
_AS_JSON: dict[str, Any] = {AS_JSON: True}


class _Choices(BaseModel):
    """What may be said of a fax wherever it is sent from, whatever its body is."""

    client_reference: Annotated[Line, Field(description="Your own name for it.")] = ""
    priority: Annotated[
        Annotated[int, Field(ge=0, le=5), Whole] | None, Field(description="0 highest … 5 lowest.")
    ] = None
    max_tries: Annotated[int, Field(ge=1, le=100), Whole] | None = None
    try_interval: Annotated[
        Annotated[int, Field(ge=1, le=86_400), Whole] | None,
        Field(description="Seconds between tries."),
    ] = None
    send_at: Moment | None = None
    device_id: Annotated[
        DeviceId | None, Field(description="The appliance; the gateway chooses without.")
    ] = None
    pool: Annotated[
        Annotated[str, StringConstraints(pattern=POOL)] | None,
        Field(description="Any appliance of this pool, instead of any of the fleet."),
    ] = None
    deadline: Annotated[
        Moment | None, Field(description="What has not ended by then is given up.")
    ] = None
    rounds: Annotated[
        Annotated[int, Field(ge=0, le=5), Whole] | None,
        Field(description="How often it is sent once more, as a new fax, when it failed."),
    ] = None
    despite_suppression: Annotated[
        bool, Field(description="Send it although its number is suppressed.")
    ] = False


class _Parties(Strict):
    recipients: Annotated[list[RecipientBody], Field(min_length=1, max_length=MAX_RECIPIENTS)]
    sender: SenderBody = SenderBody()
    cover_page: CoverPageBody = CoverPageBody()


class FaxSettings(_Choices, _Parties):  # fields of the last base come first
    """What is the same in JSON and in a form."""


_EXAMPLE = {
    "recipients": [{"fax_number": "+1 555 0100", "name": "Dr. Ada Example"}],
    "documents": [{"name": "referral.pdf", "content_type": "application/pdf", "content": ONE_PAGE}],
    "client_reference": "PO-4711",
}
_SOME_DOCUMENTS: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 20,
    "items": {
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"}
            for name in ("InlineDocument", "LinkedDocument")
        ]
    },
}
_A_COVER_PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["enabled"],
    "properties": {"enabled": {"const": True}},
}
SOMETHING: dict[str, Any] = {
    "anyOf": [
        {"required": ["documents"], "properties": {"documents": _SOME_DOCUMENTS}},
        {"required": ["cover_page"], "properties": {"cover_page": _A_COVER_PAGE}},
    ]
}


class FaxRequest(FaxSettings):
    """A fax to one or more recipients: documents, a cover page, or both."""

    model_config = ConfigDict(json_schema_extra=SOMETHING | {"examples": [_EXAMPLE]})

    documents: Annotated[list[DocumentBody], Field(max_length=20)] = []


def _json(value: object) -> object:
    """Read JSON in a parameter."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ValueError("the parameter is not JSON") from None


Json = BeforeValidator(_json)


class _Addressed(Query):
    name: Annotated[Name, Field(description="The name of the document.")] = "document"
    to: Annotated[list[Number], Field(max_length=MAX_RECIPIENTS, description="The numbers.")] = []  # noqa: RUF012
    recipients: Annotated[
        Annotated[list[RecipientBody], Field(min_length=1, max_length=MAX_RECIPIENTS), Json] | None,
        Field(description="Numbers and names, instead of `to`.", json_schema_extra=_AS_JSON),
    ] = None
    sender: Annotated[SenderBody, Json, Field(json_schema_extra=_AS_JSON)] = SenderBody()
    cover_page: Annotated[CoverPageBody, Json, Field(json_schema_extra=_AS_JSON)] = CoverPageBody()


class SendQuery(_Choices, _Addressed):
    """What goes with a document that is the body itself; other bodies have settings of their own."""

    @field_validator("priority", "max_tries", "try_interval", "rounds", mode="before")
    @classmethod
    def _in_digits(cls, value: object) -> object:
        return digits(value)


class Reschedule(Strict):
    """When to send; null means now."""

    at: Moment | None


class FaxQuery(Paged):
    """Which faxes."""

    status: Annotated[list[FaxStatus], Field(max_length=20)] = []  # noqa: RUF012
    device_id: DeviceId | None = None
    client_reference: Name | None = None
    submission_id: SubmissionId | None = None
    batch_id: BatchId | None = None
    origin: Annotated[
        Origin | None, Field(description="Only those by the gateway, or by others on appliances.")
    ] = None
    username: Annotated[Name | None, Field(description="Whose account on the appliance.")] = None
    created_after: Moment | None = None
    created_before: Moment | None = None

"""A raw exchange as JSON: what comes in, what goes out."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from ffgateway.domain.exchange import LONGEST_PATH, MOST_PAIRS, RawAnswer, RawRequest
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import LINES, Line, Strict
from ffgateway.rest.devices_shapes import CLOSED

_SEGMENT = r"[A-Za-z0-9_@!$&'()*+,=~-][A-Za-z0-9._@!$&'()*+,=~-]*"
ElementName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=200)
]
Prose = Annotated[str, StringConstraints(pattern=LINES, max_length=500_000)]


class Pair(Strict):
    """A parameter of a query; a name may come more than once."""

    name: Line
    value: Line


class ElementBody(Strict):
    """An element, losslessly; `tail` is the text behind it. A name in a namespace needs `xml`."""

    name: ElementName
    attributes: dict[ElementName, Prose] = Field(default={}, json_schema_extra=CLOSED)
    children: list["ElementBody"] = Field(default=[], max_length=10_000)
    text: Prose = ""
    tail: Prose = ""


_NONE: dict[str, Any] = {"type": "null"}
ONE_BODY: dict[str, Any] = {
    "anyOf": [
        {"properties": {"xml": _NONE, "json": _NONE}},
        {"properties": {"method": {"enum": ["POST", "PUT"]}, "json": _NONE}},
        {"properties": {"method": {"enum": ["POST", "PUT"]}, "xml": _NONE}},
    ]
}
"""At most one body, and none for what has none."""


class RawBody(Strict):
    """A request to be sent as it is."""

    model_config = ConfigDict(json_schema_extra=ONE_BODY)

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Annotated[
        str,
        StringConstraints(pattern=f"^{_SEGMENT}(/{_SEGMENT})*$", max_length=LONGEST_PATH),
        Field(description="Below `/ffws/v1/`, nothing escaped.", examples=["users/admin"]),
    ]
    query: list[Pair] = Field(default=[], max_length=MOST_PAIRS)
    xml: Annotated[
        Prose | None, Field(description="The body as text; only POST and PUT have one.")
    ] = None
    json_: Annotated[
        ElementBody | None,
        Field(alias="json", description="The body as lossless JSON, in place of `xml`."),
    ] = None

    def request(self) -> RawRequest:
        """The request that it stands for."""
        return RawRequest(
            method=self.method,
            path=self.path,
            query=tuple((pair.name, pair.value) for pair in self.query),
            xml=self.xml,
            json=None if self.json_ is None else self.json_.model_dump(),
        )


class RawOut(Out):
    """What the appliance answered, in each form that it has."""

    status: int = Field(description="The appliance's own; any is an answer.", examples=[200])
    content_type: str
    size: int = Field(description="Bytes that are passed on.")
    limited: bool = Field(description="Whether the answer went on.")
    xml: str | None
    document: dict[str, Any] | None = Field(
        serialization_alias="json",
        description="The answer losslessly: every element is name, attributes, children, text.",
    )
    base64: str | None = Field(description="What is no XML, or is cut off.")


def raw_out(answer: RawAnswer) -> Mapping[str, object]:
    """An answer as JSON."""
    content = answer.content
    return RawOut(
        status=answer.status,
        content_type=answer.content_type,
        size=answer.size,
        limited=answer.limited,
        xml=answer.xml,
        document=None if answer.json is None else dict(answer.json),
        base64=None if content is None else base64.b64encode(content).decode(),
    ).model_dump(by_alias=True)

"""A raw exchange with an appliance, in GraphQL."""

import base64
import json
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.exchange import RawAnswer, RawRequest
from ffgateway.graphql.checks import line, prose
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation

LONGEST = 500_000
"""Characters of a body."""


@strawberry.input(description="A parameter of a query; a name may come more than once.")
class QueryPairInput:
    """A pair."""

    name: str
    value: str


@strawberry.input(description="A request to be sent as it is. Only POST and PUT have a body.")
class FfwsRequestInput:
    """A request."""

    method: str = strawberry.field(description="GET, POST, PUT or DELETE.")
    path: str = strawberry.field(description="Below `/ffws/v1/`, nothing escaped: `users/admin`.")
    query: list[QueryPairInput] | None = None
    xml: str | None = None
    json: Annotated[
        JSON | None,
        strawberry.argument(description="The body as lossless JSON, in place of `xml`."),
    ] = None


@strawberry.type(description="What the appliance answered, in each form that it has.")
class FfwsAnswer:
    """An answer."""

    status: int = strawberry.field(description="The appliance's own; any is an answer.")
    content_type: str
    size: int = strawberry.field(description="Bytes that are passed on.")
    limited: bool = strawberry.field(description="Whether the answer went on.")
    xml: str | None
    json: JSON | None = strawberry.field(
        description="Losslessly: every element is name, attributes, children, text."
    )
    base64: str | None = strawberry.field(description="What is no XML, or is cut off.")


@strawberry.type(description="What came of an exchange.")
class FfwsExchangePayload:
    """Of `ffwsExchange`."""

    answer: FfwsAnswer | None
    user_errors: list[UserError]


def show_answer(answer: RawAnswer) -> FfwsAnswer:
    """An answer for GraphQL."""
    content = answer.content
    return FfwsAnswer(
        status=answer.status,
        content_type=answer.content_type,
        size=answer.size,
        limited=answer.limited,
        xml=answer.xml,
        json=JSON(answer.json) if answer.json is not None else None,
        base64=None if content is None else base64.b64encode(content).decode(),
    )


@strawberry.type
class ExchangeMutations:
    """Anything at all."""

    @mutation("Send an appliance any request, once. Any status of the appliance is an answer.")
    async def ffws_exchange(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: FfwsRequestInput,  # noqa: A002
    ) -> FfwsExchangePayload:
        """Exchange."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def send() -> RawAnswer:
            device, request = line(device_id, "device_id"), _request(input)
            return await gateway.exchange.send(caller, device, request)

        answer, wrong = await settled(send())
        return FfwsExchangePayload(
            answer=show_answer(answer) if answer else None, user_errors=wrong
        )


def _request(given: FfwsRequestInput) -> RawRequest:
    return RawRequest(
        method=line(given.method, "method"),
        path=line(given.path, "path", required=True, longest=500),
        query=tuple(
            (line(pair.name, f"query[{n}].name"), line(pair.value, f"query[{n}].value"))
            for n, pair in enumerate(given.query or [])
        ),
        xml=None if given.xml is None else prose(given.xml, "xml", longest=LONGEST),
        json=_document(given.json),
    )


def _document(given: object) -> dict[str, object] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or len(json.dumps(given)) > LONGEST:
        raise InvalidRequest(
            "That is no document, or too long.", field="json", cure="Give one element."
        )
    return given

"""The types of events over GraphQL."""

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.fields import field


@strawberry.type(description="A type of event.")
class EventTypeInfo:
    """What subscribers may be told."""

    type: str
    meaning: str
    schema: JSON = strawberry.field(description="The JSON Schema 2020-12 of the whole body.")


@strawberry.type
class EventTypeQueries:
    """The catalogue."""

    @field("Every type of event that this version can write.")
    async def event_types(self, info: Info) -> list[EventTypeInfo]:
        """The catalogue."""
        caller, gateway = await info.context.caller(), info.context.gateway
        return [
            EventTypeInfo(type=one.type, meaning=one.meaning, schema=JSON(one.schema))
            for one in await gateway.event_types.list(caller)
        ]

    @field("A body of this type, to the byte as an endpoint would be posted it.")
    async def event_sample(self, info: Info, type: str) -> str | None:  # noqa: A002
        """A sample, or null when there is no such type."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            return (await gateway.event_types.sample(caller, line(type, "type"))).decode()
        except NotFound:
            return None

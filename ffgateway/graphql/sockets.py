"""Operations over a WebSocket (graphql-transport-ws): read as those of HTTP are, `documentId` and all."""

from typing import TYPE_CHECKING

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    SubscribeMessage,
    SubscribeMessagePayload,
)

from ffgateway.domain.errors import GatewayError, InvalidRequest, NotFound
from ffgateway.graphql.context import Context
from ffgateway.graphql.errors import extensions
from ffgateway.graphql.requests import Refused, asked

if TYPE_CHECKING:
    from graphql import GraphQLFormattedError


MOST = 100
"""Operations of one WebSocket at a time; the library has the same number, and no code for it."""


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    """The library's, but that it takes a `documentId`, and looks at a message before it trusts it."""

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Read the operation, then let the library run it."""
        query = ""
        try:
            query = asked(message["payload"], self.context.documents).query
        except Refused as flaw:
            await self.handle_invalid_message(flaw.message)
            return
        except NotFound as unknown:
            if self.connection_acknowledged:
                await self._refuse(message["id"], unknown)
                return
        crowded = len(self.operations) >= MOST and message["id"] not in self.operations
        if self.connection_acknowledged and crowded:
            await self._refuse(message["id"], _too_many())
            return
        payload = SubscribeMessagePayload(**{**message["payload"], "query": query})
        await super().handle_subscribe({**message, "payload": payload})

    async def _refuse(self, operation_id: str, no: GatewayError) -> None:
        error: GraphQLFormattedError = {"message": no.detail, "extensions": extensions(no)}
        await self.send_message({"id": operation_id, "type": "error", "payload": [error]})


def _too_many() -> InvalidRequest:
    return InvalidRequest(
        f"A WebSocket has at most {MOST} operations at a time.",
        cure="End one of them, or open another WebSocket.",
    )

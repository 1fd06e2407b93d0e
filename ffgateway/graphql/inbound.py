"""Faxes that came in, as GraphQL shows them."""

from datetime import datetime

import strawberry

from ffgateway.domain import inbound
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.devices import Device, show_device
from ffgateway.graphql.fields import field
from ffgateway.services.inbound import InboundFilter

strawberry.enum(inbound.InboundStatus, description="Where a fax on its way in has got to.")
strawberry.enum(
    inbound.SettledBy,
    description="What an end is known from: the inbound log, or that it is listed no more.",
)


@strawberry.type(description="A call that came in: live while RECEIVING, then for good.")
class InboundFax:
    """A call."""

    id: strawberry.ID
    device_id: strawberry.ID
    status: inbound.InboundStatus
    line: int | None
    extension: str | None
    recipient: str | None
    remote_id: str | None = strawberry.field(description="How the caller's machine names itself.")
    page: int | None = strawberry.field(description="The last page seen on its way.")
    pages: int | None = strawberry.field(
        description="Good pages by the inbound log; null while it goes on and without a log."
    )
    created_at: datetime = strawberry.field(description="When the gateway saw it first.")
    updated_at: datetime
    started_at: datetime | None = strawberry.field(description="By the appliance's clock.")
    ended_at: datetime | None
    settled_by: inbound.SettledBy | None = strawberry.field(
        description="With STATUS it is listed no more, and whether every page came is not known."
    )
    message: str | None = strawberry.field(description="The inbound log's own words.")

    @field("The appliance that it came to; null once that is retired.")
    async def device(self, info: Info) -> Device | None:
        """The appliance, read once for all calls of an answer."""
        device = await info.context.devices.load(self.device_id)
        return show_device(device) if device else None


@strawberry.type
class InboundQueries:
    """Faxes that came in."""

    @field("One fax that came in.")
    async def inbound_fax(self, info: Info, id: strawberry.ID) -> InboundFax | None:  # noqa: A002
        """One call, or null."""
        caller = await info.context.caller()
        try:
            return show_inbound(await info.context.gateway.inbound.get(caller, line(id, "id")))
        except NotFound:
            return None

    @field("Faxes that came in, the newest first.")
    async def inbound_faxes(
        self,
        info: Info,
        *,
        first: First = DEFAULT_LIMIT,
        after: After = None,
        status: list[inbound.InboundStatus] | None = None,
        device_id: strawberry.ID | None = None,
    ) -> Connection[InboundFax]:
        """A page of calls."""
        filters = InboundFilter(
            status=tuple(status or ()), device_id=optional(device_id, "device_id")
        )
        caller = await info.context.caller()
        page = await info.context.gateway.inbound.list(
            caller, filters, cursor=after, limit=limit(first)
        )
        return paged(page, show_inbound, key=lambda fax: fax.id, after=after)


def show_inbound(fax: inbound.InboundFax) -> InboundFax:
    """A call for GraphQL."""
    return InboundFax(
        id=strawberry.ID(fax.id),
        device_id=strawberry.ID(fax.device_id),
        status=fax.status,
        line=fax.line,
        extension=fax.extension or None,
        recipient=fax.recipient or None,
        remote_id=fax.remote_id or None,
        page=fax.page,
        pages=fax.pages,
        created_at=fax.created_at,
        updated_at=fax.updated_at,
        started_at=fax.started_at,
        ended_at=fax.ended_at,
        settled_by=fax.settled_by,
        message=fax.message or None,
    )

"""What the lines of an appliance are doing, as GraphQL shows it: always asked for the answer."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import strawberry

from ffgateway.domain import inbound, lines
from ffgateway.domain.changes import Sighting
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import offset_of, page_from
from ffgateway.graphql.calls import once
from ffgateway.graphql.checks import within
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, counted, limit
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.fields import field
from ffgateway.graphql.line_types import (
    Channel,
    InboundCall,
    Modem,
    OutboundEntry,
    StatusSection,
    show_call,
    show_channel,
    show_modem,
    show_outbound,
    show_section,
)

Node = TypeVar("Node")
Noun = TypeVar("Noun")

FARTHEST = 10_000
"""Faxes that an appliance is asked for at the most, however far a cursor leads."""

MOST_LINES = 999

Number = Annotated[int, strawberry.argument(description="From 1.")]

Which = Annotated[
    lines.OutboundClass | None,
    strawberry.argument(name="class", description="Both classes without."),
]


@strawberry.type
class LinesOfDevice(OfDevice):
    """What an appliance's lines are doing."""

    @field("One part of the combined status, by its own request.")
    async def status_section(self, info: Info, section: lines.Section) -> StatusSection | None:
        """A section."""
        caller = await info.context.caller()

        async def ask() -> Known[lines.StatusSection]:
            return await info.context.gateway.lines.section(caller, self.id, section)

        return show_section(await once(self.id, "status.section", (section,), ask))

    @field("Every modem (FF240, FF440, FF840).")
    async def modems(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Modem] | None:
        """A page of modems: one request, however many pages."""
        caller, size = await info.context.caller(), limit(first)

        async def ask() -> Known[tuple[lines.Modem, ...]]:
            return await info.context.gateway.lines.modems(caller, self.id)

        every = await once(self.id, "modem_status.list", (), ask)
        return _cut(every, show_modem, size=size, after=after)

    @field("One modem.")
    async def modem(self, info: Info, number: Number) -> Modem | None:
        """A modem."""
        within(number, "number", least=1, most=MOST_LINES)
        caller = await info.context.caller()

        async def ask() -> Known[lines.Modem]:
            return await info.context.gateway.lines.modem(caller, self.id, number)

        return show_modem(await once(self.id, "modem_status.get", (number,), ask))

    @field("Every channel (FF240-IP).")
    async def channels(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Channel] | None:
        """A page of channels: one request, however many pages."""
        caller, size = await info.context.caller(), limit(first)

        async def ask() -> Known[tuple[lines.Channel, ...]]:
            return await info.context.gateway.lines.channels(caller, self.id)

        every = await once(self.id, "channel_status.list", (), ask)
        return _cut(every, show_channel, size=size, after=after)

    @field("One channel.")
    async def channel(self, info: Info, number: Number) -> Channel | None:
        """A channel."""
        within(number, "number", least=1, most=MOST_LINES)
        caller = await info.context.caller()

        async def ask() -> Known[lines.Channel]:
            return await info.context.gateway.lines.channel(caller, self.id, number)

        return show_channel(await once(self.id, "channel_status.get", (number,), ask))

    @field("The faxes being received.")
    async def inbound_status(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[InboundCall] | None:
        """A page of calls."""
        caller, size = await info.context.caller(), limit(first)

        async def ask() -> Known[tuple[inbound.InboundCall, ...]]:
            return await info.context.gateway.lines.inbound(caller, self.id)

        every = await once(self.id, "inbound_status.list", (), ask)
        return _cut(every, show_call, size=size, after=after)

    @field("The faxes that are sent and that wait, whoever put them there.")
    async def outbound_status(
        self,
        info: Info,
        which: Which = None,
        first: First = DEFAULT_LIMIT,
        after: After = None,
    ) -> Connection[OutboundEntry] | None:
        """A page of faxes. The appliance has no offset: it is asked for all up to the page."""
        caller, size = await info.context.caller(), limit(first)
        most = min(offset_of(after) + size + 1, FARTHEST)

        async def ask() -> Known[tuple[Sighting, ...]]:
            return await info.context.gateway.lines.outbound(
                caller, self.id, which=which, most=most
            )

        found = await once(self.id, "outbound_status.list", (which, most), ask)
        return _cut(found, show_outbound, size=size, after=after)


def _cut(
    items: tuple[Noun, ...], shown: Callable[[Noun], Node], *, size: int, after: str | None
) -> Connection[Node]:
    """The page that was asked for, of a list that came whole."""
    offset = offset_of(after)
    page = page_from(items[offset:], offset=offset, limit=size)
    return counted(page, shown, offset=offset, after=after)

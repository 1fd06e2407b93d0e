"""What the lines of an appliance are doing, over HTTP."""

from collections.abc import Sequence
from typing import Final, TypeVar

from starlette.responses import Response

from ffgateway.domain.evidence import Known
from ffgateway.domain.lines import Section
from ffgateway.domain.pages import Page, offset_of, page_from
from ffgateway.rest.answers import Items
from ffgateway.rest.bodies import Paged
from ffgateway.rest.lines_shapes import (
    ChannelOut,
    InboundCallOut,
    ModemOut,
    OutboundEntryOut,
    OutboundQuery,
    StatusSectionOut,
    channel_out,
    inbound_call_out,
    modem_out,
    outbound_entry_out,
    section_out,
)
from ffgateway.rest.operations import LINE, Asked, Operation, Place, below_device, told, told_page
from ffgateway.services.gateway import Gateway

T = TypeVar("T")

FARTHEST: Final = 10_000
"""Faxes that an appliance is asked for at the most, however far a cursor leads."""

SECTION: Final = Place(
    pattern="|".join(Section),
    description="`modem` and `channel` are for the models that have them.",
    example="system",
)


async def section(gateway: Gateway, asked: Asked) -> Response:
    """One part of the combined status."""
    part = Section(asked.place("section"))
    return told(asked, await gateway.lines.section(asked.caller, asked.id, part), section_out)


async def modems(gateway: Gateway, asked: Asked) -> Response:
    """Every modem."""
    known = await gateway.lines.modems(asked.caller, asked.id)
    return told_page(asked, _paged(asked, known), modem_out)


async def modem(gateway: Gateway, asked: Asked) -> Response:
    """One modem."""
    number = int(asked.place("number"))
    return told(asked, await gateway.lines.modem(asked.caller, asked.id, number), modem_out)


async def channels(gateway: Gateway, asked: Asked) -> Response:
    """Every channel."""
    known = await gateway.lines.channels(asked.caller, asked.id)
    return told_page(asked, _paged(asked, known), channel_out)


async def channel(gateway: Gateway, asked: Asked) -> Response:
    """One channel."""
    number = int(asked.place("number"))
    return told(asked, await gateway.lines.channel(asked.caller, asked.id, number), channel_out)


async def inbound(gateway: Gateway, asked: Asked) -> Response:
    """What is being received."""
    known = await gateway.lines.inbound(asked.caller, asked.id)
    return told_page(asked, _paged(asked, known), inbound_call_out)


async def outbound(gateway: Gateway, asked: Asked) -> Response:
    """What is sent and what waits. The appliance has no offset: it is asked for all up to the page."""
    query = asked.query_as(OutboundQuery)
    most = min(offset_of(query.cursor) + query.limit + 1, FARTHEST)
    known = await gateway.lines.outbound(asked.caller, asked.id, which=query.which, most=most)
    return told_page(asked, _paged(asked, known), outbound_entry_out)


def _paged(asked: Asked, known: Known[tuple[T, ...]]) -> Known[Page[T]]:
    """The page that was asked for, of a list that came whole."""
    query = asked.query_as(Paged)
    offset = offset_of(query.cursor)

    def cut(items: Sequence[T]) -> Page[T]:
        return page_from(items[offset:], offset=offset, limit=query.limit)

    return known.map(cut)


OPERATIONS: Final[tuple[Operation, ...]] = (
    below_device("GET", "/status/{section}", "getDeviceStatusSection", "One part of the status",
        act=section, scope="devices:read", tag="lines", places={"section": SECTION},
        answer=StatusSectionOut, functions=("status.section",)),
    below_device("GET", "/modems", "listModems", "Every modem, now", act=modems,
        scope="devices:read", tag="lines", query=Paged, answer=Items[ModemOut],
        functions=("modem_status.list",), headers=("Link",)),
    below_device("GET", "/modems/{number}", "getModem", "One modem, now", act=modem,
        scope="devices:read", tag="lines", places={"number": LINE}, answer=ModemOut,
        functions=("modem_status.get",)),
    below_device("GET", "/channels", "listChannels", "Every channel, now", act=channels,
        scope="devices:read", tag="lines", query=Paged, answer=Items[ChannelOut],
        functions=("channel_status.list",), headers=("Link",)),
    below_device("GET", "/channels/{number}", "getChannel", "One channel, now", act=channel,
        scope="devices:read", tag="lines", places={"number": LINE}, answer=ChannelOut,
        functions=("channel_status.get",)),
    below_device("GET", "/inbound-status", "listInboundStatus", "The faxes being received, now",
        act=inbound, scope="devices:read", tag="lines", query=Paged,
        answer=Items[InboundCallOut], functions=("inbound_status.list",), headers=("Link",)),
    below_device("GET", "/outbound-status", "listOutboundStatus", "The faxes sent and waiting, now",
        act=outbound, scope="devices:read", tag="lines", query=OutboundQuery,
        answer=Items[OutboundEntryOut], functions=("outbound_status.list",), headers=("Link",)),
)  # fmt: skip

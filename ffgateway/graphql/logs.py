"""Logs of an appliance as GraphQL shows them. All of it asks stand-ins."""

import re
from datetime import datetime
from urllib.parse import quote

import strawberry

from ffgateway.domain import logs
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of
from ffgateway.graphql.calls import once
from ffgateway.graphql.checks import moment
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, counted, limit
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import field


@strawberry.type(description="A fax that came in; texts are the appliance's own." + STAND_IN)
class InboundLogEntry:
    """An entry of the inbound log."""

    id: strawberry.ID
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    line: int | None
    extension: str | None
    recipient: str | None
    remote_id: str | None
    pages: int | None
    duration_seconds: int | None
    baud_rate: str | None
    message: str | None


@strawberry.type(description="One try at sending; texts are the appliance's own." + STAND_IN)
class OutboundLogEntry:
    """An entry of the outbound log."""

    id: strawberry.ID
    fax_key: str | None
    entry_key: str | None
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    line: int | None
    fax_number: str | None
    remote_id: str | None
    username: str | None
    pages: int | None
    duration_seconds: int | None
    baud_rate: str | None
    message: str | None


@strawberry.type(description="One call, in either direction." + STAND_IN)
class CallLogEntry:
    """An entry of the call log."""

    id: strawberry.ID
    direction: str
    started_at: datetime | None
    duration_seconds: int | None
    line: int | None
    number: str | None
    remote_id: str | None
    result: str | None


def show_inbound(entry: logs.InboundEntry) -> InboundLogEntry:
    """An entry for GraphQL."""
    return InboundLogEntry(
        id=strawberry.ID(entry.id),
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        state=entry.state,
        line=entry.line,
        extension=entry.extension or None,
        recipient=entry.recipient or None,
        remote_id=entry.remote_id or None,
        pages=entry.pages,
        duration_seconds=entry.duration_seconds,
        baud_rate=entry.baud_rate or None,
        message=entry.message or None,
    )


def show_outbound(entry: logs.OutboundEntry) -> OutboundLogEntry:
    """An entry for GraphQL."""
    return OutboundLogEntry(
        id=strawberry.ID(entry.id),
        fax_key=entry.fax_key or None,
        entry_key=entry.entry_key or None,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        state=entry.state,
        line=entry.line,
        fax_number=entry.fax_number or None,
        remote_id=entry.remote_id or None,
        username=entry.username or None,
        pages=entry.pages,
        duration_seconds=entry.duration_seconds,
        baud_rate=entry.baud_rate or None,
        message=entry.message or None,
    )


def show_call(entry: logs.CallEntry) -> CallLogEntry:
    """An entry for GraphQL."""
    return CallLogEntry(
        id=strawberry.ID(entry.id),
        direction=entry.direction,
        started_at=entry.started_at,
        duration_seconds=entry.duration_seconds,
        line=entry.line,
        number=entry.number or None,
        remote_id=entry.remote_id or None,
        result=entry.result or None,
    )


@strawberry.type
class LogsOfDevice(OfDevice):
    """What an appliance remembers."""

    @field("Faxes that came in, asked from the appliance." + STAND_IN)
    async def inbound_log(
        self,
        info: Info,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> Connection[InboundLogEntry] | None:
        """A page of the inbound log."""
        caller, size, span = await info.context.caller(), limit(first), _span(start, end)

        async def ask() -> Known[Page[logs.InboundEntry]]:
            return await info.context.gateway.logs.inbound(
                caller, self.id, span, cursor=after, limit=size
            )

        page = await once(self.id, "inbound_log.list", (span, size, after), ask)
        return counted(page, show_inbound, offset=offset_of(after), after=after)

    @field("Tries at sending, asked from the appliance." + STAND_IN)
    async def outbound_log(
        self,
        info: Info,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> Connection[OutboundLogEntry] | None:
        """A page of the outbound log."""
        caller, size, span = await info.context.caller(), limit(first), _span(start, end)

        async def ask() -> Known[Page[logs.OutboundEntry]]:
            return await info.context.gateway.logs.outbound(
                caller, self.id, span, cursor=after, limit=size
            )

        page = await once(self.id, "outbound_log.list", (span, size, after), ask)
        return counted(page, show_outbound, offset=offset_of(after), after=after)

    @field("Calls in both directions, asked from the appliance." + STAND_IN)
    async def call_log(
        self,
        info: Info,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> Connection[CallLogEntry] | None:
        """A page of the call log."""
        caller, size, span = await info.context.caller(), limit(first), _span(start, end)

        async def ask() -> Known[Page[logs.CallEntry]]:
            return await info.context.gateway.logs.calls(
                caller, self.id, span, cursor=after, limit=size
            )

        page = await once(self.id, "call_log.list", (span, size, after), ask)
        return counted(page, show_call, offset=offset_of(after), after=after)

    @field("Where REST has a cover page as PDF: GraphQL carries no bytes.")
    async def cover_page_url(self, name: str) -> str | None:
        """A path below this server; null for what no cover page is called."""
        plain = name.removesuffix(".pdf")
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._ -]{0,99}", plain, re.ASCII):
            return None
        return f"/v1/devices/{self.id}/cover-pages/{quote(plain)}"

    @field("How many faxes that came in the appliance remembers." + STAND_IN)
    async def inbound_log_count(self, info: Info) -> int | None:
        """A count."""
        caller = await info.context.caller()

        async def ask() -> Known[int]:
            return await info.context.gateway.logs.inbound_count(caller, self.id)

        return await once(self.id, "inbound_log.count", (), ask)

    @field("How many tries at sending the appliance remembers." + STAND_IN)
    async def outbound_log_count(self, info: Info) -> int | None:
        """A count."""
        caller = await info.context.caller()

        async def ask() -> Known[int]:
            return await info.context.gateway.logs.outbound_count(caller, self.id)

        return await once(self.id, "outbound_log.count", (), ask)


def _span(start: datetime | None, end: datetime | None) -> logs.Span:
    return logs.Span(start=moment(start, "start"), end=moment(end, "end"))

"""Logs of an appliance as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ffgateway.domain.logs import CallEntry, InboundEntry, OutboundEntry, Span
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Moment, Paged


class LogQuery(Paged):
    """Which entries: those that began between the two, both within."""

    start: Annotated[Moment | None, Field(description="None before it.")] = None
    end: Annotated[Moment | None, Field(description="None after it.")] = None

    def span(self) -> Span:
        """The span that it stands for."""
        return Span(start=self.start, end=self.end)


class InboundLogOut(Out):
    """A fax that came in. Texts are the appliance's own."""

    id: str
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


def inbound_log_out(entry: InboundEntry) -> InboundLogOut:
    """An entry as JSON."""
    return InboundLogOut(
        id=entry.id,
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


class OutboundLogOut(Out):
    """One try at sending a fax. Texts are the appliance's own."""

    id: str
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


def outbound_log_out(entry: OutboundEntry) -> OutboundLogOut:
    """An entry as JSON."""
    return OutboundLogOut(
        id=entry.id,
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


class CallLogOut(Out):
    """One call, in either direction. Texts are the appliance's own."""

    id: str
    direction: str
    started_at: datetime | None
    duration_seconds: int | None
    line: int | None
    number: str | None
    remote_id: str | None
    result: str | None


def call_log_out(entry: CallEntry) -> CallLogOut:
    """An entry as JSON."""
    return CallLogOut(
        id=entry.id,
        direction=entry.direction,
        started_at=entry.started_at,
        duration_seconds=entry.duration_seconds,
        line=entry.line,
        number=entry.number or None,
        remote_id=entry.remote_id or None,
        result=entry.result or None,
    )


class CountOut(Out):
    """How many entries there are."""

    count: int


def count_out(count: int) -> CountOut:
    """A count as JSON."""
    return CountOut(count=count)

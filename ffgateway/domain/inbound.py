"""Faxes that come in: two looks at what an appliance is receiving → which calls began, went on, ended.

The appliance lists calls while they last and gives them no key. A call is recognised by its line,
its start and whatever it has said of itself; it is over when a good answer no longer lists it.
How it ended is not in that list: the inbound log says so, where there is one. Without it the
pages that were seen are all there is, and `settled_by` tells the two apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class InboundStatus(StrEnum):
    """Where a fax on its way in has got to."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    RECEIVED_PARTIAL = "received_partial"  # the call failed and some pages are good
    FAILED = "failed"


class SettledBy(StrEnum):
    """What an end is known from."""

    INBOUND_LOG = "inbound_log"  # the appliance's own record of the call
    STATUS = "status"  # it is listed no more; whether every page came is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """A call as a look shows it. Texts are the appliance's own."""

    state: str
    line: int | None = None
    extension: str = ""
    recipient: str = ""
    remote_id: str = ""
    page: int | None = None
    start: str = ""  # as written
    started_at: datetime | None = None  # the same as a moment, when it can be read as one


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A finished call as the inbound log has it. `complete` is None for a state nobody knows."""

    started_at: datetime | None
    ended_at: datetime | None
    complete: bool | None
    line: int | None = None
    extension: str = ""
    recipient: str = ""
    remote_id: str = ""
    pages: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundFax:
    """One call that came in, kept for good."""

    id: str
    device_id: str
    status: InboundStatus
    created_at: datetime  # first seen by us
    updated_at: datetime
    line: int | None = None
    extension: str = ""
    recipient: str = ""
    remote_id: str = ""
    page: int | None = None  # the last page seen on its way
    pages: int | None = None  # good pages; None until it is over, and when nobody says
    started_at: datetime | None = None  # by the appliance's clock, when it gives a time
    ended_at: datetime | None = None  # by its log, else when it was first missed
    settled_by: SettledBy | None = None
    message: str = ""  # the log's own words
    start: str = ""  # as the appliance wrote it; what the call is recognised by

    @property
    def live(self) -> bool:
        """Whether looks still show it."""
        return self.ended_at is None

    @property
    def settled(self) -> bool:
        """Whether its end is known and told."""
        return self.status is not InboundStatus.RECEIVING


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What happened between two looks."""

    begun: tuple[InboundCall, ...] = ()
    going_on: tuple[tuple[InboundFax, InboundCall], ...] = ()
    over: tuple[InboundFax, ...] = ()


def compare(known: Iterable[InboundFax], calls: Iterable[InboundCall]) -> Difference:
    """Hold the calls of a good answer against those that were live before it."""
    left = list(calls)
    going_on, over = [], []
    for fax in known:
        found = next((call for call in left if _same(fax, call)), None)
        if found is None:
            over.append(fax)
        else:
            left.remove(found)
            going_on.append((fax, found))
    return Difference(begun=tuple(left), going_on=tuple(going_on), over=tuple(over))


def _same(fax: InboundFax, call: InboundCall) -> bool:
    """Whether a call is the one we know.

    What was not said yet may be said later: a remote id comes with the handshake. Pages only
    rise, so a lower one is another call, unless the appliance gives both the same start.
    """
    if fax.line != call.line or not _agree(fax.remote_id, call.remote_id):
        return False
    if fax.start and call.start:
        return fax.start == call.start
    return _agree(fax.extension, call.extension) and (fax.page or 0) <= (call.page or 0)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def begun(call: InboundCall, *, fax_id: str, device_id: str, at: datetime) -> InboundFax:
    """A call seen for the first time."""
    return InboundFax(
        id=fax_id,
        device_id=device_id,
        status=InboundStatus.RECEIVING,
        created_at=at,
        updated_at=at,
        line=call.line,
        extension=call.extension,
        recipient=call.recipient,
        remote_id=call.remote_id,
        page=call.page,
        started_at=call.started_at,
        start=call.start,
    )


def gone_on(fax: InboundFax, call: InboundCall, *, at: datetime) -> InboundFax:
    """The same call a look later; the very same fax when the look says nothing new."""
    after = replace(
        fax,
        extension=call.extension or fax.extension,
        recipient=call.recipient or fax.recipient,
        remote_id=call.remote_id or fax.remote_id,
        page=fax.page if call.page is None else max(call.page, fax.page or 0),
        started_at=fax.started_at or call.started_at,
        start=fax.start or call.start,
    )
    return fax if after == fax else replace(after, updated_at=at)


def missed(fax: InboundFax, *, at: datetime) -> InboundFax:
    """A call that a good answer no longer lists: over, and how it ended is to be found out."""
    return replace(fax, ended_at=at, updated_at=at)


CLOCK: Final = timedelta(seconds=5)
"""How far the start in the log may lie from the start in the list: both are the appliance's."""

SLACK: Final = timedelta(minutes=2)
"""How far the appliance's clock may be from ours, where its list gives no start to go by."""


def logged(fax: InboundFax, log: Sequence[LoggedCall]) -> LoggedCall | None:
    """Find the log's line of a call, None when it isn't there (yet)."""
    alike = [
        entry
        for entry in log
        if (fax.line is None or entry.line is None or fax.line == entry.line)
        and _agree(fax.remote_id, entry.remote_id)
        and _agree(fax.extension, entry.extension)
        and _at_the_time(fax, entry)
    ]
    since = fax.started_at or fax.created_at
    return min(alike, key=lambda entry: abs((entry.started_at or since) - since), default=None)


def _at_the_time(fax: InboundFax, entry: LoggedCall) -> bool:
    if entry.started_at is None:
        return False
    if fax.started_at is not None:
        end = entry.ended_at or entry.started_at
        return (
            abs(entry.started_at - fax.started_at) <= CLOCK
            or entry.started_at <= fax.started_at < end  # a line has one call at a time
        )
    last = fax.ended_at or fax.updated_at
    ended = entry.ended_at or entry.started_at
    return entry.started_at - SLACK <= last and fax.created_at <= ended + SLACK


def settled_by_log(fax: InboundFax, entry: LoggedCall, *, at: datetime) -> InboundFax:
    """The end as the log has it. A state nobody knows is judged by its pages."""
    good = entry.pages or 0
    complete = good > 0 if entry.complete is None else entry.complete
    part = InboundStatus.RECEIVED_PARTIAL if good else InboundStatus.FAILED
    return replace(
        fax,
        status=InboundStatus.RECEIVED if complete else part,
        extension=entry.extension or fax.extension,
        recipient=entry.recipient or fax.recipient,
        remote_id=entry.remote_id or fax.remote_id,
        pages=entry.pages,
        started_at=entry.started_at or fax.started_at,
        ended_at=entry.ended_at or fax.ended_at,
        settled_by=SettledBy.INBOUND_LOG,
        message=entry.message,
        updated_at=at,
    )


def from_log(entry: LoggedCall, *, fax_id: str, device_id: str, at: datetime) -> InboundFax:
    """A call that no look ever showed, as the log has it."""
    call = InboundCall(state="", line=entry.line, started_at=entry.started_at)
    fax = begun(call, fax_id=fax_id, device_id=device_id, at=at)
    return settled_by_log(missed(fax, at=at), entry, at=at)


def settled_by_status(fax: InboundFax, *, at: datetime) -> InboundFax:
    """The end as far as the list shows it: a call of which a page was seen counts as received.

    That is inferred: the last page may have broken off. `pages` stays None, nobody counted them.
    """
    status = InboundStatus.RECEIVED if fax.page else InboundStatus.FAILED
    return replace(fax, status=status, settled_by=SettledBy.STATUS, updated_at=at)

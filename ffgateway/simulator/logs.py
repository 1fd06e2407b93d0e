"""What the appliance remembers of faxes and calls, as its logs tell it: stand-ins.

Times of the query are UTC, those of the answer the unit's wall clock; the newest comes first. That
administrators read all of it and a user the faxes of their own is inferred, as for lists of faxes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from ffgateway.ffws.inbound_log import InboundLogEntry
from ffgateway.ffws.logs import CallLogEntry, OutboundLogEntry
from ffgateway.ffws.paths import ROOT
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.people import User
from ffgateway.simulator.placing import Placed
from ffgateway.simulator.receiving import Reception
from ffgateway.simulator.refusals import Refused
from ffgateway.simulator.status import needs_firmware

LIMIT = 10
"""Entries that are told when nobody says how many; like the lists of faxes (inferred)."""


class _Timed(Protocol):
    @property
    def start(self) -> datetime: ...


Timed = TypeVar("Timed", bound=_Timed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a log is asked for. `start` and `end` are naive, UTC, and both within."""

    limit: int = LIMIT
    offset: int = 0
    start: datetime | None = None
    end: datetime | None = None

    def of(self, calls: Iterable[Timed]) -> list[tuple[int, Timed]]:
        """Return the calls of the window with their numbers, the newest first."""
        found = [
            (number, call)
            for number, call in enumerate(calls, start=1)
            if (self.start is None or call.start >= self.start.replace(tzinfo=UTC))
            and (self.end is None or call.start <= self.end.replace(tzinfo=UTC))
        ]
        return found[::-1][self.offset :][: self.limit]


def inbound(box: Appliance, user: User, window: Window) -> tuple[InboundLogEntry, ...]:
    """Return calls that came in."""
    _must_administer(box, user)
    return tuple(
        InboundLogEntry(
            id=str(number),
            start_time=box.local(call.start),
            end_time=box.local(call.end),
            state=call.state,
            line=call.line,
            extension=call.extension,
            recipient=call.recipient,
            remote_id=call.remote_id,
            pages=call.pages,
            duration=int(call.duration.total_seconds()),
            baud_rate=call.baud_rate,
            message=call.message,
        )
        for number, call in window.of(box.receptions)
    )


def outbound(box: Appliance, user: User, window: Window) -> tuple[OutboundLogEntry, ...]:
    """Return tries at sending, one's own or for an administrator everybody's."""
    needs_firmware(box)
    return tuple(
        OutboundLogEntry(
            id=str(number),
            fax_entry_url=_url(box, call),
            start_time=box.local(call.start),
            end_time=box.local(call.end),
            state="sent" if call.sent else "failed",
            line=call.line,
            fax_number=call.fax_number,
            remote_id=call.remote_id,
            username=call.owner,
            pages=call.pages,
            duration=int(call.duration.total_seconds()),
            baud_rate=call.baud_rate,
            message=call.message,
        )
        for number, call in window.of(_own(box, user))
    )


def _url(box: Appliance, call: Placed) -> str:
    """The entry that was tried; a call of a furnished past has none."""
    return f"{box.base_url}{ROOT}/ofax/{call.fax_key}/{call.entry_key}" if call.fax_key else ""


def _own(box: Appliance, user: User) -> list[Placed]:
    return [call for call in box.placed if user.admin or call.owner == user.username]


def calls(box: Appliance, user: User, window: Window) -> tuple[CallLogEntry, ...]:
    """Return calls in both directions, by the time they began."""
    _must_administer(box, user)
    every: list[Placed | Reception] = [*box.placed, *box.receptions]
    every.sort(key=lambda call: call.start)
    return tuple(
        CallLogEntry(
            id=str(number),
            direction="outbound" if isinstance(call, Placed) else "inbound",
            start_time=box.local(call.start),
            duration=int(call.duration.total_seconds()),
            line=call.line,
            number=call.fax_number if isinstance(call, Placed) else call.extension,
            remote_id=call.remote_id,
            result=call.message,
        )
        for number, call in window.of(every)
    )


def inbound_count(box: Appliance, user: User) -> int:
    """Return how many calls came in that are still known."""
    _must_administer(box, user)
    return len(box.receptions)


def outbound_count(box: Appliance, user: User) -> int:
    """Return how many tries at sending are still known."""
    needs_firmware(box)
    return len(_own(box, user))


def _must_administer(box: Appliance, user: User) -> None:
    needs_firmware(box)  # the same gate as status (inferred)
    if not user.admin:
        raise Refused(403, "Forbidden")

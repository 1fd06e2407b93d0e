"""What the appliance remembers of calls that came in, as its log tells it: a stand-in.

Times of the query are UTC, those of the answer the unit's wall clock; the newest call comes first.
Who may read logs is not public: administrators (inferred).
"""

from datetime import UTC, datetime

from ffgateway.ffws.inbound_log import InboundLogEntry
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.people import User
from ffgateway.simulator.refusals import Refused
from ffgateway.simulator.status import needs_firmware

LIMIT = 10
"""Entries that are told when nobody says how many; like the lists of faxes (inferred)."""


def inbound_log(
    box: Appliance,
    user: User,
    *,
    limit: int = LIMIT,
    offset: int = 0,
    start: datetime | None = None,
    end: datetime | None = None,
) -> tuple[InboundLogEntry, ...]:
    """Return calls that began between `start` and `end` (naive, UTC), the newest first."""
    needs_firmware(box)  # the same gate as status (inferred)
    if not user.admin:
        raise Refused(403, "Forbidden")
    numbered = [
        (number, call)
        for number, call in enumerate(box.receptions, start=1)
        if (start is None or call.start >= start.replace(tzinfo=UTC))
        and (end is None or call.start <= end.replace(tzinfo=UTC))
    ]
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
        for number, call in reversed(numbered)
    )[offset:][:limit]

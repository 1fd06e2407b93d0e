"""The inbound log, as far as it says how a call ended."""

from datetime import datetime
from typing import Final

from ffgateway.devices import translate
from ffgateway.devices.client import Appliance
from ffgateway.domain.evidence import Known
from ffgateway.domain.inbound import LoggedCall
from ffgateway.ffws.inbound_log import InboundLogEntry, read_inbound_log

ENTRIES: Final = 100
"""The most that is asked for: a call that just ended is among the last."""

COMPLETE: Final = {"received": True, "failed": False}
"""What a state of the log means; both words are stand-ins."""


async def logged_calls(box: Appliance, *, since: datetime) -> Known[tuple[LoggedCall, ...]]:
    """The calls that the log has from `since` on.

    Raises `DeviceOperationUnsupported` where there is no such log.
    """
    query = {"limit": str(ENTRIES), "start": translate.naive_utc(since).isoformat()}
    found = await box.ask("inbound_log.list", read_inbound_log, query=query)
    return found.map(lambda every: tuple(_logged(one, box.device.zone) for one in every))


def _logged(entry: InboundLogEntry, zone: str) -> LoggedCall:
    return LoggedCall(
        started_at=translate.aware(entry.start_time, zone),
        ended_at=translate.aware(entry.end_time, zone),
        complete=COMPLETE.get(entry.state.casefold()),
        line=translate.count(entry.line),
        extension=entry.extension,
        recipient=entry.recipient,
        remote_id=entry.remote_id,
        pages=translate.count(entry.pages),
        message=entry.message,
    )

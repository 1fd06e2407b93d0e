"""The outbound log of an appliance, where it has one: what it remembers when its lists show a fax no more.

How it writes one is not public (stand-in). So what it says is quoted and keeps faxes from being sent
again; it settles nothing but an entry whose keys are known.
"""

from datetime import datetime, timedelta
from typing import Final

from ffgateway.devices import logs
from ffgateway.devices.client import Appliance
from ffgateway.domain.changes import Sighting
from ffgateway.domain.errors import DeviceOperationUnsupported, DeviceRefused, DeviceSilent
from ffgateway.domain.evidence import Known
from ffgateway.domain.logs import OutboundEntry, Span
from ffgateway.services.call_log import briefly

LOGGED: Final = 200
"""Tries that an appliance's log is asked for."""

ASKEW: Final = timedelta(days=1)
"""How wrong an appliance's clock may be."""


async def tries(appliance: Appliance, *, since: datetime) -> Known[tuple[OutboundEntry, ...]]:
    """Tries at sending from about `since` on. Raises the `DeviceError` of whoever has no such log."""
    asking = logs.outbound(appliance, Span(start=since - ASKEW), offset=0, limit=LOGGED)
    return await briefly(appliance, asking)


async def remembered(appliance: Appliance, *, since: datetime) -> tuple[Sighting, ...]:
    """The entries that were tried since then, each once; none where no log can be read.

    Raises the `DeviceError` of an appliance that is not there.
    """
    try:
        known = await tries(appliance, since=since)
    except (DeviceRefused, DeviceOperationUnsupported, DeviceSilent):
        return ()
    entries = {(one.fax_key, one.entry_key): one for one in known.value if one.fax_key}
    return tuple(map(_sighting, entries.values()))


def _sighting(one: OutboundEntry) -> Sighting:
    return Sighting(
        fax_key=one.fax_key,
        entry_key=one.entry_key,
        status=None,
        state=one.state,
        message=one.message,
        try_number=1,
        pages=one.pages or 0,
        due_at=None,
        created_at=one.started_at,
        fax_number=one.fax_number,
        username=one.username,
    )

"""How many lines each appliance has, and how many were free when its status was last seen. In memory: the
latter is stale at once.
"""

from datetime import datetime, timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import DeviceError
from ffgateway.services.call_log import briefly

FRESH: Final = timedelta(seconds=30)
"""How long a count is worth anything."""

ASKED: Final = timedelta(seconds=10)
"""How often an appliance that is at work is asked."""


class FreeLines:
    """The counts, for placement."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counted: dict[str, tuple[datetime, int | None]] = {}
        self._lines: dict[str, int] = {}

    def of(self, device_id: str) -> int | None:
        """How many were free, or None when that was long ago or never told."""
        at, idle = self._counted.get(device_id, (None, None))
        return idle if at is not None and self._clock.now() - at < FRESH else None

    def all_of(self, device_id: str) -> int | None:
        """How many there were, at work or not; None when it never told. A model may be expanded."""
        return self._lines.get(device_id)

    async def look(self, appliance: Appliance) -> None:
        """Ask an appliance, unless that was done just now. No answer is no count, and no trouble."""
        device_id, now = appliance.device.id, self._clock.now()
        at, _ = self._counted.get(device_id, (None, None))
        if at is not None and now - at < ASKED:
            return
        self._counted[device_id] = (now, None)
        try:
            told = await briefly(appliance, lines.whole(appliance))
        except DeviceError:
            return
        self._counted[device_id] = (now, told.value.lines_idle)
        counts = (told.value.lines_idle, told.value.lines_sending, told.value.lines_receiving)
        if None not in counts and any(counts):
            self._lines[device_id] = sum(one or 0 for one in counts)

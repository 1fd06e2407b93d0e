"""So many calls to one appliance at a time, and so many more that wait: a slow one takes nobody along."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import DeviceOverloaded

AT_ONCE: Final = 4
"""Calls under way to one appliance on people's behalf; looks and hand-overs are not counted."""

WAITING: Final = 32
"""Calls that wait for one of these to end."""


class Bulkhead:
    """The places at each appliance."""

    def __init__(self) -> None:
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE)
        )
        self._there: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, appliance: Appliance) -> AsyncIterator[None]:
        """Wait for a place and keep it. Raises `DeviceOverloaded` when too many wait already."""
        device = appliance.device
        if self._there[device.id] >= AT_ONCE + WAITING:
            raise DeviceOverloaded(
                device.id,
                f"{self._there[device.id]} calls to {device.name} are under way or wait.",
                cure="Ask again in a few seconds.",
            )
        self._there[device.id] += 1
        try:
            async with self._places[device.id]:
                yield
        finally:
            self._there[device.id] -= 1

"""Look at every appliance: often while it has faxes of ours, seldom while it has none."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError, NotFound
from ffgateway.services.observing import Observing
from ffgateway.workers.supervisor import Wake, whole

ROSTER = 5.0
"""Seconds after which the list of appliances is read again though nobody rang."""

JITTER = 0.1
"""Part of an interval by which looks are spread, so that a fleet is not asked in one instant."""


class Poller:
    """One task for each appliance, however long one of them takes."""

    def __init__(
        self, observing: Observing, devices: Callable[[], Coroutine[Any, Any, tuple[Device, ...]]]
    ) -> None:
        self._observing = observing
        self._devices = devices
        self._roster = Wake()
        self._bells: dict[str, Wake] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._intervals: dict[str, tuple[timedelta, timedelta]] = {}
        self._often: set[str] = set()  # whose next look is a short while away
        self._chance = random.Random()  # noqa: S311 - spreads load, guards nothing

    def fleet_changed(self) -> None:
        """Read the list of appliances again now."""
        self._roster.ring()

    def look_soon(self, device_id: str) -> None:
        """Look at one appliance now: something was handed to it, or is to be stopped there."""
        self._observing.stir(device_id)
        if device_id in self._bells:
            self._bells[device_id].ring()

    def look_often(self, device_id: str) -> None:
        """Look at one appliance before long: it has taken a fax, and said how that stands."""
        if device_id not in self._bells or device_id in self._often:
            return  # it is about to be
        self._often.add(device_id)
        busy, _ = self._intervals[device_id]
        loop = asyncio.get_running_loop()
        loop.call_later(busy.total_seconds(), self._bells[device_id].ring)

    def look_everywhere(self) -> None:
        """Look at every appliance now."""
        for device_id in self._bells:
            self.look_soon(device_id)

    async def run(self) -> None:
        """Follow the fleet as it grows and shrinks."""
        try:
            while True:
                devices = {one.id: one for one in await whole(self._devices())}
                for device_id, device in devices.items():
                    self._intervals[device_id] = (device.poll_busy, device.poll_idle)
                    task = self._looking.get(device_id)
                    if task is None or task.done():
                        self._bells[device_id] = Wake()
                        self._observing.stir(device_id)
                        self._looking[device_id] = asyncio.create_task(self._follow(device_id))
                for device_id in self._looking.keys() - devices.keys():
                    self._looking.pop(device_id).cancel()
                await self._roster.wait(ROSTER)
        finally:
            for task in self._looking.values():
                task.cancel()
            await asyncio.gather(*self._looking.values(), return_exceptions=True)
            self._looking.clear()

    async def _follow(self, device_id: str) -> None:
        while True:
            try:
                live = await whole(self._observing.look(device_id))
            except DeviceError:
                live = False  # kept as the device's health; it is looked at again all the same
            except NotFound:
                return
            busy, idle = self._intervals[device_id]
            interval = (busy if live else idle).total_seconds()
            spread = 1 + JITTER * (self._chance.random() - 0.5)
            if live:
                self._often.add(device_id)
            await self._bells[device_id].wait(interval * spread)
            self._often.discard(device_id)

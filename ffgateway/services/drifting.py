"""Whether appliances are still what the document last applied to them says, looked at by schedule.

A drift is told once; another one is told again, and so is one that healed and came back. An
appliance that cannot be asked is asked at the next look: nothing is known of it meanwhile.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import drift_event
from ffgateway.domain.fleet_steps import DevicePlan, changes
from ffgateway.services.asking import Asking
from ffgateway.services.audited import line
from ffgateway.services.fleet_comparing import compared
from ffgateway.store.fleet import Kept
from ffgateway.store.transaction import Store

AT_A_TIME: Final = 16
"""Appliances compared side by side."""


class Drifting:
    """Compares, for whoever keeps time. `every` is how often each appliance is looked at."""

    def __init__(self, store: Store, asking: Asking, clock: Clock, *, every: timedelta) -> None:
        self._store = store
        self._asking = asking
        self._clock = clock
        self._every = every

    async def look(self) -> int:
        """Look at what is due, a bounded number of appliances; return how many those were."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            due = await tx.fleet.due(now - self._every, most=AT_A_TIME)
            for one in due:  # before they are asked, so that no other process asks them as well
                await tx.fleet.keep(replace(one, checked_at=now))
        async with asyncio.TaskGroup() as group:
            for one in due:
                group.create_task(self._compare(one))
        return len(due)

    async def _compare(self, kept: Kept) -> None:
        try:
            async with self._store.reading() as tx:
                device = await tx.devices.get(kept.device_id)
        except NotFound:
            return  # retired meanwhile
        found = await compared(self._asking, GATEWAY, device, kept.wanted)
        if found.problem is None:
            await self._take_in(device, kept, found)

    async def _take_in(self, device: Device, before: Kept, found: DevicePlan) -> None:
        """Tell of a drift that was not told yet, unless another document was applied meanwhile."""
        steps = changes(found.steps)
        drift = found.tag if steps else ""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            kept = await tx.fleet.of(device.id, lock=True)
            if kept is None or kept.applied_at != before.applied_at or kept.told == drift:
                return
            await tx.fleet.keep(replace(kept, told=drift))
            sections = list(dict.fromkeys(step.section.value for step in steps))
            if steps:
                tx.tell(drift_event(device, changes=len(steps), sections=sections, at=now))
            tx.note(
                line(
                    GATEWAY,
                    "device.config_drifted" if steps else "device.config_healed",
                    device.id,
                    at=now,
                    changes=len(steps),
                    sections=sections,
                )
            )

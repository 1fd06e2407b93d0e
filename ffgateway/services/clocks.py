"""Appliances whose clock is wrong, noted and told once for each episode.

Their clock is seen in their status, which is asked for now and then, and in `created` of the entries
of faxes that were just handed over. Both are local time: a wrong zone in the appliance's record, or in
the appliance, looks the same, by whole hours.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.device_clock import KnownBy, Verdict, judge, offset
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import DeviceError, NotFound
from ffgateway.domain.events import EventType, device_event
from ffgateway.services.audited import line
from ffgateway.services.call_log import briefly
from ffgateway.store.transaction import Store

ASKED: Final = timedelta(minutes=5)
"""How often an appliance is asked for its time."""


class Clocks:
    """The clocks of the appliances. `too_far` is an offset that is told; nothing: none is."""

    def __init__(self, store: Store, clock: Clock, *, too_far: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._too_far = too_far
        self._due: dict[str, datetime] = {}

    async def look(self, appliance: Appliance) -> None:
        """Ask an appliance for its time, unless that was done lately. No answer is no trouble here."""
        device_id, before = appliance.device.id, self._clock.now()
        if not self._too_far or before < self._due.get(device_id, before):
            return
        self._due[device_id] = before + ASKED
        try:
            told = await briefly(appliance, lines.present(appliance))
        except DeviceError:
            return
        await self.shown(device_id, told.value, before=before, known_by=KnownBy.CURRENT_TIME)

    async def shown(
        self,
        device_id: str,
        at: datetime | None,
        *,
        before: datetime,
        known_by: KnownBy,
        seen: Device | None = None,
    ) -> None:
        """An appliance showed this time between a moment and now; None: one that cannot be read.

        `seen` is its record of just before, where somebody has it.
        """
        if at is None or not self._too_far:
            return
        now = self._clock.now()
        off = offset(at, before=before, after=now)
        if seen is None:
            async with self._store.reading() as tx:
                try:
                    seen = await tx.devices.get(device_id)
                except NotFound:
                    return  # retired meanwhile
        if self._judge(off, seen) is not Verdict.NOTHING:
            await self._note(device_id, off, now, known_by)

    def _judge(self, off: timedelta, device: Device) -> Verdict:
        skewed = device.clock_skewed_since is not None
        return judge(off, too_far=self._too_far, skewed=skewed)

    async def _note(self, device_id: str, off: timedelta, now: datetime, known_by: KnownBy) -> None:
        seconds = round(off.total_seconds())
        async with self._store.transaction() as tx:
            device = await tx.devices.get(device_id, lock=True)
            verdict = self._judge(off, device)
            if verdict is Verdict.NOTHING:
                return  # another gateway was first
            wrong = verdict is Verdict.SKEWED
            after = replace(device, clock_skewed_since=now if wrong else None)
            await tx.devices.save(after)
            if wrong:
                kind = EventType.DEVICE_CLOCK_SKEW
                facts = {"offset_seconds": seconds, "known_by": known_by.value}
                tx.tell(device_event(kind, after, at=now, **facts))
            act = "device.clock_skew" if wrong else "device.clock_right"
            differs = changed(device, after, "clock_skewed_since")
            tx.note(line(GATEWAY, act, device_id, at=now, offset_seconds=seconds, changed=differs))

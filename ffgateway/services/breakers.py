"""Appliances that fail too often, noted and told. What lies between two failures is kept in memory.

Only an appliance that counts as online can be degraded: one that never answers is offline, and
comes back at its first answer. Looks and hand-overs are counted apart: an appliance may show its
list well and take no fax.
"""

from collections import defaultdict
from dataclasses import replace

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.breaker import Breaker, Verdict, of_handovers
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import DeviceError
from ffgateway.domain.events import EventType, device_event
from ffgateway.services.audited import line
from ffgateway.store.transaction import Store, Transaction


class Breakers:
    """One for each appliance."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
        self._handovers: defaultdict[str, Breaker] = defaultdict(of_handovers)
        self._degraded: dict[str, bool] = {}  # by its looks

    async def well(self, appliance: Appliance) -> None:
        """An exchange went well."""
        device_id, now = appliance.device.id, self._clock.now()
        degraded = self._degraded.setdefault(device_id, appliance.device.degraded_since is not None)
        verdict = self._breakers[device_id].note(well=True, degraded=degraded, now=now)
        if verdict is not Verdict.RECOVERED:
            return
        async with self._store.transaction() as tx:
            await self._recovered(tx, await tx.devices.get(device_id, lock=True))
        self._degraded[device_id] = False

    async def handed_over(
        self, tx: Transaction, device_id: str, *, trouble: DeviceError | None
    ) -> None:
        """A hand-over ended: with an answer, or in doubt. The device must be locked."""
        device, now = await tx.devices.get(device_id, lock=True), self._clock.now()
        degraded = device.degraded_since is not None
        breaker = self._handovers[device_id]
        verdict = breaker.note(well=trouble is None, degraded=degraded, now=now)
        if verdict is Verdict.RECOVERED and not self._degraded.get(device_id):
            await self._recovered(tx, device)
        elif verdict is Verdict.DEGRADED and trouble is not None:
            await tx.devices.save(self._degrade(tx, device, trouble))

    async def _recovered(self, tx: Transaction, device: Device) -> None:
        now, after = self._clock.now(), replace(device, degraded_since=None)
        await tx.devices.save(after)
        tx.tell(device_event(EventType.DEVICE_ONLINE, after, at=now, reason="recovered"))
        ends = changed(device, after, "degraded_since")
        tx.note(line(GATEWAY, "device.recovered", device.id, at=now, changed=ends))

    def failed(self, tx: Transaction, device: Device, trouble: DeviceError) -> Device:
        """An exchange with an appliance failed; return it as it counts from now on, told and noted."""
        if device.health is not Health.ONLINE:
            return device
        now, degraded = self._clock.now(), device.degraded_since is not None
        verdict = self._breakers[device.id].note(well=False, degraded=degraded, now=now)
        if verdict is not Verdict.DEGRADED:
            return device
        self._degraded[device.id] = True
        return self._degrade(tx, device, trouble)

    def _degrade(self, tx: Transaction, device: Device, trouble: DeviceError) -> Device:
        """Leave an appliance alone for a while from now on; told when it was not so before."""
        now = self._clock.now()
        after = replace(device, degraded_since=now)
        if device.degraded_since is None:
            tx.tell(device_event(EventType.DEVICE_DEGRADED, after, at=now, reason=trouble.code))
            tx.note(
                line(
                    GATEWAY,
                    "device.degraded",
                    device.id,
                    at=now,
                    reason=trouble.detail,
                    changed=changed(device, after, "degraded_since"),
                )
            )
        return after

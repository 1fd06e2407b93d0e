"""The way from a device's id to its appliance, opened once and kept."""

from contextlib import suppress
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.devices.fleet import Fleet
from ffgateway.domain.devices import Device
from ffgateway.services.fresh import Fresh
from ffgateway.store.transaction import Store
from ffgateway.store.vault import WrongKey


class Appliances:
    """Appliances by the id of their record."""

    def __init__(self, store: Store, fleet: Fleet, fresh: Fresh | None = None) -> None:
        self._store = store
        self._fleet = fleet
        self.fresh = fresh or Fresh(Clock(), keep=timedelta(0))

    async def of(self, device_id: str) -> Appliance:
        """The appliance of a device. Raises `NotFound` for one that was retired."""
        known = self._fleet.known(device_id)
        if known is not None:
            return known
        async with self._store.reading() as tx:
            device = await tx.devices.get(device_id)
            password = await tx.devices.password(device_id)
            seal = await tx.devices.seal(device_id)
        return self._fleet.add(device, password, seal=seal)

    async def roster(self) -> tuple[Device, ...]:
        """Every appliance on record. Those that another gateway changed are spoken to anew from now on."""
        async with self._store.reading() as tx:
            devices, seals = await tx.devices.all(), await tx.devices.seals()
            for device_id in self._fleet.resealed(seals):
                with suppress(WrongKey):  # the next use of that one will say so, and no other's
                    password = await tx.devices.password(device_id)
                    self._fleet.reseal(device_id, password=password, seal=seals[device_id])
        for device_id in self._fleet.outdated(devices, seals):
            await self._fleet.forget(device_id)
        return devices

    async def forget(self, device_id: str) -> None:
        """Have the record read anew at the next use."""
        self.fresh.forget(device_id)
        await self._fleet.forget(device_id)

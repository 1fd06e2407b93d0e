"""The way from a device's id to its appliance, opened once and kept: as the device's own user, or as another.

Who acts as somebody (`Limits.acts_as`) is on each appliance the user that this stands for there,
so the appliance's own rights hold. Where it stands for nobody, the device's own user is asked, or
nobody at all.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.devices.fleet import Fleet, Use
from ffgateway.domain.access import Caller
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceUserMissing, NotFound
from ffgateway.domain.faxes import Fax, Origin
from ffgateway.services.fresh import Fresh
from ffgateway.store.standing import Load
from ffgateway.store.transaction import Store, Transaction
from ffgateway.store.vault import WrongKey


class Appliances:
    """Appliances by the id of their record."""

    def __init__(self, store: Store, fleet: Fleet, fresh: Fresh | None = None) -> None:
        self._store = store
        self._fleet = fleet
        self.fresh = fresh or Fresh(Clock(), keep=timedelta(0))

    async def of(self, device_id: str, acting: str = "") -> Appliance:
        """The appliance of a device, as whoever acts. Raises `NotFound` for one that was retired.

        Also for somebody who is nobody there.
        """
        found = await self._find(device_id, acting)
        if found is None:
            raise NotFound(f"{acting} is nobody on the device {device_id}.")
        return found

    async def _find(self, device_id: str, acting: str) -> Appliance | None:
        known = self._fleet.known(device_id, acting)
        if known is not None:
            return known
        async with self._store.reading() as tx:
            device = await tx.devices.get(device_id)
            if not acting:
                password = await tx.devices.password(device_id)
                seal = await tx.devices.seal(device_id)
            elif user := await tx.acting.find(device_id, acting):
                device = replace(device, username=user.username)
                password, seal = await tx.acting.password(device_id, acting)
            else:
                return None
        return self._fleet.add(device, password, seal=seal, acting=acting)

    async def by(self, caller: Caller, device_id: str, *, otherwise: str = "") -> Appliance:
        """The appliance as a caller asks it; as `otherwise` where the caller acts as nobody there.

        Raises `DeviceUserMissing` where it may be asked as nobody else.
        """
        limits = caller.principal.limits
        if limits.acts_as:
            found = await self._find(device_id, limits.acts_as)
            if found is not None:
                return found
            if limits.acts_as_only:
                raise DeviceUserMissing(
                    device_id,
                    f"The key acts as {limits.acts_as} alone, who is nobody on this appliance.",
                    cure=f"Have an administrator set a user for {limits.acts_as} there.",
                )
        return await self.of(device_id, otherwise)

    async def touching(self, caller: Caller, fax: Fax) -> Appliance:
        """The appliance of a fax, for who changes it there: as whoever handed it over, if it is theirs."""
        if fax.created_by == caller.principal.id:
            return await self.of(str(fax.device_id), fax.acted_as)
        return await self.by(caller, str(fax.device_id), otherwise=fax.acted_as)

    async def roster(self) -> tuple[Device, ...]:
        """The appliances to look at: those that are enabled, or have yet to finish faxes of ours.

        Those that another gateway changed are spoken to anew from now on.
        """
        async with self._store.reading() as tx:
            devices, busy = await tx.devices.all(), dict[str, Load]()
            if not all(one.enabled for one in devices):
                busy = await tx.standing.loads(origin=Origin.GATEWAY)
            seals = {(one, ""): seal for one, seal in (await tx.devices.seals()).items()}
            if self._fleet.acting:
                seals |= await tx.acting.seals()
            for use in self._fleet.resealed(seals):
                with suppress(WrongKey):  # the next use of that one will say so, and no other's
                    password = await _password(tx, use)
                    self._fleet.reseal(use, password=password, seal=seals[use])
        for device_id in self._fleet.outdated(devices, seals):
            await self._fleet.forget(device_id)
        return tuple(one for one in devices if one.enabled or one.id in busy)

    async def forget(self, device_id: str) -> None:
        """Have the record read anew at the next use."""
        self.fresh.forget(device_id)
        await self._fleet.forget(device_id)


async def _password(tx: Transaction, use: Use) -> str:
    device_id, acting = use
    if acting:
        return (await tx.acting.password(device_id, acting))[0]
    return await tx.devices.password(device_id)

"""Who somebody is on each appliance (`Limits.acts_as`): set, shown and removed by whoever runs the fleet.

A password goes in and never comes out. Who has faxes on an appliance stays who they are there until
those have ended, since nobody else may see them; a new password may be set at any time.
"""

from collections.abc import Callable

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.acting import ActingUser, check_actor
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import DeviceBusy, InvalidRequest, NotFound
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate, line
from ffgateway.store.transaction import Store, Transaction

MOST = 1000
"""Whom one appliance can have a user for."""


class Acting:
    """Users that somebody is, for whoever may."""

    def __init__(
        self,
        store: Store,
        appliances: Appliances,
        gate: Gate,
        clock: Clock,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._appliances = appliances
        self._gate = gate
        self._clock = clock
        self._changed = changed

    async def list(self, caller: Caller, device_id: str) -> tuple[ActingUser, ...]:
        """Everybody that somebody is on an appliance, by name. Raises `NotFound`."""
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "acting_user.list", device_id)
        async with self._store.reading() as tx:
            await tx.devices.get(device_id)
            return await tx.acting.of_device(device_id)

    async def set(
        self, caller: Caller, device_id: str, name: str, *, username: str, password: str
    ) -> ActingUser:
        """Say who `name` is on an appliance. Its next hand-over there goes out as that user.

        Raises `DeviceBusy` for another user than the one whose faxes are there still.
        """
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "acting_user.set", device_id)
        check_actor(name, field="name")
        now = self._clock.now()
        user = ActingUser(device_id=device_id, name=name, username=username, set_at=now)
        async with self._store.transaction() as tx:
            await tx.devices.get(device_id, lock=True)
            before = await tx.acting.find(device_id, name)
            if before is None and len(await tx.acting.of_device(device_id)) >= MOST:
                raise InvalidRequest(
                    f"The appliance has users for {MOST} already.",
                    field="name",
                    cure="Remove one that nobody acts as.",
                )
            if before is not None and before.username != username:
                await self._idle(tx, before)
            await tx.acting.set(user, password=password)
            differs = changed(before, user, "username", secrets=("password",))
            tx.note(line(caller, "acting_user.set", device_id, at=now, name=name, changed=differs))
        await self._spoken_to_anew(device_id)
        return user

    async def remove(self, caller: Caller, device_id: str, name: str) -> None:
        """Have `name` be nobody on an appliance. Raises `DeviceBusy` while its faxes are there."""
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "acting_user.remove", device_id)
        async with self._store.transaction() as tx:
            await tx.devices.get(device_id, lock=True)
            user = await tx.acting.find(device_id, name)
            if user is None:
                raise NotFound(f"{name} is nobody on this appliance.", field="name")
            await self._idle(tx, user)
            await tx.acting.remove(device_id, name)
            act, gone = "acting_user.remove", changed(user, None, "username")
            now = self._clock.now()
            tx.note(line(caller, act, device_id, at=now, name=name, changed=gone))
        await self._spoken_to_anew(device_id)

    async def _idle(self, tx: Transaction, user: ActingUser) -> None:
        count = await tx.acting.unfinished(user.device_id, user.name)
        if count:
            raise DeviceBusy(
                f"The appliance has {count} unfinished faxes that {user.username} handed over.",
                cure="Wait for them, or cancel them; a new password may be set meanwhile.",
            )

    async def _spoken_to_anew(self, device_id: str) -> None:
        await self._appliances.forget(device_id)
        self._changed()

"""The fleet as one reviewed document: what it is like, what it would take, and doing it.

Appliances are worked on side by side; on one of them the steps follow one another, and the first
that is refused is the last that is tried there. A plan is made afresh each time, from what is
there, so applying again goes on where it stopped. FFWS lists no users and removes none: only those
who are named are compared, and nobody is ever removed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import Conflict, GatewayError, NotFound
from ffgateway.domain.fanout import MOST_DEVICES
from ffgateway.domain.fleet_document import DeviceExport, DeviceWanted
from ffgateway.domain.fleet_steps import DeviceApplied, DevicePlan
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.services.fleet_applying import Applying
from ffgateway.services.fleet_comparing import compared
from ffgateway.services.fleet_reading import everything
from ffgateway.services.spreading import AT_ONCE, TO_READ, check_count
from ffgateway.store.transaction import Store

T = TypeVar("T")
One = TypeVar("One")

Passwords = Mapping[str, Mapping[str, str]]
"""Passwords of users, by the device as the document names it and the user's name."""

NO_PASSWORDS: Final[Passwords] = MappingProxyType({})


class FleetDocuments:
    """The fleet as a document, for whoever may."""

    def __init__(self, store: Store, asking: Asking, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._asking = asking
        self._gate = gate
        self._clock = clock

    async def export(
        self,
        caller: Caller,
        chosen: tuple[str, ...] | None,
        *,
        users: tuple[str, ...] = (),
        owners: tuple[str, ...] = (),
    ) -> tuple[DeviceExport, ...]:
        """What appliances (None: all) are like, in the words of a document.

        Beside the global lists those of `owners` are read; of users those named, and on each
        appliance those that the document last applied there named. No password is in it.
        """
        await self._gate.require(caller, Scope.DEVICES_READ, "fleet.export")
        await self._gate.require(caller, Scope.DIRECTORY_READ, "fleet.export")
        devices = await self._devices(chosen)

        async def one(device: Device) -> DeviceExport:
            return await self._export(caller, device, users=users, owners=owners)

        return await _side_by_side(devices, one)

    async def _export(
        self, caller: Caller, device: Device, *, users: tuple[str, ...], owners: tuple[str, ...]
    ) -> DeviceExport:
        async with self._store.reading() as tx:
            kept = await tx.fleet.of(device.id)
        if kept is not None:
            users = (*users, *(one.username for one in kept.wanted.users))
            owners = (*owners, *(one.owner for one in kept.wanted.contacts))
            owners = (*owners, *(one.owner for one in kept.wanted.groups))

        async def read(box: Appliance) -> DeviceExport:
            wanted, omissions, evidence = await everything(box, users, owners)
            return DeviceExport(
                device_id=device.id,
                device_name=device.name,
                wanted=wanted,
                omissions=omissions,
                evidence=evidence,
            )

        asking = replace(caller, patience=caller.patience or TO_READ * 2)
        try:
            return await self._asking.read(
                asking, Scope.DEVICES_READ, "fleet.export", device.id, read
            )
        except GatewayError as no:
            return DeviceExport(device_id=device.id, device_name=device.name, problem=no)

    async def plan(
        self, caller: Caller, document: tuple[DeviceWanted, ...]
    ) -> tuple[DevicePlan, ...]:
        """What it would take. Nothing is changed, and passwords are not compared.

        Raises `NotFound` for a device that is not there and `Conflict` for one that is named twice.
        What cannot be about one device, by the
        rules or by its word, is the problem of its plan; the others have theirs all the same.
        """
        check_count("devices", len(document), MOST_DEVICES)
        await self._may(caller, document, "fleet.plan", Scope.DEVICES_READ, Scope.DIRECTORY_READ)
        chosen = await self._chosen(document)

        async def one(pair: tuple[Device, DeviceWanted]) -> DevicePlan:
            return await compared(self._asking, caller, pair[0], pair[1].wanted)

        return await _side_by_side(chosen, one)

    async def apply(
        self,
        caller: Caller,
        document: tuple[DeviceWanted, ...],
        *,
        passwords: Passwords = NO_PASSWORDS,
    ) -> tuple[DeviceApplied, ...]:
        """Do what it takes. The passwords go to the appliances and nowhere else.

        A user who is there and has another password than the one given gets that one. Raises as
        `plan` does; what became of it on an appliance is in its result.
        """
        check_count("devices", len(document), MOST_DEVICES)
        await self._may(caller, document, "fleet.apply", Scope.DEVICES_ADMIN, Scope.DIRECTORY_ADMIN)
        chosen = await self._chosen(document)

        async def one(pair: tuple[Device, DeviceWanted]) -> DeviceApplied:
            device, of_device = pair
            known = dict(passwords.get(of_device.device, {}))
            applying = Applying(
                self._store, self._asking, self._clock, caller, device=device, passwords=known
            )
            return await applying.apply(of_device)

        return await _side_by_side(chosen, one)

    async def _may(
        self,
        caller: Caller,
        document: tuple[DeviceWanted, ...],
        action: str,
        of_setup: Scope,
        of_people: Scope,
    ) -> None:
        if any(one.wanted.of_people for one in document):
            await self._gate.require(caller, of_people, action)
        if any(not one.wanted.of_people or one.wanted.of_setup for one in document):
            await self._gate.require(caller, of_setup, action)

    async def _fleet(self) -> tuple[Device, ...]:
        async with self._store.reading() as tx:
            return await tx.devices.all()

    async def _devices(self, chosen: tuple[str, ...] | None) -> tuple[Device, ...]:
        fleet = await self._fleet()
        if chosen is None:
            return fleet
        found = [_named(fleet, text, field="device") for text in chosen]
        return tuple({one.id: one for one in found}.values())

    async def _chosen(
        self, document: tuple[DeviceWanted, ...]
    ) -> tuple[tuple[Device, DeviceWanted], ...]:
        fleet = await self._fleet()
        found: dict[str, tuple[Device, DeviceWanted]] = {}
        for index, one in enumerate(document):
            place = f"devices[{index}].device"
            device = _named(fleet, one.device, field=place)
            if device.id in found:
                raise Conflict(f"{device.name} is named twice.", field=place, cure="Name it once.")
            found[device.id] = (device, one)
        return tuple(found.values())


def _named(fleet: tuple[Device, ...], text: str, *, field: str) -> Device:
    """The device of that id, or of that name. Raises `NotFound`."""
    found = next((one for one in fleet if one.id == text), None)
    found = found or next((one for one in fleet if one.name == text), None)
    if found is None:
        raise NotFound(
            f"There is no device {text}.", field=field, cure="Use its name, or its id (dev_…)."
        )
    return found


async def _side_by_side(ones: Iterable[One], work: Callable[[One], Awaitable[T]]) -> tuple[T, ...]:
    """Do it for each, a bounded number of them at a time; the results are in their order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def within(one: One) -> T:
        async with room:
            return await work(one)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(within(one)) for one in ones]
    return tuple(task.result() for task in tasks)

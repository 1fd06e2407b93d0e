"""What appliances are doing now, line by line, for whoever may look."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.changes import Sighting
from ffgateway.domain.evidence import Known
from ffgateway.domain.inbound import InboundCall
from ffgateway.domain.lines import Channel, Modem, OutboundClass, Section, StatusSection
from ffgateway.services.asking import Asking

T = TypeVar("T")


class Lines:
    """The status functions of an appliance. All of them ask it, and raise its `DeviceError`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def section(
        self, caller: Caller, device_id: str, section: Section
    ) -> Known[StatusSection]:
        """One part of the combined status."""
        return await self._read(caller, device_id, lambda box: lines.section(box, section))

    async def modems(self, caller: Caller, device_id: str) -> Known[tuple[Modem, ...]]:
        """Every modem, in the order of the appliance."""
        return await self._read(caller, device_id, lines.modems)

    async def modem(self, caller: Caller, device_id: str, number: int) -> Known[Modem]:
        """One modem. Raises `DeviceNotThere` for a number that is not there."""
        return await self._read(caller, device_id, lambda box: lines.modem(box, number))

    async def channels(self, caller: Caller, device_id: str) -> Known[tuple[Channel, ...]]:
        """Every channel, in the order of the appliance."""
        return await self._read(caller, device_id, lines.channels)

    async def channel(self, caller: Caller, device_id: str, number: int) -> Known[Channel]:
        """One channel. Raises `DeviceNotThere` for a number that is not there."""
        return await self._read(caller, device_id, lambda box: lines.channel(box, number))

    async def inbound(self, caller: Caller, device_id: str) -> Known[tuple[InboundCall, ...]]:
        """The faxes being received, as the appliance says: nothing of it is kept here."""
        return await self._read(caller, device_id, lines.inbound)

    async def outbound(
        self, caller: Caller, device_id: str, *, which: OutboundClass | None = None, most: int
    ) -> Known[tuple[Sighting, ...]]:
        """Up to `most` of the faxes that are sent and that wait, ours or not."""
        return await self._read(
            caller, device_id, lambda box: lines.outbound(box, which=which, most=most)
        )

    async def _read(
        self, caller: Caller, device_id: str, call: Callable[[Appliance], Awaitable[T]]
    ) -> T:
        return await self._asking.read(caller, Scope.DEVICES_READ, "device.status", device_id, call)

"""A probe of one appliance: what it answers, beside what is believed of it."""

from ffgateway.devices.probing import probe
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.probing import Probe
from ffgateway.services.asking import Asking


class Probing:
    """Walks over what can be read."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def probe(self, caller: Caller, device_id: str) -> Probe:
        """Ask an appliance for everything that can be read; nothing is changed there.

        It is on record as an act all the same: it reads everybody's directory. Samples come
        scrubbed. Raises the `DeviceError` of an appliance that cannot be reached.
        """
        return await self._asking.change(
            caller, Scope.DEVICES_ADMIN, "device.probe", device_id, probe
        )

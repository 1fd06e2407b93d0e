"""All appliances that are in use, each with its own connections."""

from datetime import timedelta

from ffgateway.devices.client import Appliance
from ffgateway.devices.conversation import SILENCE
from ffgateway.domain.devices import Device


class Fleet:
    """Appliances by id. What changes of a device's record takes effect by `forget`.

    `silence` is how long any of them may say nothing before it is given up.
    """

    def __init__(self, *, silence: timedelta = SILENCE) -> None:
        self._silence = silence
        self._open: dict[str, Appliance] = {}

    def known(self, device_id: str) -> Appliance | None:
        """The appliance, if it is in use already."""
        return self._open.get(device_id)

    def add(self, device: Device, password: str) -> Appliance:
        """Begin to use an appliance; one that was added meanwhile stays."""
        return self._open.setdefault(device.id, Appliance(device, password, silence=self._silence))

    async def forget(self, device_id: str) -> None:
        """Stop using an appliance as it was registered; the next use reads the record anew."""
        appliance = self._open.pop(device_id, None)
        if appliance is not None:
            await appliance.close()

    async def close(self) -> None:
        """Let go of every connection."""
        for device_id in tuple(self._open):
            await self.forget(device_id)

"""All appliances that are in use, each with its own connections."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from ffgateway.devices.client import Appliance
from ffgateway.devices.conversation import SILENCE
from ffgateway.domain.devices import Device


@dataclass(frozen=True, slots=True)
class _Opened:
    """An appliance, and the password it was opened with, open and sealed."""

    appliance: Appliance
    seal: bytes
    password: str = field(repr=False)


class Fleet:
    """Appliances by id. What changes of a device's record takes effect by `forget`.

    `silence` is how long any of them may say nothing before it is given up.
    """

    def __init__(self, *, silence: timedelta = SILENCE) -> None:
        self._silence = silence
        self._open: dict[str, _Opened] = {}

    def known(self, device_id: str) -> Appliance | None:
        """The appliance, if it is in use already."""
        opened = self._open.get(device_id)
        return opened.appliance if opened else None

    def add(self, device: Device, password: str, *, seal: bytes = b"") -> Appliance:
        """Begin to use an appliance; one that was added meanwhile stays."""
        known = self.known(device.id)
        if known is None:
            known = Appliance(device, password, silence=self._silence)
            self._open[device.id] = _Opened(known, seal, password)
        return known

    def resealed(self, seals: dict[str, bytes]) -> tuple[str, ...]:
        """Those in use whose password is sealed in another way now; it may be the same."""
        return tuple(
            device_id
            for device_id, opened in self._open.items()
            if device_id in seals and seals[device_id] != opened.seal
        )

    def reseal(self, device_id: str, *, password: str, seal: bytes) -> None:
        """Go on using an appliance whose password is the same under another key."""
        opened = self._open.get(device_id)
        if opened is not None and opened.password == password:
            self._open[device_id] = replace(opened, seal=seal)

    def outdated(self, devices: tuple[Device, ...], seals: dict[str, bytes]) -> tuple[str, ...]:
        """Those in use whose record says something else now, or is gone."""
        records = {one.id: one for one in devices}
        return tuple(
            device_id
            for device_id, opened in self._open.items()
            if device_id not in records
            or seals.get(device_id) != opened.seal
            or _address(records[device_id]) != _address(opened.appliance.device)
        )

    async def forget(self, device_id: str) -> None:
        """Stop using an appliance as it was registered; the next use reads the record anew."""
        opened = self._open.pop(device_id, None)
        if opened is not None:
            await opened.appliance.close()

    async def close(self) -> None:
        """Let go of every connection."""
        for device_id in tuple(self._open):
            await self.forget(device_id)


def _address(device: Device) -> tuple[object, ...]:
    """What an appliance is spoken to by; its health and the like may change all the time."""
    return (
        device.name,
        device.url,
        device.username,
        device.model,
        device.zone,
        device.dialect,
        device.trust,
        device.firmware,
        device.overrides,
    )

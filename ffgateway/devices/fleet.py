"""All appliances that are in use, each with its own connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ffgateway.devices.client import Appliance
from ffgateway.devices.conversation import SILENCE
from ffgateway.domain.devices import Device

Use = tuple[str, str]
"""A device by its id, and who acts there; "" is nobody but the device's own user."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """An appliance, and the password it was opened with, open and sealed."""

    appliance: Appliance
    seal: bytes
    password: str = field(repr=False)


class Fleet:
    """Appliances by id and by who acts. What changes of a device's record takes effect by `forget`.

    `silence` is how long any of them may say nothing before it is given up.
    """

    def __init__(self, *, silence: timedelta = SILENCE) -> None:
        self._silence = silence
        self._open: dict[Use, _Opened] = {}

    @property
    def acting(self) -> bool:
        """Whether any is in use by somebody who acts."""
        return any(name for _, name in self._open)

    def known(self, device_id: str, acting: str = "") -> Appliance | None:
        """The appliance, if it is in use already."""
        opened = self._open.get((device_id, acting))
        return opened.appliance if opened else None

    def add(
        self, device: Device, password: str, *, seal: bytes = b"", acting: str = ""
    ) -> Appliance:
        """Begin to use an appliance as the device's user; one that was added meanwhile stays."""
        known = self.known(device.id, acting)
        if known is None:
            known = Appliance(device, password, silence=self._silence, acting=bool(acting))
            self._open[device.id, acting] = _Opened(known, seal, password)
        return known

    def resealed(self, seals: Mapping[Use, bytes]) -> tuple[Use, ...]:
        """Those in use whose password is sealed in another way now; it may be the same."""
        return tuple(
            use for use, opened in self._open.items() if use in seals and seals[use] != opened.seal
        )

    def reseal(self, use: Use, *, password: str, seal: bytes) -> None:
        """Go on using an appliance whose password is the same under another key."""
        opened = self._open.get(use)
        if opened is not None and opened.password == password:
            self._open[use] = replace(opened, seal=seal)

    def outdated(self, devices: tuple[Device, ...], seals: Mapping[Use, bytes]) -> tuple[str, ...]:
        """The devices in use whose record, or who acts there, says something else now, or is gone."""
        records = {one.id: one for one in devices}
        return tuple(
            dict.fromkeys(
                use[0]
                for use, opened in self._open.items()
                if use[0] not in records
                or seals.get(use) != opened.seal
                or _address(records[use[0]], use) != _address(opened.appliance.device, use)
            )
        )

    async def forget(self, device_id: str) -> None:
        """Stop using an appliance as it was registered; the next use reads the record anew."""
        for use in [one for one in self._open if one[0] == device_id]:
            await self._open.pop(use).appliance.close()

    async def close(self) -> None:
        """Let go of every connection."""
        for device_id in {one for one, _ in self._open}:
            await self.forget(device_id)


def _address(device: Device, use: Use) -> tuple[object, ...]:
    """What an appliance is spoken to by; its health and the like may change all the time."""
    return (
        device.name,
        device.url,
        "" if use[1] else device.username,  # who acts changes with the seal
        device.model,
        device.zone,
        device.dialect,
        device.trust,
        device.firmware,
        device.overrides,
    )

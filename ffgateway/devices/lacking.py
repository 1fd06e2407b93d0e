"""What one appliance has not got: by its dialect, its model, its firmware, or its own word."""

from collections.abc import Callable
from typing import Final

from ffgateway.domain.devices import Device
from ffgateway.ffws.dialects import Dialect, gated, model_of

LEARNT_FOR: Final = 3600.0
"""Seconds for which it is remembered that an appliance of an unknown model lacks an operation."""

NEVER_LEARNT: Final = "fax."
"""Every model sends faxes: a 404 there is a bad moment of the appliance, and no lack."""


class Lacking:
    """Lives as long as the record stays as it is; what was learnt goes with it."""

    def __init__(self, device: Device, dialect: Dialect, monotonic: Callable[[], float]) -> None:
        self._device = device
        self._dialect = dialect
        self._firmware = device.firmware
        self._monotonic = monotonic
        self._until: dict[str, float] = {}  # operation -> when that is forgotten

    def reason(self, operation: str, *, learnt: bool) -> str | None:
        """Why this appliance has not got an operation, or None."""
        if reason := gated(self._dialect, self._device.model, self._firmware, operation):
            return reason
        if learnt and self._until.get(operation, 0.0) > self._monotonic():
            return f"it answered that it has no {operation}"
        return None

    def runs(self, firmware: str) -> None:
        """Take the appliance's own word for its firmware, where the record has none."""
        self._firmware = self._device.firmware or firmware

    def learn(self, operation: str) -> None:
        """Remember that an appliance of a model nobody described lacks an operation."""
        if model_of(self._device.model) is None and not operation.startswith(NEVER_LEARNT):
            self._until[operation] = self._monotonic() + LEARNT_FOR

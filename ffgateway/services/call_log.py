"""The inbound log of each appliance, as far as it has one that answers."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar
from weakref import WeakSet

from ffgateway.devices.client import Appliance
from ffgateway.devices.receptions import logged_calls
from ffgateway.domain.errors import DeviceError, DeviceOperationUnsupported, DeviceSilent
from ffgateway.domain.evidence import Known
from ffgateway.domain.inbound import LoggedCall

T = TypeVar("T")

BRIEFLY = 10
"""Seconds an appliance may take to say what comes in: the look at what goes out waits for it."""


class CallLog:
    """Reads inbound logs. An appliance without one is asked once."""

    def __init__(self) -> None:
        # By the appliance and not by its id: a changed record is a new appliance.
        self._without: WeakSet[Appliance] = WeakSet()

    async def read(self, appliance: Appliance, *, since: datetime) -> tuple[LoggedCall, ...] | None:
        """The calls that began from `since` on; None where there is no log to wait for.

        Raises a `DeviceError` when the log may answer another time.
        """
        if appliance in self._without:
            return None
        try:
            return (await briefly(appliance, logged_calls(appliance, since=since))).value
        except DeviceOperationUnsupported:
            self._without.add(appliance)
            return None


async def briefly(appliance: Appliance, answer: Awaitable[Known[T]]) -> Known[T]:
    """Wait for an answer, but not long. Raises `DeviceSilent` then."""
    try:
        async with asyncio.timeout(BRIEFLY):
            return await answer
    except TimeoutError:
        raise DeviceSilent(
            appliance.device.id, f"{appliance.device.name} did not answer within {BRIEFLY} s."
        ) from None


async def or_nothing(
    log: CallLog, appliance: Appliance, *, since: datetime
) -> tuple[LoggedCall, ...] | None:
    """The same, and an empty log from an appliance that does not answer now."""
    try:
        return await log.read(appliance, since=since)
    except DeviceError:
        return ()

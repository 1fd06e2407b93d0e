"""One look at what an appliance is receiving → the calls that began, went on and ended, kept and told.

A call is over only when a good answer no longer lists it; an appliance that does not answer ends
nothing. How a call ended is asked of the inbound log. An appliance without one, or whose log does
not have the call in good time, leaves what its list showed, and the record says so. Calls that
were open when the gateway stopped are rows like any other: the first look takes them up.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary, WeakSet

from ffgateway.clock import Clock
from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import DeviceError, DeviceOperationUnsupported
from ffgateway.domain.inbound import (
    SLACK,
    InboundCall,
    InboundFax,
    LoggedCall,
    begun,
    compare,
    gone_on,
    logged,
    missed,
    settled_by_log,
    settled_by_status,
)
from ffgateway.services.call_log import CallLog, briefly, or_nothing
from ffgateway.services.overlooked import Overlooked
from ffgateway.services.telling import tell
from ffgateway.store.transaction import Store, Transaction

LATE = timedelta(seconds=30)
"""How long the log may take to have a call that is over; then the list is all there is."""

ASK_AGAIN = timedelta(seconds=30)
"""How soon an appliance is asked again that did not answer for what it receives: faxes go first."""


class Receiving:
    """Looks at what comes in, for whoever looks at an appliance."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # By the appliance and not by its id: a changed record is a new appliance, with new answers.
        self._shown: WeakKeyDictionary[Appliance, tuple[InboundCall, ...]] = WeakKeyDictionary()
        self._again: WeakKeyDictionary[Appliance, datetime] = WeakKeyDictionary()
        self._turns: WeakKeyDictionary[Appliance, asyncio.Lock] = WeakKeyDictionary()
        self._unable: WeakSet[Appliance] = WeakSet()
        self._log = CallLog()
        self._overlooked = Overlooked(store, clock, self._log)

    async def look(self, appliance: Appliance) -> bool:
        """Look once; return whether a call goes on or waits for its end to be known.

        A `DeviceError` is kept: what comes in never stands in the way of what goes out.
        """
        again = self._again.get(appliance)
        if appliance in self._unable or (again is not None and self._clock.now() < again):
            return False
        # An answer that is kept after a later one would end calls that have just begun.
        async with self._turns.setdefault(appliance, asyncio.Lock()):
            return await self._look(appliance)

    async def _look(self, appliance: Appliance) -> bool:
        started = self._clock.now()
        try:
            calls = (await briefly(appliance, lines.inbound(appliance))).value
        except DeviceOperationUnsupported:
            self._unable.add(appliance)  # it never will: not asked again
            calls = ()
        except DeviceError:
            self._again[appliance] = self._clock.now() + ASK_AGAIN
            return False
        settled = self._shown.get(appliance) == calls or await self._follow(
            appliance, calls, started
        )
        await self._overlooked.look(appliance)
        return bool(calls) or not settled

    async def _follow(
        self, appliance: Appliance, calls: tuple[InboundCall, ...], started: datetime
    ) -> bool:
        """Keep what the look shows; return whether nothing of it is left to find out."""
        self._shown.pop(appliance, None)  # until all of it is kept and settled
        waiting = await self._take_in(appliance, calls, started)
        if waiting is None or (waiting and not await self._settle(appliance, waiting)):
            return False
        self._shown[appliance] = calls
        return True

    async def _take_in(
        self, appliance: Appliance, calls: Sequence[InboundCall], started: datetime
    ) -> tuple[InboundFax, ...] | None:
        """Keep what the look shows; return the calls that are over and not settled.

        None when another process kept something since this look began: its look may be the later.
        """
        device_id, now = appliance.device.id, self._clock.now()
        async with self._store.transaction() as tx:
            await tx.devices.get(device_id, lock=True)  # one look at a time is kept
            if await tx.inbound.changed_since(device_id, started):
                return None
            known = await tx.inbound.open_on(device_id)
            seen = compare((fax for fax in known if fax.live), calls)
            for call in seen.begun:
                fax = begun(call, fax_id=tx.identify("inb"), device_id=device_id, at=now)
                await tx.inbound.add(fax)
                tell(tx, fax, at=now)
            for fax, call in seen.going_on:
                after = gone_on(fax, call, at=now)
                if after is not fax:
                    await tx.inbound.save(after)
            over = tuple(missed(fax, at=now) for fax in seen.over)
            for fax in over:
                await tx.inbound.save(fax)
        return (*(fax for fax in known if not fax.live), *over)

    async def _settle(self, appliance: Appliance, waiting: Sequence[InboundFax]) -> bool:
        """Find out how calls ended; return whether all of them are settled."""
        since = min(fax.started_at or fax.created_at for fax in waiting)
        log = await or_nothing(self._log, appliance, since=since - SLACK)
        now = self._clock.now()
        ends = [end for fax in waiting if (end := _end(fax, log, at=now)) is not None]
        if ends:
            async with self._store.transaction() as tx:
                await tx.devices.get(appliance.device.id, lock=True)
                still = {fax.id for fax in await tx.inbound.open_on(appliance.device.id)}
                for fax in ends:
                    if fax.id in still:  # or another process was faster
                        await tx.inbound.save(fax)
                        tell(tx, fax, at=now)
        return len(ends) == len(waiting)


async def forsake(tx: Transaction, device_id: str, *, at: datetime) -> None:
    """Settle what an appliance was receiving that is about to leave: nobody will look again."""
    for fax in await tx.inbound.open_on(device_id):
        end = settled_by_status(missed(fax, at=at) if fax.live else fax, at=at)
        await tx.inbound.save(end)
        tell(tx, end, at=at)


def _end(fax: InboundFax, log: tuple[LoggedCall, ...] | None, *, at: datetime) -> InboundFax | None:
    """The call as it ended, None while that may still be found out."""
    entry = logged(fax, log or ())
    if entry is not None:
        return settled_by_log(fax, entry, at=at)
    late = fax.ended_at is not None and at - fax.ended_at >= LATE
    return settled_by_status(fax, at=at) if log is None or late else None

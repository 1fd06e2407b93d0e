"""The other loops: hand over, deliver, feed the listeners, keep house. Each without an opinion."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from ffgateway.clock import Clock
from ffgateway.domain.events import Event
from ffgateway.domain.told import Told
from ffgateway.services.batching import AT_ONCE, Batching
from ffgateway.services.claiming import Claiming
from ffgateway.services.delivering import Delivering
from ffgateway.services.drifting import Drifting
from ffgateway.services.handovers import Handover
from ffgateway.services.history import BATCH, History
from ffgateway.services.keys import Keys
from ffgateway.services.lanes import Parcel
from ffgateway.services.leasing import BEAT, Leasing
from ffgateway.services.overseeing import Overseeing
from ffgateway.services.recording import Recording
from ffgateway.services.replaying import Replaying
from ffgateway.services.sealing import MANY, Sealing
from ffgateway.services.submitting import Submitting
from ffgateway.workers.supervisor import Wake, whole

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=5)
"""The longest wait of a loop that nobody rings: other replicas write, too."""

HOUSEKEEPING = 300.0
"""Seconds between two rounds of housekeeping."""

ROUNDS = 5
"""How often in that time wrong keys are counted up."""


OVERSEEN = 15.0
"""Seconds between two rounds of looking after faxes."""

HANDED = 1000
"""Commits that are remembered for who follows the log. It reads what is more."""

LONGEST_PAUSE = 0.25
"""Seconds between two pieces of a batch at most."""

STAMPED = 60.0
"""Seconds between two notes of when a key was last used."""

BETWEEN = 60.0
"""Seconds between two looks for appliances whose configuration is to be compared."""


def _seconds_until(due: datetime | None, clock: Clock) -> float:
    if due is None:
        return PATIENCE.total_seconds()
    return min(max(due - clock.now(), timedelta(0)), PATIENCE).total_seconds()


class Submitter:
    """Hands over what is due, several appliances at a time."""

    def __init__(self, claiming: Claiming, submitting: Submitting, clock: Clock) -> None:
        self._claiming = claiming
        self._submitting = submitting
        self._clock = clock
        self._bell = Wake()

    def wake(self) -> None:
        """Something is due, or an appliance is free."""
        self._bell.ring()

    async def run(self) -> None:
        """Claim, let go, wait. A hand-over that was begun is finished before the loop ends."""
        async with asyncio.TaskGroup() as group:
            while True:
                claimed = await whole(self._claiming.claim())
                for handover in claimed:
                    group.create_task(self._hand_over(handover))
                wait = _seconds_until(self._claiming.first_due, self._clock)
                if not claimed and not wait:
                    # what is due and not claimed waits for a free appliance: that one rings
                    wait = PATIENCE.total_seconds()
                if wait:
                    await self._bell.wait(wait)

    async def _hand_over(self, handover: Handover) -> None:
        taken = await whole(self._submitting.hand_over(handover))
        if not taken or self._claiming.first_due is not None:
            self._bell.ring()  # something waits for a free appliance, or this one once more


class Batcher:
    """Turns batches into faxes."""

    def __init__(self, batching: Batching, clock: Clock) -> None:
        self._batching = batching
        self._clock = clock
        self._bell = Wake()

    def wake(self) -> None:
        """There is a batch, or one was called off."""
        self._bell.ring()

    async def run(self) -> None:
        """Take all of them a piece further; wait when there is nothing to do.

        After each piece others have as long for themselves as it took: whoever asks for one fax meanwhile, and
        whoever hands over what has become faxes.
        """
        while True:
            began = self._clock.monotonic()
            wait = await whole(self._batching.step())
            if wait == AT_ONCE:
                if took := self._clock.monotonic() - began:
                    await self._clock.sleep(min(took, LONGEST_PAUSE))
            else:
                await self._bell.wait((PATIENCE if wait is None else wait).total_seconds())


class Replayer:
    """Puts what is to be sent once more on its way, a piece at a time."""

    def __init__(self, replaying: Replaying) -> None:
        self._replaying = replaying
        self._bell = Wake()

    def wake(self) -> None:
        """There is a replay."""
        self._bell.ring()

    async def run(self) -> None:
        """Take all of them a piece further; wait when there is nothing to do."""
        while True:
            wait = await whole(self._replaying.step())
            await self._bell.wait((PATIENCE if wait is None else wait).total_seconds())


class Dispatcher:
    """Delivers webhooks."""

    def __init__(self, delivering: Delivering, clock: Clock) -> None:
        self._delivering = delivering
        self._clock = clock
        self._bell = Wake()
        self._ended = Wake()

    def wake(self, told: Told | None = None) -> None:
        """Something was told: here, which is known already, or anywhere."""
        self._delivering.told(told)
        self._bell.ring()

    def endpoints_changed(self) -> None:
        """An endpoint is new, or different."""
        self._delivering.look_again()
        self._bell.ring()

    async def run(self) -> None:
        """Read, send, put on record. What was sent is on record before the loop ends."""
        self._delivering.start_over()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._record(group))
                while True:
                    more = await whole(self._delivering.read())
                    self._send_what_may_go(group)
                    if not more and not self._delivering.hungry:
                        wait = _seconds_until(self._delivering.next_at(), self._clock)
                        await self._bell.wait(wait)
        finally:
            await whole(self._delivering.acknowledge())

    def _send_what_may_go(self, group: asyncio.TaskGroup, only: str | None = None) -> None:
        for parcel in self._delivering.take(only):
            group.create_task(self._send(parcel, group))

    async def _send(self, parcel: Parcel, group: asyncio.TaskGroup) -> None:
        outcome = await whole(self._delivering.send(parcel))
        self._ended.ring()
        self._send_what_may_go(group, parcel.delivery.subscription_id)
        log.info(
            "delivery.attempt",
            extra={
                "event": parcel.event.id,
                "type": parcel.event.type,
                "webhook": parcel.delivery.subscription_id,
                "attempt": parcel.delivery.attempt + 1,
                "delivered": outcome.delivered,
                "status": outcome.status,
                "error": outcome.error,
                "duration_ms": outcome.duration_ms,
            },
        )

    async def _record(self, group: asyncio.TaskGroup) -> None:
        while True:
            if await whole(self._delivering.acknowledge()):
                self._send_what_may_go(group)
                if self._delivering.hungry:
                    self._bell.ring()
            else:
                await self._ended.wait(PATIENCE.total_seconds())


class Tailer:
    """Reads the log as it grows and hands it to everybody who listens."""

    def __init__(
        self,
        history: History,
        begin: Callable[[int], None],
        feed: Callable[[tuple[Event, ...]], None],
    ) -> None:
        self._history = history
        self._begin = begin
        self._feed = feed
        self._bell = Wake()
        self._position: int | None = None
        self._handed: dict[int, tuple[Event, ...]] = {}
        self._look = True

    def wake(self, told: Told | None = None) -> None:
        """Something was told: here, which need not be read, or anywhere."""
        if told is not None and told.events and len(self._handed) < HANDED:
            self._handed[told.events[0].position] = told.events
        else:
            self._look = True
        self._bell.ring()

    async def run(self) -> None:
        """Follow the log in the order of positions, without a gap."""
        if self._position is None:
            self._position = await whole(self._history.head())
            self._begin(self._position)
        while True:
            position = self._follow(self._position)
            if self._look or position == self._position:
                self._look = False
                events = await whole(self._history.tail(after=position))
                if events:
                    self._feed(events)
                    position = events[-1].position
                self._look = self._look or len(events) == BATCH
            self._position = position
            if not self._look:  # that was all of it: what came since has rung
                await self._bell.wait(1.0)

    def _follow(self, position: int) -> int:
        """Feed what was handed over and comes next; return how far that is."""
        handed, self._handed = self._handed, {}
        while (events := handed.pop(position + 1, None)) is not None:
            self._feed(events)
            position = events[-1].position
        self._look = self._look or any(first > position for first in handed)
        return position


Chore = Callable[[], Coroutine[Any, Any, int]]
"""Does something of what is due; returns how much."""


class Janitor:
    """Keeps house: does each of its chores now and then, and counts wrong keys more often."""

    def __init__(
        self,
        chores: Sequence[Chore],
        lots: Sequence[Chore],
        recording: Recording,
        *,
        clock: Clock,
    ) -> None:
        self._chores = chores
        self._lots = lots
        self._recording = recording
        self._clock = clock

    async def run(self) -> None:
        """Purge now and then."""
        while True:
            for chore in self._chores:
                await whole(chore())
            for lot in self._lots:
                while await whole(lot()):
                    pass  # a lot at a time, so that others get to write
            for _ in range(ROUNDS):
                await whole(self._recording.count())
                await self._clock.sleep(HOUSEKEEPING / ROUNDS)


class Sealer:
    """Seals the audit log as it grows."""

    def __init__(self, sealing: Sealing, clock: Clock) -> None:
        self._sealing = sealing
        self._clock = clock

    async def run(self) -> None:
        """Look every second; go on at once while there is more than one round seals."""
        while True:
            if await whole(self._sealing.step()) < MANY:
                await self._clock.sleep(1.0)


class Stamper:
    """Writes down when keys were last used, away from the requests that used them."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def run(self) -> None:
        """Write, wait; and once more before the loop ends."""
        try:
            while True:
                await self._clock.sleep(STAMPED)
                await whole(self._keys.stamp())
        finally:
            await whole(self._keys.stamp())


class Comparer:
    """Has the appliances compared with their documents."""

    def __init__(self, drifting: Drifting, clock: Clock, *, every: timedelta) -> None:
        self._drifting = drifting
        self._clock = clock
        self._between = min(BETWEEN, every.total_seconds())

    async def run(self) -> None:
        """Compare what is due; wait when nothing is."""
        while True:
            if not await whole(self._drifting.look()):
                await self._clock.sleep(self._between)


class Heart:
    """Shows that this gateway lives, and takes up what one that does not was handing over."""

    def __init__(self, leasing: Leasing, claiming: Claiming, clock: Clock) -> None:
        self._leasing = leasing
        self._claiming = claiming
        self._clock = clock

    async def run(self) -> None:
        """Beat, and look for orphans."""
        while True:
            await whole(self._leasing.beat())
            await whole(self._claiming.recover())
            await self._clock.sleep(BEAT.total_seconds())


class Overseer:
    """Has faxes looked after that nobody else would."""

    def __init__(self, overseeing: Overseeing, clock: Clock) -> None:
        self._overseeing = overseeing
        self._clock = clock
        self._bell = Wake()

    def wake(self) -> None:
        """A number was let go."""
        self._bell.ring()

    async def run(self) -> None:
        """Step, wait."""
        while True:
            await whole(self._overseeing.step())
            await self._bell.wait(OVERSEEN)

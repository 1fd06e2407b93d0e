"""A clock that tests own: it stands still until it is told to move."""

import asyncio
from datetime import UTC, datetime, timedelta

from ffgateway.clock import Clock

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


class OwnClock(Clock):
    """Begins at `NOON`. Whoever sleeps wakes when the time has been moved past the end of the sleep."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), waking))
        await waking

    @property
    def asleep(self) -> int:
        """How many sleep now: whoever has not yet come to that misses the next move."""
        return len(self._sleepers)

    def advance(self, step: timedelta | float) -> datetime:
        """Move on, by a span or by seconds; return the new present."""
        self._now += step if isinstance(step, timedelta) else timedelta(seconds=step)
        due = [one for one in self._sleepers if one[0] <= self._now]
        self._sleepers = [one for one in self._sleepers if one[0] > self._now]
        for _, waking in due:
            if not waking.done():
                waking.set_result(None)
        return self._now

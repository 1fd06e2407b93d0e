"""Now and sleep, so that tests can own time; and turns, so that nobody keeps the loop for long."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Final, TypeVar

T = TypeVar("T")


class Clock:
    """The machine's own clock. Tests pass one of their own with the same three methods."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring waits."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""
        await asyncio.sleep(seconds)


A_FEW: Final = 40
"""Things of some ten microseconds each that are done before everybody else has a turn."""


async def by_turns(things: Iterable[T]) -> AsyncIterator[T]:
    """Go through many things without keeping the loop from others all the while."""
    for number, one in enumerate(things, 1):
        yield one
        if not number % A_FEW:
            await asyncio.sleep(0)

"""Keep the loops running, tell how they are, stop them in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ffgateway.clock import Clock

log = logging.getLogger(__name__)

Done = TypeVar("Done")

PAUSE = 1.0
"""Seconds before a loop that fell over is started again."""


GRACE = 10.0
"""Seconds that a unit of work is given to end by itself when its loop is stopped."""


async def whole(work: Coroutine[Any, Any, Done]) -> Done:
    """Do a unit of work that a stop does not cut in two: its loop ends after it, or after `GRACE`."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE)
        task.cancel()
        raise
    finally:
        # it has the error, whose frames have it: a circle, that would keep all there is in them
        del task


@dataclass(slots=True)
class Wake:
    """A bell that a loop waits for; rung any number of times before it looks, it wakes once."""

    _bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake whoever waits, now or when it next does."""
        self._bell.set()

    async def wait(self, within: float) -> None:
        """Wait for a ring, at most so many seconds."""
        try:
            async with asyncio.timeout(max(within, 0)):
                await self._bell.wait()
        except TimeoutError:
            pass  # the time came instead of the bell: both are reasons to go on
        self._bell.clear()


class Supervisor:
    """Runs loops until it is told to stop. One that falls over is logged and started again.

    `begin` is called with the name of each, in its task, before anything else.
    """

    def __init__(self, clock: Clock, *, begin: Callable[[str], None] = lambda _: None) -> None:
        self._clock = clock
        self._begin = begin
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._falls: dict[str, int] = {}

    def start(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop under a name."""
        self._falls[name] = 0
        self._tasks[name] = asyncio.create_task(self._keep(name, loop), name=name)

    async def _keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        self._begin(name)
        while True:
            try:
                await loop()
            except Exception:  # the one place: a loop must not take its siblings along
                self._falls[name] += 1
                log.exception("worker.fell", extra={"worker": name, "falls": self._falls[name]})
                await self._clock.sleep(PAUSE)

    def report(self) -> dict[str, int]:
        """How often each loop has fallen over since the start."""
        return dict(self._falls)

    async def stop(self) -> None:
        """End every loop, the last started first, and wait for each."""
        for task in reversed(self._tasks.values()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._tasks.clear()

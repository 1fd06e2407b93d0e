"""Who writes next where one at a time can: SQLite. People, then the loops, then those that have time.

A batch on its way keeps several loops writing, some hundred rows each: in one queue with them, a
person who asks for a fax would wait for all, and then the fax for an appliance. Nobody is passed over
for ever.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Final

PASSED_OVER: Final = 8
"""How often in a row somebody who waits is passed over before writing all the same."""


class Rank(IntEnum):
    """Who goes first."""

    PERSON = 0
    LOOP = 1
    CHORE = 2


_rank: ContextVar[Rank] = ContextVar("rank", default=Rank.PERSON)


def take_rank(rank: Rank) -> None:
    """Have everything that this task does, and tasks that it begins, write in this rank."""
    _rank.set(rank)


class Pen:
    """Handed from one writer to the next; among equals in the order of asking."""

    def __init__(self) -> None:
        self._held = False
        self._waiting = {rank: deque[asyncio.Future[None]]() for rank in Rank}
        self._passed_over = dict.fromkeys(Rank, 0)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Wait for the pen, and keep it."""
        if self._held:
            await self._wait(_rank.get())
        self._held = True
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, rank: Rank) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting[rank].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._hand_on()  # it was given to somebody who does not want it any more
            raise

    def _hand_on(self) -> None:
        """Give the pen to whoever is next. It is never laid down while somebody waits."""
        for queue in self._waiting.values():
            while queue and queue[0].cancelled():
                queue.popleft()
        there = [rank for rank, queue in self._waiting.items() if queue]
        if not there:
            self._held = False
            return
        tired = [rank for rank in there if self._passed_over[rank] >= PASSED_OVER]
        chosen = (tired or there)[0]
        for rank in there:
            self._passed_over[rank] += 1
        self._passed_over[chosen] = 0
        self._waiting[chosen].popleft().set_result(None)

"""The end of the event log, in memory, for everybody who listens live.

One task reads the log and appends what is new; any number of listeners wait and read. There is no
queue for each of them: a listener keeps nothing here but the position it has reached, so a slow one
costs nothing and never holds up the others. Whoever falls behind what is kept reads the log
itself, which forgets nothing. All on one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from ffgateway.domain.events import Event

KEPT = 1000
"""Events in the ring by default: some minutes of a busy gateway, about a megabyte."""


class Tail:
    """The latest events of the log, in order and without gaps.

    Knows nothing at first: until it has begun behind a position of the log, everybody is sent to
    the log. A listener goes round like this, with a position of its own:

        while await tail.wait_beyond(position, within=15):
            events = tail.after(position)
            if events is None:
                events = ...  # a page of the log
            ...
            position = events[-1].position
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self._ring: deque[Event] = deque(maxlen=kept)
        self._newest = -1  # before anything of the log is known
        self._bell = asyncio.Event()  # rung once, then replaced: whoever waits has it in hand
        self._closed = False

    @property
    def newest(self) -> int:
        """The highest position that is known to be in the log."""
        return max(self._newest, 0)

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def begin(self, newest: int) -> None:
        """Begin behind the last position of the log at this moment."""
        self._ring.clear()
        self._newest = newest
        self._ring_bell()

    def append(self, events: Iterable[Event]) -> None:
        """Take in what comes next in the log and wake everybody who waits.

        Events that are here already are passed over, so that a reader of the log may overlap. After
        a gap everything before it is let go: `after` never returns a story with a hole in it.
        """
        before = self._newest
        for event in events:
            if event.position <= self._newest:
                continue
            if event.position != self._newest + 1:
                self._ring.clear()
            self._ring.append(event)
            self._newest = event.position
        if self._newest > before:
            self._ring_bell()

    def close(self) -> None:
        """Wake everybody for good: from now on nobody waits. What is kept can still be read."""
        self._closed = True
        self._ring_bell()

    def _ring_bell(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def wait_beyond(self, position: int, *, within: float | None) -> bool:
        """Wait until the log reaches beyond `position`, `within` seconds at the most (None: no limit).

        True when it does, also when that was long ago; False when the time is over, or when the tail
        was closed and there is nothing beyond.
        """
        try:
            async with asyncio.timeout(within):
                while self._newest <= position and not self._closed:
                    await self._bell.wait()
        except TimeoutError:
            pass  # an append may have come at the very end
        return self._newest > position

    def after(self, position: int) -> tuple[Event, ...] | None:
        """Return every event beyond `position`, or None when they are not all here any more.

        None means: read the log. It is also the answer for what came before this tail began. Cheap
        for those who keep up: the cost is in the events returned, not in those kept.
        """
        first = self._newest - len(self._ring) + 1  # the oldest position in the ring
        if self._newest < 0 or position < first - 1:
            return None
        return tuple(self._ring[index] for index in range(position - first + 1, len(self._ring)))

"""How long it takes until appliances have what was accepted: waiting for it, not asking for it.

Woken by the end of the event log, so it is the same whichever gateway of a database hands over.
"""

import asyncio
from datetime import timedelta

from ffgateway.delivery.broadcast import Tail
from ffgateway.domain.events import EventType
from ffgateway.domain.faxes import Fax, taken
from ffgateway.store.transaction import Store

RECENT = 200
"""How far back in the log a wait begins: what is told while a promise is being answered is there."""

UNDECIDED = frozenset(
    {
        EventType.FAX_ACCEPTED,
        EventType.FAX_QUEUED,
        EventType.FAX_SUBMITTING,
        EventType.FAX_UNCERTAIN,
    }
)
"""Events after which a fax is on its way as before; `domain.faxes.taken` has them as statuses."""


class Taking:
    """Waits for faxes on their way to an appliance."""

    def __init__(self, store: Store, tail: Tail) -> None:
        self._store = store
        self._tail = tail

    async def outcome(
        self, faxes: tuple[Fax, ...], *, within: timedelta
    ) -> tuple[tuple[Fax, ...], bool]:
        """Wait until it is known whether appliances took all of what was just promised.

        Return the faxes as they are then, and whether they did. False also when the time is over,
        and at once when one is not to be taken soon: it is held, for later, or at its end.
        """
        until = asyncio.get_running_loop().time() + within.total_seconds()
        position = max(self._tail.newest - RECENT, 0)
        verdict = taken(faxes)
        while verdict is None:
            reached = await self._told_of(faxes, position, until=until)
            async with self._store.reading() as tx:
                now = await tx.faxes.several([fax.id for fax in faxes])
            faxes = tuple(now[fax.id] for fax in faxes)
            verdict = taken(faxes)
            if reached is None:
                break
            position = reached
        return faxes, bool(verdict)

    async def _told_of(self, faxes: tuple[Fax, ...], position: int, *, until: float) -> int | None:
        """Wait for an event about one of these that may decide; return how far the log was read.

        None when the time is over or the gateway stops.
        """
        loop, mine = asyncio.get_running_loop(), {fax.id for fax in faxes}
        while await self._tail.wait_beyond(position, within=max(until - loop.time(), 0)):
            events, position = self._tail.after(position), self._tail.newest
            if events is None or any(
                event.subject in mine and event.type not in UNDECIDED for event in events
            ):
                return position
        return None

"""How long it takes until appliances have what was accepted: waiting for it, not asking for it.

Woken by the end of the event log, so it is the same whichever gateway of a database hands over.
"""

import asyncio
from datetime import timedelta

from ffgateway.delivery.broadcast import Tail
from ffgateway.domain.faxes import Fax, taken
from ffgateway.store.transaction import Store


class Taking:
    """Waits for faxes on their way to an appliance."""

    def __init__(self, store: Store, tail: Tail) -> None:
        self._store = store
        self._tail = tail

    async def outcome(
        self, faxes: tuple[Fax, ...], *, within: timedelta
    ) -> tuple[tuple[Fax, ...], bool]:
        """Wait until it is known whether appliances took all of a submission's faxes.

        Return them as they are then, and whether they did. False also when the time is over, and at
        once when one is not to be taken soon: it is held, for later, or at its end.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within.total_seconds()
        mine = {fax.id for fax in faxes}
        while True:
            position = self._tail.newest  # before the look: what comes after it is not missed
            async with self._store.reading() as tx:
                faxes = await tx.faxes.of_submission(faxes[0].submission_id)
            verdict = taken(faxes)
            if verdict is not None:
                return faxes, verdict
            if not await self._told_of(mine, position, until=until):
                return faxes, False

    async def _told_of(self, mine: set[str], position: int, *, until: float) -> bool:
        """Wait for an event about one of these; False when the time is over or the gateway stops."""
        loop = asyncio.get_running_loop()
        while await self._tail.wait_beyond(position, within=max(until - loop.time(), 0)):
            newest = self._tail.newest
            events = self._tail.after(position)
            if events is None or any(event.subject in mine for event in events):
                return True
            position = newest
        return False

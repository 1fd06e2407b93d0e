"""Housekeeping: documents go when their faxes are settled and the time to send again is over."""

from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.services.audited import line
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store

ABANDONED = timedelta(days=1)
"""How old a document is whose upload nobody is carrying on any more."""


class Keeping:
    """Purges the spool, on record."""

    def __init__(self, store: Store, spool: Spool, clock: Clock, *, retention: timedelta) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._retention = retention

    async def purge(self) -> int:
        """Remove documents that nothing needs any more; return how many.

        The files go while the lines are locked: whoever hands in the same document meanwhile
        records it after us, and puts its file in place after that.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            gone = await tx.submissions.purgeable(before=now - self._retention, limit=100)
            for sha256 in gone:
                await tx.submissions.mark_purged(sha256, at=now)
                tx.note(line(GATEWAY, "document.purge", sha256, at=now))
                await self._spool.remove(sha256)
        await self._spool.sweep(older_than=ABANDONED)
        return len(gone)

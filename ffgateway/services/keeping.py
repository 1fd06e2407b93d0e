"""Housekeeping: documents go when their faxes are settled and the time to send again is over, events
when they are old.
"""

from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.services.audited import line
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store

ABANDONED = timedelta(days=1)
"""How old a document is whose upload nobody is carrying on any more."""


EVENTS_AT_ONCE = 500
"""Events let go in one transaction: whoever tells something waits for it."""


class Keeping:
    """Purges the spool and the event log, on record."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        clock: Clock,
        *,
        retention: timedelta,
        events_kept: timedelta,
    ) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._retention = retention
        self._events_kept = events_kept

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
                kept = await tx.submissions.document(sha256)
                tx.note(
                    line(
                        GATEWAY,
                        "document.purge",
                        sha256,
                        at=now,
                        removed_from=self._spool.place,
                        rule="retention",
                        hours=self._retention / timedelta(hours=1),
                        size=kept.size,
                        stored_at=kept.stored_at.isoformat(),
                    )
                )
                await self._spool.remove(sha256)
        await self._spool.sweep(older_than=ABANDONED)
        return len(gone)

    async def purge_events(self) -> int:
        """Remove one lot of events that nobody reads any more; return how many. 0: there are none.

        What `retire_events` let go goes in the next round: whoever had it in hand then is done.
        """
        async with self._store.transaction() as tx:
            return await tx.events.purge(limit=EVENTS_AT_ONCE)

    async def retire_events(self) -> bool:
        """Have nobody read one lot of old events any more; return whether there was one."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            span = await tx.events.let_go(before=now - self._events_kept, limit=EVENTS_AT_ONCE)
            if span is not None:
                tx.note(line(GATEWAY, "event.purge", "events", at=now, purged_to=span.purged_to))
        return span is not None

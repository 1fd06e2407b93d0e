"""Batches → faxes, piece by piece: each piece is one short transaction, so a crash loses none.

Between two pieces everybody else gets their turn. A recipient is either in a waiting chunk or a
fax: the commit that makes it the one ends it as the other.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ffgateway.clock import Clock, by_turns
from ffgateway.domain.access import GATEWAY, Caller, Principal
from ffgateway.domain.batches import Asker, Batch, status_of
from ffgateway.domain.differing import changed, moved_on
from ffgateway.domain.events import EventType, batch_event, status_event
from ffgateway.domain.faxes import MAX_RECIPIENTS, Fax, called_off
from ffgateway.services.accepting import Accepting
from ffgateway.services.audited import line
from ffgateway.store.transaction import Store, Transaction

PIECE = MAX_RECIPIENTS
"""Recipients in one transaction."""

AT_ONCE, SOON = timedelta(0), timedelta(seconds=1)


class Batching:
    """Takes batches on. `queued` is called when there is something to send, `stopping` to stop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accepting: Accepting,
        queued: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._accepting = accepting
        self._queued = queued
        self._stopping = stopping

    async def step(self) -> timedelta | None:
        """Take every unfinished batch one piece further, so that a small one waits for no big one.

        Return how soon there is more to do; None while there is no batch.
        """
        async with self._store.reading() as tx:
            unfinished = await tx.batches.unfinished()
        if not unfinished:
            return None
        further = [await self._further(batch_id) for batch_id in unfinished]
        return AT_ONCE if any(further) else SOON

    async def _further(self, batch_id: str) -> bool:
        async with self._store.reading() as tx:
            batch = await tx.batches.get(batch_id)
            waits = await tx.batches.waits(batch_id)
            goes_on = waits or await tx.batches.goes_on(batch_id)
        called_off = batch.cancel_requested_at is not None
        if goes_on and called_off and await self._stop(batch):
            return True  # first what is on its way, or would go: who is no fax yet goes nowhere
        if waits:
            return await self._expand(batch_id)
        if not goes_on:
            await self._finish(batch_id)
        return False

    async def _expand(self, batch_id: str) -> bool:
        """Make faxes of the next recipients; cancelled ones when the batch was called off."""
        async with self._store.transaction() as tx:
            taken = await tx.batches.take(batch_id, most=PIECE)
            if not taken:
                return False
            batch = await tx.batches.get(batch_id)
            caller = _caller(batch.asked_by)
            for chunk in taken:
                faxes = await self._accepting.keep(
                    tx,
                    caller,
                    chunk.draft(batch.template),
                    batch_id=batch.id,
                    references=chunk.references,
                )
                if batch.called_off_by is not None:
                    await self._call_off(tx, batch.called_off_by, faxes)
        self._queued()
        return True

    async def _stop(self, batch: Batch) -> bool:
        """Call off the next faxes: at once here, by asking the appliance there.

        One that is just being handed over is left for a later step.
        """
        by = batch.called_off_by or batch.asked_by
        async with self._store.transaction() as tx:
            faxes = await tx.faxes.stoppable(batch.id, limit=PIECE)
            await self._call_off(tx, by, faxes)
        if faxes:
            self._stopping()
        return bool(faxes)

    async def _call_off(self, tx: Transaction, by: Asker, faxes: tuple[Fax, ...]) -> None:
        now, caller = self._clock.now(), _caller(by)
        stopped = []
        async for fax in by_turns(faxes):
            after = called_off(fax, at=now)
            stopped.append(after)
            if after.status is not fax.status:
                tx.tell(status_event(after, previous=fax.status, at=now))
            tx.note(
                line(
                    caller,
                    "fax.cancel",
                    fax.id,
                    at=now,
                    batch=fax.batch_id,
                    changed=moved_on(fax, after),
                )
            )
        await tx.faxes.save(*stopped)

    async def _finish(self, batch_id: str) -> None:
        """Put the end of a batch on record, once: whoever comes second finds it done."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            batch = await tx.batches.get(batch_id, lock=True)
            if batch.finished or await tx.batches.goes_on(batch_id):
                return
            (progress,) = await tx.batches.progress([batch])
            tally = progress.tally
            status = status_of(tally, called_off=batch.cancel_requested_at is not None)
            ended = replace(batch, status=status, finished_at=now, tally=tally)
            await tx.batches.save(ended)
            told = replace(progress, batch=ended)
            tx.tell(batch_event(EventType.BATCH_COMPLETED, told, at=now))
            differs = changed({"status": batch.status}, {"status": status})
            tx.note(line(GATEWAY, "batch.completed", batch.id, at=now, changed=differs))


def _caller(asker: Asker) -> Caller:
    """Whoever asked, for the record; what they may was found out when they did."""
    principal = Principal(id=asker.principal_id, name=asker.name, scopes=frozenset())
    return Caller(principal=principal, request_id=asker.request_id, address=asker.address)

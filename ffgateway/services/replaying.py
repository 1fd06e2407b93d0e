"""Replays → deliveries, piece by piece: each piece is one short transaction, so a crash loses none.

A piece is put into the outbox and the replay's place in the log moved on by the same commit, under
the replay's lock: no event is passed over or put in twice, whichever gateway takes the next piece.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import Event
from ffgateway.domain.replays import Replay, ReplayState, Which, room
from ffgateway.services.audited import line
from ffgateway.store.transaction import Store

SOON = timedelta(milliseconds=250)
"""Between two looks at whether the endpoint has taken enough for the next piece."""


class Replaying:
    """Takes replays on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def step(self) -> timedelta | None:
        """Take every replay as far as its endpoint has room; say how soon to look again.

        None while there is none.
        """
        async with self._store.reading() as tx:
            running = await tx.replays.running()
        for replay_id in running:
            await self._further(replay_id)
        return SOON if running else None

    async def _further(self, replay_id: str) -> None:
        """Take one a piece further, or to its end.

        What comes next is searched with nothing locked: that may take a while in a long log.
        """
        async with self._store.reading() as tx:
            replay = await tx.replays.find(replay_id)
            waiting = (await tx.replays.tallies([replay]))[replay_id].waiting
            try:
                subscription = await tx.subscriptions.get(replay.subscription_id)
            except NotFound:
                subscription = None
            most = room(rate=subscription.pace, waiting=waiting) if subscription else 0
            over = replay.position >= replay.selection.until
            events: tuple[Event, ...] = ()
            if subscription is not None and most and not over:
                events = await tx.replays.events(
                    subscription, replay.selection, after=replay.position, limit=most
                )
        if subscription is None:
            await self._end(replay_id, ReplayState.CANCELLED)
        elif over and not waiting:
            await self._end(replay_id, ReplayState.COMPLETED)
        elif most and not over:
            full = len(events) == most
            reached = events[-1].position if full else replay.selection.until
            await self._queue(replay, events, reached=reached)

    async def _queue(self, seen: Replay, events: Sequence[Event], *, reached: int) -> None:
        """Put a piece on its way, unless another gateway was faster, or the replay has ended."""
        async with self._store.transaction() as tx:
            # the log's lock first, then the replay's: who cancels one wants no more than that
            await tx.events.lock()
            replay = await tx.replays.take(seen.id)
            if replay is None or replay.position != seen.position:
                return
            queued = await tx.deliveries.again(
                events,
                replay.subscription_id,
                replay_id=replay.id,
                at=self._clock.now(),
                dead_only=replay.selection.which is Which.FAILED,
            )
            passed_over = replay.passed_over + len(events) - queued
            await tx.replays.save(replace(replay, position=reached, passed_over=passed_over))
            tx.queue()

    async def _end(self, replay_id: str, state: ReplayState) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            replay = await tx.replays.take(replay_id)
            if replay is None:
                return
            if state is ReplayState.CANCELLED:
                await tx.deliveries.call_off(replay.subscription_id, replay_id)
            tally = (await tx.replays.tallies([replay]))[replay_id]
            if state is ReplayState.COMPLETED:  # what had gone when its turn came was passed over
                replay = replace(replay, passed_over=max(replay.total - tally.queued, 0))
            ended = replace(replay, state=state, finished_at=now, tally=tally)
            await tx.replays.save(ended)
            tx.note(
                line(
                    GATEWAY,
                    f"replay.{state.value}",
                    replay_id,
                    at=now,
                    total=replay.total,
                    delivered=tally.delivered,
                    failed=tally.failed,
                )
            )

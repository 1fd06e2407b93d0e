"""Replays → deliveries, piece by piece: each piece is one short transaction, so a crash loses none.

A piece is put into the outbox and the replay's place in the log moved on by the same commit, under
the replay's lock: no event is passed over or put in twice, whichever gateway takes the next piece.
"""

from dataclasses import replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.errors import NotFound
from ffgateway.domain.replays import ReplayState, room
from ffgateway.domain.subscriptions import Subscription
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
        async with self._store.reading() as tx:  # most often there is nothing to write
            replay = await tx.replays.find(replay_id)
            tally = (await tx.replays.tallies([replay]))[replay_id]
            try:
                subscription = await tx.subscriptions.get(replay.subscription_id)
            except NotFound:
                subscription = None
        if subscription is None:
            await self._end(replay_id, ReplayState.CANCELLED)
        elif replay.position >= replay.selection.until:
            if not tally.waiting:
                await self._end(replay_id, ReplayState.COMPLETED)
        elif space := room(rate=subscription.rate_per_second, waiting=tally.waiting):
            await self._piece(replay_id, subscription, most=space)

    async def _piece(self, replay_id: str, subscription: Subscription, *, most: int) -> None:
        async with self._store.transaction() as tx:
            await (
                tx.events.lock()
            )  # before the replay's own: whoever cancels one may come to hold both
            replay = await tx.replays.take(replay_id)
            if replay is None:
                return
            now, selection = self._clock.now(), replay.selection
            events = await tx.replays.events(
                subscription, selection, after=replay.position, limit=most
            )
            queued = await tx.deliveries.again(events, subscription.id, replay_id=replay_id, at=now)
            reached = events[-1].position if len(events) == most else selection.until
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

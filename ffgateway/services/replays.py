"""What people do about events that did not arrive: replay them, look on, call that off, let them go."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import Conflict, InvalidRequest, NotFound
from ffgateway.domain.pages import Page
from ffgateway.domain.replays import (
    MOST_LISTED,
    Progress,
    Replay,
    ReplayState,
    Selection,
    Which,
    Wish,
)
from ffgateway.domain.subscriptions import (
    Attempt,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from ffgateway.services.audited import Gate, line
from ffgateway.services.subscriptions import check_globs
from ffgateway.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One event's way to one endpoint, and the last try at it; None when there was none, or it is gone."""

    delivery: Delivery
    last: Attempt | None


class Replays:
    """Replays, dead letters and where events have got to, for whoever may."""

    def __init__(self, store: Store, gate: Gate, clock: Clock, *, wake: Callable[[], None]) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def count(self, caller: Caller, subscription_id: str, wish: Wish) -> int:
        """How many events a replay would send. Raises as `start` does; changes nothing."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.replay", subscription_id)
        check(wish)
        async with self._store.reading() as tx:
            subscription = await _replayable(tx, subscription_id)
            return await tx.replays.count(subscription, await self._settled(tx, wish))

    async def start(self, caller: Caller, subscription_id: str, wish: Wish) -> Progress:
        """Have events sent to an endpoint once more, or for the first time, under their old ids.

        They go at the endpoint's own pace, among what happens meanwhile. Raises `NotFound`, for a
        named event too; `InvalidRequest`; `Conflict` for an endpoint that is disabled.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.replay", subscription_id)
        check(wish)
        now = self._clock.now()
        async with self._store.reading() as tx:  # counting may take a while in a long log
            subscription = await _replayable(tx, subscription_id)
            selection = await self._settled(tx, wish)
            total = await tx.replays.count(subscription, selection)
        async with self._store.transaction() as tx:
            replay = Replay(
                id=tx.identify("rpl"),
                subscription_id=subscription_id,
                selection=selection,
                created_at=now,
                created_by=caller.principal.id,
                total=total,
                position=selection.after,
            )
            await tx.replays.add(replay)
            tx.note(
                line(
                    caller,
                    "webhook.replay",
                    subscription_id,
                    at=now,
                    changed=changed(None, replay),
                )
            )
            progress = await _progress(tx, replay)
        self._wake()
        return progress

    async def _settled(self, tx: Transaction, wish: Wish) -> Selection:
        span = await tx.events.span()
        positions = None
        if wish.events:
            known = await tx.events.some(wish.events)
            for index, event_id in enumerate(wish.events):
                if event_id not in known:
                    raise NotFound(f"There is no event {event_id}.", field=f"events[{index}]")
            positions = tuple(sorted(event.position for event in known.values()))
        return Selection(
            which=wish.which,
            at=self._clock.now(),
            after=max(wish.after or 0, span.purged_to),
            until=span.head if wish.until is None else min(span.head, wish.until),
            since=wish.since,
            before=wish.before,
            types=wish.types,
            subject=wish.subject,
            positions=positions,
        )

    async def get(self, caller: Caller, subscription_id: str, replay_id: str) -> Progress:
        """One replay, and how far it is. Raises `NotFound`."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "replay.get", replay_id)
        async with self._store.reading() as tx:
            return await _progress(tx, await tx.replays.get(subscription_id, replay_id))

    async def list(
        self, caller: Caller, subscription_id: str, *, cursor: str | None, limit: int
    ) -> Page[Progress]:
        """A page of an endpoint's replays, the newest first."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "replay.list", subscription_id)
        async with self._store.reading() as tx:
            await tx.subscriptions.get(subscription_id)
            page = await tx.replays.page(subscription_id, cursor=cursor, limit=limit)
            tallies = await tx.replays.tallies(page.items)
        items = tuple(Progress(replay=one, tally=tallies[one.id]) for one in page.items)
        return Page(items=items, next=page.next)

    async def cancel(self, caller: Caller, subscription_id: str, replay_id: str) -> Progress:
        """Call a replay off: what it has not delivered is not sent, save what is on the wire just now.

        What was a dead letter is one again. Calling off what is called off changes nothing. Raises
        `Conflict` when it has ended otherwise.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "replay.cancel", replay_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            replay = await tx.replays.get(subscription_id, replay_id, lock=True)
            if replay.state is ReplayState.COMPLETED:
                raise Conflict("The replay is completed, and an end never changes.")
            if replay.state is ReplayState.RUNNING:
                stopped = await tx.deliveries.call_off(subscription_id, replay_id)
                tally = (await tx.replays.tallies([replay]))[replay_id]
                before = replay
                replay = replace(before, state=ReplayState.CANCELLED, finished_at=now, tally=tally)
                await tx.replays.save(replay)
                tx.note(
                    line(
                        caller,
                        "replay.cancel",
                        replay_id,
                        at=now,
                        stopped=stopped,
                        changed=changed(before, replay),
                    )
                )
            progress = await _progress(tx, replay)
        self._wake()  # what is called off may be in somebody's memory
        return progress

    async def dead_letters(
        self, caller: Caller, subscription_id: str, *, cursor: str | None, limit: int
    ) -> Page[Way]:
        """A page of what an endpoint was not told and is not going to be, of the newest event first."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "dead_letter.list", subscription_id)
        async with self._store.reading() as tx:
            await tx.subscriptions.get(subscription_id)
            page = await tx.deliveries.dead(subscription_id, cursor=cursor, limit=limit)
            events = [one.event_id for one in page.items]
            last = await tx.deliveries.last_tries(subscription_id, events)
        items = tuple(Way(delivery=one, last=last.get(one.event_id)) for one in page.items)
        return Page(items=items, next=page.next)

    async def discard(
        self,
        caller: Caller,
        subscription_id: str,
        events: tuple[str, ...] = (),
        *,
        everything: bool = False,
    ) -> int:
        """Let dead letters go for good: those of these events, or all. Return how many."""
        await self._gate.require(
            caller, Scope.WEBHOOKS_ADMIN, "dead_letter.discard", subscription_id
        )
        if not everything:
            _check_listed(events)
        elif events:
            raise InvalidRequest("Events are named, and all meant.", field="events", cure="Choose.")
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.subscriptions.get(subscription_id)
            count = await tx.deliveries.discard(subscription_id, None if everything else events)
            differs = changed({"state": DeliveryState.DEAD}, {"state": DeliveryState.DISCARDED})
            tx.note(
                line(
                    caller,
                    "dead_letter.discard",
                    subscription_id,
                    at=now,
                    count=count,
                    changed=differs if count else {},
                )
            )
        return count

    async def deliveries(self, caller: Caller, event_id: str) -> tuple[Way, ...]:
        """Where an event has got to, at each endpoint that it was for. Raises `NotFound`."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "event.deliveries", event_id)
        async with self._store.reading() as tx:
            event = await tx.events.get(event_id)
            if event is None:
                raise NotFound(f"There is no event {event_id}.", field="id")
            found = await tx.deliveries.of_event(event)
            last = await tx.deliveries.tries_of(event_id)
        return tuple(Way(delivery=one, last=last.get(one.subscription_id)) for one in found)


async def _replayable(tx: Transaction, subscription_id: str) -> Subscription:
    subscription = await tx.subscriptions.get(subscription_id)
    if subscription.state is SubscriptionState.DISABLED:
        raise Conflict("The endpoint is disabled: nothing is sent there.", cure="Resume it first.")
    return subscription


async def _progress(tx: Transaction, replay: Replay) -> Progress:
    return Progress(replay=replay, tally=(await tx.replays.tallies([replay]))[replay.id])


def _check_listed(events: tuple[str, ...]) -> None:
    if not 1 <= len(events) <= MOST_LISTED:
        raise InvalidRequest(
            f"There are {len(events)} events; 1 to {MOST_LISTED} can be named.",
            field="events",
            cure="Name fewer at a time.",
        )


def check(wish: Wish) -> None:
    """Raise `InvalidRequest` for too many events, none where some are meant, or what is no glob."""
    if wish.events or wish.which is Which.EVENTS:
        _check_listed(wish.events)
    if wish.types:
        check_globs(wish.types, field="types")

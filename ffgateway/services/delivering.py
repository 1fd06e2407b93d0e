"""Carry what is due out of the outbox: at least once, in order for each fax and endpoint.

A delivery is claimed under a lease, sent with no transaction open, and closed by its epoch: a
hand that came back too late changes nothing.
"""

import os
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.delivery.sink import Outcome, Sink
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import Event, EventType, webhook_event
from ffgateway.domain.identity import new_id
from ffgateway.domain.receivers import Receiver
from ffgateway.domain.retries import LONGEST_WISH, wait_before
from ffgateway.domain.subscriptions import (
    Attempt,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
    Trigger,
)
from ffgateway.services.audited import line
from ffgateway.services.equipping import detailed, target_of
from ffgateway.store.transaction import Store, Transaction

LEASE = timedelta(minutes=1)
"""How long a claimed delivery is ours: longer than the 15 s a try may take, or it goes out twice."""

AT_ONCE = 64
PER_ENDPOINT = 4
"""Tries under way together, in all and to one endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed delivery with everything that sending it needs."""

    delivery: Delivery
    event: Event
    subscription: Subscription
    receiver: Receiver

    def __repr__(self) -> str:
        """Say which, without the secrets."""
        return f"Parcel({self.delivery.event_id} to {self.subscription.id})"


class Delivering:
    """Tells the endpoints."""

    def __init__(self, store: Store, sink: Sink, clock: Clock) -> None:
        self._store = store
        self._sink = sink
        self._clock = clock
        self._chance = random.Random(os.urandom(8))  # noqa: S311 - spreads retries, guards nothing

    async def recover(self) -> None:
        """Free what a gateway that died had claimed: only where it can be the only one."""
        if self._store.embedded:
            async with self._store.transaction() as tx:
                await tx.outbox.release_leases()

    async def next_due(self) -> datetime | None:
        """When there will be something to send."""
        async with self._store.reading() as tx:
            return await tx.outbox.next_due()

    async def claim(self, under_way: dict[str, int]) -> tuple[Parcel, ...]:
        """Take what is due, given how many tries are under way to each endpoint."""
        room = AT_ONCE - sum(under_way.values())
        if room <= 0:
            return ()
        now = self._clock.now()
        due = (
            await self.next_due()
        )  # asked first: one at a time may write, and most often nothing is
        if due is None or due > now:
            return ()
        full = [name for name, count in under_way.items() if count >= PER_ENDPOINT]
        async with self._store.transaction() as tx:
            claimed = await tx.outbox.claim(
                at=now,
                until=now + LEASE,
                limit=room,
                per_subscription=PER_ENDPOINT,
                passing_over=full,
            )
            return tuple([await self._parcel(tx, one) for one in claimed])

    async def _parcel(self, tx: Transaction, delivery: Delivery) -> Parcel:
        event = await tx.events.get(delivery.event_id)
        if event is None:
            raise NotFound(f"The event {delivery.event_id} of a delivery is gone.")
        subscription_id = delivery.subscription_id
        opened = await tx.receivers.open([subscription_id], at=self._clock.now())
        subscription = await tx.subscriptions.get(subscription_id)
        (event,) = await detailed(tx, [(event, subscription)])
        return Parcel(
            delivery=delivery,
            event=event,
            subscription=subscription,
            receiver=opened[subscription_id],
        )

    async def send(self, parcel: Parcel) -> Outcome:
        """Make one try and put on record how it went."""
        started = self._clock.now()
        target = target_of(parcel.subscription, parcel.receiver)
        outcome = await self._sink.send(target, parcel.event)
        now = self._clock.now()
        tries = parcel.delivery.attempt + 1
        state, next_at = self._verdict(outcome, tries, now)
        async with self._store.transaction() as tx:
            kept = await tx.outbox.close(
                parcel.delivery, state=state, attempt=tries, next_at=next_at or now
            )
            await tx.subscriptions.note(self._attempt(parcel, outcome, tries, started, next_at))
            if kept and state is DeliveryState.DEAD:
                await self._gave_up(tx, parcel, outcome, now)
        return outcome

    def _verdict(
        self, outcome: Outcome, tries: int, now: datetime
    ) -> tuple[DeliveryState, datetime | None]:
        if outcome.delivered:
            return DeliveryState.DELIVERED, None
        wait = wait_before(tries + 1, spread=self._chance.random())
        if outcome.gone or wait is None:
            return DeliveryState.DEAD, None
        wish = min(outcome.retry_after or timedelta(0), LONGEST_WISH)
        return DeliveryState.PENDING, now + max(wait, wish)

    def _attempt(
        self,
        parcel: Parcel,
        outcome: Outcome,
        tries: int,
        started: datetime,
        next_at: datetime | None,
    ) -> Attempt:
        return Attempt(
            id=new_id("att", at=started, entropy=os.urandom(10)),
            subscription_id=parcel.subscription.id,
            event_id=parcel.event.id,
            event_type=parcel.event.type,
            attempt=tries,
            at=started,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            error=outcome.error,
            response=outcome.response.replace("\0", ""),
            next_at=next_at,
            trigger=Trigger.RETRY if tries > 1 else parcel.delivery.trigger,
            address=outcome.address,
            dns_ms=outcome.times.dns_ms,
            connect_ms=outcome.times.connect_ms,
            tls_ms=outcome.times.tls_ms,
            first_byte_ms=outcome.times.first_byte_ms,
        )

    async def _gave_up(
        self, tx: Transaction, parcel: Parcel, outcome: Outcome, now: datetime
    ) -> None:
        subscription = parcel.subscription
        kind = EventType.WEBHOOK_DEAD_LETTERED
        if outcome.gone:
            subscription = replace(subscription, state=SubscriptionState.DISABLED)
            await tx.subscriptions.save(subscription)
            kind = EventType.WEBHOOK_DISABLED
        # told to others: an endpoint cannot be told of its own end
        tx.tell(webhook_event(kind, subscription, at=now, event_id=parcel.event.id))
        tx.note(line(GATEWAY, kind.value, subscription.id, at=now, event=parcel.event.id))

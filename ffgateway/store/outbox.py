"""The outbox: written with the event, claimed under a lease, closed by whoever still holds it.

Of the deliveries of one subject to one endpoint only the first that is not closed can be claimed:
a receiver gets the story of a fax in order, and a try that failed holds back the rest of that
story and nothing else.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import func, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.events import Event
from ffgateway.domain.subscriptions import Delivery, DeliveryState, Subscription, Trigger
from ffgateway.store.tables import DeliveryRow, SubscriptionRow

_PENDING = DeliveryState.PENDING.value


class Outbox:
    """What is still to be told, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fill(
        self, events: Iterable[Event], subscriptions: Iterable[Subscription], *, at: datetime
    ) -> int:
        """Write a delivery for each endpoint that an event is for; return how many."""
        everyone = tuple(subscriptions)
        rows = [
            _row(event, subscription.id, at, Trigger.EVENT)
            for event in events
            for subscription in everyone
            if subscription.matches(event.type)
        ]
        if rows:
            await self._session.exec(insert(DeliveryRow), params=rows)
        return len(rows)

    async def address(self, event: Event, subscription_id: str, *, at: datetime) -> None:
        """Write a delivery to one endpoint whatever it subscribed to (a ping)."""
        await self._session.exec(
            insert(DeliveryRow), params=[_row(event, subscription_id, at, Trigger.TEST)]
        )

    async def claim(
        self,
        *,
        at: datetime,
        until: datetime,
        limit: int,
        per_subscription: int,
        passing_over: Collection[str] = (),
    ) -> tuple[Delivery, ...]:
        """Take up to `limit` due deliveries for ourselves until `until`.

        No more than `per_subscription` of one endpoint, and none of those in `passing_over`, which
        have all they can take: one slow receiver must not fill every place.
        """
        earlier = aliased(DeliveryRow)
        waits = select(earlier.id).where(
            earlier.subscription_id == DeliveryRow.subscription_id,
            earlier.subject == DeliveryRow.subject,
            earlier.state == _PENDING,
            earlier.position < DeliveryRow.position,
        )
        query = (
            select(DeliveryRow)
            .join(SubscriptionRow, col(SubscriptionRow.id) == col(DeliveryRow.subscription_id))
            .where(
                DeliveryRow.state == _PENDING,
                DeliveryRow.next_at <= at,
                or_(col(DeliveryRow.lease_until).is_(None), col(DeliveryRow.lease_until) < at),
                SubscriptionRow.state == "active",
                col(DeliveryRow.subscription_id).not_in(list(passing_over)),
                ~waits.exists(),
            )
            .order_by(col(DeliveryRow.next_at), col(DeliveryRow.position))
            .limit(limit)
            .with_for_update(skip_locked=True, of=DeliveryRow)
        )
        taken: list[Delivery] = []
        count: dict[str, int] = {}
        for row in await self._session.exec(query):
            mine = count.get(row.subscription_id, 0)
            if mine >= per_subscription:
                continue
            count[row.subscription_id] = mine + 1
            row.lease_until, row.epoch = until, row.epoch + 1
            self._session.add(row)
            taken.append(_delivery(row))
        return tuple(taken)

    async def close(
        self,
        delivery: Delivery,
        *,
        state: DeliveryState,
        attempt: int,
        next_at: datetime,
    ) -> bool:
        """Record how a claimed delivery went. False: the lease ran out and another hand has it."""
        statement = (
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id) == delivery.id,
                col(DeliveryRow.epoch) == delivery.epoch,
                col(DeliveryRow.state) == _PENDING,
            )
            .values(state=state.value, attempt=attempt, next_at=next_at, lease_until=None)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def hasten(self, subscription_id: str, *, at: datetime) -> None:
        """Have what waits for its next try at an endpoint tried now: the endpoint is well again."""
        await self._session.exec(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.subscription_id) == subscription_id,
                col(DeliveryRow.state) == _PENDING,
                col(DeliveryRow.next_at) > at,
            )
            .values(next_at=at)
        )

    async def release_leases(self) -> None:
        """Free every claim: only for the start of the one process of an embedded database."""
        statement = (
            update(DeliveryRow)
            .where(col(DeliveryRow.lease_until).is_not(None))
            .values(lease_until=None, epoch=col(DeliveryRow.epoch) + 1)
        )
        await self._session.exec(statement)

    async def next_due(self) -> datetime | None:
        """When the next delivery that nobody holds is due."""
        query = (
            select(func.min(DeliveryRow.next_at))
            .join(SubscriptionRow, col(SubscriptionRow.id) == col(DeliveryRow.subscription_id))
            .where(DeliveryRow.state == _PENDING, SubscriptionRow.state == "active")
        )
        return (await self._session.exec(query)).one()

    async def count_by_state(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        query = select(DeliveryRow.state, func.count()).group_by(col(DeliveryRow.state))
        return dict((await self._session.exec(query)).all())


def _row(event: Event, subscription_id: str, at: datetime, trigger: Trigger) -> dict[str, object]:
    return {
        "subscription_id": subscription_id,
        "event_id": event.id,
        "position": event.position,
        "subject": event.subject,
        "state": _PENDING,
        "attempt": 0,
        "next_at": at,
        "lease_until": None,
        "epoch": 0,
        "trigger": trigger.value,
        "replay_id": None,
    }


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id or 0,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        subject=row.subject,
        position=row.position,
        state=DeliveryState(row.state),
        attempt=row.attempt,
        next_at=row.next_at,
        epoch=row.epoch,
        trigger=Trigger(row.trigger),
        replay_id=row.replay_id,
    )

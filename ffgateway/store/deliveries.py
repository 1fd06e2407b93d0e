"""Deliveries as people see and mend them: dead letters, and events put on their way once more.

What carries them is the outbox; nothing here sends anything.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, literal_column, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.events import Event
from ffgateway.domain.pages import Page
from ffgateway.domain.subscriptions import Attempt, Delivery, DeliveryState, Trigger
from ffgateway.store.event_tables import AttemptRow, DeliveryRow
from ffgateway.store.events import batched
from ffgateway.store.paging import page_of
from ffgateway.store.subscriptions import read_attempt

AT_ONCE = 400
"""Ids in one statement: SQLite of old takes 999 values."""

IS_DEAD = literal_column("delivery.state") == literal_column("'dead'")
# Not a parameter: an index for some rows only serves a query that says outright which ones.


class DeliveryStore:
    """The deliveries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_event(self, event: Event) -> tuple[Delivery, ...]:
        """Each way of an event to an endpoint, in the order in which they were begun."""
        query = select(DeliveryRow).where(DeliveryRow.position == event.position)
        rows = await self._session.exec(query.order_by(col(DeliveryRow.id)))
        return tuple(_delivery(row) for row in rows)

    async def dead(self, subscription_id: str, *, cursor: str | None, limit: int) -> Page[Delivery]:
        """The dead letters of an endpoint, of the newest event first."""
        return await page_of(
            self._session,
            DeliveryRow,
            key=col(DeliveryRow.position),
            noun=_delivery,
            where=[col(DeliveryRow.subscription_id) == subscription_id, IS_DEAD],
            cursor=cursor,
            limit=limit,
            number=True,
        )

    async def last_tries(
        self, subscription_id: str, event_ids: Sequence[str]
    ) -> dict[str, Attempt]:
        """The last try at an endpoint for each of these events, by their ids."""
        found = await self._last_tries(
            col(AttemptRow.event_id).in_(event_ids),
            col(AttemptRow.subscription_id) == subscription_id,
        )
        return {one.event_id: one for one in found}

    async def tries_of(self, event_id: str) -> dict[str, Attempt]:
        """The last try for an event at each endpoint, by the endpoint's id."""
        found = await self._last_tries(col(AttemptRow.event_id) == event_id)
        return {one.subscription_id: one for one in found}

    async def _last_tries(self, *where: ColumnElement[bool]) -> list[Attempt]:
        newest = (
            select(func.max(AttemptRow.id))
            .where(*where)
            .group_by(col(AttemptRow.subscription_id), col(AttemptRow.event_id))
        )
        rows = await self._session.exec(select(AttemptRow).where(col(AttemptRow.id).in_(newest)))
        return [read_attempt(row) for row in rows]

    async def discard(self, subscription_id: str, event_ids: Sequence[str] | None) -> int:
        """End dead letters of an endpoint for good, all of them for None; return how many."""
        discarded = (
            update(DeliveryRow)
            .where(col(DeliveryRow.subscription_id) == subscription_id, IS_DEAD)
            .values(state=DeliveryState.DISCARDED.value)
            .execution_options(synchronize_session=False)
        )
        if event_ids is None:
            return (await self._session.exec(discarded)).rowcount
        count = 0
        for some in batched(event_ids, AT_ONCE):
            named = discarded.where(col(DeliveryRow.event_id).in_(some))
            count += (await self._session.exec(named)).rowcount
        return count

    async def again(
        self,
        events: Sequence[Event],
        subscription_id: str,
        *,
        replay_id: str,
        at: datetime,
        dead_only: bool,
    ) -> int:
        """Put events on their way to an endpoint for a replay; return how many.

        What is on its way already is left alone. Dead letters become `replayed`, so that an event
        has one at the most; with `dead_only` there is nothing for what is none any more. The caller
        has locked the log.
        """
        known = await self._known([event.position for event in events], subscription_id)
        waiting = {one.event_id for one in known if one.state is DeliveryState.PENDING}
        dead = {one.event_id: one.id for one in known if one.state is DeliveryState.DEAD}
        await self._turn(list(dead.values()), into=DeliveryState.REPLAYED)
        rows = [
            _row(event, subscription_id, replay_id, at)
            for event in events
            if event.id not in waiting and (not dead_only or event.id in dead)
        ]
        if rows:
            await self._session.exec(insert(DeliveryRow), params=rows)
        return len(rows)

    async def call_off(self, subscription_id: str, replay_id: str) -> int:
        """End what a replay has on its way; return how many. What was a dead letter is one again."""
        waiting = (
            select(DeliveryRow)
            .where(DeliveryRow.replay_id == replay_id)
            .where(DeliveryRow.state == DeliveryState.PENDING.value)
            .with_for_update()
        )
        stopped = [_delivery(row) for row in await self._session.exec(waiting)]
        before: dict[int, Delivery] = {}
        for one in await self._known([one.position for one in stopped], subscription_id):
            if one.replay_id != replay_id:
                before[one.position] = one
        lost = [one.id for one in before.values() if one.state is DeliveryState.REPLAYED]
        await self._turn([one.id for one in stopped], into=DeliveryState.CANCELLED)
        await self._turn(lost, into=DeliveryState.DEAD)
        return len(stopped)

    async def _known(self, positions: Sequence[int], subscription_id: str) -> list[Delivery]:
        """Every way that events have, or had, to an endpoint, in the order in which they were begun."""
        found: list[Delivery] = []
        for some in batched(positions, AT_ONCE):
            query = select(DeliveryRow).where(
                DeliveryRow.subscription_id == subscription_id,
                col(DeliveryRow.position).in_(some),
            )
            rows = await self._session.exec(query.order_by(col(DeliveryRow.id)))
            found += [_delivery(row) for row in rows]
        return found

    async def _turn(self, ids: Sequence[int], *, into: DeliveryState) -> None:
        for some in batched(ids, AT_ONCE):
            statement = update(DeliveryRow).where(col(DeliveryRow.id).in_(some))
            await self._session.exec(
                statement.values(state=into.value).execution_options(synchronize_session=False)
            )


def _row(event: Event, subscription_id: str, replay_id: str, at: datetime) -> dict[str, object]:
    return {
        "subscription_id": subscription_id,
        "event_id": event.id,
        "position": event.position,
        "subject": event.subject,
        "state": DeliveryState.PENDING.value,
        "attempt": 0,
        "next_at": at,
        "trigger": Trigger.REPLAY.value,
        "replay_id": replay_id,
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
        trigger=Trigger(row.trigger),
        replay_id=row.replay_id,
    )

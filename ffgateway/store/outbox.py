"""The outbox: written with the event, read in the order it was written, closed in batches.

Nothing is written to claim a delivery: an endpoint belongs to one process at a time, by its lease,
and that process reads what is for it. A delivery's `attempt` is its epoch: it rises with each try
on record, and who comes with an older one is refused.

Its ids rise in the order of commits, because the position of the event, taken before them in the
same transaction, lets one transaction in at a time. So whoever has read up to an id has all before.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.subscriptions import Delivery, DeliveryState, Trigger
from ffgateway.store.event_tables import DeliveryRow
from ffgateway.store.tries import Result, record

_PENDING = DeliveryState.PENDING.value
WAITS = literal_column("delivery.state") == literal_column(f"'{_PENDING}'")
# Not a parameter: an index for some rows only serves a query that says outright which ones.

_DELIVERY = (
    DeliveryRow.id,
    DeliveryRow.subscription_id,
    DeliveryRow.event_id,
    DeliveryRow.subject,
    DeliveryRow.position,
    DeliveryRow.attempt,
    DeliveryRow.next_at,
    DeliveryRow.trigger,
    DeliveryRow.replay_id,
)


class Outbox:
    """What is still to be told, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def head(self) -> int:
        """The last id given; 0 when there is none."""
        return (await self._session.exec(select(func.max(DeliveryRow.id)))).one() or 0

    async def after(self, last: int, *, limit: int) -> tuple[Delivery, ...]:
        """What was written beyond an id and is still to be sent, to whichever endpoint."""
        return await self._read(col(DeliveryRow.id) > last, limit=limit)

    async def waiting(
        self, subscription_id: str, *, after: int = 0, limit: int
    ) -> tuple[Delivery, ...]:
        """What waits for one endpoint, beyond an id."""
        mine = col(DeliveryRow.subscription_id) == subscription_id
        return await self._read(mine, col(DeliveryRow.id) > after, limit=limit)

    async def followers(self, delivery: Delivery, *, limit: int) -> tuple[Delivery, ...]:
        """What waits behind a delivery: for the same endpoint, of the same subject."""
        return await self._read(
            col(DeliveryRow.subscription_id) == delivery.subscription_id,
            col(DeliveryRow.subject) == delivery.subject,
            col(DeliveryRow.id) > delivery.id,
            limit=limit,
        )

    async def _read(self, *where: ColumnElement[bool], limit: int) -> tuple[Delivery, ...]:
        query = (
            select(*_DELIVERY).where(WAITS, *where).order_by(col(DeliveryRow.id)).limit(limit)  # type: ignore[call-overload]
        )
        return tuple(_delivery(row) for row in await self._session.exec(query))

    async def record(self, results: Iterable[Result]) -> frozenset[int]:
        """Write how deliveries went; return the ids of those that were still as we knew them.

        A result is refused when its delivery is closed, or another try was recorded meanwhile.
        """
        return await record(await self._session.connection(), tuple(results))

    async def hasten(self, subscription_id: str, *, at: datetime) -> None:
        """Have what waits for its next try at an endpoint tried now: the endpoint is well again."""
        await self._session.exec(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.subscription_id) == subscription_id,
                WAITS,
                col(DeliveryRow.next_at) > at,
            )
            .values(next_at=at)
            .execution_options(synchronize_session=False)
        )

    async def count_by_state(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        query = select(DeliveryRow.state, func.count()).group_by(col(DeliveryRow.state))
        return dict((await self._session.exec(query)).all())


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        subject=row.subject,
        position=row.position,
        state=DeliveryState.PENDING,
        attempt=row.attempt,
        next_at=row.next_at,
        trigger=Trigger(row.trigger),
        replay_id=row.replay_id,
    )

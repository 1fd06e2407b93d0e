"""The outbox: written with the event, read in the order it was written, closed in batches.

Nothing is written to claim a delivery: an endpoint belongs to one process at a time, by its lease,
and that process reads what is for it. A delivery's `attempt` is its epoch: it rises with each try
on record, and who comes with an older one is refused.

Its ids rise in the order of commits, because the position of the event, taken before them in the
same transaction, lets one transaction in at a time. So whoever has read up to an id has all before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.subscriptions import Delivery, DeliveryState, Trigger
from ffgateway.store.tables import DeliveryRow

_PENDING = DeliveryState.PENDING.value
WAITS = literal_column("delivery.state") == literal_column(f"'{_PENDING}'")
# Not a parameter: an index for some rows only serves a query that says outright which ones.

AT_ONCE = 400
"""Deliveries in one statement: two values each, and SQLite of old takes 999."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a try changes: how its delivery is now. `counts` is false for a probe that failed."""

    delivery: Delivery
    state: DeliveryState
    next_at: datetime
    counts: bool = True


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
        kept: set[int] = set()

        def alike(one: Result) -> tuple[str, int, bool]:
            return one.state.value, one.delivery.attempt, one.counts

        for (state, attempt, counts), group in groupby(sorted(results, key=alike), key=alike):
            for some in _batched(list(group), AT_ONCE):
                moments = {one.delivery.id: one.next_at for one in some}
                values = {"attempt": attempt + counts, "next_at": _moments(moments)}
                statement = (
                    update(DeliveryRow)
                    .where(
                        col(DeliveryRow.id).in_(list(moments)),
                        WAITS,
                        col(DeliveryRow.attempt) == attempt,
                    )
                    .values(state=state, **values)
                    .returning(col(DeliveryRow.id))
                    .execution_options(synchronize_session=False)
                )
                kept.update((await self._session.exec(statement)).scalars())
        return frozenset(kept)

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


def _moments(moments: Mapping[int, datetime]) -> object:
    """The moment of each id: one value if they are all the same, as for all that was delivered."""
    if len(set(moments.values())) == 1:
        return next(iter(moments.values()))
    return case(moments, value=col(DeliveryRow.id))


def _batched(things: Sequence[Result], size: int) -> Iterable[Sequence[Result]]:
    return (things[start : start + size] for start in range(0, len(things), size))


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

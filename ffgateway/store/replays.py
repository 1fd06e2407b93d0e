"""Replays, kept; what they select, counted and read piece by piece; and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, insert, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import Event, EventType
from ffgateway.domain.pages import Page
from ffgateway.domain.replays import Replay, ReplayState, Selection, Tally, Which
from ffgateway.domain.subscriptions import DeliveryState, Subscription
from ffgateway.store.deliveries import IS_DEAD
from ffgateway.store.event_tables import DeliveryRow, EventRow, ReplayRow
from ffgateway.store.events import any_glob, read_event
from ffgateway.store.paging import page_of

_SELECTION = TypeAdapter(Selection)
_TALLY = TypeAdapter(Tally)
_OF_STATE = {
    DeliveryState.PENDING: "waiting",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.DEAD: "failed",
    DeliveryState.REPLAYED: "failed",
    DeliveryState.DISCARDED: "failed",
    DeliveryState.CANCELLED: "cancelled",
}
"""What a delivery counts as for the replay that it is of."""


class ReplayStore:
    """The replays of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, replay: Replay) -> None:
        """Keep a new one."""
        await self._session.exec(insert(ReplayRow), params=[_values(replay)])

    async def save(self, replay: Replay) -> None:
        """Keep its present form."""
        statement = update(ReplayRow).where(col(ReplayRow.id) == replay.id)
        await self._session.exec(statement.values(**_values(replay)))

    async def get(self, subscription_id: str, replay_id: str, *, lock: bool = False) -> Replay:
        """Return one of an endpoint's. Raises `NotFound`."""
        query = select(ReplayRow).where(
            ReplayRow.id == replay_id, ReplayRow.subscription_id == subscription_id
        )
        row = (await self._session.exec(query.with_for_update() if lock else query)).first()
        if row is None:
            raise NotFound(f"There is no replay {replay_id}.", field="replay_id")
        return _replay(row)

    async def find(self, replay_id: str) -> Replay:
        """Return one by its id alone; it has to be there."""
        return _replay(
            (await self._session.exec(select(ReplayRow).where(ReplayRow.id == replay_id))).one()
        )

    async def running(self) -> tuple[str, ...]:
        """The ids of those that go on, the oldest first."""
        query = select(ReplayRow.id).where(ReplayRow.state == ReplayState.RUNNING.value)
        return tuple(await self._session.exec(query.order_by(col(ReplayRow.id))))

    async def take(self, replay_id: str) -> Replay | None:
        """Take one that goes on for ourselves; None when it has ended or another replica has it."""
        query = (
            select(ReplayRow)
            .where(ReplayRow.id == replay_id, ReplayRow.state == ReplayState.RUNNING.value)
            .with_for_update(skip_locked=True)
        )
        row = (await self._session.exec(query)).first()
        return _replay(row) if row else None

    async def page(self, subscription_id: str, *, cursor: str | None, limit: int) -> Page[Replay]:
        """Those of an endpoint, the newest first."""
        return await page_of(
            self._session,
            ReplayRow,
            key=col(ReplayRow.id),
            noun=_replay,
            where=[col(ReplayRow.subscription_id) == subscription_id],
            cursor=cursor,
            limit=limit,
        )

    async def tallies(self, replays: Sequence[Replay]) -> dict[str, Tally]:
        """What became of the events of each, by the id of the replay."""
        found = {one.id: one.tally or Tally() for one in replays}
        live = [one.id for one in replays if one.tally is None]
        query = (
            select(DeliveryRow.replay_id, DeliveryRow.state, func.count())
            .where(col(DeliveryRow.replay_id).in_(live))
            .group_by(col(DeliveryRow.replay_id), col(DeliveryRow.state))
        )
        for replay_id, state, count in await self._session.exec(query):
            tally, name = found[str(replay_id)], _OF_STATE[DeliveryState(state)]
            found[str(replay_id)] = replace(tally, **{name: getattr(tally, name) + count})
        return found

    async def count(self, subscription: Subscription, selection: Selection) -> int:
        """How many events a selection holds."""
        query = select(func.count()).select_from(EventRow).where(*_terms(subscription, selection))
        return (await self._session.exec(query)).one()

    async def events(
        self, subscription: Subscription, selection: Selection, *, after: int, limit: int
    ) -> tuple[Event, ...]:
        """The next events of a selection beyond a position, in order."""
        query = (
            select(EventRow)
            .where(*_terms(subscription, selection), EventRow.position > after)
            .order_by(col(EventRow.position))
            .limit(limit)
        )
        return tuple(read_event(row) for row in await self._session.exec(query))


def _terms(subscription: Subscription, selection: Selection) -> list[ColumnElement[bool]]:
    """A selection in SQL. The pings of other endpoints are nobody else's business."""
    terms: list[ColumnElement[bool]] = [
        col(EventRow.position) > selection.after,
        col(EventRow.position) <= selection.until,
        or_(
            col(EventRow.type) != EventType.WEBHOOK_PING.value,
            col(EventRow.subject) == subscription.id,
        ),
    ]
    if selection.since is not None:
        terms.append(col(EventRow.at) >= selection.since)
    if selection.before is not None:
        terms.append(col(EventRow.at) < selection.before)
    if selection.types:
        terms.append(any_glob(selection.types))
    if selection.subject is not None:
        terms.append(col(EventRow.subject) == selection.subject)
    if selection.positions is not None:
        terms.append(col(EventRow.position).in_(selection.positions))
    return [*terms, *_KINDS[selection.which](subscription, selection)]


def _any(_subscription: Subscription, _selection: Selection) -> list[ColumnElement[bool]]:
    return []


def _subscribed(subscription: Subscription, _selection: Selection) -> list[ColumnElement[bool]]:
    return [any_glob(subscription.events)]


def _dead(subscription: Subscription, selection: Selection) -> list[ColumnElement[bool]]:
    dead = select(DeliveryRow.position).where(
        DeliveryRow.subscription_id == subscription.id, IS_DEAD, DeliveryRow.next_at <= selection.at
    )
    return [col(EventRow.position).in_(dead)]


def _never_sent(subscription: Subscription, selection: Selection) -> list[ColumnElement[bool]]:
    sent = select(DeliveryRow.id).where(
        DeliveryRow.position == EventRow.position,
        DeliveryRow.subscription_id == subscription.id,
    )
    return [*_subscribed(subscription, selection), ~sent.exists()]


_KINDS: Mapping[Which, Callable[[Subscription, Selection], list[ColumnElement[bool]]]] = {
    Which.EVENTS: _any,
    Which.RANGE: _subscribed,
    Which.FAILED: _dead,
    Which.NEVER_ATTEMPTED: _never_sent,
}


def _values(replay: Replay) -> dict[str, Any]:
    return {
        "id": replay.id,
        "subscription_id": replay.subscription_id,
        "state": replay.state.value,
        "selection": _SELECTION.dump_python(replay.selection, mode="json"),
        "created_at": replay.created_at,
        "created_by": replay.created_by,
        "total": replay.total,
        "position": replay.position,
        "passed_over": replay.passed_over,
        "finished_at": replay.finished_at,
        "tally": _TALLY.dump_python(replay.tally, mode="json") if replay.tally else None,
    }


def _replay(row: ReplayRow) -> Replay:
    return Replay(
        id=row.id,
        subscription_id=row.subscription_id,
        state=ReplayState(row.state),
        selection=_SELECTION.validate_python(row.selection),
        created_at=row.created_at,
        created_by=row.created_by,
        total=row.total,
        position=row.position,
        passed_over=row.passed_over,
        finished_at=row.finished_at,
        tally=_TALLY.validate_python(row.tally) if row.tally else None,
    )

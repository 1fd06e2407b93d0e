"""The event log. Positions follow the order of commits and have no gaps, though transactions overlap.

The last position lives in one row. A transaction raises it as its last act (`telling`), so the row's
lock is held for an instant and released by the commit: whoever comes next gets the next position and
commits later. A transaction that rolls back gives its positions back. Hence a reader that sees a
position has all before it, and `position > cursor` misses nothing.

What is old goes in two steps: a mark in the same row says up to where nobody reads any more, then
the rows go. One that a delivery still waits for stays below the mark until that is closed.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, delete, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.events import Event, Span, Stretch
from ffgateway.store.event_tables import AttemptRow, DeliveryRow, EventHeadRow, EventRow
from ffgateway.store.outbox import WAITS

T = TypeVar("T")

AT_ONCE = 400
"""Ids in one statement: SQLite of old takes 999 values."""


class EventStore:
    """The log, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def after(
        self,
        position: int,
        *,
        limit: int,
        types: Sequence[str] = (),
        subject: str | None = None,
    ) -> tuple[Event, ...]:
        """The events beyond a position that can still be read, in order."""
        return (await self.read(position, limit=limit, types=types, subject=subject)).events

    async def read(
        self,
        position: int,
        *,
        limit: int,
        types: Sequence[str] = (),
        subject: str | None = None,
    ) -> Stretch:
        """The log beyond a position, in order. `types` are globs, of which one must match.

        One statement, and so one moment: what the span says holds for the events beside it, though
        some are let go meanwhile.
        """
        beyond = [
            col(EventRow.position) > position,
            col(EventRow.position) > col(EventHeadRow.purged_to),
        ]
        if types:
            beyond.append(any_glob(types))
        if subject is not None:
            beyond.append(col(EventRow.subject) == subject)
        query = (
            select(EventHeadRow.purged_to, EventHeadRow.position, EventRow)
            .select_from(EventHeadRow)
            .join(EventRow, and_(*beyond), isouter=True)
            .where(EventHeadRow.id == 1)
            .order_by(col(EventRow.position))
            .limit(limit)
        )
        rows = (await self._session.exec(query)).all()
        return Stretch(
            events=tuple(read_event(row) for _, _, row in rows if row is not None),
            span=Span(purged_to=rows[0][0], head=rows[0][1]),
        )

    async def span(self) -> Span:
        """How far the log goes."""
        query = select(EventHeadRow.purged_to, EventHeadRow.position)
        purged_to, head = (await self._session.exec(query.where(EventHeadRow.id == 1))).one()
        return Span(purged_to=purged_to, head=head)

    async def let_go(self, *, before: datetime, limit: int) -> Span | None:
        """Have nobody read the oldest events any more: those told before a moment, a limit of them.

        Return what can be read from now on, or None when nothing is that old.
        """
        span = await self.span()
        query = (
            select(EventRow.position, EventRow.at)
            .where(EventRow.position > span.purged_to)
            .order_by(col(EventRow.position))
            .limit(limit)
        )
        mark = span.purged_to
        for position, at in await self._session.exec(query):
            if at >= before:
                break
            mark = position
        if mark == span.purged_to:
            return None
        raised = update(EventHeadRow).where(col(EventHeadRow.purged_to) < mark)
        await self._session.exec(raised.values(purged_to=mark))
        return Span(purged_to=mark, head=span.head)

    async def purge(self, *, limit: int) -> int:
        """Remove rows that nobody reads any more, with their deliveries and tries; return how many.

        What is still to be delivered stays, so that an endpoint that is away gets it.
        """
        mark = (await self.span()).purged_to
        waiting = select(DeliveryRow.position).where(WAITS, DeliveryRow.position <= mark)
        old = (
            select(EventRow.position, EventRow.id)
            .where(EventRow.position <= mark, col(EventRow.position).not_in(waiting))
            .order_by(col(EventRow.position))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        gone = (await self._session.exec(old)).all()
        for some in batched(gone, AT_ONCE):
            positions, ids = zip(*some, strict=True)
            for statement in (
                delete(AttemptRow).where(col(AttemptRow.event_id).in_(ids)),
                delete(DeliveryRow).where(col(DeliveryRow.position).in_(positions)),
                delete(EventRow).where(col(EventRow.position).in_(positions)),
            ):
                await self._session.exec(statement)
        return len(gone)

    async def of_subject(self, subject: str) -> tuple[Event, ...]:
        """Everything that happened to one thing, in order, as far back as the log goes."""
        query = (
            select(EventRow)
            .join(EventHeadRow, col(EventRow.position) > col(EventHeadRow.purged_to))
            .where(EventRow.subject == subject)
            .order_by(col(EventRow.position))
        )
        rows = await self._session.exec(query)
        return tuple(read_event(row) for row in rows)

    async def get(self, event_id: str) -> Event | None:
        """One event by its id."""
        row = (await self._session.exec(select(EventRow).where(EventRow.id == event_id))).first()
        return read_event(row) if row else None

    async def lock(self) -> int:
        """Keep everybody else from adding to the log until we commit; return its last position.

        Whoever writes deliveries does this first: their ids, too, rise in the order of commits.
        """
        kept = (
            update(EventHeadRow)
            .where(col(EventHeadRow.id) == 1)
            .values(position=col(EventHeadRow.position))
            .returning(col(EventHeadRow.position))
        )
        position: int = (await self._session.exec(kept)).scalar_one()
        return position

    async def some(self, event_ids: Collection[str]) -> dict[str, Event]:
        """Several events by their ids; those that are gone are not among them."""
        found: dict[str, Event] = {}
        for ids in batched(sorted(event_ids), AT_ONCE):
            rows = await self._session.exec(select(EventRow).where(col(EventRow.id).in_(ids)))
            found |= {row.id: read_event(row) for row in rows}
        return found

    async def head(self) -> int:
        """The last position given; 0 when nothing has happened yet."""
        return (await self.span()).head


def batched(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time."""
    return (things[start : start + size] for start in range(0, len(things), size))


def any_glob(globs: Sequence[str]) -> ColumnElement[bool]:
    """Whether the type of an event matches one of the globs."""
    return or_(
        *(
            col(EventRow.type).like(
                glob.replace("\\", "\\\\")
                .replace("%", "\\%")
                .replace("_", "\\_")
                .replace("*", "%"),
                escape="\\",
            )
            for glob in globs
        )
    )


def read_event(row: EventRow) -> Event:
    """An event from its row."""
    return Event(
        id=row.id,
        position=row.position,
        sequence=row.sequence,
        type=row.type,
        subject=row.subject,
        at=row.at,
        data=row.data,
    )

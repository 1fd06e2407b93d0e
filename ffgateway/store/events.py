"""The event log. Positions follow the order of commits and have no gaps, though transactions overlap.

The last position lives in one row. A transaction raises it as its last act, so the row's lock is
held for an instant and released by the commit: whoever comes next gets the next position and
commits later. A transaction that rolls back gives its positions back. Hence a reader that sees a
position has all before it, and `position > cursor` misses nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, insert, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.events import Event, EventDraft
from ffgateway.store.tables import EventHeadRow, EventRow, EventSubjectRow

AT_ONCE = 200
"""Subjects whose counters are raised in one statement."""

_Item = TypeVar("_Item")


class EventStore:
    """The log, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, drafts: Sequence[tuple[str, EventDraft]]) -> tuple[Event, ...]:
        """Give each draft, with the id made for it, its place. The last act before the commit."""
        raised = (
            update(EventHeadRow)
            .where(col(EventHeadRow.id) == 1)
            .values(position=col(EventHeadRow.position) + len(drafts))
            .returning(col(EventHeadRow.position))
        )
        last = (await self._session.exec(raised)).scalar_one()
        first = last - len(drafts) + 1
        sequences = await self._sequences([draft.subject for _, draft in drafts])
        events = [
            Event(
                id=event_id,
                position=first + number,
                sequence=next(sequences[draft.subject]),
                type=draft.type.value,
                subject=draft.subject,
                at=draft.at,
                data=draft.data,
            )
            for number, (event_id, draft) in enumerate(drafts)
        ]
        await self._session.exec(
            insert(EventRow),
            params=[
                {
                    "position": event.position,
                    "id": event.id,
                    "sequence": event.sequence,
                    "type": event.type,
                    "subject": event.subject,
                    "at": event.at,
                    "data": dict(event.data),
                }
                for event in events
            ],
        )
        return tuple(events)

    async def _sequences(self, subjects: Sequence[str]) -> dict[str, Iterator[int]]:
        """Raise the counters of the subjects by as many events as each has; what they go through."""
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        wanted = Counter(subjects)
        found: dict[str, Iterator[int]] = {}
        for some in batched(wanted.items(), AT_ONCE):
            upsert = (sqlite_insert if sqlite else postgresql_insert)(EventSubjectRow).values(
                [{"subject": subject, "sequence": count} for subject, count in some]
            )
            statement = upsert.on_conflict_do_update(
                index_elements=["subject"],
                set_={"sequence": col(EventSubjectRow.sequence) + upsert.excluded.sequence},
            ).returning(col(EventSubjectRow.subject), col(EventSubjectRow.sequence))
            for subject, last in await self._session.exec(statement):
                found[subject] = iter(range(last - wanted[subject] + 1, last + 1))
        return found

    async def after(
        self,
        position: int,
        *,
        limit: int,
        types: Sequence[str] = (),
        subject: str | None = None,
    ) -> tuple[Event, ...]:
        """The events beyond a position, in order. `types` are globs, of which one must match."""
        query = select(EventRow).where(EventRow.position > position)
        if types:
            query = query.where(_any_glob(types))
        if subject is not None:
            query = query.where(EventRow.subject == subject)
        rows = await self._session.exec(query.order_by(col(EventRow.position)).limit(limit))
        return tuple(_event(row) for row in rows)

    async def of_subject(self, subject: str) -> tuple[Event, ...]:
        """Everything that happened to one thing, in order."""
        query = select(EventRow).where(EventRow.subject == subject)
        rows = await self._session.exec(query.order_by(col(EventRow.position)))
        return tuple(_event(row) for row in rows)

    async def get(self, event_id: str) -> Event | None:
        """One event by its id."""
        row = (await self._session.exec(select(EventRow).where(EventRow.id == event_id))).first()
        return _event(row) if row else None

    async def head(self) -> int:
        """The last position given; 0 when nothing has happened yet."""
        query = select(EventHeadRow.position).where(EventHeadRow.id == 1)
        return (await self._session.exec(query)).one()


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Cut into lists of at most `size` (itertools has it from Python 3.12 on)."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _any_glob(globs: Sequence[str]) -> ColumnElement[bool]:

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


def _event(row: EventRow) -> Event:
    return Event(
        id=row.id,
        position=row.position,
        sequence=row.sequence,
        type=row.type,
        subject=row.subject,
        at=row.at,
        data=row.data,
    )

"""The event log. Positions follow the order of commits and have no gaps, though transactions overlap.

The last position lives in one row. A transaction raises it as its last act, so the row's lock is
held for an instant and released by the commit: whoever comes next gets the next position and
commits later. A transaction that rolls back gives its positions back. Hence a reader that sees a
position has all before it, and `position > cursor` misses nothing.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, insert, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.events import Event, EventDraft
from ffgateway.store.tables import EventHeadRow, EventRow, EventSubjectRow


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
        events = [
            Event(
                id=event_id,
                position=first + number,
                sequence=await self._sequence(draft.subject),
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

    async def _sequence(self, subject: str) -> int:
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        upsert = (sqlite_insert if sqlite else postgresql_insert)(EventSubjectRow)
        statement = (
            upsert.values(subject=subject, sequence=1)
            .on_conflict_do_update(
                index_elements=["subject"],
                set_={"sequence": col(EventSubjectRow.sequence) + 1},
            )
            .returning(col(EventSubjectRow.sequence))
        )
        return int((await self._session.exec(statement)).scalar_one())

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

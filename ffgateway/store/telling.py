"""Telling: events get their place in the log, and a delivery for each endpoint that asked for them.

It is what every change ends with, and nobody else can tell anything until its commit. So it is one
errand on SQLite and two trips to PostgreSQL, in SQL of the engine's own, and what was written is
handed on: whoever is to act on it in this process need not read it.

The first thing is to raise the last position, which lets one transaction in at a time (see `events`).
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ffgateway.domain.events import Event, EventDraft
from ffgateway.domain.subscriptions import Delivery, DeliveryState, Trigger, fits
from ffgateway.domain.told import Told
from ffgateway.store.signals import CHANNEL
from ffgateway.store.sqlite import FEW, Kind, errand, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be told, each with the id made for it; those in `addressed` to one endpoint alone."""

    drafts: Sequence[tuple[str, EventDraft]]
    addressed: Mapping[str, str]
    at: datetime
    word: str = ""  # for other gateways, with the commit
    texts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Write the data once, as it will be read from the log."""
        texts = tuple(json.dumps(dict(draft.data)) for _, draft in self.drafts)
        object.__setattr__(self, "texts", texts)

    def ways(
        self, endpoints: Iterable[tuple[str, Sequence[str]]]
    ) -> list[tuple[int, str, Trigger]]:
        """Which draft, by its number, goes to which endpoint, of those that there are."""
        everyone = tuple(endpoints)
        found = []
        for number, (name, draft) in enumerate(self.drafts):
            if name in self.addressed:
                found.append((number, self.addressed[name], Trigger.TEST))
                continue
            kind = draft.type.value
            found += [(number, one, Trigger.EVENT) for one, globs in everyone if fits(kind, globs)]
        return found

    def events(self, last: int, sequences: Sequence[int]) -> tuple[Event, ...]:
        """The events, given the last position and the sequence of each."""
        first = last - len(self.drafts) + 1
        return tuple(
            Event(
                id=name,
                position=first + number,
                sequence=sequences[number],
                type=draft.type.value,
                subject=draft.subject,
                at=draft.at.astimezone(UTC),
                data=json.loads(self.texts[number]),
            )
            for number, (name, draft) in enumerate(self.drafts)
        )

    def delivery(self, number: int, event: Event, endpoint: str, trigger: Trigger) -> Delivery:
        """A delivery as it begins."""
        return Delivery(
            id=number,
            subscription_id=endpoint,
            event_id=event.id,
            subject=event.subject,
            position=event.position,
            state=DeliveryState.PENDING,
            attempt=0,
            next_at=self.at,
            trigger=trigger,
            replay_id=None,
        )


async def tell(connection: AsyncConnection, telling: Telling) -> Told:
    """Write events and deliveries. The last act before the commit."""
    if connection.dialect.name != "sqlite":
        return await _on_postgresql(connection, telling)
    kind = Kind.QUICK if len(telling.drafts) <= FEW else Kind.LONG
    return await errand(connection, lambda database: _on_sqlite(database, telling), kind)


# SQLite ---------------------------------------------------------------------------------------

_ENDPOINTS = "SELECT id, events FROM subscription WHERE state <> 'disabled' AND removed_at IS NULL"
_SUBJECT = (
    "INSERT INTO event_subject (subject, sequence) VALUES (?, 1) ON CONFLICT (subject) "
    "DO UPDATE SET sequence = sequence + 1 RETURNING sequence"
)
_EVENT = (
    "INSERT INTO event (position, id, sequence, type, subject, at, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_DELIVERY = (
    "INSERT INTO delivery (id, subscription_id, event_id, position, subject, state, attempt, "
    "next_at, trigger) VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?)"
)


def _on_sqlite(database: sqlite3.Connection, telling: Telling) -> Told:
    """On the connection, within its transaction."""
    raised = "UPDATE event_head SET position = position + ? WHERE id = 1 RETURNING position"
    ((last,),) = database.execute(raised, (len(telling.drafts),)).fetchall()
    subjects = [draft.subject for _, draft in telling.drafts]
    sequences = [database.execute(_SUBJECT, (one,)).fetchall()[0][0] for one in subjects]
    events = telling.events(last, sequences)
    database.executemany(
        _EVENT,
        [
            (one.position, one.id, one.sequence, one.type, one.subject, moment(one.at), text)
            for one, text in zip(events, telling.texts, strict=True)
        ],
    )
    ((before,),) = database.execute("SELECT coalesce(max(id), 0) FROM delivery").fetchall()
    endpoints = ((name, json.loads(globs)) for name, globs in database.execute(_ENDPOINTS))
    deliveries = tuple(
        telling.delivery(number, events[which], endpoint, trigger)
        for number, (which, endpoint, trigger) in enumerate(telling.ways(endpoints), before + 1)
    )
    at = moment(telling.at)
    database.executemany(
        _DELIVERY,
        [
            (one.id, one.subscription_id, one.event_id, one.position, one.subject, at, one.trigger.value)
            for one in deliveries
        ],
    )  # fmt: skip
    return Told(events=events, deliveries=deliveries, before=before)


# PostgreSQL -----------------------------------------------------------------------------------

_LOCK = """
WITH head AS (UPDATE event_head SET position = position + $1 WHERE id = 1 RETURNING position)
SELECT head.position, endpoint.id, endpoint.events FROM head LEFT JOIN subscription AS endpoint
ON endpoint.state <> 'disabled' AND endpoint.removed_at IS NULL
"""

# A statement of its own, begun when the lock was got: it sees the outbox as it is then.
_TELL = """
WITH told AS (
  SELECT *, row_number() OVER (PARTITION BY subject ORDER BY place) AS nth,
    count(*) OVER (PARTITION BY subject) AS many
  FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::json[])
    WITH ORDINALITY AS t (id, type, subject, at, data, place)
), raised AS (
  INSERT INTO event_subject AS known (subject, sequence)
  SELECT subject, count(*) FROM told GROUP BY subject ORDER BY subject
  ON CONFLICT (subject) DO UPDATE SET sequence = known.sequence + excluded.sequence
  RETURNING subject, sequence
), written AS (
  INSERT INTO event (position, id, sequence, type, subject, at, data)
  SELECT $1::bigint + place, id, raised.sequence - many + nth, type, subject, at, data
  FROM told JOIN raised USING (subject)
  RETURNING position, sequence
), sent AS (
  INSERT INTO delivery
    (subscription_id, event_id, position, subject, state, attempt, next_at, trigger)
  SELECT way.endpoint, told.id, $1::bigint + told.place, told.subject, 'pending', 0,
    $10::timestamptz, way.trigger
  FROM unnest($7::bigint[], $8::text[], $9::text[])
    WITH ORDINALITY AS way (place, endpoint, trigger, turn) JOIN told USING (place)
  ORDER BY way.turn
  RETURNING id, position, subscription_id
)
SELECT 'event' AS kind, position, sequence::bigint AS number, '' AS endpoint FROM written
UNION ALL SELECT 'delivery', position, id, subscription_id FROM sent
UNION ALL SELECT 'before', 0, coalesce((SELECT max(id) FROM delivery), 0), ''
"""
_AND_SAY = f"{_TELL} FROM pg_notify('{CHANNEL}', $11)"


async def _on_postgresql(connection: AsyncConnection, telling: Telling) -> Told:
    drafts = [draft for _, draft in telling.drafts]
    locked: Sequence[Any] = (await connection.exec_driver_sql(_LOCK, (len(drafts),))).all()
    last, base = locked[0][0], locked[0][0] - len(drafts)
    ways = telling.ways((name, _read(globs)) for _, name, globs in locked if name is not None)
    parameters: tuple[Any, ...] = (
        base,
        [name for name, _ in telling.drafts],
        [one.type.value for one in drafts],
        [one.subject for one in drafts],
        [one.at for one in drafts],
        list(telling.texts),
        [number + 1 for number, _, _ in ways],
        [endpoint for _, endpoint, _ in ways],
        [trigger.value for _, _, trigger in ways],
        telling.at,
    )
    if telling.word:
        rows = await connection.exec_driver_sql(_AND_SAY, (*parameters, telling.word))
    else:
        rows = await connection.exec_driver_sql(_TELL, parameters)
    return _handed(telling, last, ways, rows.all())


def _handed(
    telling: Telling, last: int, ways: Sequence[tuple[int, str, Trigger]], rows: Sequence[Any]
) -> Told:
    """What was written, from the rows that say so."""
    sequences = {position: number for kind, position, number, _ in rows if kind == "event"}
    ids = {(position, to): number for kind, position, number, to in rows if kind == "delivery"}
    before = next(number for kind, _, number, _ in rows if kind == "before")
    events = telling.events(last, [sequences[position] for position in sorted(sequences)])
    deliveries = tuple(
        telling.delivery(ids[events[which].position, endpoint], events[which], endpoint, trigger)
        for which, endpoint, trigger in ways
    )
    return Told(events=events, deliveries=deliveries, before=before)


def _read(globs: Any) -> Sequence[str]:
    """JSON from the driver: text, or read already, as it is set up."""
    read: Sequence[str] = json.loads(globs) if isinstance(globs, str | bytes) else globs
    return read

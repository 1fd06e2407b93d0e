"""What became of tries, put on record in one trip to the database: it is done for each delivery.

In SQL of the engine's own, as in `telling`, and for the same reason.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ffgateway.domain.subscriptions import Attempt, Delivery, DeliveryState
from ffgateway.store.event_tables import AttemptRow
from ffgateway.store.sqlite import errand, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a try changes: how its delivery is now. `counts` is false for a probe that failed."""

    delivery: Delivery
    state: DeliveryState
    next_at: datetime
    counts: bool = True


_ONE = (
    "UPDATE delivery SET state = ?, attempt = attempt + ?, next_at = ? "
    "WHERE id = ? AND attempt = ? AND state = 'pending'"
)
_ALL = """
UPDATE delivery AS known SET
  state = result.state, attempt = known.attempt + result.counts, next_at = result.next_at
FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::bigint[], $5::int[])
  AS result (state, counts, next_at, id, attempt)
WHERE known.id = result.id AND known.attempt = result.attempt AND known.state = 'pending'
RETURNING known.id
"""


async def record(connection: AsyncConnection, results: Sequence[Result]) -> frozenset[int]:
    """Write how deliveries are now; return the ids of those that were still as we knew them."""
    if not results:
        return frozenset()
    rows = [
        (one.state.value, int(one.counts), one.next_at, one.delivery.id, one.delivery.attempt)
        for one in results
    ]
    if connection.dialect.name == "sqlite":
        return await errand(connection, lambda database: _record(database, rows))
    kept = await connection.exec_driver_sql(_ALL, _columns(rows))
    return frozenset(kept.scalars())


def _record(
    database: sqlite3.Connection, rows: Sequence[tuple[str, int, datetime, int, int]]
) -> frozenset[int]:
    """On the connection's own thread, within its transaction."""
    kept = set()
    for state, counts, next_at, name, attempt in rows:
        done = database.execute(_ONE, (state, counts, moment(next_at), name, attempt))
        if done.rowcount:
            kept.add(name)
    return frozenset(kept)


_COLUMNS = tuple(AttemptRow.model_fields)
_NAMES = ", ".join(_COLUMNS)
_KINDS = {
    "attempt": "int", "duration_ms": "int", "status": "int",
    "at": "timestamptz", "next_at": "timestamptz",
    "dns_ms": "float8", "connect_ms": "float8", "tls_ms": "float8", "first_byte_ms": "float8",
}  # fmt: skip
_ARRAYS = ", ".join(
    f"${place}::{_KINDS.get(name, 'text')}[]" for place, name in enumerate(_COLUMNS, 1)
)
# the words come from the columns, the values as parameters
_NOTE = f"INSERT INTO attempt ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_NOTE_ALL = f"INSERT INTO attempt ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608


async def note(connection: AsyncConnection, attempts: Sequence[Attempt]) -> None:
    """Keep how tries went."""
    if not attempts:
        return
    rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in attempts]
    if connection.dialect.name == "sqlite":
        flat = [tuple(_flat(value) for value in row) for row in rows]
        await errand(connection, lambda database: database.executemany(_NOTE, flat))
    else:
        await connection.exec_driver_sql(_NOTE_ALL, _columns(rows))


def _flat(value: Any) -> Any:
    """A value as SQLite has it."""
    return moment(value) if isinstance(value, datetime) else value


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))

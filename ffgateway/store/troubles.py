"""Faults of a disk, a database or an object store, said in our words at the edge of this room.

What is a fault of ours, a statement that is wrong or a rule of a table that was broken, stays what it is.
"""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError

from ffgateway.domain.errors import StorageFull, StorageUnavailable

log = logging.getLogger(__name__)

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

OF_A_FOLDER: Final = f"(os error {errno.ENOSPC})"
"""How obstore tells of it where its store is a folder: it has no number of its own for that."""

AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What SQLite says of its file and of the disk below it, rather than of what it was asked."""

PRIMARY: Final = 0xFF
"""The part of a code of SQLite that says the kind."""

CLASSES: Final = frozenset({"08", "53", "57", "58"})
"""Classes of PostgreSQL's codes for a connection, its resources, an operator's doing, its system."""

DISK_FULL: Final = "53100"


@contextmanager
def documents_told(*, absent: bool) -> Iterator[None]:
    """Raise `StorageUnavailable` for what the place of documents does not do.

    With `absent` it is an answer that something is not there: `FileNotFoundError` stays what it is.
    """
    try:
        yield
    except (OSError, BaseError) as fault:
        if absent and isinstance(fault, FileNotFoundError):
            raise
        full = getattr(fault, "errno", None) in NO_ROOM or OF_A_FOLDER in str(fault)
        raise _told("The place where documents are kept", fault, full=full) from fault


@contextmanager
def database_told() -> Iterator[None]:
    """Raise `StorageUnavailable` for what the database cannot do now."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        lost = isinstance(fault, DBAPIError) and fault.connection_invalidated
        code = _code(fault)
        if not lost and code is None:
            raise
        raise _told("The database", fault, full=code in {sqlite3.SQLITE_FULL, DISK_FULL}) from fault
    except OSError as fault:  # it cannot be connected to
        raise _told("The database", fault, full=False) from fault


def _told(what: str, fault: Exception, *, full: bool) -> StorageUnavailable:
    log.warning("storage.trouble", extra={"reason": str(fault).partition("\n")[0]})
    if full:
        return StorageFull(
            f"{what} has no room left.",
            cure="An operator has to make room; then send the same again.",
        )
    return StorageUnavailable(
        f"{what} does not answer as it should.",
        cure="Send the same again in a moment; the log says what is the matter.",
    )


def _code(fault: BaseException | None) -> int | str | None:
    """What the engine calls it, where that is no fault of ours."""
    while fault is not None:
        number = getattr(fault, "sqlite_errorcode", None)
        if number is not None and number & PRIMARY in AWAY:
            return int(number & PRIMARY)
        state = getattr(fault, "sqlstate", None)
        if state is not None and state[:2] in CLASSES:
            return str(state)
        fault = fault.orig if isinstance(fault, DBAPIError) else fault.__cause__
    return None

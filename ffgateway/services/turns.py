"""In which order what is due is handed over."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from ffgateway.domain.faxes import Submission
from ffgateway.store.transaction import Transaction

MOST_HELD = 400
"""About how many faxes one claim holds: the rest of a batch that nobody can take is for the next."""

AT_A_TIME = 20
"""Requests that are read in one go."""

LONG = timedelta(days=1)
"""How long something may be overtaken by what is more urgent."""


async def in_turn(
    tx: Transaction, now: datetime, *, longest: datetime
) -> AsyncIterator[Submission]:
    """What is due, the most urgent first; before it what has been due for `LONG` and longest.

    One at a time goes before, so that a low priority delays and never forbids. `longest` is when the
    first of them was due.
    """
    since = now - LONG
    first = await tx.submissions.overdue(since=since) if longest <= since else None
    if first is not None:
        yield first
    last: Submission | None = None
    more = True
    while more:
        some = await tx.submissions.due(at=now, limit=AT_A_TIME, after=last)
        for submission in some:
            if first is None or submission.id != first.id:
                yield submission
        more, last = len(some) == AT_A_TIME, some[-1] if some else None

"""In which order what is due is handed over."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from ffgateway.domain.submissions import Submission
from ffgateway.store.transaction import Transaction

MOST_HELD = 400
"""About how many faxes one claim holds: the rest of a batch that nobody can take is for the next."""

AT_A_TIME = 20
"""The most requests that are read in one go. The first go is of two: mostly no more are needed, and
one of a batch is hundreds of recipients."""

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
    more, limit = True, 2
    while more:
        some = await tx.submissions.due(at=now, limit=limit, after=last)
        for submission in some:
            if first is None or submission.id != first.id:
                yield submission
        more, last = len(some) == limit, some[-1] if some else None
        limit = min(2 * limit, AT_A_TIME)

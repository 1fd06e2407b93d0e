"""When to try a delivery again."""

from datetime import timedelta

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The wait before each try, the first included: some three days in all, so that a receiver may be
down from Friday night to Monday morning and still get everything."""

LONGEST_WISH = timedelta(hours=24)
"""How far a `Retry-After` may push the next try."""


def wait_before(attempt: int, *, spread: float) -> timedelta | None:
    """Return the wait before try number `attempt` (from 1), or None to give up.

    `spread` in [0, 1) moves the wait by up to a fifth either way, so that a thousand deliveries
    to one host that was down do not come back in the same second.
    """
    if attempt > len(SCHEDULE):
        return None
    return SCHEDULE[attempt - 1] * (0.8 + 0.4 * spread)

"""How long a fax may stay where it is, and what follows from how it ended. Data; time comes in as an argument."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ffgateway.domain.failures import RetryClass
from ffgateway.domain.faxes import Fax, FaxStatus

STUCK_AFTER: Final[Mapping[FaxStatus, timedelta]] = {
    FaxStatus.SUBMITTING: timedelta(minutes=6),  # a hand-over itself ends after five
    FaxStatus.UNCERTAIN: timedelta(minutes=5),
    FaxStatus.PREPARING: timedelta(minutes=30),
    FaxStatus.SENDING: timedelta(minutes=60),
    FaxStatus.CANCELLING: timedelta(minutes=10),
    FaxStatus.DEVICE_QUEUED: timedelta(hours=6),
    FaxStatus.RETRY_WAIT: timedelta(hours=6),
}
"""How long nothing may change about a fax in a status before it counts as stuck. What waits in the
gateway is not stuck: it says what it waits for."""

WAITS: Final[Mapping[RetryClass, timedelta]] = {
    RetryClass.SHORT: timedelta(minutes=5),
    RetryClass.LONG: timedelta(hours=1),
    RetryClass.LIMITED: timedelta(minutes=30),
    RetryClass.OTHER_LINE: timedelta(minutes=2),
    RetryClass.OTHER_DEVICE: timedelta(0),
}
"""How long the gateway waits before it sends a failed fax once more, on top of the appliance's own
tries. What is not here is never sent again by itself."""

MOST_ROUNDS: Final[Mapping[RetryClass, int]] = {RetryClass.LIMITED: 1}
"""How often at the most where a person may be answering."""

SUPPRESSED_BY: Final[Mapping[str, tuple[int, timedelta]]] = {
    "not_a_fax": (2, timedelta(days=30)),
    "number_unassigned": (1, timedelta(days=90)),
}
"""After how many failures of a code a number gets no faxes, and for how long."""


def stuck(fax: Fax, *, now: datetime) -> bool:
    """Whether a fax has not moved for too long, and that was not said of its present status."""
    limit = STUCK_AFTER.get(fax.status)
    waits = fax.next_attempt_at is not None and fax.next_attempt_at > now
    told = fax.stuck_as == fax.status.value
    return limit is not None and not told and not waits and now - fax.updated_at > limit


def next_round(fax: Fax) -> datetime | None:
    """When a failed fax is to be sent once more; None for never."""
    if fax.failure is None or fax.finished_at is None or fax.retried_as is not None:
        return None
    wait = WAITS.get(fax.failure.retry_class)
    most = MOST_ROUNDS.get(fax.failure.retry_class, fax.rounds_left)
    if wait is None or min(most, fax.rounds_left) < 1:
        return None
    return fax.finished_at + wait

"""How long a fax may stay where it is, and what follows from how it ended. Data; time comes in as an argument."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ffgateway.domain.classifying import code_for
from ffgateway.domain.events import Event, EventDraft, EventType
from ffgateway.domain.failures import RetryClass, failure
from ffgateway.domain.faxes import Fax, FaxStatus, moved

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

DECIDED_AFTER: Final = timedelta(hours=1)
"""How long after its deadline a fax in doubt is decided without anybody's word."""

WAITS: Final[Mapping[RetryClass, timedelta]] = {
    RetryClass.SHORT: timedelta(minutes=5),
    RetryClass.LONG: timedelta(hours=1),
    RetryClass.LIMITED: timedelta(minutes=30),
    RetryClass.OTHER_LINE: timedelta(minutes=2),
    RetryClass.OTHER_DEVICE: timedelta(0),
}
"""How long the gateway waits before it sends a failed fax once more, on top of the appliance's own
tries. What is not here is never sent again by itself."""

ELSEWHERE: Final = frozenset({RetryClass.OTHER_LINE, RetryClass.OTHER_DEVICE})
"""Failures after which another appliance is preferred, where there is one."""

MOST_ROUNDS: Final[Mapping[str, int]] = {"not_a_fax": 1, "unclassified": 1}
"""How often at the most where a person may be answering, or nobody knows what happened."""

MOST_CALLS: Final[Mapping[str, int]] = {"not_a_fax": 2}
"""After how many calls that ended so a fax is given up, whatever tries its appliance has left: a person
may be answering."""

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


def rounds_left(fax: Fax) -> int:
    """How often a failed fax may be sent once more."""
    if fax.failure is None or fax.failure.retry_class not in WAITS:
        return 0
    if fax.failure.attempts >= MOST_CALLS.get(fax.failure.code, fax.failure.attempts + 1):
        return 0
    return min(fax.rounds_left, MOST_ROUNDS.get(fax.failure.code, fax.rounds_left))


def next_round(fax: Fax) -> datetime | None:
    """When a failed fax is to be sent once more; None for never."""
    if fax.failure is None or fax.finished_at is None or fax.retried_as is not None:
        return None
    if rounds_left(fax) < 1:
        return None
    return fax.finished_at + WAITS[fax.failure.retry_class]


def calls_ended_so(events: Iterable[Event | EventDraft], code: str) -> int:
    """How many calls of a fax its events say to have ended with a code, the last one not among them."""
    return sum(
        event.type == EventType.FAX_ATTEMPT_FAILED and event.data.get("code") == code
        for event in events
    )


def enough(fax: Fax, events: Iterable[Event | EventDraft], *, at: datetime) -> Fax | None:
    """The fax as it is called off because its number was called often enough; None to let it go on."""
    code = code_for(fax.device_message)
    most = MOST_CALLS.get(code)
    if most is None or fax.status is not FaxStatus.RETRY_WAIT or fax.foreign:
        return None
    calls = calls_ended_so(events, code)
    if calls < most:
        return None
    why = failure(
        code,
        attempts=calls,
        device_id=fax.device_id,
        device_state=fax.device_state,
        device_text=fax.device_message,
    )
    return moved(fax, FaxStatus.CANCELLING, at=at, cancel_requested_at=at, failure=why)

"""Who wants to be told of what, and how telling them went."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase


class SubscriptionState(StrEnum):
    """`disabled` is the receiver's doing (410 Gone) or an operator's; its queue is kept."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook endpoint: events whose type matches one of the globs are posted to `url`."""

    id: str
    url: str
    events: tuple[str, ...]  # globs: `*`, `fax.*`, `fax.delivered`
    created_at: datetime
    description: str = ""
    state: SubscriptionState = SubscriptionState.ACTIVE
    created_by: str = ""
    revision: int = 1

    def matches(self, event_type: str) -> bool:
        """Whether an event of this type is for this endpoint now."""
        return self.state is SubscriptionState.ACTIVE and any(
            fnmatchcase(event_type, glob) for glob in self.events
        )


class DeliveryState(StrEnum):
    """Where one event's way to one endpoint has got to."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint. `epoch` rises with each claim: a late hand is refused."""

    id: int
    subscription_id: str
    event_id: str
    subject: str
    position: int
    state: DeliveryState
    attempt: int  # tries made so far
    next_at: datetime
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a delivery, as it went. `status` is None when no answer came; then `error` says why."""

    id: str
    subscription_id: str
    event_id: str
    event_type: str
    attempt: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str
    response: str  # the first 4 KiB of the answer
    next_at: datetime | None  # when it is tried again; None when delivered or given up

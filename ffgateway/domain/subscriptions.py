"""Who wants to be told of what, and how telling them went."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from ffgateway.domain.receivers import PLAIN, BodyFormat, Consent, Include, Outline


class SubscriptionState(StrEnum):
    """Only a disabled endpoint misses events; what one that is paused misses, it gets when it is resumed.

    `disabled` is the receiver's doing (410 Gone) or an operator's. In both cases its queue is kept.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class PausedBy(StrEnum):
    """Who paused an endpoint. What the gateway paused it probes, and resumes by itself."""

    OPERATOR = "operator"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook endpoint: events whose type matches one of the globs are posted to `url`.

    In order means: of the events of one subject, none is sent before the one before it is done
    with. Otherwise each goes when it can, and a try that failed holds back nothing.
    """

    id: str
    url: str
    events: tuple[str, ...]  # globs: `*`, `fax.*`, `fax.delivered`
    created_at: datetime
    description: str = ""
    state: SubscriptionState = SubscriptionState.ACTIVE
    created_by: str = ""
    revision: int = 1
    ordered: bool = True
    rate_per_second: float | None = None  # None: as fast as it answers
    paused_by: PausedBy | None = None
    pause_reason: str = ""
    paused_at: datetime | None = None
    probe_at: datetime | None = None  # when the gateway next tries one that it paused
    probes: int = 0  # tries of that kind since it was paused
    slow_until: datetime | None = None  # the receiver asked to be left alone until then
    include: tuple[Include, ...] = ()
    body: BodyFormat = BodyFormat.STANDARD
    outline: Outline = PLAIN
    consent: Consent | None = None

    @property
    def version(self) -> dict[str, object]:
        """What a version of it is known by: every change of its settings or state is another one."""
        return {"id": self.id, "revision": self.revision}

    @property
    def pace(self) -> float | None:
        """Deliveries a second at most: as it is set, and as the endpoint allowed; None for no limit."""
        allowed = self.consent.rate if self.consent else None
        limits = (self.rate_per_second, allowed / 60 if allowed else None)
        return min((one for one in limits if one is not None), default=None)

    def matches(self, event_type: str) -> bool:
        """Whether an event of this type is for this endpoint, now or once it is resumed."""
        return self.state is not SubscriptionState.DISABLED and fits(event_type, self.events)


def fits(event_type: str, globs: Iterable[str]) -> bool:
    """Whether a type is one of those that somebody asked for."""
    return any(fnmatchcase(event_type, glob) for glob in globs)


def paused_as(
    subscription: Subscription, *, by: PausedBy, reason: str, at: datetime
) -> Subscription:
    """The endpoint, paused. What the gateway pauses has `probe_at` besides, from `domain.endpoints`."""
    return replace(
        subscription,
        state=SubscriptionState.PAUSED,
        paused_by=by,
        pause_reason=reason,
        paused_at=at,
        probe_at=None,
        probes=0,
    )


def resumed(subscription: Subscription) -> Subscription:
    """The endpoint, active, and no longer slowed."""
    return replace(
        subscription,
        state=SubscriptionState.ACTIVE,
        paused_by=None,
        pause_reason="",
        paused_at=None,
        probe_at=None,
        probes=0,
        slow_until=None,
    )


class DeliveryState(StrEnum):
    """Where one event's way to one endpoint has got to. All but the first are ends."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up: a dead letter
    REPLAYED = (
        "replayed"  # a dead letter that is, or was, on its way again by a delivery of its own
    )
    DISCARDED = "discarded"  # a dead letter that somebody wants no more of
    CANCELLED = "cancelled"  # of a replay that was called off


class Trigger(StrEnum):
    """Why something is sent to an endpoint."""

    EVENT = "event"  # it happened
    RETRY = "retry"  # an earlier try failed
    PROBE = "probe"  # to see whether a paused endpoint is well again
    TEST = "test"  # somebody asked for a ping
    REPLAY = "replay"  # somebody asked for it once more


class Result(StrEnum):
    """How a try went, in a word."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint.

    `id` is its place in the order of sending. `attempt` rises with each try on record: a hand that
    comes with an older one is too late.
    """

    id: int
    subscription_id: str
    event_id: str
    subject: str
    position: int
    state: DeliveryState
    attempt: int  # tries made so far
    next_at: datetime
    trigger: Trigger = Trigger.EVENT  # of the first try
    replay_id: str | None = None  # the replay that asked for it; one event may so go there again


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a delivery, as it went. `status` is None when no answer came; then `error` says why.

    Of the times, those are None that the try did not need (a connection was kept) or come to.
    """

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
    trigger: Trigger
    address: str  # the concrete address that was called, or the last one tried
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None  # from the request's last byte to the answer's first

    @property
    def result(self) -> Result:
        """Delivered is a whole answer that says so: anything else is tried again, or given up."""
        good = not self.error and self.status is not None and 200 <= self.status < 300
        return Result.DELIVERED if good else Result.FAILED

"""A replay: events sent to an endpoint once more, or for the first time, because somebody asked.

What it takes is settled when it is asked for: by a selection that no later event can be part of,
and a count. It then works through the log in order, a piece at a time, and lets so few of its
events wait at once that what happens meanwhile is told among them and not behind them.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WINDOW = 500
"""Events of one replay that may wait for the endpoint at once."""

FEWEST = 4
"""What may always wait, however slow the endpoint is to be told."""

AHEAD = 5.0
"""Seconds' worth of what the endpoint's rate allows that may wait: what happens waits as long behind it."""

MOST_LISTED = 500
"""Events that may be named one by one. More are refused, and never cut off."""


class Which(StrEnum):
    """What kind of events is sent again."""

    EVENTS = "events"  # those that are named
    RANGE = "range"  # whatever the endpoint subscribed to, within bounds
    FAILED = "failed"  # its dead letters
    NEVER_ATTEMPTED = "never_attempted"  # what it subscribed to and was never sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which events, once it is settled: only ones that were in the log when somebody asked.

    Bounds that are not given are none. `until` is a position that is included, `after` and `before`
    are not, `since` is.
    """

    which: Which
    at: datetime  # when it was asked for: what becomes a dead letter later is none of its own
    after: int = 0
    until: int
    since: datetime | None = None
    before: datetime | None = None
    types: tuple[str, ...] = ()  # globs, of which one must match; none: any
    subject: str | None = None
    positions: tuple[int, ...] | None = None  # of the events that are named, if any are


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which events, as somebody asks for them: what `Selection` says, before the log was looked at.

    Everything that is given narrows every kind; none of the bounds is the whole log.
    """

    which: Which
    events: tuple[str, ...] = ()
    after: int | None = None
    until: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    types: tuple[str, ...] = ()
    subject: str | None = None


class ReplayState(StrEnum):
    """Where a replay is. The last two are ends."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the events that a replay has put on their way."""

    waiting: int = 0
    delivered: int = 0
    failed: int = 0  # given up: dead letters, whatever was done with them since
    cancelled: int = 0  # called off before they were delivered

    @property
    def queued(self) -> int:
        """How many there are."""
        return self.waiting + self.delivered + self.failed + self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay to one endpoint.

    `position` is how far into the log it has come. `total` events were selected when it was asked
    for; `passed_over` of them were on their way already, or gone, when it came to them. `tally` is
    what it ended with; until then its deliveries are counted.
    """

    id: str
    subscription_id: str
    selection: Selection
    created_at: datetime
    created_by: str
    total: int
    state: ReplayState = ReplayState.RUNNING
    position: int = 0
    passed_over: int = 0
    finished_at: datetime | None = None
    tally: Tally | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A replay, and how far it is."""

    replay: Replay
    tally: Tally


def room(*, rate: float | None, waiting: int) -> int:
    """How many more events of a replay may be put on their way now.

    Nothing until half of what may wait is gone, so that pieces are worth a transaction.
    """
    window = WINDOW if rate is None else min(WINDOW, max(FEWEST, math.ceil(rate * AHEAD)))
    free = window - waiting
    return free if free >= window / 2 else 0

"""How an endpoint is doing, and how much it may be sent. Pure: time and chance come in as arguments.

A run, not a rate: an endpoint that answers every other event is worth every try, and one that
answered nothing for a while is not worth using up the tries of everything that waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from ffgateway.domain.retries import LONGEST_WISH

Thing = TypeVar("Thing")

AT_ONCE: Final = 4
"""Tries under way to one endpoint together."""

SICK: Final = 15
"""The weight of failures in a row from which an endpoint is paused: more than the tries of one event,
and where three of ten fail by chance once in seventy million."""

TIMEOUT: Final = 3
"""What a try weighs that came to no end in time: it held its place for all of that time."""

PROBES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 60, 300, 900))
"""The waits before each probe of a paused endpoint; the last one for ever. It is never given up."""

HEADS: Final = 5
"""Events that take turns at being the probe, in case that the first is what it stumbles over."""

SLOWED: Final = timedelta(seconds=60)
"""How far an endpoint is slowed that says it has too much to do, and not until when."""


@dataclass(slots=True)
class Health:
    """Failures in a row at one endpoint."""

    weight: int = 0
    run: int = 0

    def note(self, *, failed: bool, timed_out: bool) -> bool:
        """Count a try that ended; return whether the endpoint is sick now."""
        if not failed:
            self.weight = self.run = 0
            return False
        self.run += 1
        self.weight += TIMEOUT if timed_out else 1
        return self.weight >= SICK


def slowed(run: int, *, wish: timedelta | None) -> timedelta:
    """How long to leave an endpoint alone that has too much to do: as it wishes, or twice as long
    after each failure in a row.
    """
    if wish is not None:
        return min(wish, LONGEST_WISH)
    return min(timedelta(seconds=2 ** min(run - 1, 10)), SLOWED)


def probe_wait(probes: int, *, wish: timedelta | None, spread: float) -> timedelta:
    """How long to wait before the next probe, after so many of them that failed."""
    wait = PROBES[min(probes, len(PROBES) - 1)] * (0.8 + 0.4 * spread)
    return max(wait, min(wish or timedelta(0), LONGEST_WISH))


def probe_of(heads: Sequence[Thing], probes: int) -> Thing:
    """Which of the events that could go first is sent to see how an endpoint does."""
    return heads[probes % min(len(heads), HEADS)]


class Bucket:
    """Tokens that come at a rate; a send takes one. In any time there are as many as came, and `burst`.

    It begins empty: an endpoint that goes from one process to the next must not get more by it.
    """

    def __init__(self, rate: float, *, now: datetime) -> None:
        self.rate = rate
        self.burst = 1 + rate / 10
        self._tokens = 0.0
        self._at = now

    def _fill(self, now: datetime) -> None:
        came = max((now - self._at).total_seconds(), 0.0) * self.rate
        self._tokens = min(self._tokens + came, self.burst)
        self._at = max(self._at, now)

    def take(self, now: datetime) -> bool:
        """Take a token, if there is one."""
        self._fill(now)
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True

    def next_at(self, now: datetime) -> datetime:
        """When there is a token."""
        self._fill(now)
        return now + timedelta(seconds=max(1 - self._tokens, 0.0) / self.rate)

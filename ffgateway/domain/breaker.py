"""When an appliance that fails now and then has failed too often. Pure: time comes in as an argument.

A rate, not a run: an appliance that answers every other time never fails twice in a row, and no
hand-over should be left to such luck.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ffgateway.domain.placement import TRIED_AGAIN

WINDOW: Final = timedelta(minutes=3)
"""How far back exchanges count."""

FEWEST: Final = 6
"""Exchanges below which no rate says anything."""

TOO_MANY: Final = 0.5
"""The part of them that may fail."""

WELL: Final = 3
"""Exchanges in a row that have to go well before a degraded appliance is believed again."""


HANDOVERS: Final = timedelta(minutes=15)
"""How far back hand-overs count: each that ends in doubt keeps its appliance busy for a while."""

FEWEST_HANDOVERS: Final = 4
"""Hand-overs below which no rate says anything."""


class Verdict(StrEnum):
    """What one more exchange changes."""

    NOTHING = "nothing"
    DEGRADED = "degraded"  # it has failed too often, or failed the test
    RECOVERED = "recovered"


class State(StrEnum):
    """Whether hand-overs pass."""

    CLOSED = "closed"  # they do
    OPEN = "open"  # they do not
    HALF_OPEN = "half_open"  # one may, to see


def state(degraded_since: datetime | None, *, now: datetime) -> State:
    """Whether hand-overs pass to an appliance that is degraded since then."""
    if degraded_since is None:
        return State.CLOSED
    return State.OPEN if now < degraded_since + TRIED_AGAIN else State.HALF_OPEN


@dataclass(slots=True, kw_only=True)
class Breaker:
    """What is remembered of one appliance's exchanges of one kind."""

    window: timedelta = WINDOW
    fewest: int = FEWEST
    well: int = WELL
    _ended: list[tuple[datetime, bool]] = field(default_factory=list)

    def note(self, *, well: bool, degraded: bool, now: datetime) -> Verdict:
        """Count an exchange that ended. `degraded` is whether the appliance counts as that now."""
        self._ended.append((now, well))
        self._ended = [one for one in self._ended if one[0] > now - self.window]
        if degraded:
            lately = [ended for _, ended in self._ended[-self.well :]]
            if not well:
                return Verdict.DEGRADED
            enough = len(lately) == self.well and all(lately)
            return Verdict.RECOVERED if enough else Verdict.NOTHING
        failed = sum(not ended for _, ended in self._ended)
        if len(self._ended) < self.fewest or failed / len(self._ended) < TOO_MANY or well:
            return Verdict.NOTHING
        return Verdict.DEGRADED


def of_handovers() -> Breaker:
    """One for hand-overs. They are fewer than looks, and what matters: one that goes well is enough."""
    return Breaker(window=HANDOVERS, fewest=FEWEST_HANDOVERS, well=1)

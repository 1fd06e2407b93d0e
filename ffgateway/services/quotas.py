"""What each principal asked for in the present minute: one budget, whichever surface it asks.

Kept in memory, by each gateway for itself: with several, a principal has the budget at each of them.
"""

import math
from dataclasses import dataclass

from ffgateway.clock import Clock
from ffgateway.domain.errors import QuotaExceeded
from ffgateway.domain.quotas import WINDOW, Standing

CROWD = 1000
"""Windows beyond this many are looked through for those that are over."""


@dataclass(slots=True)
class _Window:
    ends: float
    spent: int = 0


class Quotas:
    """Budgets by principal. `per_minute` 0: nothing is counted and nobody refused."""

    def __init__(self, clock: Clock, *, per_minute: int) -> None:
        self._clock = clock
        self._limit = per_minute
        self._windows: dict[str, _Window] = {}

    def spend(self, principal_id: str, cost: int) -> Standing | None:
        """Take `cost` out of a budget, before anything is done; None when there are no budgets.

        Raises `QuotaExceeded`, and takes nothing, when it does not hold that much.
        """
        if not self._limit:
            return None
        window = self._window(principal_id)
        if window.spent + cost > self._limit:
            raise QuotaExceeded(cost=cost, standing=self._standing(window))
        window.spent += cost
        return self._standing(window)

    def standing(self, principal_id: str) -> Standing | None:
        """What is left, without taking anything."""
        return self._standing(self._window(principal_id)) if self._limit else None

    def give_back(self, principal_id: str, cost: int, *, taken: Standing) -> Standing | None:
        """Put back what turned out not to be needed, unless the minute it was taken out of is over."""
        if not self._limit:
            return None
        window = self._window(principal_id)
        if window.ends == taken.ends:
            window.spent = max(0, window.spent - cost)
        return self._standing(window)

    def _window(self, principal_id: str) -> _Window:
        now = self._clock.monotonic()
        window = self._windows.get(principal_id)
        if window is None or window.ends <= now:
            if len(self._windows) >= CROWD:
                self._windows = {name: one for name, one in self._windows.items() if one.ends > now}
            window = self._windows[principal_id] = _Window(ends=now + WINDOW.total_seconds())
        return window

    def _standing(self, window: _Window) -> Standing:
        return Standing(
            limit=self._limit,
            remaining=self._limit - window.spent,
            resets_in=max(1, math.ceil(window.ends - self._clock.monotonic())),
            ends=window.ends,
        )

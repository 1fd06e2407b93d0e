"""The record of a call that was placed, kept for the logs."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ffgateway.simulator.lines import BAUD_RATE

KEPT: Final = 10_000
"""Finished calls that are remembered, so that a unit can run for months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A try at sending that is over. `pages` are those that got through."""

    start: datetime
    end: datetime
    sent: bool
    line: int
    fax_number: str
    owner: str
    fax_key: str
    entry_key: str
    pages: int
    message: str
    remote_id: str = ""
    baud_rate: str = BAUD_RATE

    @property
    def duration(self) -> timedelta:
        """How long the line was taken."""
        return self.end - self.start


def book() -> deque[Placed]:
    """An empty record that forgets the oldest."""
    return deque(maxlen=KEPT)

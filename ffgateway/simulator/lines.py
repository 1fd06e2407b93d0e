"""The lines of an appliance: who is on which, since when, and what a status page says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ffgateway.simulator.entries import Entry
from ffgateway.simulator.scenarios import Try


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An outbound call under way, with its end already known: time is simulated."""

    entry: Entry
    script: Try
    pages: int  # that will be sent before it ends
    began: datetime
    connects: datetime
    a_page: timedelta
    ends: datetime

    def page_at(self, now: datetime) -> int:
        """Return the page being transferred at `now`, 0 before the far end has answered."""
        if now < self.connects or not self.pages:
            return 0
        if not self.a_page:
            return self.pages
        return min(self.pages, (now - self.connects) // self.a_page + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """A fax coming in."""

    remote_id: str
    extension: str
    pages: int
    began: datetime
    a_page: timedelta
    ends: datetime

    def page_at(self, now: datetime) -> int:
        """Return the page being received at `now`, from 1."""
        if not self.a_page:
            return self.pages
        return min(self.pages, (now - self.began) // self.a_page + 1)


class Lines:
    """A pool of lines numbered from 1. The lowest free one is taken (inferred)."""

    def __init__(self, count: int) -> None:
        self._busy: dict[int, Call | Reception | None] = dict.fromkeys(range(1, count + 1))

    def __iter__(self) -> Iterator[tuple[int, Call | Reception | None]]:
        return iter(self._busy.items())

    def __len__(self) -> int:
        return len(self._busy)

    @property
    def free(self) -> int | None:
        """The number of a free line, or None."""
        return next((number for number, use in self._busy.items() if use is None), None)

    def take(self, number: int, use: Call | Reception) -> None:
        """Put a call on a free line."""
        self._busy[number] = use

    def release(self, number: int) -> None:
        """Hang up."""
        self._busy[number] = None

    def line_of(self, entry: Entry) -> int | None:
        """Return the line an entry is being sent on, or None."""
        return next(
            (
                number
                for number, use in self._busy.items()
                if isinstance(use, Call) and use.entry is entry
            ),
            None,
        )

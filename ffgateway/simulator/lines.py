"""The lines of an appliance: who is on which, since when, and what a status page says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ffgateway.simulator.entries import Entry
from ffgateway.simulator.scenarios import Try

BAUD_RATE: Final = "33600"
"""V.34 at its best (documented as the fastest)."""


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
class Incoming:
    """A fax coming in, with its end already known."""

    remote_id: str
    extension: str
    pages: int  # that will be begun before it ends
    began: datetime
    a_page: timedelta
    ends: datetime
    recipient: str = ""
    complete: bool = True  # False: it breaks off in its last page

    def page_at(self, now: datetime) -> int:
        """Return the page being received at `now`, from 1."""
        if not self.a_page:
            return self.pages
        return min(self.pages, (now - self.began) // self.a_page + 1)


class Lines:
    """A pool of lines numbered from 1. The lowest free one is taken (inferred)."""

    def __init__(self, count: int) -> None:
        self._busy: dict[int, Call | Incoming | None] = dict.fromkeys(range(1, count + 1))
        self.spoilt: set[int] = set()  # lines without a dial tone: what goes out over them fails

    def __iter__(self) -> Iterator[tuple[int, Call | Incoming | None]]:
        return iter(self._busy.items())

    def __len__(self) -> int:
        return len(self._busy)

    @property
    def free(self) -> int | None:
        """The number of a free line, or None."""
        return next((number for number, use in self._busy.items() if use is None), None)

    def free_at(self, number: int | None) -> int | None:
        """Return that line's number if it is free, or any free one's; None when there is none."""
        if number is None:
            return self.free
        return number if number in self._busy and self._busy[number] is None else None

    def use(self, number: int) -> Call | Incoming | None:
        """Return what a line is used for."""
        return self._busy[number]

    def take(self, number: int, use: Call | Incoming) -> None:
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

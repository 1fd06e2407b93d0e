"""How a fax comes in, in simulated time: a line is taken, pages count up, a record is left.

    a call -> line 1..n, page 1, 2, ... -> over -> one `Reception`, kept for the inbound log

Nobody's guide says how a reception can fail or in which words; the states and texts here are
plain words of our own (inferred throughout).
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from ffgateway.simulator.lines import BAUD_RATE, Incoming, Lines
from ffgateway.simulator.scenarios import Ending

RECEIVED: Final = "Successfully received fax"
BROKEN_OFF: Final = "Page {page} failed"
INTERRUPTED: Final = "Interrupted by restart"

KEPT: Final = 10_000
"""Finished calls that are remembered, so that a unit can run for months."""

MOST_PAGES: Final = 1000
SLOWEST: Final = 3600
"""Seconds a page may be made to take."""

FAX_BACK: Final = timedelta(seconds=30)
"""How long a far machine takes to fax back, and to try again when it finds all lines busy."""
FAX_BACK_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A machine that calls, and what it is going to send. `line` None takes any free one."""

    remote_id: str
    extension: str = ""
    recipient: str = ""
    pages: int = 1
    a_page: timedelta | None = None  # the appliance's usual pace
    ending: Ending = Ending.OK
    fails_on: int | None = None  # the last page
    line: int | None = None

    @property
    def sent(self) -> int:
        """How many pages are begun before it ends."""
        if self.ending is not Ending.FAIL:
            return self.pages
        return self.pages if self.fails_on is None else min(self.fails_on, self.pages)


def caller_from(described: Mapping[str, Any]) -> Caller:
    """Read a call out of JSON; what is left out is usual. Raises `ValueError` or `TypeError`."""
    known = {"remote_id", "extension", "recipient", "pages", "page_seconds", "line"}
    unknown = sorted(set(described) - known - {"outcome", "fails_on"})
    if unknown:
        raise ValueError(f"{unknown[0]} is not one of a call's fields")
    pages, seconds = int(described.get("pages", 1)), described.get("page_seconds")
    fails_on, line = described.get("fails_on"), described.get("line")
    if not 0 <= pages <= MOST_PAGES:
        raise ValueError(f"pages must be between 0 and {MOST_PAGES}")
    if seconds is not None and not 0 <= float(seconds) <= SLOWEST:
        raise ValueError(f"page_seconds must be between 0 and {SLOWEST}")
    if fails_on is not None and int(fails_on) < 1:
        raise ValueError("fails_on is a page, from 1")
    return Caller(
        remote_id=str(described.get("remote_id", "555-0100")),
        extension=str(described.get("extension", "")),
        recipient=str(described.get("recipient", "")),
        pages=pages,
        a_page=None if seconds is None else timedelta(seconds=float(seconds)),
        ending=Ending(described.get("outcome", "ok")),
        fails_on=None if fails_on is None else int(fails_on),
        line=None if line is None else int(line),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """A call that came in and is over. `pages` are the good ones; a broken-off page isn't."""

    start: datetime
    end: datetime
    state: str  # received | failed
    line: int
    extension: str
    recipient: str
    remote_id: str
    pages: int
    message: str
    baud_rate: str = BAUD_RATE

    @property
    def duration(self) -> timedelta:
        """How long the line was taken."""
        return self.end - self.start


class Agenda(Protocol):
    """Whoever owns time: what is planned happens when it gets there."""

    now: datetime
    down_until: datetime  # nothing is answered before

    def plan(self, at: datetime, happen: Callable[[], None]) -> None:
        """Have something happen."""


class Receiving:
    """The side of the lines that answers. `receptions` are the finished calls, the oldest first."""

    def __init__(self, lines: Lines, agenda: Agenda, *, a_page: timedelta) -> None:
        self.receptions: deque[Reception] = deque(maxlen=KEPT)
        self._lines = lines
        self._agenda = agenda
        self._a_page = a_page

    def answer(self, caller: Caller) -> int | None:
        """Take a call on its line, or a free one; return the line's number, None for busy."""
        number = self._lines.free_at(caller.line)
        down = self._agenda.now < self._agenda.down_until
        if number is None or down or caller.ending is Ending.BUSY:
            return None
        a_page = self._a_page if caller.a_page is None else caller.a_page
        began = self._agenda.now
        call = Incoming(
            remote_id=caller.remote_id,
            extension=caller.extension,
            recipient=caller.recipient,
            pages=caller.sent,
            complete=caller.ending is Ending.OK,
            began=began,
            a_page=a_page,
            ends=began + a_page * caller.sent,
        )
        self._lines.take(number, call)
        self._agenda.plan(call.ends, lambda: self._over(number, call))
        return number

    def expect(self, caller: Caller, *, tries: int = FAX_BACK_TRIES) -> None:
        """Have a machine call in a while; it tries again for a few times when lines are busy."""

        def ring() -> None:
            if self.answer(caller) is None and tries > 1:
                self.expect(caller, tries=tries - 1)

        self._agenda.plan(self._agenda.now + FAX_BACK, ring)

    def interrupt(self, number: int, call: Incoming) -> None:
        """End a call where it is: the appliance restarts. Whole pages are good."""
        good = max(0, call.page_at(self._agenda.now) - 1)
        self._keep(number, call, pages=good, state="failed", message=INTERRUPTED)

    def _over(self, number: int, call: Incoming) -> None:
        if self._lines.use(number) is not call:
            return  # interrupted before
        self._lines.release(number)
        if call.complete:
            self._keep(number, call, pages=call.pages, state="received", message=RECEIVED)
        else:
            text = BROKEN_OFF.format(page=call.pages)
            self._keep(number, call, pages=max(0, call.pages - 1), state="failed", message=text)

    def _keep(self, number: int, call: Incoming, *, pages: int, state: str, message: str) -> None:
        self.receptions.append(
            Reception(
                start=call.began,
                end=self._agenda.now,
                state=state,
                line=number,
                extension=call.extension,
                recipient=call.recipient,
                remote_id=call.remote_id,
                pages=pages,
                message=message,
            )
        )

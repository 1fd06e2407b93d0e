"""How a fax goes through the appliance, in simulated time.

    preprocessing -> pending -> sending -> sent | failed | dead
                  -> approval_pending -^      `-> pending, when a try failed and more are allowed

and `aborted` from anywhere before the end. The states, who may leave them and the meaning of
`stime` are documented; the length of each step is a `Timing`.

Time is an argument: `advance(now)` plays every moment up to `now`, in order, and nothing else
ever happens. The same calls with the same times give the same faxes.
"""

import heapq
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from ffgateway.ffws.faxes import WireState
from ffgateway.simulator.entries import Entries, Entry
from ffgateway.simulator.lines import Call, Incoming, Lines
from ffgateway.simulator.placing import Placed, book
from ffgateway.simulator.receiving import Caller, Receiving
from ffgateway.simulator.scenarios import NO_DIAL_TONE, TEXTS, Outcome, Try

NEW: Final = "New fax entry"  # observed
ABORTED: Final = "Fax aborted by user"  # documented
AWAITING: Final = "Waiting for approval"  # inferred
JITTER: Final = 0.2
"""How far a seeded appliance strays from its `Timing`, either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, in simulated time. None of it is the vendor's: plausible values."""

    preprocessing: timedelta = timedelta(seconds=2)
    queueing: timedelta = timedelta(0)  # pending, though a line is free, before the first call
    dial: timedelta = timedelta(seconds=6)
    ringing: timedelta = timedelta(seconds=30)  # before giving up on no answer or no carrier
    page: timedelta = timedelta(seconds=8)
    abort: timedelta = timedelta(seconds=1)  # 202 says that an abort takes effect later
    restart: timedelta = timedelta(seconds=60)


class Sending:
    """The appliance's one process: takes entries to their end over a pool of lines."""

    def __init__(
        self,
        entries: Entries,
        lines: Lines,
        *,
        now: datetime,
        timing: Timing,
        seed: int | None,
    ) -> None:
        self.now = now
        self.down_until = now
        self._entries = entries
        self._lines = lines
        self._timing = timing
        self._seed = seed
        self._serial = count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._ready: list[tuple[int, datetime, int, int, Entry]] = []
        self.placed = book()
        self.receiving = Receiving(lines, self, a_page=timing.page)

    # What the outside asks for

    def advance(self, now: datetime) -> None:
        """Play every moment up to `now`. Time never goes back: an earlier `now` does nothing."""
        while self._agenda and self._agenda[0][0] <= now:
            at, _, happen = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            happen()
            # Lines are filled when the moment is over, so that of two faxes that become due
            # together the one with the higher priority goes first.
            if not self._agenda or self._agenda[0][0] > self.now:
                self._fill_lines()
        self.now = max(self.now, now)

    def accept(self, entry: Entry) -> None:
        """Begin with a new entry."""
        entry.move(WireState.PREPROCESSING, at=self.now, message=NEW, stime=self.now)
        self._prepare(entry)

    def abort(self, entry: Entry) -> None:
        """Ask for an end. It comes a moment later, unless the fax is complete before."""
        entry.abort_asked = True
        self.plan(self.now + self._timing.abort, lambda: self._abort(entry))

    def reschedule(self, entry: Entry, at: datetime) -> None:
        """Send at another time. What is being sent stays as it is (documented).

        Rescheduling a complete fax counts its tries anew, a pending one goes on counting
        (inferred: neither is documented).
        """
        entry.not_before = at = max(at, self.now)
        if entry.complete:
            entry.try_number = 1
            self._entries.revived(entry)
        elif entry.state is not WireState.PENDING:
            return
        self._wait(entry, at=at, message=NEW)

    def approve(self, entry: Entry, approver: str) -> None:
        """Let a fax go that waits for approval. The appliance itself does this in its web pages."""
        entry.approver, entry.approval_time = approver, self.now
        self._wait(entry, at=max(self.now, entry.not_before), message=NEW)

    def restart(self, lasting: timedelta) -> None:
        """Go down for a while. The queue survives; what was being sent is pending again.

        All of it inferred: that a fax under way is tried again without counting as a try, and
        that conversion starts over.
        """
        self.down_until = max(self.down_until, self.now + lasting)
        for number, use in list(self._lines):
            self._lines.release(number)
            if isinstance(use, Call):
                self._wait(use.entry, at=self.down_until, message=TEXTS[Outcome.RESTART])
            elif isinstance(use, Incoming):
                self.receiving.interrupt(number, use)
        for entry in self._entries.live():
            if entry.state is WireState.PREPROCESSING:
                entry.turn += 1
                self._prepare(entry)
        self.plan(self.down_until, lambda: None)  # for the faxes that became due meanwhile

    # What happens in time

    def plan(self, at: datetime, happen: Callable[[], None]) -> None:
        """Have something happen at a moment."""
        heapq.heappush(self._agenda, (at, next(self._serial), happen))

    def _plan_for(self, entry: Entry, at: datetime, happen: Callable[[], None]) -> None:
        turn = entry.turn
        self.plan(at, lambda: happen() if entry.turn == turn else None)

    def _prepare(self, entry: Entry) -> None:
        ready = max(self.now, self.down_until) + self._timing.preprocessing
        self._plan_for(entry, ready, lambda: self._prepared(entry))

    def _prepared(self, entry: Entry) -> None:
        entry.pages = entry.document.pages
        if entry.scenario.approval and not entry.approver:
            entry.move(
                WireState.APPROVAL_PENDING, at=self.now, message=AWAITING, stime=entry.not_before
            )
        else:
            first = self.now + self._timing.queueing
            self._wait(entry, at=max(first, entry.not_before), message=NEW)

    def _wait(self, entry: Entry, *, at: datetime, message: str) -> None:
        """Become pending until `at`. What the message says meanwhile is inferred."""
        entry.move(WireState.PENDING, at=self.now, message=message, stime=at)
        self._plan_for(entry, at, lambda: self._due(entry))

    def _due(self, entry: Entry) -> None:
        if not entry.scenario.held:
            order = (entry.terms.priority, entry.stime, entry.sequence, entry.turn, entry)
            heapq.heappush(self._ready, order)

    def _fill_lines(self) -> None:
        while self._ready and self.now >= self.down_until:
            number = self._lines.free
            if number is None:
                return
            *_, turn, entry = heapq.heappop(self._ready)
            if entry.turn == turn and not entry.abort_asked:
                self._dial(entry, number)

    def _dial(self, entry: Entry, number: int) -> None:
        entry.calls += 1
        call = self._call(entry, number)
        entry.move(WireState.SENDING, at=self.now, message="", stime=self.now)
        self._lines.take(number, call)
        self._plan_for(entry, call.ends, lambda: self._call_ended(call, number))

    def _call(self, entry: Entry, number: int) -> Call:
        spoilt = number in self._lines.spoilt
        script = NO_DIAL_TONE if spoilt else entry.scenario.call(entry.calls)
        pace = entry.scenario.pace * self._spread(entry)
        a_page = self._timing.page * pace
        connects = self.now + self._timing.dial * pace
        if script.outcome in {Outcome.NO_ANSWER, Outcome.NO_CARRIER}:
            connects += self._timing.ringing * pace
        pages = _pages_sent(script, entry.pages)
        return Call(
            entry=entry,
            script=script,
            pages=pages,
            began=self.now,
            connects=connects,
            a_page=a_page,
            ends=connects + a_page * pages,
        )

    def _spread(self, entry: Entry) -> float:
        """Return a factor around 1 that depends on the seed and the call alone."""
        if self._seed is None:
            return 1.0
        chance = zlib.crc32(f"{self._seed}/{entry.key}/{entry.calls}".encode()) / 2**32
        return 1 - JITTER + 2 * JITTER * chance

    def _call_ended(self, call: Call, number: int) -> None:
        entry, outcome = call.entry, call.script.outcome
        text = TEXTS[outcome].format(page=call.pages)
        if outcome is Outcome.RESTART:
            self.restart(self._timing.restart)
            return
        self._lines.release(number)
        entry.last_call = (call.began, call.connects)
        self._remember(call, number, text)
        if outcome is Outcome.SENT:
            entry.received += 1
            self._finish(entry, WireState.SENT, text)
            self._fax_back(entry)
        elif outcome is Outcome.DEAD:
            self._finish(entry, WireState.DEAD, text)
        elif entry.try_number >= entry.terms.max_tries:
            self._finish(entry, WireState.FAILED, text)
        else:
            # The guide calls try_number the tries that failed, every sample shows 1 for the
            # first: it is counted from 1 and rises with each retry (inferred).
            entry.try_number += 1
            pause = timedelta(seconds=entry.terms.try_interval)
            self._wait(entry, at=self.now + pause, message=text)

    def _remember(self, call: Call, number: int, text: str) -> None:
        """Put a call into the books, the page that broke off not counted."""
        entry, outcome = call.entry, call.script.outcome
        sent = outcome is Outcome.SENT
        self.placed.append(
            Placed(
                start=call.began,
                end=self.now,
                sent=sent,
                line=number,
                fax_number=entry.recipient.fax_number,
                owner=entry.owner,
                fax_key=entry.fax_key,
                entry_key=entry.entry_key,
                pages=call.pages if sent else max(call.pages - 1, 0),
                message=text,
                remote_id=entry.recipient.fax_number if call.pages else "",
            )
        )

    def _fax_back(self, entry: Entry) -> None:
        """Have the far machine send the pages back, where the number says so."""
        if entry.scenario.fax_back is not None:
            digits = "".join(filter(str.isdecimal, entry.sender.fax_number))
            caller = Caller(
                remote_id=entry.recipient.fax_number,
                extension=digits[-4:],
                recipient=entry.sender.name,
                pages=entry.pages,
                ending=entry.scenario.fax_back,
            )
            self.receiving.expect(caller)

    def _abort(self, entry: Entry) -> None:
        if entry.complete or not entry.abort_asked:
            return
        number = self._lines.line_of(entry)
        if number is not None:
            self._lines.release(number)
        self._finish(entry, WireState.ABORTED, ABORTED)

    def _finish(self, entry: Entry, state: WireState, message: str) -> None:
        entry.abort_asked = False
        entry.move(state, at=self.now, message=message, stime=self.now)
        self._entries.completed(entry)


def _pages_sent(script: Try, pages: int) -> int:
    match script.outcome:
        case Outcome.SENT:
            return pages
        case Outcome.PAGE_FAILED:
            return min(script.page, pages)
        case Outcome.RESTART:
            return min(1, pages)
        case _:
            return 0

"""One recipient's copy of a fax inside the appliance, and all of them together.

An entry changes only in `sending`, which owns the rules; here is what is remembered and what
can be found again.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final

from ffgateway.ffws.faxes import CoverPage, Recipient, Sender, WireState
from ffgateway.simulator.documents import Document
from ffgateway.simulator.scenarios import Memory, Scenario

COMPLETE: Final = frozenset(
    {WireState.SENT, WireState.FAILED, WireState.ABORTED, WireState.DEAD},
)
"""The states nothing leaves but by rescheduling (observed: a client treats these four as final)."""

# `class=` takes these three words (documented); which state is in which is inferred.
CLASSES: Final = {
    "pending": frozenset(
        {WireState.PREPROCESSING, WireState.APPROVAL_PENDING, WireState.PENDING},
    ),
    "sending": frozenset({WireState.SENDING}),
    "complete": COMPLETE,
}


PREVIEWS_KEPT: Final = 50
"""Complete entries whose pages are kept, so that a unit can run for days. That a preview goes
once its entry has left the usual list is inferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An entry became `state` at a moment: one line of its history."""

    at: datetime
    state: WireState
    message: str
    try_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a fax is to be sent, with the appliance's defaults filled in."""

    max_tries: int
    priority: int  # 0 highest
    try_interval: int  # seconds
    receipt: str
    receipt_attachment: str


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """One recipient's copy of a fax. Times are aware; the appliance's zone is put on outside."""

    fax_key: str
    entry_key: str
    sequence: int  # order of acceptance over all faxes
    owner: str
    agent: str  # what put it there
    recipient: Recipient
    sender: Sender
    cover_page: CoverPage
    terms: Terms
    scenario: Scenario
    document: Document
    created: datetime
    not_before: datetime
    state: WireState = WireState.PREPROCESSING
    message: str = ""
    stime: datetime = field(init=False)
    try_number: int = 1
    pages: int = 0  # 0 while preprocessing (observed)
    approver: str = ""
    approval_time: datetime | None = None
    abort_asked: bool = False
    last_call: tuple[datetime, datetime] | None = None  # began, connected
    calls: int = 0  # how often the number was dialled
    received: int = 0  # how often the far end got every page
    turn: int = 0  # raised at each move, so that a moment planned for an earlier one is void
    history: list[Move] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stime = self.created

    @property
    def key(self) -> tuple[str, str]:
        """FAXKEY and ENTRYKEY."""
        return self.fax_key, self.entry_key

    @property
    def complete(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in COMPLETE

    @property
    def listed(self) -> bool:
        """Whether lists show it."""
        return not self.complete or self.scenario.memory is Memory.LISTED

    @property
    def known(self) -> bool:
        """Whether it is found by its key."""
        return not self.complete or self.scenario.memory is not Memory.NONE

    def move(self, state: WireState, *, at: datetime, message: str, stime: datetime) -> None:
        """Become `state`, remember when, and void whatever was planned before."""
        self.state, self.message, self.stime = state, message, stime
        self.turn += 1
        self.history.append(
            Move(at=at, state=state, message=message, try_number=self.try_number),
        )


class Entries:
    """Every entry ever accepted, found by key and listed by class.

    Live and complete ones are kept apart, the latter in the order in which they completed, so
    that a look at a unit that has sent a hundred thousand faxes costs what is shown.
    """

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Entry] = {}
        self._faxes: dict[str, list[Entry]] = {}
        self._live: dict[tuple[str, str], Entry] = {}
        self._complete: dict[tuple[str, str], Entry] = {}
        self._with_preview: deque[Entry] = deque()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._all.values())

    def show_no_more(self) -> None:
        """Know none of the present ones by its key, nor list it; the logs keep what was done."""
        for shown in (self._faxes, self._live, self._complete):
            shown.clear()

    def add(self, entry: Entry) -> None:
        """Take in a new entry."""
        self._all[entry.key] = entry
        self._faxes.setdefault(entry.fax_key, []).append(entry)
        self._live[entry.key] = entry

    def completed(self, entry: Entry) -> None:
        """Note that an entry has become complete."""
        del self._live[entry.key]
        self._complete[entry.key] = entry
        self._with_preview.append(entry)
        if len(self._with_preview) > PREVIEWS_KEPT:
            oldest = self._with_preview.popleft()
            oldest.document = replace(oldest.document, preview=b"")

    def revived(self, entry: Entry) -> None:
        """Note that a complete entry was rescheduled."""
        del self._complete[entry.key]
        self._live[entry.key] = entry
        if entry in self._with_preview:
            self._with_preview.remove(entry)

    def live(self) -> list[Entry]:
        """Return every entry that is not complete, oldest first."""
        return list(self._live.values())

    def find(self, fax_key: str, entry_key: str | None) -> list[Entry]:
        """Return one entry, or all of a fax; those the appliance has forgotten are not found."""
        return [
            entry
            for entry in self._faxes.get(fax_key, ())
            if entry.known and entry_key in {None, entry.entry_key}
        ]

    def listed(self, *, owner: str | None, states: frozenset[WireState], limit: int) -> list[Entry]:
        """Return what a list shows, by key: live entries, and the `limit` last completed ones.

        Only what belongs to `owner`, or everybody's for None. That `complete_limit` keeps the
        latest, counts entries rather than faxes, and that lists go by rising key is inferred.
        """
        live = [entry for entry in self._live.values() if _shown(entry, owner, states)]
        latest = islice(
            (entry for entry in reversed(self._complete.values()) if _shown(entry, owner, states)),
            max(limit, 0) if states & COMPLETE else 0,
        )
        return sorted([*live, *latest], key=lambda entry: entry.key)


def _shown(entry: Entry, owner: str | None, states: frozenset[WireState]) -> bool:
    return entry.state in states and entry.listed and owner in {None, entry.owner}

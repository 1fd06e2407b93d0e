"""Fax entries as an appliance lists them now: everything it says, in its own words."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ffgateway.domain.evidence import Evidence
from ffgateway.domain.faxes import CoverPage, FaxStatus, Recipient, Sender


class EntryClass(StrEnum):
    """What a list may be narrowed to. Which states are in which is inferred."""

    PENDING = "pending"
    SENDING = "sending"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What to list. None leaves it to the appliance: its own account's faxes, the 10 last finished."""

    all_users: bool = False  # for accounts of level Admin
    of_class: EntryClass | None = None
    complete_limit: int | None = None
    modem_info: bool = False


MODEM_FACTS = frozenset({"init_time", "connect_time"})
"""The names of modem information that the guide prints. Whatever else comes is not documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemFact:
    """One thing that the modem told of the last full try."""

    name: str
    value: str

    @property
    def evidence(self) -> Evidence:
        """How the name is known: by the guide, or from this very answer."""
        return Evidence.DOCUMENTED if self.name in MODEM_FACTS else Evidence.OBSERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recipient's entry. `status` is None for a state that is a word we do not know.

    `fax_id` is the fax that it is in the gateway, if it is one already.
    """

    fax_key: str
    entry_key: str
    state: str
    status: FaxStatus | None
    recipient: Recipient
    sender: Sender
    cover_page: CoverPage
    message: str = ""
    username: str = ""
    agent: str = ""
    created_at: datetime | None = None
    due_at: datetime | None = None  # waiting: the next try; sending: its start; else: the end
    try_number: int = 1
    max_tries: int | None = None
    priority: int | None = None
    try_interval: int | None = None  # seconds
    receipt: str = ""
    receipt_attachment: str = ""
    pages: int = 0
    approver: str = ""
    approved_at: datetime | None = None
    modem: tuple[ModemFact, ...] = ()
    fax_id: str | None = None

    @property
    def key(self) -> str:
        """FAXKEY/ENTRYKEY, by which lists are sorted."""
        return f"{self.fax_key}/{self.entry_key}"

    def known_as(self, fax_id: str | None) -> "Entry":
        """The same entry, with the fax that it is."""
        return replace(self, fax_id=fax_id)

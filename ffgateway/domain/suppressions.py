"""Numbers that get no faxes for a while: because nobody there has a fax, or because somebody said so."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A number by its digits. `until` is None for one that only failed so far, or lasts for ever.

    `hits` counts failures that spoke for it; `active` says whether it holds faxes.
    """

    id: str
    digits: str
    reason: str
    active: bool
    created_at: datetime
    created_by: str
    until: datetime | None = None
    hits: int = 0

    def holds(self, *, now: datetime) -> bool:
        """Whether faxes to the number are held now."""
        return self.active and (self.until is None or now < self.until)

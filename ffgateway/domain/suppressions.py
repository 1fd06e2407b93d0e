"""Numbers that get no faxes for a while: because nobody there has a fax, or because somebody said so."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A number by its digits. `until` is None for one that only failed so far, or lasts for ever.

    `hits` counts failures that spoke for it, up to `created_at`; `active` says whether it holds faxes.
    Neither active nor with a hit, it is the mark of one that was lifted: what had been counted for that
    is not counted again.
    """

    id: str
    digits: str
    reason: str
    active: bool
    created_at: datetime
    created_by: str
    until: datetime | None = None
    hits: int = 0

    @property
    def lifted(self) -> bool:
        """Whether it is nothing but such a mark."""
        return not self.active and not self.hits

    def holds(self, *, now: datetime) -> bool:
        """Whether faxes to the number are held now."""
        return self.active and (self.until is None or now < self.until)

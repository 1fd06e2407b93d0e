"""What is still held of a document, and where: here by our own record, on appliances as far as they let one see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.evidence import Evidence

ENTRY_SEEN = Evidence.DOCUMENTED
"""How it is known whether an appliance lists an entry still."""

COPY_UNKNOWN = (
    "An appliance has a copy of its own. FFWS tells whether it lists the entry still, whose preview"
    " can be seen as long as it does; no function tells of the copy itself, or removes it."
)
"""What nobody can say by FFWS (documented by what is not in it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument:
    """Our record of a document: it stays when the document is gone."""

    sha256: str
    size: int
    stored_at: datetime
    purged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A document as it went to an appliance with a fax.

    `listed` is whether the appliance lists the entry, None when it was not asked or gave no answer;
    then `trouble` is why.
    """

    fax_id: str
    device_id: str
    fax_key: str
    entry_key: str
    state: str  # the appliance's word when it was last seen
    acted_as: str = ""  # who handed it over
    listed: bool | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is held of a document.

    `present` is what the store of documents says at this moment, beside our record; `place` is which
    one it is. `purge` is the row of the audit log that says when and why it went.
    """

    kept: KeptDocument
    present: bool
    place: str
    retention: timedelta
    purge: AuditEntry | None
    copies: tuple[Copy, ...]
    further: int  # copies beyond those that are told

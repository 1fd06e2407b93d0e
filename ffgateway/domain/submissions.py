"""A submission: one FFWS request to one appliance, for one or more recipients, and how far it has got."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ffgateway.domain.faxes import FaxDraft

USUAL_PRIORITY = 3
"""Where a submission stands that names none: the appliance's own default is not known (inferred)."""


class Stage(StrEnum):
    """Where a submission is. Its faxes have statuses; this is what the workers go by."""

    WAITING = "waiting"  # due at `due_at`
    SUBMITTING = "submitting"  # its request may be under way
    UNCERTAIN = "uncertain"  # nobody knows whether the appliance has it
    PLACED = "placed"  # an appliance has it
    CLOSED = "closed"  # nothing left to hand over


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A FAXKEY on an appliance that could be a request whose answer was lost; a person decides."""

    fax_key: str
    entry_keys: tuple[str, ...]
    created_at: datetime | None  # by the appliance's clock
    pages: int  # 0 while it counts them
    states: tuple[str, ...]  # the appliance's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request to one appliance, for one or more recipients.

    `floor_key` is the highest FAXKEY known on the appliance before the request left: keys rise,
    so whatever the request made there is above it. `sent_at` is when it left, `ended_at` when the
    exchange ended without a readable answer, `absent_looks` how many looks since then have not
    shown it. `contenders` are what could be it and cannot be told apart: somebody must decide.
    `epoch` rises with each claim: a worker that lost its claim is refused. `acted_as` is who hands it
    over, and `username` that one's user there; the device's own when both are empty.
    """

    id: str
    draft: FaxDraft
    created_at: datetime
    created_by: str
    due_at: datetime
    stage: Stage = Stage.WAITING
    device_id: str | None = None
    fax_key: str = ""
    floor_key: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    absent_looks: int = 0
    last_look_at: datetime | None = None
    tries: int = 0  # hand-overs begun
    refused_by: tuple[str, ...] = ()  # appliances that said no
    missed: tuple[str, ...] = ()  # appliances that it never reached
    epoch: int = 0
    holder: str = ""  # the process whose hand-over it is, or was
    contenders: tuple[Contender, ...] = ()
    acted_as: str = ""
    username: str = ""

    @property
    def priority(self) -> int:
        """How urgent it is among what is due here: 0 first, 5 last."""
        return USUAL_PRIORITY if self.draft.priority is None else self.draft.priority

    @property
    def waits_since(self) -> datetime:
        """From when on a look that does not show it is waited for."""
        return self.last_look_at or self.ended_at or self.created_at

"""A fax: one recipient's copy of what was sent. Its statuses, how they may follow each other.

Several recipients of one request share a submission: one document, one FFWS request, one FAXKEY
on one appliance, and an entry for each of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ffgateway.domain.errors import IllegalMove
from ffgateway.domain.failures import Failure

MAX_RECIPIENTS = 400
"""Recipients in one FFWS request (guide, Scheduling a Fax)."""


class Phase(StrEnum):
    """The five coarse stages. Frozen: a client that meets a new status falls back to its phase."""

    WAITING = "waiting"
    ACTIVE = "active"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FaxStatus(StrEnum):
    """Where a fax is. May grow; never says why."""

    ACCEPTED = "accepted"
    HELD = "held"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    PREPARING = "preparing"
    DEVICE_QUEUED = "device_queued"
    SENDING = "sending"
    RETRY_WAIT = "retry_wait"
    CANCELLING = "cancelling"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = FaxStatus
PHASES: dict[FaxStatus, Phase] = {
    _S.ACCEPTED: Phase.WAITING,
    _S.HELD: Phase.WAITING,
    _S.SCHEDULED: Phase.WAITING,
    _S.QUEUED: Phase.WAITING,
    _S.SUBMITTING: Phase.ACTIVE,
    _S.UNCERTAIN: Phase.ACTIVE,
    _S.PREPARING: Phase.ACTIVE,
    _S.DEVICE_QUEUED: Phase.ACTIVE,
    _S.SENDING: Phase.ACTIVE,
    _S.RETRY_WAIT: Phase.ACTIVE,
    _S.CANCELLING: Phase.ACTIVE,
    _S.DELIVERED: Phase.DELIVERED,
    _S.FAILED: Phase.FAILED,
    _S.CANCELLED: Phase.CANCELLED,
}

FINAL = frozenset({_S.DELIVERED, _S.FAILED, _S.CANCELLED})
"""Ends never change."""

IN_GATEWAY = frozenset({_S.ACCEPTED, _S.HELD, _S.SCHEDULED, _S.QUEUED})
"""No appliance has heard of the fax yet, so cancelling it is ours to do at once."""

ON_DEVICE = frozenset(
    {_S.PREPARING, _S.DEVICE_QUEUED, _S.SENDING, _S.RETRY_WAIT, _S.CANCELLING, _S.HELD}
)
"""Statuses whose next word is the appliance's; `held` is among them while it awaits approval there."""

_SEEN = frozenset(
    {_S.HELD, _S.DEVICE_QUEUED, _S.SENDING, _S.RETRY_WAIT, _S.UNCERTAIN, _S.CANCELLING} | FINAL
)
# The gateway looks now and then: between two looks an appliance may pass through several states,
# so a fax that is on one may be seen next in any later state. What was not seen is not invented.

MOVES: dict[FaxStatus, frozenset[FaxStatus]] = {
    _S.ACCEPTED: frozenset({_S.HELD, _S.SCHEDULED, _S.QUEUED, _S.CANCELLED, _S.FAILED}),
    _S.HELD: _SEEN - {_S.HELD} | {_S.QUEUED},
    _S.SCHEDULED: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.HELD, _S.SCHEDULED, _S.CANCELLED, _S.FAILED}),
    _S.SUBMITTING: _SEEN - {_S.CANCELLING} | {_S.PREPARING, _S.QUEUED},
    _S.UNCERTAIN: _SEEN - {_S.UNCERTAIN} | {_S.PREPARING, _S.QUEUED, _S.SCHEDULED},
    _S.PREPARING: _SEEN,
    _S.DEVICE_QUEUED: _SEEN - {_S.DEVICE_QUEUED},
    _S.SENDING: _SEEN - {_S.SENDING, _S.DEVICE_QUEUED} | {_S.DEVICE_QUEUED},
    _S.RETRY_WAIT: _SEEN - {_S.RETRY_WAIT},
    _S.CANCELLING: frozenset({_S.UNCERTAIN, _S.SCHEDULED, _S.QUEUED} | FINAL),
    _S.DELIVERED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""What may follow what. A test holds that the table is complete and that every end is an end."""


class HoldReason(StrEnum):
    """Whose decision a held fax waits for."""

    APPROVAL = "approval"
    QUIET_HOURS = "quiet_hours"
    NO_DEVICE = "no_device"
    SUPPRESSED_NUMBER = "suppressed_number"
    BUDGET = "budget"
    MANUAL = "manual"


class CancelledBy(StrEnum):
    """Who ended it."""

    API = "api"
    OPERATOR = "operator"
    DEVICE = "device"
    DEADLINE = "deadline"


class Origin(StrEnum):
    """Who put the fax on its appliance."""

    GATEWAY = "gateway"
    APPLIANCE = "appliance"  # its web page, a desktop client, mail, or another program


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives. The number is written as the caller gave it."""

    fax_number: str
    name: str = ""
    organization: str = ""
    phone_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends, as the cover page and the mail receipts of the appliance show it."""

    name: str = ""
    organization: str = ""
    phone_number: str = ""
    fax_number: str = ""
    email_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPage:
    """A page of the appliance's own in front. `name` is one of its templates (`default.pdf`)."""

    enabled: bool = False
    name: str = ""
    subject: str = ""
    comments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file in the spool, known by its SHA-256; or, with `url`, one the appliance fetches itself."""

    name: str
    content_type: str
    size: int = 0  # bytes
    sha256: str = ""  # 64 hex digits
    url: str = ""
    pages: int | None = None  # None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxDraft:
    """What a caller wants sent: checked, but not kept yet."""

    recipients: tuple[Recipient, ...]
    documents: tuple[Document, ...]
    sender: Sender = Sender()
    cover_page: CoverPage = CoverPage()
    client_reference: str = ""
    priority: int | None = None  # 0 highest … 5 lowest; None: the appliance's default
    max_tries: int | None = None
    try_interval: int | None = None  # seconds
    send_at: datetime | None = None
    device_id: str | None = None  # None: the gateway chooses
    pool: str | None = None  # None: among all
    deadline: datetime | None = None  # None: as the gateway is set
    rounds: int | None = None  # how often the gateway sends it again when it failed; the same
    despite_suppression: bool = False
    resend_of: str | None = None
    acts_as: str = (
        ""  # who hands it over, on an appliance that has a user for that; "": nobody else
    )
    acts_as_only: bool = False  # and on no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Fax:
    """One recipient's copy. `revision` rises with every change, `sequence` with every event.

    `first_try` is the appliance's `try_number` when the fax was first seen there: its tries are
    counted by the rise, since the guide's text and its samples disagree on where it starts.

    `reschedule_to` is when one that is cancelling is to be sent: its appliance is asked to give it
    up, and only once that is proved does it go out anew. `came_with` is the submission it was
    promised in, where it has left that for one of its own. `corrected_as` is the end that its appliance
    named after another one had been put on record without its word: an end never changes.

    `username` and `agent` are the appliance's own words for whose the entry is and what put it
    there, once it was seen. One of `origin` appliance has a submission that stands for its FAXKEY
    and whose draft is empty: what was asked for is not known.
    """

    id: str
    submission_id: str
    index: int  # place among the recipients of the submission, from 0
    status: FaxStatus
    created_at: datetime
    updated_at: datetime
    recipient: Recipient
    created_by: str = ""
    client_reference: str = ""
    send_at: datetime | None = None
    device_id: str | None = None
    dialled: str = ""  # the number as its appliance was given it
    fax_key: str = ""
    entry_key: str = ""
    attempt: int = 0
    first_try: int | None = None
    pages: int = 0
    next_attempt_at: datetime | None = None
    hold_reason: HoldReason | None = None
    deadline: datetime | None = None  # what has not ended by then is given up
    stuck_as: str = ""  # the status in which it was told to be stuck
    rounds_left: int = 0  # how often the gateway may send it once more when it failed
    retried_as: str | None = None  # the fax that did so
    hold_detail: str = ""  # what stands in the way, for people
    placement: tuple[str, ...] = ()  # why its appliance was chosen, and why others were not
    failure: Failure | None = None  # of one that is cancelling: why the gateway gives it up
    cancelled_by: CancelledBy | None = None
    cancel_requested_at: datetime | None = None
    reschedule_to: datetime | None = None
    device_state: str = ""  # the appliance's own words, always kept
    device_message: str = ""
    missing_looks: int = 0
    resend_of: str | None = None
    batch_id: str | None = None
    came_with: str | None = None
    corrected_as: FaxStatus | None = None
    finished_at: datetime | None = None
    documents: tuple[Document, ...] = field(default=())
    origin: Origin = Origin.GATEWAY
    username: str = ""
    agent: str = ""
    acted_as: str = ""  # who handed it over, as in its submission
    revision: int = 1

    @property
    def phase(self) -> Phase:
        """The coarse stage of the status."""
        return PHASES[self.status]

    @property
    def finished(self) -> bool:
        """Whether the fax has come to an end."""
        return self.status in FINAL

    @property
    def promised_in(self) -> str:
        """The submission that it was promised in: one name for as long as it lives."""
        return self.came_with or self.submission_id

    @property
    def number(self) -> str:
        """The number that an appliance was told, or would be told without a dial plan."""
        return self.dialled or self.recipient.fax_number

    @property
    def foreign(self) -> bool:
        """Whether somebody else than the gateway put it on its appliance."""
        return self.origin is Origin.APPLIANCE

    @property
    def on_device(self) -> bool:
        """Whether an appliance is known to have it and the end has not been seen."""
        return bool(self.entry_key) and not self.finished


def moved(fax: Fax, status: FaxStatus, *, at: datetime, **changes: object) -> Fax:
    """Return the fax in its next status. Raises `IllegalMove` when `MOVES` does not allow it."""
    if status not in MOVES[fax.status]:
        raise IllegalMove(f"{fax.id}: {fax.status} cannot become {status}")
    settled: dict[str, object] = {}
    if status in FINAL:
        settled = {"finished_at": at, "reschedule_to": None}
    if status in {_S.DELIVERED, _S.CANCELLED}:
        settled["failure"] = None  # why it was being given up, before it ended otherwise
    return replace(fax, status=status, updated_at=at, **settled, **changes)  # type: ignore[arg-type]


def called_off(fax: Fax, *, at: datetime) -> Fax:
    """The fax as somebody stops it: cancelled while it is here, cancelling once an appliance has it.

    One that was only to be sent at another time is not to be sent at all.
    """
    if fax.status is _S.CANCELLING:
        return replace(fax, reschedule_to=None, updated_at=at)
    if fax.status in IN_GATEWAY and not fax.entry_key:
        return moved(fax, _S.CANCELLED, at=at, cancelled_by=CancelledBy.API)
    return moved(fax, _S.CANCELLING, at=at, cancel_requested_at=at)


def given_up(fax: Fax, *, at: datetime) -> Fax:
    """A fax that its appliance gave up, so that it can be sent at another time: ours again, like new."""
    later = fax.reschedule_to is not None and fax.reschedule_to > at
    ours = returned(fax, _S.SCHEDULED if later else _S.QUEUED, at=at)
    return replace(ours, send_at=fax.reschedule_to, reschedule_to=None, cancel_requested_at=None)


def returned(fax: Fax, status: FaxStatus = _S.QUEUED, *, at: datetime) -> Fax:
    """A fax that its appliance has not got, or not any more: it waits here, with nothing that is of there."""
    return moved(
        fax,
        status,
        at=at,
        device_id=None,
        dialled="",
        acted_as="",
        fax_key="",
        entry_key="",
        attempt=0,
        first_try=None,
        next_attempt_at=None,
        hold_reason=None,
        device_state="",
        device_message="",
        username="",
        agent="",
        missing_looks=0,
        placement=(),
        stuck_as="",
    )


_ON_THE_WAY = frozenset({_S.ACCEPTED, _S.QUEUED, _S.SUBMITTING, _S.UNCERTAIN})


def taken(faxes: Iterable[Fax]) -> bool | None:
    """Whether appliances took all of these; None while that is still being found out.

    One that no appliance has and that is held, for later or at its end settles it: no.
    """
    missing = [fax.status for fax in faxes if not fax.entry_key]
    if not missing:
        return True
    return None if _ON_THE_WAY.issuperset(missing) else False


def dialled(number: str) -> str:
    """The digits of a number: two ways to write it are the same when these are."""
    return "".join(char for char in number if char.isdigit())

"""Two looks at a device → what happened between them.

A look says how the appliance sees one entry now. What is told is only what the two looks prove:
states that came and went between them are not invented, and an end is told once.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ffgateway.domain.classifying import Facts, cause, code_for
from ffgateway.domain.events import EventDraft, EventType, fax_event, status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    FINAL,
    CancelledBy,
    Fax,
    FaxStatus,
    HoldReason,
    given_up,
    moved,
)

WAITING = frozenset({FaxStatus.DEVICE_QUEUED, FaxStatus.RETRY_WAIT})
"""Statuses in which the appliance says when it will call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One entry as an appliance showed it. `status` is None when its state is a word we do not know.

    Waiting there is always `device_queued` here: whether it waits for a first or another try is
    told by the tries, not by the state.
    """

    fax_key: str
    entry_key: str
    status: FaxStatus | None
    state: str
    message: str
    try_number: int
    pages: int
    due_at: datetime | None  # `stime`, aware
    created_at: datetime | None
    fax_number: str
    username: str = ""
    agent: str = ""  # what put it there, in the appliance's words: FFWS, WebClient, …
    recipient_name: str = ""
    organization: str = ""
    phone_number: str = ""
    modem: Facts = ()  # asked for where a text explains nothing

    @property
    def place(self) -> tuple[str, str]:
        """FAXKEY and ENTRYKEY."""
        return self.fax_key, self.entry_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A fax after a look, and what there is to tell. `changed` is False when the look said nothing new."""

    fax: Fax
    news: tuple[EventDraft, ...] = ()
    changed: bool = False


def unexplained(sighting: Sighting) -> bool:
    """Whether an entry failed and its text does not say why: its modem's facts may."""
    failed = sighting.status is FaxStatus.FAILED and not sighting.modem
    return failed and code_for(sighting.message) == "unclassified"


def observe(fax: Fax, sighting: Sighting, *, at: datetime, confirmed: int = 0) -> Observation:
    """Take what a look says into the fax. An end that was reached stays as it is.

    `confirmed` are the pages of the try under way that are known to have got through.
    """
    if fax.finished:
        return Observation(fax=fax)
    seen = _facts(fax, sighting)
    news: list[EventDraft] = []
    if sighting.status is None:
        if sighting.state != fax.device_state:
            news.append(
                fax_event(
                    EventType.DEVICE_UNRECOGNISED_STATE,
                    seen,
                    previous=None,
                    at=at,
                    state=sighting.state,
                )
            )
        return _result(fax, seen, news, at)
    if fax.entry_key and seen.attempt > fax.attempt > 0:
        through = confirmed if seen.attempt - 1 == fax.attempt else 0
        news.append(_try_failed(fax, seen, sighting, at, confirmed=through))
    status = _status(fax, seen, sighting.status)
    if status is FaxStatus.CANCELLED and seen.reschedule_to is not None:
        seen = given_up(seen, at=at)
        news.append(status_event(seen, previous=fax.status, at=at))
    elif status is not fax.status:
        through = confirmed if seen.attempt == fax.attempt else 0
        seen = _arrived(seen, status, sighting, at, confirmed=through)
        news.append(status_event(seen, previous=fax.status, at=at))
    elif status in WAITING:  # somebody gave it another time
        seen = replace(seen, next_attempt_at=sighting.due_at)
    return _result(fax, seen, news, at)


ENDED: Final = frozenset({"sent", "failed", "aborted", "dead"})
"""The words of appliances for an end (guide, Fax Entry Element)."""


def corrected(fax: Fax, sighting: Sighting, *, at: datetime) -> Observation:
    """Take it that an appliance names another end than the one that was decided without its word.

    That one stays, since an end never changes; what it says is told once, beside it.
    """
    had_its_say = fax.corrected_as is not None or fax.device_state.casefold() in ENDED
    if not fax.finished or had_its_say or sighting.status not in FINAL - {fax.status}:
        return Observation(fax=fax)
    after = replace(fax, corrected_as=sighting.status, updated_at=at)
    told = fax_event(EventType.FAX_CORRECTED, after, previous=fax.status, at=at)
    return Observation(fax=after, news=(told,), changed=True)


def _facts(fax: Fax, sighting: Sighting) -> Fax:
    """What is true of the fax whatever its state: keys, tries, pages, the appliance's words."""
    first = fax.first_try if fax.first_try is not None else min(sighting.try_number, 1)
    return replace(
        fax,
        fax_key=sighting.fax_key,
        entry_key=sighting.entry_key,
        first_try=first,
        attempt=max(fax.attempt, sighting.try_number - first + 1),
        pages=sighting.pages or fax.pages,
        device_state=sighting.state,
        device_message=sighting.message,
        username=sighting.username or fax.username,
        agent=sighting.agent or fax.agent,
        missing_looks=0,
    )


def _try_failed(
    fax: Fax, seen: Fax, sighting: Sighting, at: datetime, *, confirmed: int
) -> EventDraft:
    """A rise of `try_number` proves that the tries before it failed."""
    return fax_event(
        EventType.FAX_ATTEMPT_FAILED,
        replace(fax, pages=seen.pages),
        previous=fax.status,
        at=at,
        attempt=seen.attempt - 1,
        code=code_for(sighting.message, modem=sighting.modem),
        pages_confirmed=confirmed,
    )


def _status(fax: Fax, seen: Fax, status: FaxStatus) -> FaxStatus:
    """The status that the appliance's state means for this fax."""
    stopping = fax.status is FaxStatus.CANCELLING or fax.cancel_requested_at is not None
    if stopping and status not in FINAL:
        return FaxStatus.CANCELLING  # asked for and not yet done; only an end settles it
    if status is FaxStatus.DEVICE_QUEUED and seen.attempt > 1:
        return FaxStatus.RETRY_WAIT
    if status is FaxStatus.PREPARING and fax.status in {
        FaxStatus.DEVICE_QUEUED,
        FaxStatus.SENDING,
        FaxStatus.RETRY_WAIT,
        FaxStatus.HELD,
    }:
        return fax.status  # an appliance that converts again after a restart; nothing to tell
    return status


def _arrived(
    fax: Fax, status: FaxStatus, sighting: Sighting, at: datetime, *, confirmed: int
) -> Fax:
    """The fax in its new status, with what belongs to that status and to no other."""
    if status is FaxStatus.FAILED:
        why = failure(
            code_for(sighting.message, state=sighting.state, modem=sighting.modem),
            attempts=fax.attempt,
            pages_confirmed=confirmed,
            device_id=fax.device_id,
            device_state=sighting.state,
            device_text=sighting.message,
            hangup=cause(sighting.message, sighting.modem),
        )
        return moved(fax, status, at=at, failure=why, next_attempt_at=None)
    if status is FaxStatus.CANCELLED and fax.failure is not None:  # given up by the gateway
        return moved(fax, FaxStatus.FAILED, at=at, next_attempt_at=None)
    if status is FaxStatus.CANCELLED:
        asked = CancelledBy.API if fax.cancel_requested_at else CancelledBy.DEVICE
        by = fax.cancelled_by or asked
        return moved(fax, status, at=at, cancelled_by=by, next_attempt_at=None)
    if status is FaxStatus.HELD:
        return moved(fax, status, at=at, hold_reason=HoldReason.APPROVAL)
    due = sighting.due_at if status in WAITING else None
    return moved(fax, status, at=at, next_attempt_at=due, hold_reason=None)


def _result(before: Fax, after: Fax, news: list[EventDraft], at: datetime) -> Observation:
    if after == before:
        return Observation(fax=before)
    return Observation(fax=replace(after, updated_at=at), news=tuple(news), changed=True)

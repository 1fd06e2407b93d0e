"""Faxes that others put on an appliance: an entry nobody here knows becomes a fax, and what is told of it.

Pure. What may be ours has been kept apart before (`matching`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.events import EventDraft, status_event
from ffgateway.domain.faxes import (
    FINAL,
    Fax,
    FaxDraft,
    FaxStatus,
    Origin,
    Recipient,
)
from ffgateway.domain.submissions import Stage, Submission

EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
"""Where the clock of an appliance stands that has lost the time."""

FAR = timedelta(minutes=1)
"""A fax of others that is due later than this does not make its appliance worth a look each second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A fax that was not known before, and what to tell of it."""

    fax: Fax
    news: tuple[EventDraft, ...]


def request_of(
    fax_key: str, *, submission_id: str, device_id: str, created_at: datetime
) -> Submission:
    """What stands for a FAXKEY of others: on its appliance, and nothing to hand over."""
    return Submission(
        id=submission_id,
        draft=FaxDraft(recipients=(), documents=(), device_id=device_id),
        created_at=created_at,
        created_by="",
        due_at=created_at,
        stage=Stage.PLACED,
        device_id=device_id,
        fax_key=fax_key,
    )


def born(sighting: Sighting, *, now: datetime) -> datetime:
    """When an entry was made, by the appliance's clock unless that is plainly wrong."""
    made = sighting.created_at
    return made if made is not None and EPOCH <= made <= now else now


def revived(sighting: Sighting, *, ended_before_look: bool) -> bool:
    """Whether an entry whose fax had ended goes on: an appliance sends finished ones again when told to.

    An end never changes, so what goes on is another fax.
    """
    return ended_before_look and sighting.status is not None and sighting.status not in FINAL


def newcomer(
    sighting: Sighting,
    *,
    fax_id: str,
    submission: Submission,
    at: datetime,
    silent: bool,
    resend_of: str | None = None,
) -> Newcomer:
    """Take an entry in as a fax in the status it is seen in; `resend_of` is the one it was before.

    Unless `silent`, that status is told: what came before it was not seen, so it is not invented.
    A state that is a word we do not know makes a fax whose status is uncertain.
    """
    blank = Fax(
        id=fax_id,
        submission_id=submission.id,
        index=int(sighting.entry_key, 16),
        status=FaxStatus.UNCERTAIN,  # the one status that every state may follow
        created_at=born(sighting, now=at),
        updated_at=at,
        recipient=Recipient(
            fax_number=sighting.fax_number,
            name=sighting.recipient_name,
            organization=sighting.organization,
            phone_number=sighting.phone_number,
        ),
        device_id=submission.device_id,
        origin=Origin.APPLIANCE,
        resend_of=resend_of,
    )
    seen = observe(blank, sighting, at=at)
    fax = seen.fax
    if fax.finished:
        fax = replace(
            fax, finished_at=min(sighting.due_at or at, at)
        )  # `stime` of an end is its time
    if silent:
        return Newcomer(fax=fax, news=())
    told = seen.news if sighting.status is None else (status_event(fax, previous=None, at=at),)
    return Newcomer(fax=fax, news=told)


def lost_sight(fax: Fax) -> bool:
    """Whether a fax of others has left its appliance without an end: nothing more can be asked of it."""
    return fax.foreign and fax.status is FaxStatus.UNCERTAIN

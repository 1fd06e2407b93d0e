"""A fax whose deadline is over: given up where it waits, asked for where an appliance has it."""

from datetime import datetime

from ffgateway.domain.events import status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import CancelledBy, Fax, FaxStatus, moved
from ffgateway.services.audited import note_move
from ffgateway.store.transaction import Transaction


def over(fax: Fax, *, now: datetime) -> bool:
    """Whether its deadline has passed."""
    return fax.deadline is not None and fax.deadline < now


async def expire(tx: Transaction, fax: Fax, *, now: datetime) -> None:
    """End it, or ask its appliance to; the fax must be locked, and no hand-over of it under way."""
    queued = moved(fax, FaxStatus.QUEUED, at=now) if fax.status is FaxStatus.SCHEDULED else fax
    if fax.entry_key:
        by = CancelledBy.DEADLINE
        after = moved(
            queued, FaxStatus.CANCELLING, at=now, cancel_requested_at=now, cancelled_by=by
        )
    else:
        after = moved(queued, FaxStatus.FAILED, at=now, failure=failure("expired"))
    await tx.faxes.save(after)
    tx.tell(status_event(after, previous=fax.status, at=now))
    note_move(tx, "fax.expired", fax, after, at=now, deadline=str(fax.deadline))

"""Which appliance takes what is due: what is known of the fleet, and holding what nobody can take."""

from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.devices.client import capacity, line_count
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import Fax, FaxStatus, HoldReason, Stage, Submission, moved
from ffgateway.domain.placement import Candidate, Placement, place
from ffgateway.services.audited import line
from ffgateway.services.documents import FRAME
from ffgateway.store.transaction import Transaction

HELD_FOR = timedelta(seconds=5)
"""How soon a fax that no appliance could take is offered again."""


async def candidates_of(tx: Transaction) -> tuple[Candidate, ...]:
    """Every appliance, with what it has to do already."""
    unfinished = await tx.faxes.unfinished_by_device()
    uncertain = {one.device_id for one in await tx.submissions.in_stage(Stage.UNCERTAIN)}
    return tuple(
        Candidate(
            device=device,
            unfinished=unfinished.get(device.id, 0),
            lines=line_count(device),
            capacity=capacity(device),
            uncertain=device.id in uncertain,
        )
        for device in await tx.devices.all()
    )


def placed(submission: Submission, candidates: tuple[Candidate, ...]) -> Placement:
    """Choose an appliance for a submission among those that have not refused it."""
    size = sum((document.size + 2) // 3 * 4 for document in submission.draft.documents) + FRAME
    fresh = tuple(one for one in candidates if one.device.id not in submission.refused_by)
    return place(fresh, size=size, wanted=submission.draft.device_id)


async def hold(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    placement: Placement,
    now: datetime,
) -> None:
    """Hold what no appliance can take now, and offer it again before long."""
    holding = []
    for fax in faxes:
        if fax.status is FaxStatus.HELD:
            continue
        queued = await queue(tx, fax, now)
        held = moved(queued, FaxStatus.HELD, at=now, hold_reason=HoldReason.NO_DEVICE)
        holding.append(held)
        tx.tell(status_event(held, previous=queued.status, at=now))
        tx.note(line(GATEWAY, "fax.held", fax.id, at=now, reasons=list(placement.reasons)))
    await tx.faxes.save(*holding)
    await tx.submissions.save(replace(submission, due_at=now + HELD_FOR))


async def queue(tx: Transaction, fax: Fax, now: datetime) -> Fax:
    """Bring a fax that waited for a time or an appliance back into the queue, and say so."""
    if fax.status is FaxStatus.QUEUED:
        return fax
    queued = moved(fax, FaxStatus.QUEUED, at=now, hold_reason=None)
    tx.tell(status_event(queued, previous=fax.status, at=now))
    return queued

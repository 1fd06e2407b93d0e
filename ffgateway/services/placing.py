"""Which appliance takes what is due: what is known of the fleet, and holding what nobody can take."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.devices.client import capacity, line_count, request_size
from ffgateway.domain.devices import Device
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import (
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Recipient,
    moved,
)
from ffgateway.domain.matching import pages_of
from ffgateway.domain.placement import (
    PAGES_GUESSED,
    Candidate,
    Demand,
    Placement,
    place,
    unfit,
)
from ffgateway.domain.submissions import Submission
from ffgateway.services.audited import note_move
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.numbers import in_full, lacking
from ffgateway.store.standing import Load
from ffgateway.store.transaction import Transaction

NOTHING = Load()

HELD_FOR = timedelta(seconds=5)
"""How soon a fax that no appliance could take is offered again though nobody rang."""


class Placing:
    """Chooses. `most` is how many unfinished faxes an appliance is given for each of its lines."""

    def __init__(self, free_lines: FreeLines, *, most: int) -> None:
        self._free_lines = free_lines
        self._most = most

    async def candidates(
        self, tx: Transaction, doubtful: Collection[str | None]
    ) -> tuple[Candidate, ...]:
        """Every appliance, with what it has to do already. Those in `doubtful` have a request in doubt."""
        loads = await tx.standing.loads(guessed=PAGES_GUESSED)
        return tuple(
            Candidate(
                device=device,
                unfinished=loads.get(device.id, NOTHING).faxes,
                pages=loads.get(device.id, NOTHING).pages,
                lines=self._free_lines.all_of(device.id) or line_count(device),
                idle=self._free_lines.of(device.id),
                capacity=capacity(device),
                most=self._most,
                uncertain=device.id in doubtful,
            )
            for device in await tx.devices.all()
        )


def with_more(
    candidates: tuple[Candidate, ...], device_id: str, submission: Submission, *, count: int
) -> tuple[Candidate, ...]:
    """The same, once one of them has got so many faxes of a submission besides."""
    pages = count * (pages_of(submission) or PAGES_GUESSED)
    return tuple(
        replace(one, unfinished=one.unfinished + count, pages=one.pages + pages)
        if one.device.id == device_id
        else one
        for one in candidates
    )


async def placed(
    tx: Transaction, submission: Submission, candidates: tuple[Candidate, ...], *, now: datetime
) -> Placement:
    """Choose an appliance for a submission among those that have not refused it."""
    known = await with_users(tx, submission, candidates)
    fresh = tuple(one for one in known if one.device.id not in submission.refused_by)
    found = place(fresh, _demand(submission, fresh), now=now)
    refused = [one.device.name for one in known if one.device.id in submission.refused_by]
    return replace(found, reasons=(*found.reasons, *(f"{name}: refused it" for name in refused)))


async def with_users(
    tx: Transaction, submission: Submission, candidates: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """The same with who a submission would be handed over by there, where somebody acts."""
    acts_as = submission.draft.acts_as
    users = await tx.acting.usernames(acts_as) if acts_as else {}
    if not users:
        return candidates
    return tuple(replace(one, user=users.get(one.device.id, "")) for one in candidates)


def others(
    submission: Submission, candidates: Iterable[Candidate], *, without: str
) -> tuple[Candidate, ...]:
    """The appliances besides one that are at work and could take a submission, busy or not.

    The candidates come `with_users`.
    """
    fresh = tuple(
        one for one in candidates if one.device.id not in {*submission.refused_by, without}
    )
    demand = _demand(submission, fresh)
    return tuple(one for one in fresh if one.device.usable and unfit(one, demand) is None)


def dialled_elsewhere(
    submission: Submission, recipient: Recipient, candidates: Iterable[Candidate], *, without: str
) -> bool:
    """Whether another appliance than one could take a submission to one recipient, and has the number."""
    alone = replace(submission, draft=replace(submission.draft, recipients=(recipient,)))
    able = others(alone, candidates, without=without)
    return any(not lacking(one.device, [recipient.fax_number]) for one in able)


def _demand(submission: Submission, candidates: tuple[Candidate, ...]) -> Demand:
    draft = submission.draft
    demand = Demand(
        size=request_size(draft),
        wanted=draft.device_id,
        pool=draft.pool,
        priority=draft.priority,
        number=draft.recipients[0].fax_number if draft.recipients else "",
        client=submission.created_by,
        missed=submission.missed,
        acts_as_only=draft.acts_as if draft.acts_as_only else "",
    )
    able = [one.device for one in candidates if unfit(one, demand) is None]
    whole = {one.id: in_full(one, demand.number) for one in able if one.regions and demand.number}
    return replace(demand, undiallable=_undiallable(draft, able), whole=whole)


def _undiallable(draft: FaxDraft, devices: Sequence[Device]) -> dict[str, str]:
    """The appliances that lack more of the numbers than others do, each with one of these."""
    if len({(one.region, one.dial_plan.extension_digits) for one in devices}) < 2:
        return {}
    numbers = [one.fax_number for one in draft.recipients]
    lacks = {one.id: lacking(one, numbers) for one in devices}
    fewest = min(map(len, lacks.values()))
    return {device: lacked[0] for device, lacked in lacks.items() if len(lacked) > fewest}


async def hold(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    placement: Placement,
    now: datetime,
) -> None:
    """Hold what no appliance can take now, say why, and offer it again before long.

    What an appliance could take that has enough to do stays in the queue.
    """
    detail = "; ".join(placement.reasons)
    holding = []
    for fax in faxes:
        if placement.waits:
            continue
        if fax.status is FaxStatus.HELD:
            if fax.hold_detail != detail:
                await tx.faxes.save(replace(fax, hold_detail=detail, updated_at=now))
            continue
        queued = await queue(tx, fax, now)
        reason = HoldReason.NO_DEVICE
        held = moved(queued, FaxStatus.HELD, at=now, hold_reason=reason, hold_detail=detail)
        holding.append(held)
        tx.tell(status_event(held, previous=queued.status, at=now))
        note_move(tx, "fax.held", fax, held, at=now, reasons=list(placement.reasons))
    await tx.faxes.save(*holding)
    await tx.submissions.save(replace(submission, due_at=now + HELD_FOR))


async def queue(tx: Transaction, fax: Fax, now: datetime) -> Fax:
    """Bring a fax that waited for a time or an appliance back into the queue, and say so."""
    if fax.status is FaxStatus.QUEUED:
        return fax
    queued = moved(fax, FaxStatus.QUEUED, at=now, hold_reason=None, hold_detail="")
    tx.tell(status_event(queued, previous=fax.status, at=now))
    return queued

"""Faxes that leave the request they were promised in, to go out by themselves."""

from dataclasses import replace
from datetime import datetime

from ffgateway.domain.devices import Device
from ffgateway.domain.errors import InvalidNumber
from ffgateway.domain.events import status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import Fax, FaxStatus, moved
from ffgateway.domain.placement import Candidate
from ffgateway.domain.submissions import Submission
from ffgateway.services.audited import note_move
from ffgateway.services.numbers import dialled_on
from ffgateway.services.placing import dialled_elsewhere, queue, with_users
from ffgateway.store.transaction import Transaction


async def apart(tx: Transaction, fax: Fax, *, due: datetime, now: datetime) -> Fax:
    """Give a fax a request of its own, due then; the caller saves the fax."""
    before = await tx.submissions.get(fax.submission_id)
    submission = Submission(
        id=tx.identify("sub"),
        draft=replace(before.draft, recipients=(fax.recipient,), send_at=fax.send_at),
        created_at=now,
        created_by=before.created_by,
        due_at=due,
    )
    await tx.submissions.add(submission)
    return replace(fax, submission_id=submission.id, index=0, came_with=fax.promised_in)


async def anew(tx: Transaction, before: Fax, after: Fax, now: datetime) -> Fax:
    """Have a fax go out anew that its appliance gave up; `before` has the entry that it was there.

    That entry is remembered as its own, so that nobody takes it for a fax that others made.
    """
    await tx.entries.leave(before, at=now)
    return await apart(tx, after, due=max(after.send_at or now, now), now=now)


async def sorted_out(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    *,
    device: Device,
    candidates: tuple[Candidate, ...],
    now: datetime,
) -> tuple[Fax, ...]:
    """Those of these that the chosen appliance can dial.

    The rest goes out by itself where another one can, and has failed where nobody can.
    """
    diallable = []
    for fax in faxes:
        try:
            dialled_on(device, fax.recipient.fax_number, field="fax_number")
        except InvalidNumber as wrong:
            queued = await queue(tx, fax, now)
            able = await with_users(tx, submission, candidates)
            if dialled_elsewhere(submission, fax.recipient, able, without=device.id):
                await tx.faxes.save(await apart(tx, queued, due=now, now=now))
            else:
                await _undiallable(tx, queued, device, wrong, now)
        else:
            diallable.append(fax)
    return tuple(diallable)


async def _undiallable(
    tx: Transaction, fax: Fax, device: Device, wrong: InvalidNumber, now: datetime
) -> None:
    """No country that is within reach has such a number: only who wrote it can correct it."""
    why = failure("number_invalid", attempts=0, device_id=device.id, device_text=wrong.detail)
    after = moved(fax, FaxStatus.FAILED, at=now, device_id=device.id, failure=why)
    await tx.faxes.save(after)
    tx.tell(status_event(after, previous=fax.status, at=now))
    note_move(tx, "fax.undiallable", fax, after, at=now, reason=wrong.detail)

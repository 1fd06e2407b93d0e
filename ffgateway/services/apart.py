"""Faxes that leave the request they were promised in, to go out by themselves."""

from dataclasses import replace
from datetime import datetime

from ffgateway.domain.faxes import Fax, Submission
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

"""Failures that speak against their numbers, counted as they come on record.

So a number that is to get no more faxes gets none from the moment that the last of them is known: who
sends to it then is held, and what waits for it already is held by whoever counted, with `hold_waiting`.
"""

from collections.abc import Iterable
from datetime import datetime

from ffgateway.domain.access import GATEWAY
from ffgateway.domain.differing import changed
from ffgateway.domain.events import EventDraft
from ffgateway.domain.faxes import Fax, dialled
from ffgateway.domain.overseeing import SUPPRESSED_BY, calls_ended_so
from ffgateway.domain.suppressions import Suppression
from ffgateway.services.audited import line
from ffgateway.services.suppressed import known_of
from ffgateway.store.transaction import Transaction


async def count(
    tx: Transaction, fax: Fax, news: Iterable[EventDraft] = (), *, now: datetime
) -> bool:
    """Count a failure, once, against its number; return whether that is suppressed now for it.

    `news` is what this transaction tells of the fax. A failure that comes without any is one of before,
    which whoever kept it may have counted: that is known by its time.
    """
    rule = SUPPRESSED_BY.get(fax.failure.code) if fax.failure and not fax.foreign else None
    if rule is None or fax.failure is None:
        return False
    (most, lasts), number, told = rule, fax.recipient.fax_number, tuple(news)
    await tx.suppressions.queue_up()
    against = (await known_of(tx, [number], at=now)).get(number, ())
    ended = fax.finished_at or now
    if any(one.holds(now=now) for one in against):
        return False
    if not told and any(one.created_at >= ended for one in against):
        return False
    known = max(against, key=lambda one: one.hits, default=None)
    hits = known.hits if known and not known.active else 0
    hits += await _calls(tx, fax, fax.failure.code, told)
    at = max([ended, *(one.created_at for one in against)])
    one = Suppression(
        id=known.id if known else tx.identify("sup"),
        digits=known.digits if known else dialled(number),
        reason=fax.failure.message,
        active=hits >= most,
        created_at=at,
        created_by=GATEWAY.principal.id,
        until=at + lasts if hits >= most else None,
        hits=hits,
    )
    await tx.suppressions.keep(one)
    if one.active:
        act, differs = "suppression.add", changed(None if known and known.lifted else known, one)
        tx.note(line(GATEWAY, act, one.id, at=now, reason=one.reason, changed=differs))
    return one.active


async def _calls(tx: Transaction, fax: Fax, code: str, news: tuple[EventDraft, ...]) -> int:
    """How many calls of a failed fax speak against its number."""
    before = calls_ended_so((*await tx.events.of_subject(fax.id), *news), code)
    return max(before + (fax.cancel_requested_at is None), 1)  # the last call is told by its end

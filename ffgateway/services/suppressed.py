"""What stands against numbers: a suppression holds for a number however it is written.

`+1 612 555 0100`, `612-555-0100` and `1 (612) 555-0100` are one number to an appliance in the United
States. Which they are one for is known by the regions of the fleet; without any, by their digits.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from ffgateway.clock import Clock, by_turns
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.differing import moved_on
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import IN_GATEWAY, Fax, FaxStatus, HoldReason, moved
from ffgateway.domain.suppressions import Suppression
from ffgateway.services.audited import line
from ffgateway.services.numbers import ways_to_write
from ffgateway.services.placing import queue
from ffgateway.store.transaction import Store, Transaction

Against = tuple[Suppression, ...]
"""What is known against one number: it may have been written in ways that were two before its region was known."""

EVER = datetime.max.replace(tzinfo=UTC)


async def known_of(tx: Transaction, numbers: Iterable[str], *, at: datetime) -> dict[str, Against]:
    """What is known against each of these, by how they are written; what holds longest goes before."""
    if not await tx.suppressions.any():
        return {}
    regions = await tx.devices.line_regions()
    ways = {number: ways_to_write(number, regions) async for number in by_turns(set(numbers))}
    found = await tx.suppressions.of(digits for some in ways.values() for digits in some)
    known: dict[str, Against] = {}
    for number, some in ways.items():
        of_it = [found[digits] for digits in sorted(some) if digits in found]
        of_it.sort(key=lambda one: (one.holds(now=at), one.until or EVER), reverse=True)
        if of_it:
            known[number] = tuple(of_it)
    return known


async def standing(tx: Transaction, numbers: Iterable[str], *, at: datetime) -> dict[str, Against]:
    """The suppressions that hold for these numbers now, by how they are written."""
    found = {}
    for number, known in (await known_of(tx, numbers, at=at)).items():
        if holding := tuple(one for one in known if one.holds(now=at)):
            found[number] = holding
    return found


def held_back(fax: Fax, against: Against, now: datetime) -> Fax:
    """A fax to a suppressed number: kept, and held until each is lifted, over, or overruled."""
    reason, detail = HoldReason.SUPPRESSED_NUMBER, why_held(against)
    if fax.status is FaxStatus.HELD:
        return replace(fax, hold_reason=reason, hold_detail=detail, updated_at=now)
    return moved(fax, FaxStatus.HELD, at=now, hold_reason=reason, hold_detail=detail)


def why_held(against: Against) -> str:
    """For people: until when a number is suppressed, why, and by what."""
    each = [
        f"{f'until {one.until:%Y-%m-%d %H:%M} UTC' if one.until else 'for ever'}:"
        f" {one.reason.rstrip('.')} ({one.id})"
        for one in against
    ]
    return f"The number is suppressed {'; '.join(each)}."


async def hold_waiting(store: Store, clock: Clock) -> int:
    """Hold what waits for numbers that have been suppressed since it was promised; return how many."""
    now, held = clock.now(), 0
    async with store.reading() as tx:
        waiting = await tx.overseen.waiting_numbers()
        against = await standing(tx, {number for _, number in waiting}, at=now)
    for fax_id, number in waiting:
        if number in against:
            async with store.transaction() as tx:  # one each: whoever hands over locks them too
                held += await _hold(tx, fax_id, against[number], now)
    return held


async def _hold(tx: Transaction, fax_id: str, against: Against, now: datetime) -> bool:
    fax = await tx.faxes.get(fax_id, lock=True)
    draft = (await tx.submissions.get(fax.submission_id)).draft
    held = fax.hold_reason is HoldReason.SUPPRESSED_NUMBER
    if fax.status not in IN_GATEWAY or fax.entry_key or held or draft.despite_suppression:
        return False
    queued = fax if fax.status is FaxStatus.HELD else await queue(tx, fax, now)
    after = held_back(queued, against, now)
    await tx.faxes.save(after)
    if queued.status is not FaxStatus.HELD:
        tx.tell(status_event(after, previous=queued.status, at=now))
    tx.note(line(GATEWAY, "fax.held", fax_id, at=now, changed=moved_on(fax, after)))
    return True

"""A hand-over under way: what was claimed, and what its end does to the faxes it carries.

For `claiming` and `submitting`. Nothing here speaks to an appliance.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ffgateway.clock import by_turns
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.classifying import code_for
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import DeviceError, DeviceUserRefused
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import Fax, FaxStatus, moved
from ffgateway.domain.matching import alike, paired
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.audited import line, note_move
from ffgateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One request about to leave: on record as `submitting`, claimed by us."""

    submission: Submission
    faxes: tuple[Fax, ...]
    device: Device


async def held(tx: Transaction, handover: Handover) -> tuple[Submission | None, tuple[Fax, ...]]:
    """A hand-over as it is now, and its faxes that no entry is known of; None once it was settled.

    Its device is locked first, as a look does: each would wait for the other.
    """
    await tx.devices.get(handover.device.id, lock=True)
    submission = await tx.submissions.get(handover.submission.id, lock=True)
    open_still = submission.stage in {Stage.SUBMITTING, Stage.UNCERTAIN} and not submission.fax_key
    if submission.epoch != handover.submission.epoch or not open_still:
        return None, ()
    return submission, await open_ends(tx, submission)


async def open_ends(tx: Transaction, submission: Submission) -> tuple[Fax, ...]:
    """The faxes of a hand-over that no entry is known of."""
    faxes = await tx.faxes.of_submission(submission.id, lock=True)
    doubtful = {FaxStatus.SUBMITTING, FaxStatus.UNCERTAIN}
    return tuple(fax for fax in faxes if fax.status in doubtful and not fax.entry_key)


async def doubt(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    now: datetime,
    reason: str,
) -> None:
    """Put on record that nobody knows whether an appliance has these."""
    doubtful = [moved(fax, FaxStatus.UNCERTAIN, at=now) for fax in faxes]
    await tx.faxes.save(*doubtful)
    for fax, after in zip(faxes, doubtful, strict=True):
        tx.tell(status_event(after, previous=fax.status, at=now))
        note_move(tx, "fax.uncertain", fax, after, at=now, reason=reason)
    await tx.submissions.save(replace(submission, stage=Stage.UNCERTAIN, ended_at=now))


def too_late(
    tx: Transaction, handover: Handover, now: datetime, *, answer: str, fax_key: str = ""
) -> None:
    """An exchange ended after others had settled it without: nothing follows but a line on record."""
    for fax in handover.faxes:
        tx.note(line(GATEWAY, "fax.answered_late", fax.id, at=now, answer=answer, fax_key=fax_key))


async def adopt(
    tx: Transaction,
    submission: Submission,
    faxes: tuple[Fax, ...],
    sightings: tuple[Sighting, ...],
    now: datetime,
) -> None:
    """Record that an appliance has these faxes, as these entries.

    A fax that the answer has no entry for stays to be found out, and its submission with it: the
    next looks ask for the entries of the FAXKEY.
    """
    pairing = paired(faxes, sightings)
    seen_there = []
    async for fax, mine in by_turns(pairing.pairs):
        seen = observe(replace(fax, device_id=submission.device_id), mine, at=now)
        seen_there.append(seen.fax)
        tx.tell(*seen.news)
        entry = f"{mine.fax_key}/{mine.entry_key}"
        on_it = submission.device_id
        note_move(tx, "fax.placed", fax, seen.fax, at=now, device=on_it, entry=entry)
    await tx.faxes.save(*seen_there)
    await release(tx, str(submission.device_id), pairing.pairs, now)
    for fax in pairing.faxes:
        if fax.status is FaxStatus.UNCERTAIN:
            continue
        after = moved(fax, FaxStatus.UNCERTAIN, at=now)
        await tx.faxes.save(after)
        tx.tell(status_event(after, previous=fax.status, at=now))
        reason = "the appliance's answer has no entry for it"
        note_move(tx, "fax.uncertain", fax, after, at=now, reason=reason)
    key = max(one.fax_key for one in sightings)
    stage = Stage.UNCERTAIN if pairing.faxes else Stage.PLACED
    await tx.submissions.save(replace(submission, stage=stage, fax_key=key, ended_at=now))
    device = await tx.devices.get(str(submission.device_id), lock=True)
    if key > device.highest_key:
        await tx.devices.save(replace(device, highest_key=key))


async def begin_anew(tx: Transaction, handover: Handover, fax_key: str, now: datetime) -> None:
    """Forget the keys of an appliance that has begun them anew: they are other faxes' from now on.

    That is proved by an answer whose key is below the highest one known, which the appliance knows
    no more. What it had until then is shown by no key any more, so its end is not known.
    """
    device = await tx.devices.get(handover.device.id, lock=True)
    floor, acting = handover.submission.floor_key, handover.submission.acted_as
    if "" < device.highest_key < floor and not acting:
        return  # the answer to one that went beside it has shown that already
    since = handover.submission.sent_at or now
    after = replace(device, highest_key=fax_key, keys_since=since, imported_to="")
    await tx.devices.save(after)
    keys = changed(device, after, "highest_key", "keys_since")
    tx.note(line(GATEWAY, "device.keys_anew", device.id, at=now, changed=keys))
    for fax in await tx.faxes.open_on(device.id, lock=True):
        await _lose_sight(tx, fax, now, reason="the appliance began its keys anew")


async def _lose_sight(tx: Transaction, fax: Fax, now: datetime, *, reason: str) -> None:
    """Take its entry from a fax: what became of it there is not known."""
    after = replace(fax, entry_key="", updated_at=now)
    if fax.status is not FaxStatus.UNCERTAIN:
        after = moved(after, FaxStatus.UNCERTAIN, at=now)
        tx.tell(status_event(after, previous=fax.status, at=now))
    await tx.faxes.save(after)
    note_move(tx, "fax.uncertain", fax, after, at=now, reason=reason)


async def release(
    tx: Transaction, device_id: str, pairs: tuple[tuple[Fax, Sighting], ...], now: datetime
) -> None:
    """Take these entries from whatever older fax still goes by their keys: no entry is two faxes.

    Keys come again on an appliance that was reset to its factory settings. What became of the
    older fax there is not known, and the new entry must not be told as its end.
    """
    ours = {fax.id for fax, _ in pairs}
    new = {mine.place: (fax, mine) for fax, mine in pairs}
    there = await tx.standing.on(device_id, fax_keys={fax_key for fax_key, _ in new})
    older = [one.id for one in there if one.place in new and one.id not in ours]
    for fax in (await tx.faxes.several(older, lock=True)).values():
        taker, entry = new[fax.fax_key, fax.entry_key]
        if alike(fax, entry) and not alike(taker, entry):
            continue  # an answer that is wrong, rather than a key that came again
        await _lose_sight(tx, fax, now, reason="the appliance gave its keys to another fax")


def kind_of(no: DeviceError, submission: Submission) -> str:
    """What kind of failure a no is."""
    if isinstance(no, DeviceUserRefused):
        return "device_user_refused"
    names = [one.name for one in submission.draft.documents]
    code = code_for(no.detail, documents=names)
    return "device_rejected" if code == "unclassified" else code

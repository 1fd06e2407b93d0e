"""Entries that nobody here knows → faxes that others made, kept and told.

At first sight of an appliance, what its list holds already is taken in without a word: nobody
subscribed to the past. From then on an entry with a higher key is told of as it is seen.

A fax that had ended and is on its way again, because somebody told the appliance so, is another
fax: an end never changes.

What may yet turn out to be ours is left alone until it is known. Two facts make that safe. An
entry of ours cannot be in a list before its hand-over was put on record as begun. And within the
transaction the hand-overs in doubt are read before the faxes that are known: one that was settled
in between is found among the latter, so it is never missed by both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ffgateway.devices.client import Look
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting, corrected
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import OF_A_FAX, changed
from ffgateway.domain.faxes import Fax, Origin
from ffgateway.domain.matching import by_fax_key, may_be
from ffgateway.domain.others import born, newcomer, request_of, revived
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.audited import line
from ffgateway.store.entries import KnownEntry
from ffgateway.store.transaction import Transaction

Doubts = tuple[tuple[Submission, tuple[Fax, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at a device shows. `fresh` are the FAXKEYs worth a thought; others were thought about."""

    device: Device
    look: Look
    started: datetime  # before the list was asked for
    fresh: Iterable[str]

    @property
    def first(self) -> bool:
        """Whether the list, or the part of it that others own, was never seen before."""
        widened = self.look.everyone and self.device.shows_all is False
        return self.device.imported_to is None or widened


async def take_in(tx: Transaction, sight: Sight, now: datetime) -> bool:
    """Make faxes of what others put on an appliance; return whether some had to be left for later.

    The device's row must be locked: two looks at once would take the same entry in twice.
    """
    device = sight.device
    doubts = await _doubts(tx, device.id)
    groups = by_fax_key(sight.look.sightings)
    thought = {key: groups[key] for key in sorted(set(sight.fresh) & groups.keys())}
    known = await tx.entries.known(device, thought)
    ours = {key for (key, _), one in known.items() if one.origin is Origin.GATEWAY}
    left = set()
    for key, group in thought.items():
        again = [one for one in group if _goes_on(sight, known.get(one.place), one)]
        await _add(tx, sight, again, now, known=known)
        await _correct(tx, sight, group, now, known=known)
        new = [one for one in group if one.place not in known]
        if key in ours or not new:
            continue
        if any(
            may_be(one, faxes, group, username=one.username or device.username)
            for one, faxes in doubts
        ):
            left.add(key)
            continue
        await _add(tx, sight, new, now, known=known)
    if sight.first or device.shows_all is not sight.look.everyone:
        to = max(groups, default="") if sight.first else device.imported_to
        after = replace(device, imported_to=to, shows_all=sight.look.everyone)
        await tx.devices.save(after)
    return bool(left)


async def _doubts(tx: Transaction, device_id: str) -> Doubts:
    stages = (Stage.SUBMITTING, Stage.UNCERTAIN)
    return tuple(
        [
            (
                submission,
                tuple(
                    fax
                    for fax in await tx.faxes.of_submission(submission.id)
                    if not fax.finished and not fax.entry_key
                ),
            )
            for submission in await tx.submissions.in_stage(*stages, device_id=device_id)
        ]
    )


def _goes_on(sight: Sight, known: KnownEntry | None, one: Sighting) -> bool:
    """Whether a fax that had ended before the look was asked for is on its way again."""
    ended_at = known.ended_at if known is not None else None
    return revived(one, ended_before_look=ended_at is not None and ended_at < sight.started)


async def _correct(
    tx: Transaction,
    sight: Sight,
    group: Iterable[Sighting],
    now: datetime,
    *,
    known: Mapping[tuple[str, str], KnownEntry],
) -> None:
    """Tell of ends that an appliance names and that were decided otherwise, without its word."""
    for one in group:
        ended = known.get(one.place)
        if ended is None or ended.said or ended.ended_at is None:
            continue
        if one.status is ended.status or ended.ended_at >= sight.started:
            continue
        fax = await tx.faxes.get(ended.fax_id, lock=True)
        late = corrected(fax, one, at=now)
        if late.changed and (fax.fax_key, fax.entry_key) == one.place:
            await tx.faxes.save(late.fax)
            tx.tell(*late.news)
            tx.note(
                line(
                    GATEWAY,
                    "fax.corrected",
                    fax.id,
                    at=now,
                    changed=changed(fax, late.fax, "corrected_as"),
                    device_state=one.state,
                    device_message=one.message,
                )
            )


async def _add(
    tx: Transaction,
    sight: Sight,
    new: list[Sighting],
    now: datetime,
    *,
    known: Mapping[tuple[str, str], KnownEntry],
) -> None:
    """Add entries of one FAXKEY, each an instant after the one before it, so that ids keep their order."""
    if not new:
        return
    submission = await _request(tx, sight, new[0], now, known=known)
    for one in new:
        before = known.get(one.place)
        made = now if before else born(one, now=now)
        moment = made + timedelta(milliseconds=int(one.entry_key, 16) % 1000)
        above = one.fax_key > (sight.device.imported_to or "")
        told = not sight.first and (above or before is not None)
        come = newcomer(
            one,
            fax_id=tx.identify("fax", at=moment),
            submission=submission,
            at=now,
            silent=not told,
            resend_of=before.fax_id if before else None,
        )
        await tx.faxes.add(come.fax)
        tx.tell(*come.news)
        tx.note(
            line(
                GATEWAY,
                "fax.imported",
                come.fax.id,
                at=now,
                device=sight.device.id,
                entry=f"{one.fax_key}/{one.entry_key}",
                owner=one.username,
                agent=one.agent,
                told=told,
                changed=changed(None, come.fax, *OF_A_FAX),
            )
        )


async def _request(
    tx: Transaction,
    sight: Sight,
    first: Sighting,
    now: datetime,
    *,
    known: Mapping[tuple[str, str], KnownEntry],
) -> Submission:
    """What stands for a FAXKEY of others, made when its first entry comes."""
    for (key, _), one in known.items():
        if key == first.fax_key and one.origin is Origin.APPLIANCE:
            return await tx.submissions.get(one.submission_id)
    made = born(first, now=now)
    submission = request_of(
        first.fax_key,
        submission_id=tx.identify("sub", at=made),
        device_id=sight.device.id,
        created_at=made,
    )
    await tx.submissions.add(submission)
    return submission

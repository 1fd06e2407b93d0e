"""Uncertain → settled on evidence, never resent on a guess.

FAXKEYs rise, and one request at a time goes to an appliance. So if a request whose answer was
lost did its work, there is a key above the highest one known before it, whose entries go to the
same numbers, of our user, that no fax of ours owns. One such key is the fax. None, in two looks
that began well after the exchange had ended, proves that there is none. Several cannot be told
apart: then a person decides.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.devices import Device
from ffgateway.domain.events import EventType, fax_event, status_event
from ffgateway.domain.faxes import Fax, FaxStatus, Stage, Submission, dialled, moved
from ffgateway.services.audited import line
from ffgateway.store.transaction import Transaction

LOOKS = 2
"""Looks without a trace that prove absence."""


class Reconciling:
    """Finds out what became of hand-overs.

    `settle_after` is how long an appliance may go on working on a request whose connection has
    ended, and how far apart two looks must be.
    """

    def __init__(self, *, settle_after: timedelta) -> None:
        self._settle_after = settle_after

    async def settle(
        self,
        tx: Transaction,
        device: Device,
        sightings: tuple[Sighting, ...],
        looked_at: datetime,
    ) -> bool:
        """Hold what an appliance lists against what is uncertain there; return whether doubt is left."""
        doubt = False
        for submission in await tx.submissions.in_stage(Stage.UNCERTAIN, device_id=device.id):
            faxes = tuple(
                fax
                for fax in await tx.faxes.of_submission(submission.id, lock=True)
                if fax.status is FaxStatus.UNCERTAIN
            )
            found = await self._candidates(tx, device, submission, faxes, sightings)
            if len(found) == 1:
                await self._found(tx, submission, faxes, found[0], looked_at)
            elif not found and await self._absent(tx, submission, faxes, looked_at):
                continue
            else:
                doubt = True
        return doubt

    async def _candidates(
        self,
        tx: Transaction,
        device: Device,
        submission: Submission,
        faxes: tuple[Fax, ...],
        sightings: tuple[Sighting, ...],
    ) -> list[tuple[Sighting, ...]]:
        groups: dict[str, list[Sighting]] = defaultdict(list)
        for one in sightings:
            if one.fax_key > submission.floor_key and one.username in {"", device.username}:
                groups[one.fax_key].append(one)
        owned = await tx.faxes.keys_of_ours(device.id, groups)
        wanted = sorted(dialled(fax.recipient.fax_number) for fax in faxes)
        return [
            tuple(group)
            for key, group in sorted(groups.items())
            if key not in owned and sorted(dialled(one.fax_number) for one in group) == wanted
        ]

    async def _found(
        self,
        tx: Transaction,
        submission: Submission,
        faxes: tuple[Fax, ...],
        sightings: tuple[Sighting, ...],
        now: datetime,
    ) -> None:
        left = sorted(sightings, key=lambda one: one.entry_key)
        for fax in faxes:
            mine = next(
                one for one in left if dialled(one.fax_number) == dialled(fax.recipient.fax_number)
            )
            left.remove(mine)
            seen = observe(fax, mine, at=now)
            await tx.faxes.save(seen.fax)
            tx.tell(
                fax_event(
                    EventType.FAX_RECONCILED, seen.fax, previous=fax.status, at=now, found=True
                ),
                *seen.news,
            )
            entry = f"{mine.fax_key}/{mine.entry_key}"
            tx.note(line(GATEWAY, "fax.reconciled", fax.id, at=now, found=True, entry=entry))
        key = sightings[0].fax_key
        await tx.submissions.save(replace(submission, stage=Stage.PLACED, fax_key=key))

    async def _absent(
        self,
        tx: Transaction,
        submission: Submission,
        faxes: tuple[Fax, ...],
        looked_at: datetime,
    ) -> bool:
        """Count a look without a trace; True once they prove that the request did nothing."""
        since = submission.last_look_at or submission.ended_at or submission.created_at
        if looked_at < since + self._settle_after:
            return False
        looks = submission.absent_looks + 1
        if looks < LOOKS:
            counted = replace(submission, absent_looks=looks, last_look_at=looked_at)
            await tx.submissions.save(counted)
            return False
        for fax in faxes:
            after = moved(fax, FaxStatus.QUEUED, at=looked_at, device_id=None)
            await tx.faxes.save(after)
            tx.tell(
                fax_event(
                    EventType.FAX_RECONCILED, after, previous=fax.status, at=looked_at, found=False
                ),
                status_event(after, previous=fax.status, at=looked_at),
            )
            tx.note(line(GATEWAY, "fax.reconciled", fax.id, at=looked_at, found=False))
        await tx.submissions.save(
            replace(submission, stage=Stage.WAITING, device_id=None, due_at=looked_at)
        )
        return True

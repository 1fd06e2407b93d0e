"""Uncertain → settled on evidence, never resent on a guess.

FAXKEYs rise, and requests that go to an appliance side by side have no number in common. So if a
request whose answer was lost did its work, there is a key above the highest one known before it,
whose entries go to the same numbers, of our user, that no fax owns. One such key is the fax. None, in two looks that
began well after the exchange had ended, proves that there is none. Several that neither their
times nor their pages tell apart, or one that shows a part of the request alone: a person decides.

An appliance that was reset to its factory settings begins its keys anew, below the highest one
known. Then a key proves nothing: whatever goes to these numbers could be the fax, and only if
nothing does there is none.

An answer that named a key and fewer entries than recipients is a doubt of its own: the entries of
that key are asked for until each recipient has one, or two looks show that there are no more.

The evidence is the appliance's list of the faxes of the account that handed over, and not the list
of everybody's that the looks see: nothing in it is by others, and theirs push nothing of ours out.

An appliance may show a fax no more before anybody looked. So its outbound log is asked, too, before
absence is believed, where it has one that can be read. Its form is not public: what it shows keeps
a fax from being sent again, and a person decides. The same holds for what was shown once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceUserRefused
from ffgateway.domain.events import EventType, fax_event, status_event
from ffgateway.domain.failures import failure
from ffgateway.domain.faxes import (
    Fax,
    FaxStatus,
    Origin,
    moved,
    returned,
)
from ffgateway.domain.matching import (
    NOTHING_LEARNT,
    Group,
    Skew,
    by_fax_key,
    contender,
    found,
    may_be,
    pages_of,
    paired,
    resembles,
    skew_of,
    told_apart,
)
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import line, note_move
from ffgateway.services.doubts import MOST_ROOM, ROOM, Doubt, Evidence, Known, ended, goes_back
from ffgateway.services.handovers import release
from ffgateway.services.leasing import CLOCKS_AGREE
from ffgateway.services.outbound_log import remembered
from ffgateway.store.entries import KnownEntry
from ffgateway.store.transaction import Store, Transaction

LOOKS = 2
"""Looks without a trace that prove absence."""

AT_MOST = timedelta(minutes=1)
"""The most that is waited because an exchange had gone on for long before it ended."""

LEARN_FROM = 3
"""Faxes of ours, the latest, that an appliance's clock is learnt from."""


class Reconciling:
    """Finds out what became of hand-overs.

    `settle_after` is how long an appliance may go on working on a request whose connection has
    ended, and how far apart two looks must be.
    """

    def __init__(self, *, settle_after: timedelta) -> None:
        self._settle_after = settle_after

    async def gather(
        self, store: Store, appliances: Appliances, appliance: Appliance, at: datetime
    ) -> Known:
        """Ask an appliance for what may settle its hand-overs in doubt, as whoever made each.

        `at` is when the look began.
        """
        async with store.reading() as tx:
            doubts = await tx.submissions.in_stage(Stage.UNCERTAIN, device_id=appliance.device.id)
        known: dict[str, Evidence] = {}
        for name in sorted({one.acted_as for one in doubts}):
            theirs = [one for one in doubts if one.acted_as == name]
            box = await appliances.of(appliance.device.id, name)
            with suppress(DeviceUserRefused):  # theirs wait, and nobody else's
                if not box.refused_lately:
                    found = await self._asked(box, theirs, appliance, at)
                    known |= dict.fromkeys((one.id for one in theirs), found)
        return known

    async def _asked(
        self, box: Appliance, doubts: Sequence[Submission], appliance: Appliance, at: datetime
    ) -> Evidence:
        """What an account is shown. The log is asked of the device's own as well: it may be shown more."""
        own = await _own(box, [one for one in doubts if not one.fax_key])
        of_key = {one.fax_key: await box.entries(one.fax_key) for one in doubts if one.fax_key}
        highest = max((one.fax_key for one in own), default="")
        floors = {one.floor_key for one in doubts if not one.fax_key and one.floor_key > highest}
        gone = [floor for floor in floors if await box.entries(floor) is None]
        last = [
            one.sent_at or one.created_at
            for one in doubts
            if not one.fax_key and not one.contenders and self._last_look(one, at)
        ]
        calls = {
            one.place: one
            for each in {box, appliance}
            if last
            for one in await remembered(each, since=min(last))
        }
        return Evidence(own=own, of_key=of_key, gone=frozenset(gone), calls=tuple(calls.values()))

    async def settle(
        self, tx: Transaction, device: Device, known: Known, looked_at: datetime
    ) -> bool:
        """Hold what an appliance shows against what is uncertain there; return whether doubt is left."""
        doubt = False
        for submission in await tx.submissions.in_stage(Stage.UNCERTAIN, device_id=device.id):
            faxes = tuple(
                fax
                for fax in await tx.faxes.of_submission(submission.id, lock=True)
                if fax.status is FaxStatus.UNCERTAIN and not fax.entry_key
            )
            one = Doubt(submission=submission, faxes=faxes)
            evidence = known.get(submission.id)
            if evidence is None:
                settled = False  # it came up while the appliance was asked
            elif submission.fax_key:
                settled = await self._rest(tx, device, one, evidence, looked_at)
            else:
                settled = await self._whole(tx, device, one, evidence, looked_at)
            doubt |= not settled
        return doubt

    async def _whole(
        self,
        tx: Transaction,
        device: Device,
        doubt: Doubt,
        evidence: Evidence,
        looked_at: datetime,
    ) -> bool:
        """Settle a request without an answer: one FAXKEY with all of it, or none."""
        submission, faxes = doubt.submission, doubt.faxes
        if not faxes:  # each was settled by other means
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED, contenders=()))
            return True
        left = await self._contenders(tx, device, doubt, evidence, evidence.own)
        whole = submission.floor_key not in evidence.gone and all(
            resembles(submission, faxes, group, username=submission.username or device.username)
            for group in left
        )
        if len(left) == 1 and whole:
            (group,) = left
            await self._found(tx, paired(faxes, group).pairs, looked_at)
            await tx.submissions.save(
                replace(submission, stage=Stage.PLACED, fax_key=group[0].fax_key, contenders=())
            )
            return True
        left = left or await self._contenders(tx, device, doubt, evidence, evidence.calls)
        if left:
            await self._undecided(tx, doubt, left, looked_at)
            return False
        if await self._shown_before(tx, device, submission, evidence):
            return False
        if not evidence.reaches(submission.floor_key):
            return False
        if await self._proven(tx, submission, looked_at):
            await self._absent(tx, submission, faxes, looked_at)
            return True
        return False

    async def _contenders(
        self,
        tx: Transaction,
        device: Device,
        doubt: Doubt,
        evidence: Evidence,
        shown: tuple[Sighting, ...],
    ) -> tuple[Group, ...]:
        """The FAXKEYs shown that could be a request without an answer, the unlikely ones left out."""
        submission, faxes = doubt.submission, doubt.faxes
        username = submission.username or device.username
        groups = by_fax_key(shown)
        if submission.floor_key in evidence.gone:  # no key says when it was made, nor whose it is
            anywhere = replace(submission, floor_key="")
            return tuple(
                group
                for group in groups.values()
                if may_be(anywhere, faxes, group, username=username)
            )
        known = await tx.entries.known(device, groups)
        owned = {key for key, _ in known}
        free = [group for key, group in groups.items() if key not in owned]
        for fits in (found, resembles, may_be):
            fitting = [one for one in free if fits(submission, faxes, one, username=username)]
            if len(fitting) > 1:
                return told_apart(
                    submission,
                    fitting,
                    skew=await _skew(tx, groups, known) or NOTHING_LEARNT,
                    settle_after=self._settle_after,
                    pages=pages_of(submission),
                )
            if fitting:
                return tuple(fitting)
        return ()

    async def _shown_before(
        self, tx: Transaction, device: Device, submission: Submission, evidence: Evidence
    ) -> bool:
        """Whether an earlier look showed something that could be it, and that no fax owns since."""
        keys = {one.fax_key for one in submission.contenders}
        if not keys or submission.floor_key in evidence.gone:
            return bool(keys)
        known = await tx.entries.known(device, keys)
        return bool(keys - {key for key, _ in known})

    async def _undecided(
        self, tx: Transaction, doubt: Doubt, groups: tuple[Group, ...], looked_at: datetime
    ) -> None:
        """Say, once for each change, that it takes a person: what could be it is on record."""
        submission = doubt.submission
        left = tuple(map(contender, groups))
        keys = [one.fax_key for one in left]
        told = [one.fax_key for one in submission.contenders]
        if looked_at < (submission.ended_at or submission.created_at) + self._patience(submission):
            return  # the rest of it, or its time and pages, may yet show
        if left != submission.contenders:
            await tx.submissions.save(replace(submission, contenders=left))
        if keys == told:
            return
        for fax in doubt.faxes:
            tx.tell(
                fax_event(
                    EventType.FAX_UNCERTAIN,
                    fax,
                    previous=fax.status,
                    at=looked_at,
                    candidates=len(keys),
                )
            )
            tx.note(line(GATEWAY, "fax.undecided", fax.id, at=looked_at, fax_keys=keys))

    async def _rest(
        self,
        tx: Transaction,
        device: Device,
        doubt: Doubt,
        evidence: Evidence,
        looked_at: datetime,
    ) -> bool:
        """Settle the recipients that an answer left out, by the entries of its FAXKEY."""
        submission, faxes = doubt.submission, doubt.faxes
        entries = evidence.of_key[submission.fax_key]
        owned = await tx.entries.known(device, [submission.fax_key])
        free = [one for one in entries or () if one.place not in owned]
        pairing = paired(faxes, free)
        await self._found(tx, pairing.pairs, looked_at)
        if not pairing.faxes:
            await tx.submissions.save(replace(submission, stage=Stage.PLACED))
            return True
        if pairing.sightings or not await self._proven(tx, submission, looked_at):
            return False
        if entries is None:
            await self._forgotten(tx, submission, pairing.faxes, looked_at)
        else:
            await self._absent(tx, submission, pairing.faxes, looked_at)
        return True

    async def _found(
        self, tx: Transaction, pairs: tuple[tuple[Fax, Sighting], ...], now: datetime
    ) -> None:
        for device_id in {fax.device_id for fax, _ in pairs if fax.device_id}:
            await release(tx, device_id, pairs, now)
        seen_there = []
        for fax, mine in pairs:
            seen = observe(fax, mine, at=now)
            seen_there.append(seen.fax)
            tx.tell(
                fax_event(
                    EventType.FAX_RECONCILED, seen.fax, previous=fax.status, at=now, found=True
                ),
                *seen.news,
            )
            entry = f"{mine.fax_key}/{mine.entry_key}"
            note_move(tx, "fax.reconciled", fax, seen.fax, at=now, found=True, entry=entry)
        await tx.faxes.save(*seen_there)

    async def _proven(self, tx: Transaction, submission: Submission, looked_at: datetime) -> bool:
        """Count a look without a trace; True once they prove that the request did nothing more."""
        if not self._counts(submission, looked_at):
            set_back = looked_at < submission.waits_since - CLOCKS_AGREE
            if set_back:  # the clock, so nothing can be said of what was counted
                again = replace(submission, absent_looks=0, last_look_at=looked_at)
                await tx.submissions.save(again)
            return False
        if self._last_look(submission, looked_at):
            return True
        looks = submission.absent_looks + 1
        await tx.submissions.save(replace(submission, absent_looks=looks, last_look_at=looked_at))
        return False

    def _counts(self, submission: Submission, looked_at: datetime) -> bool:
        """Whether a look is far enough from the end of the exchange, and from the one before it."""
        return looked_at >= submission.waits_since + self._patience(submission)

    def _last_look(self, submission: Submission, looked_at: datetime) -> bool:
        """Whether this look, should it show nothing, proves that there is nothing."""
        return self._counts(submission, looked_at) and submission.absent_looks + 1 >= LOOKS

    def _patience(self, submission: Submission) -> timedelta:
        """How long the appliance may go on working: at least as long as it had kept us waiting."""
        if submission.sent_at is None or submission.ended_at is None:
            return self._settle_after
        return max(self._settle_after, min(submission.ended_at - submission.sent_at, AT_MOST))

    async def _absent(
        self, tx: Transaction, submission: Submission, faxes: tuple[Fax, ...], now: datetime
    ) -> None:
        """Back into the queue: the appliance has not got them."""
        queued = [returned(fax, at=now) for fax in faxes]
        await tx.faxes.save(*queued)
        for fax, after in zip(faxes, queued, strict=True):
            tx.tell(
                fax_event(
                    EventType.FAX_RECONCILED, after, previous=fax.status, at=now, found=False
                ),
                status_event(after, previous=fax.status, at=now),
            )
            note_move(tx, "fax.reconciled", fax, after, at=now, found=False)
        await tx.submissions.save(
            replace(submission, stage=Stage.WAITING, device_id=None, due_at=now, contenders=())
        )

    async def _forgotten(
        self, tx: Transaction, submission: Submission, faxes: tuple[Fax, ...], now: datetime
    ) -> None:
        """The appliance took the request, knows it no more, and never showed these: only people can tell."""
        for fax in faxes:
            why = failure("lost", device_id=fax.device_id)
            after = moved(fax, FaxStatus.FAILED, at=now, failure=why)
            await tx.faxes.save(after)
            tx.tell(status_event(after, previous=fax.status, at=now))
            note_move(tx, "fax.lost", fax, after, at=now, fax_key=submission.fax_key)
        await tx.submissions.save(replace(submission, stage=Stage.PLACED))


async def _own(box: Appliance, doubts: Sequence[Submission]) -> tuple[Sighting, ...]:
    """An account's list, with as many finished faxes as it takes to go back before each of these.

    What went beside a request in doubt is newer than the highest key known before it, and there
    may be much of it.
    """
    if not doubts:
        return ()
    floor = min(one.floor_key for one in doubts)
    limit = ROOM + sum(len(one.draft.recipients) for one in doubts)
    while True:
        own = await box.own(complete_limit=limit)
        if limit >= MOST_ROOM or len(ended(own)) < limit or goes_back(own, floor):
            return own
        limit *= 2


async def _skew(
    tx: Transaction,
    groups: Mapping[str, Group],
    known: Mapping[tuple[str, str], KnownEntry],
) -> Skew | None:
    """How the appliance's clock goes, by the latest entries there that are known to be ours."""
    requests = {
        key: one.submission_id
        for (key, _), one in sorted(known.items())
        if one.origin is Origin.GATEWAY
    }
    learnt = None
    for key in sorted(requests, reverse=True)[:LEARN_FROM]:
        one = skew_of(groups[key], await tx.submissions.get(requests[key]))
        if one is not None and (
            learnt is None or one.most - one.least < learnt.most - learnt.least
        ):
            learnt = one
    return learnt

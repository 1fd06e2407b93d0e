"""Queued → chosen for an appliance and on record as `submitting`, before the request leaves.

A hand-over that breaks off in the gateway itself, because the database is away or a bug is met,
is in doubt: the next claim puts that on record. So is one whose gateway died, once another looks.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ffgateway.clock import Clock, by_turns
from ffgateway.domain.devices import Device
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import IN_GATEWAY, Fax, FaxStatus, HoldReason, moved
from ffgateway.domain.placement import Placement
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services.apart import sorted_out
from ffgateway.services.audited import note_move
from ffgateway.services.deadlines import expire, over
from ffgateway.services.handovers import Handover, doubt, held, open_ends
from ffgateway.services.leasing import Leasing
from ffgateway.services.numbers import dialled_on
from ffgateway.services.placing import Placing, hold, placed, queue, with_more
from ffgateway.services.side_by_side import Places
from ffgateway.services.turns import MOST_HELD, in_turn
from ffgateway.store.leases import CLAIMING
from ffgateway.store.transaction import Store, Transaction


class Claiming:
    """Chooses what goes out next, a few requests at a time to each appliance, and knows what is under way."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        leasing: Leasing,
        placing: Placing,
        held: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._leasing = leasing
        self._placing = placing
        self._held = held
        self._under_way: set[str] = set()  # submissions whose hand-over is in these hands now
        self._broken: list[Handover] = []  # broke off here; nobody knows how far they got
        self.first_due: datetime | None = None
        """When the first that waits is due, as the last claim left it."""

    async def recover(self) -> int:
        """Take up what a gateway that died was handing over: nobody knows how far it got.

        Those of gateways that live are theirs, and of our own those that nobody carries any more
        are orphans, too. Return how many there were.
        """
        living = await self._leasing.living() - {self._leasing.holder}
        now = self._clock.now()
        orphans = 0
        async with self._store.transaction() as tx:
            for one in await tx.submissions.in_stage(Stage.SUBMITTING):
                await tx.devices.get(str(one.device_id), lock=True)
                submission = await tx.submissions.get(one.id, lock=True)
                left = submission.stage is Stage.SUBMITTING and submission.holder not in living
                if not left or submission.id in self._under_way:
                    continue
                orphans += 1
                faxes = await open_ends(tx, submission)
                await doubt(tx, submission, faxes, now, "the gateway stopped on the way")
        return orphans

    async def claim(self) -> tuple[Handover, ...]:
        """Choose an appliance for each submission that is due, and put that on record."""
        claimed, waiting = [], False
        now = self._clock.now()
        await self._admit_broken()
        first = await self._first(now)
        if first is None:
            return ()
        async with self._store.transaction() as tx:
            await tx.leases.queue_up(CLAIMING)  # two would choose the same appliance
            places = await Places.now(tx)  # before what is known of the appliances otherwise
            candidates = await self._placing.candidates(tx, places.doubtful)
            to_hold = MOST_HELD
            async for submission in in_turn(tx, now, longest=first):
                count = len(submission.draft.recipients)
                if places.all_full(count=count):
                    break  # nobody is free for what comes next
                placement = await placed(tx, submission, candidates, now=now)
                if places.full(placement.device_id, count=count) or (
                    placement.device_id is None and to_hold <= 0
                ):
                    continue
                faxes = await _may_go(tx, submission, now)
                if not faxes:
                    await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
                elif placement.device_id is None:
                    to_hold -= len(faxes)
                    waiting |= not placement.waits and any(
                        one.status is not FaxStatus.HELD for one in faxes
                    )
                    await hold(tx, submission, faxes, placement, now)
                else:
                    device = next(
                        one.device for one in candidates if one.device.id == placement.device_id
                    )
                    faxes = await sorted_out(
                        tx, submission, faxes, device=device, candidates=candidates, now=now
                    )
                    if not await places.beside(tx, device, faxes, user=placement.user):
                        continue
                    begun = await self._begin(
                        tx, submission, faxes, device=device, placement=placement, now=now
                    )
                    if begun is not None:
                        claimed.append(begun)
                        places.take(begun)
                        candidates = with_more(
                            candidates, device.id, submission, count=len(begun.faxes)
                        )
            self.first_due = await tx.submissions.next_due()
        if waiting:
            self._held()  # an appliance that is looked at now may take it after all
        return tuple(claimed)

    async def _first(self, now: datetime) -> datetime | None:
        """When the first that is due was so; None while a claim would be in vain.

        Asked before anything is locked: one at a time may write.
        """
        async with self._store.reading() as tx:
            first = self.first_due = await tx.submissions.next_due()
            if first is None or first > now:
                return None
            if self._under_way and (await Places.now(tx)).all_full():
                return None  # likely then; so what waits in a queue is not read in vain
        return first

    async def _begin(
        self,
        tx: Transaction,
        submission: Submission,
        faxes: tuple[Fax, ...],
        *,
        device: Device,
        placement: Placement,
        now: datetime,
    ) -> Handover | None:
        started = replace(
            submission,
            stage=Stage.SUBMITTING,
            device_id=device.id,
            fax_key="",
            floor_key=device.highest_key,
            sent_at=now,
            ended_at=None,
            absent_looks=0,
            last_look_at=None,
            contenders=(),
            acted_as=submission.draft.acts_as if placement.user else "",
            username=placement.user,
            tries=submission.tries + 1,
            epoch=submission.epoch + 1,
            holder=self._leasing.holder,
        )
        leaving, told = [], dict[str, Any](user=placement.user) if placement.user else {}
        async for fax in by_turns(faxes):
            queued = await queue(tx, fax, now)
            after = moved(
                queued,
                FaxStatus.SUBMITTING,
                at=now,
                device_id=device.id,
                dialled=dialled_on(device, fax.recipient.fax_number, field="fax_number").text,
                acted_as=started.acted_as,
                hold_reason=None,
                hold_detail="",
                placement=placement.reasons,
            )
            tx.tell(status_event(after, previous=queued.status, at=now))
            note_move(
                tx,
                "fax.submit",
                fax,
                after,
                at=now,
                device=device.id,
                reasons=list(placement.reasons),
                **told,
            )
            leaving.append(after)
        if not leaving:
            await tx.submissions.save(replace(submission, stage=Stage.CLOSED))
            return None
        await tx.faxes.save(*leaving)
        await tx.submissions.save(started)
        self._under_way.add(started.id)
        return Handover(submission=started, faxes=tuple(leaving), device=device)

    def let_go(self, handover: Handover) -> None:
        """A hand-over has come to an end here, whichever."""
        self._under_way.discard(handover.submission.id)

    def broke_off(self, handover: Handover) -> None:
        """A hand-over ended without anything on record of how."""
        self._broken.append(handover)

    async def _admit_broken(self) -> None:
        """Put on record that what broke off here is in doubt."""
        if not self._broken:
            return
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for handover in self._broken:
                submission, faxes = await held(tx, handover)
                if submission is not None and submission.stage is Stage.SUBMITTING:
                    reason = "the gateway lost track of the exchange"
                    await doubt(tx, submission, faxes, now, reason)
        self._broken.clear()


async def _may_go(tx: Transaction, submission: Submission, now: datetime) -> tuple[Fax, ...]:
    """Those of a request that are neither anywhere yet nor held for their numbers.

    One whose deadline passed while nobody was at work ends here: it must not leave now.
    """
    waiting = [
        fax
        for fax in await tx.faxes.of_submission(submission.id, lock=True)
        if fax.status in IN_GATEWAY
        and not fax.entry_key
        and fax.hold_reason is not HoldReason.SUPPRESSED_NUMBER
    ]
    able = []
    for fax in waiting:
        if over(fax, now=now):
            await expire(tx, fax, now=now)
        else:
            able.append(fax)
    return tuple(able)

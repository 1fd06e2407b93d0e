"""What became of tries: on record, many in one transaction, with what they change about endpoints.

A result counts only while the endpoint is ours and its delivery is as we knew it; the try itself is
on record either way, because it was made.
"""

import logging
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.delivery.sink import Outcome
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.endpoints import SICK, probe_wait
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import (
    EventType,
    paused_event,
    resumed_event,
    webhook_event,
)
from ffgateway.domain.identity import new_id
from ffgateway.domain.retries import LONGEST_WISH, wait_before
from ffgateway.domain.subscriptions import (
    Attempt,
    Delivery,
    DeliveryState,
    PausedBy,
    Subscription,
    SubscriptionState,
    Trigger,
    paused_as,
    resumed,
)
from ffgateway.services.audited import line
from ffgateway.services.endpoint_changes import differing
from ffgateway.services.lanes import Parcel
from ffgateway.services.leasing import ENDPOINT, Leasing
from ffgateway.store.transaction import Store, Transaction
from ffgateway.store.tries import Result

log = logging.getLogger(__name__)

LOCKED = "Its secrets cannot be opened with the service keys that this gateway has."
"""Why an endpoint is paused that cannot be signed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A try that ended."""

    parcel: Parcel
    outcome: Outcome
    started: datetime
    probe: bool  # the gateway had paused the endpoint, and this was to see how it does
    sick: bool  # with this try the endpoint has failed too often
    slow_until: datetime | None  # until when the endpoint is to be left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is on record of a try: the delivery if it is to be tried again.

    `late`: it was not counted, because somebody else had done with the delivery before.
    """

    ended: Ended
    again: Delivery | None
    late: bool


class Acknowledging:
    """Keeps the record of tries."""

    def __init__(self, store: Store, clock: Clock, *, leasing: Leasing) -> None:
        self._store = store
        self._clock = clock
        self._leasing = leasing
        self._chance = random.Random(os.urandom(8))  # noqa: S311 - spreads retries, guards nothing

    async def record(
        self, tries: Sequence[Ended], lost: Sequence[Delivery]
    ) -> tuple[list[Settled], list[Subscription]]:
        """Put tries on record, and bury deliveries whose event is gone.

        Returns what is to be done with each delivery, and the endpoints that are different now.
        """
        now = self._clock.now()
        results = {one.parcel.delivery.id: self._result(one, now) for one in tries}
        async with self._store.transaction() as tx:
            ours = await self._ours(tx, tries)
            notable = [one for one in tries if _notable(one, results[one.parcel.delivery.id])]
            endpoints = await _endpoints(tx, notable)
            kept = await tx.outbox.record(
                [
                    results[one.parcel.delivery.id]
                    for one in tries
                    if one.parcel.delivery.subscription_id in ours
                ]
                + [Result(delivery=one, state=DeliveryState.DEAD, next_at=now) for one in lost]
            )
            await tx.subscriptions.note(
                [self._attempt(one, results[one.parcel.delivery.id]) for one in tries]
            )
            changed: dict[str, Subscription] = {}
            for one in notable:
                result = results[one.parcel.delivery.id]
                if result.delivery.id in kept and result.delivery.subscription_id in endpoints:
                    changed |= await self._change(tx, one, result, endpoints, now)
        settled = [_settled(one, results[one.parcel.delivery.id], kept) for one in tries]
        if late := sum(one.late for one in settled):
            log.warning("delivery.late", extra={"tries": late})
        return settled, list(changed.values())

    async def lock_out(self, endpoints: Iterable[str]) -> None:
        """Pause endpoints whose secrets cannot be opened. Once they can be, a probe resumes them."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for name in sorted(endpoints):
                try:
                    before = await tx.subscriptions.get(name, lock=True)
                except NotFound:
                    continue  # it was removed meanwhile
                if before.state is SubscriptionState.ACTIVE:
                    paused = paused_as(before, by=PausedBy.GATEWAY, reason=LOCKED, at=now)
                    await self._save(tx, before, replace(paused, probe_at=now), now, event_id="")

    async def _ours(self, tx: Transaction, tries: Iterable[Ended]) -> frozenset[str]:
        endpoints = frozenset(one.parcel.delivery.subscription_id for one in tries)
        if self._leasing.alone:
            return endpoints
        return await self._leasing.still(tx, endpoints, kind=ENDPOINT)

    def _result(self, ended: Ended, now: datetime) -> Result:
        """How a delivery is after a try."""
        delivery, outcome = ended.parcel.delivery, ended.outcome
        if outcome.delivered:
            return Result(delivery=delivery, state=DeliveryState.DELIVERED, next_at=now)
        if outcome.aborted:
            return Result(delivery=delivery, state=DeliveryState.DEAD, next_at=now)
        if ended.probe or outcome.gone:  # neither says anything about this delivery
            pending = DeliveryState.PENDING
            return Result(delivery=delivery, state=pending, next_at=now, counts=not ended.probe)
        wait = wait_before(delivery.attempt + 2, spread=self._chance.random())
        if wait is None:
            return Result(delivery=delivery, state=DeliveryState.DEAD, next_at=now)
        wish = min(outcome.retry_after or timedelta(0), LONGEST_WISH)
        return Result(delivery=delivery, state=DeliveryState.PENDING, next_at=now + max(wait, wish))

    def _attempt(self, ended: Ended, result: Result) -> Attempt:
        delivery, event, outcome = result.delivery, ended.parcel.event, ended.outcome
        trigger = Trigger.RETRY if delivery.attempt else delivery.trigger
        pending = result.state is DeliveryState.PENDING
        return Attempt(
            id=new_id("att", at=ended.started, entropy=os.urandom(10)),
            subscription_id=delivery.subscription_id,
            event_id=delivery.event_id,
            event_type=event.type,
            attempt=delivery.attempt + 1,
            at=ended.started,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            error=outcome.error,
            response=outcome.response,
            next_at=result.next_at if pending and not ended.probe and not outcome.gone else None,
            trigger=Trigger.PROBE if ended.probe else trigger,
            address=outcome.address,
            dns_ms=outcome.times.dns_ms,
            connect_ms=outcome.times.connect_ms,
            tls_ms=outcome.times.tls_ms,
            first_byte_ms=outcome.times.first_byte_ms,
        )

    async def _change(
        self,
        tx: Transaction,
        ended: Ended,
        result: Result,
        endpoints: dict[str, Subscription],
        now: datetime,
    ) -> dict[str, Subscription]:
        """Write what a try says about its endpoint; return the endpoint if it is different now."""
        event_id = result.delivery.event_id
        before = endpoints[result.delivery.subscription_id]
        if result.state is DeliveryState.DEAD:
            _tell(tx, EventType.WEBHOOK_DEAD_LETTERED, before, now, event_id=event_id)
        if ended.outcome.retry_after and ended.slow_until:
            await tx.subscriptions.slow(before.id, until=ended.slow_until)
            before = replace(before, slow_until=ended.slow_until)
        after = self._after(before, ended, now)
        if after is before:
            return {}
        await self._save(tx, before, after, now, event_id=event_id)
        endpoints[before.id] = replace(after, revision=before.revision + 1)
        return {before.id: endpoints[before.id]}

    def _after(self, before: Subscription, ended: Ended, now: datetime) -> Subscription:
        """What an endpoint is after a try: the same object if it is as before."""
        outcome = ended.outcome
        if outcome.gone and before.state is not SubscriptionState.DISABLED:
            return replace(resumed(before), state=SubscriptionState.DISABLED)
        if before.state is SubscriptionState.ACTIVE and ended.sick:
            reason = f"{SICK} failures in a row; the last: {outcome.error or outcome.status}"
            paused = paused_as(before, by=PausedBy.GATEWAY, reason=reason, at=now)
            return replace(paused, probe_at=now + self._probe_wait(0, outcome))
        if before.paused_by is PausedBy.GATEWAY and outcome.delivered:
            return resumed(before)
        if before.paused_by is PausedBy.GATEWAY and ended.probe:
            probes = before.probes + 1
            return replace(before, probes=probes, probe_at=now + self._probe_wait(probes, outcome))
        return before

    def _probe_wait(self, probes: int, outcome: Outcome) -> timedelta:
        return probe_wait(probes, wish=outcome.retry_after, spread=self._chance.random())

    async def _save(
        self,
        tx: Transaction,
        before: Subscription,
        after: Subscription,
        now: datetime,
        *,
        event_id: str,
    ) -> None:
        await tx.subscriptions.save(after)
        if after.state is before.state:
            return  # one more probe: no news
        if after.state is SubscriptionState.DISABLED:
            _tell(tx, EventType.WEBHOOK_DISABLED, after, now, event_id=event_id)
        elif after.state is SubscriptionState.PAUSED:
            tx.tell(paused_event(after, at=now))
            kind, why = EventType.WEBHOOK_PAUSED.value, after.pause_reason
            differs = differing(before, after)
            tx.note(line(GATEWAY, kind, after.id, at=now, reason=why, changed=differs))
        else:
            await tx.outbox.hasten(after.id, at=now)
            tx.tell(resumed_event(before, by=PausedBy.GATEWAY, at=now))
            kind, differs = EventType.WEBHOOK_RESUMED.value, differing(before, after)
            tx.note(line(GATEWAY, kind, after.id, at=now, changed=differs))


def _tell(
    tx: Transaction, kind: EventType, subscription: Subscription, at: datetime, *, event_id: str
) -> None:
    # told to others: an endpoint cannot be told of its own end
    tx.tell(webhook_event(kind, subscription, at=at, event_id=event_id))
    tx.note(line(GATEWAY, kind.value, subscription.id, at=at, event=event_id))


def _notable(ended: Ended, result: Result) -> bool:
    """Whether a try says anything about its endpoint, or that an event is given up."""
    outcome = ended.outcome
    dead = result.state is DeliveryState.DEAD
    return dead or outcome.gone or ended.probe or ended.sick or ended.slow_until is not None


async def _endpoints(tx: Transaction, tries: Iterable[Ended]) -> dict[str, Subscription]:
    """The endpoints of tries as they are, locked: first of all, as whoever resumes one does."""
    found = {}
    for name in sorted({one.parcel.delivery.subscription_id for one in tries}):
        try:
            found[name] = await tx.subscriptions.get(name, lock=True)
        except NotFound:
            continue  # it was removed meanwhile
    return found


def _settled(ended: Ended, result: Result, kept: frozenset[int]) -> Settled:
    again = None
    if result.state is DeliveryState.PENDING:
        again = replace(
            result.delivery,
            attempt=result.delivery.attempt + result.counts,
            next_at=result.next_at,
        )
    return Settled(ended=ended, again=again, late=result.delivery.id not in kept)

"""The outbox: written with the event, claimed by one, in order, closed by whoever still holds it."""

import asyncio
from datetime import timedelta

import pytest

from ffgateway.domain.events import EventType
from ffgateway.domain.subscriptions import Delivery, DeliveryState, SubscriptionState
from ffgateway.store.transaction import Store
from tests.support.clock import NOON
from tests.support.nouns import a_subscription, an_event

LEASE = timedelta(minutes=1)


async def subscribe(store: Store, name: str, *events: str) -> None:
    async with store.transaction() as tx:
        await tx.subscriptions.add(a_subscription(name, *events))


async def tell(store: Store, *subjects: str, kind: EventType = EventType.FAX_QUEUED) -> None:
    async with store.transaction() as tx:
        tx.tell(*(an_event(subject, kind) for subject in subjects))


async def claim(
    store: Store,
    *,
    later: timedelta = timedelta(0),
    limit: int = 100,
    each: int = 100,
    passing_over: tuple[str, ...] = (),
) -> tuple[Delivery, ...]:
    at = NOON + later
    async with store.transaction() as tx:
        return await tx.outbox.claim(
            at=at, until=at + LEASE, limit=limit, per_subscription=each, passing_over=passing_over
        )


async def close(
    store: Store, delivery: Delivery, state: DeliveryState = DeliveryState.DELIVERED
) -> bool:
    async with store.transaction() as tx:
        return await tx.outbox.close(delivery, state=state, attempt=1, next_at=NOON + LEASE)


async def counts(store: Store) -> dict[str, int]:
    async with store.reading() as tx:
        return await tx.outbox.count_by_state()


async def test_an_event_goes_to_the_endpoints_that_asked_for_its_type(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "faxes", "fax.*")
    await subscribe(store, "devices", "device.*")
    await tell(store, "fax_one")
    assert {one.subscription_id for one in await claim(store)} == {"whk_all", "whk_faxes"}


async def test_a_ping_goes_to_one_endpoint_whatever_it_asked_for(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "devices", "device.*")
    async with store.transaction() as tx:
        event_id = tx.tell_one(an_event("whk_devices", EventType.WEBHOOK_PING), "whk_devices")
    (only,) = await claim(store)
    assert (only.subscription_id, only.event_id) == ("whk_devices", event_id)


async def test_what_rolls_back_is_told_to_nobody(store: Store) -> None:
    async def change_of_mind() -> None:
        async with store.transaction() as tx:
            tx.tell(an_event())
            assert await tx.flush()
            raise RuntimeError("the test's own")

    await subscribe(store, "all", "*")
    with pytest.raises(RuntimeError):
        await change_of_mind()
    assert await counts(store) == {}
    async with store.reading() as tx:
        assert await tx.events.head() == 0


async def test_an_endpoint_that_is_disabled_or_removed_gets_nothing_new(store: Store) -> None:
    await subscribe(store, "off", "*")
    await subscribe(store, "gone", "*")
    async with store.transaction() as tx:
        await tx.subscriptions.save(a_subscription("off", state=SubscriptionState.DISABLED))
        await tx.subscriptions.remove("whk_gone", at=NOON)
    await tell(store, "fax_one")
    assert await counts(store) == {}


async def test_a_claim_holds_until_its_lease_ends(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    assert len(await claim(store)) == 1
    assert await claim(store, later=LEASE) == ()
    assert len(await claim(store, later=LEASE + timedelta(seconds=1))) == 1


async def test_a_hand_whose_lease_ran_out_closes_nothing(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    (late,) = await claim(store)
    (present,) = await claim(store, later=2 * LEASE)
    assert present.epoch > late.epoch
    assert not await close(store, late)
    assert await counts(store) == {"pending": 1}
    assert await close(store, present)
    assert not await close(store, present)
    assert await counts(store) == {"delivered": 1}


async def test_the_story_of_a_fax_goes_to_an_endpoint_in_order(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_a", "fax_a", "fax_b")
    first_a, first_b = await claim(store)
    assert (first_a.subject, first_b.subject) == ("fax_a", "fax_b")
    assert await claim(store) == ()
    await close(store, first_b)
    assert await claim(store) == ()
    await close(store, first_a)
    (second_a,) = await claim(store)
    assert second_a.position > first_a.position


async def test_a_try_that_failed_holds_back_the_rest_of_its_story_and_nothing_else(
    store: Store,
) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "other", "*")
    await tell(store, "fax_a", "fax_a")
    mine, others = sorted(await claim(store), key=lambda one: one.subscription_id)
    await close(store, mine, DeliveryState.PENDING)
    await close(store, others)
    assert [one.subscription_id for one in await claim(store)] == ["whk_other"]
    again = await claim(store, later=LEASE)
    assert [(one.subscription_id, one.attempt) for one in again] == [("whk_all", 1)]


async def test_a_dead_letter_lets_the_rest_of_the_story_go_on(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_a", "fax_a")
    (first,) = await claim(store)
    await close(store, first, DeliveryState.DEAD)
    (second,) = await claim(store)
    assert second.position == first.position + 1


async def test_one_endpoint_gets_no_more_than_its_share_of_a_claim(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, *(f"fax_{n}" for n in range(9)))
    assert len(await claim(store, each=4)) == 4


async def test_an_endpoint_that_is_full_is_passed_over(store: Store) -> None:
    await subscribe(store, "full", "*")
    await subscribe(store, "free", "*")
    await tell(store, *(f"fax_{n}" for n in range(9)))
    claimed = await claim(store, limit=5, passing_over=("whk_full",))
    assert {one.subscription_id for one in claimed} == {"whk_free"}
    assert len(claimed) == 5


async def test_eight_claimers_never_take_the_same_delivery(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, *(f"fax_{n}" for n in range(120)))

    async def take() -> list[int]:
        mine: list[int] = []
        while claimed := await claim(store, limit=5):
            mine += [one.id for one in claimed]
        return mine

    async with asyncio.timeout(60):
        shares = await asyncio.gather(*(take() for _ in range(8)))
        shares.append(await take())  # what was locked by all the others at once
    taken = [one for share in shares for one in share]
    assert len(taken) == len(set(taken)) == 120


async def test_a_gateway_that_starts_alone_frees_what_it_had_claimed(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    (before,) = await claim(store)
    async with store.transaction() as tx:
        await tx.outbox.release_leases()
    (after,) = await claim(store)
    assert after.id == before.id
    assert not await close(store, before)


async def test_the_next_delivery_is_due_when_its_schedule_says(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    (claimed,) = await claim(store)
    await close(store, claimed, DeliveryState.PENDING)
    async with store.reading() as tx:
        assert await tx.outbox.next_due() == NOON + LEASE

"""The outbox: written with the event, read in order, closed by whoever knows how it stands."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from ffgateway.domain.events import EventType
from ffgateway.domain.subscriptions import Delivery, DeliveryState, SubscriptionState, Trigger
from ffgateway.store.transaction import Store
from ffgateway.store.tries import Result
from tests.support.clock import NOON
from tests.support.nouns import a_subscription, an_event

MINUTE = timedelta(minutes=1)


async def subscribe(store: Store, name: str, *events: str) -> None:
    async with store.transaction() as tx:
        await tx.subscriptions.add(a_subscription(name, *events))


async def tell(store: Store, *subjects: str, kind: EventType = EventType.FAX_QUEUED) -> None:
    async with store.transaction() as tx:
        tx.tell(*(an_event(subject, kind) for subject in subjects))


async def waiting(store: Store, name: str = "all", *, limit: int = 100) -> tuple[Delivery, ...]:
    async with store.reading() as tx:
        return await tx.outbox.waiting(f"whk_{name}", limit=limit)


async def record(
    store: Store,
    *deliveries: Delivery,
    state: DeliveryState = DeliveryState.DELIVERED,
    next_at: datetime = NOON,
    counts: bool = True,
) -> frozenset[int]:
    results = [
        Result(delivery=one, state=state, next_at=next_at, counts=counts) for one in deliveries
    ]
    async with store.transaction() as tx:
        return await tx.outbox.record(results)


async def counts(store: Store) -> dict[str, int]:
    async with store.reading() as tx:
        return await tx.outbox.count_by_state()


async def test_an_event_goes_to_the_endpoints_that_asked_for_its_type(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "faxes", "fax.*")
    await subscribe(store, "devices", "device.*")
    await tell(store, "fax_one")
    async with store.reading() as tx:
        found = await tx.outbox.after(0, limit=100)
    assert {one.subscription_id for one in found} == {"whk_all", "whk_faxes"}


async def test_a_ping_goes_to_one_endpoint_whatever_it_asked_for(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "devices", "device.*")
    async with store.transaction() as tx:
        event_id = tx.tell_one(an_event("whk_devices", EventType.WEBHOOK_PING), "whk_devices")
    (only,) = await waiting(store, "devices")
    assert (only.event_id, only.trigger) == (event_id, Trigger.TEST)
    assert await waiting(store) == ()


async def test_what_rolls_back_is_told_to_nobody(store: Store) -> None:
    async def change_of_mind() -> None:
        async with store.transaction() as tx:
            tx.tell(an_event())
            await tx.flush()
            assert tx.told
            assert tx.queued
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


async def test_a_paused_endpoint_collects_what_is_for_it(store: Store) -> None:
    await subscribe(store, "all", "*")
    async with store.transaction() as tx:
        await tx.subscriptions.save(a_subscription("all", state=SubscriptionState.PAUSED))
    await tell(store, "fax_one")
    assert len(await waiting(store)) == 1


async def test_what_waits_is_read_in_the_order_of_commits_and_a_piece_at_a_time(
    store: Store,
) -> None:
    await subscribe(store, "all", "*")

    async def tell_some(number: int) -> None:
        await tell(store, *(f"fax_{number}" for _ in range(3)))

    async with asyncio.timeout(60):
        await asyncio.gather(*(tell_some(number) for number in range(12)))
    seen: list[Delivery] = []
    async with store.reading() as tx:
        while found := await tx.outbox.waiting(
            "whk_all", after=seen[-1].id if seen else 0, limit=10
        ):
            seen += found
        assert await tx.outbox.head() == seen[-1].id
        assert await tx.outbox.after(seen[20].id, limit=100) == tuple(seen[21:])
    assert [one.position for one in seen] == list(range(1, 37))


async def test_the_rest_of_a_story_is_read_behind_what_is_done_with(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "other", "*")
    await tell(store, "fax_a", "fax_b", "fax_a", "fax_a")
    first, _, *rest = await waiting(store)
    async with store.reading() as tx:
        assert await tx.outbox.followers(first, limit=10) == tuple(rest)
        assert await tx.outbox.followers(first, limit=1) == (rest[0],)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.DEAD])
async def test_what_is_done_with_waits_no_more(store: Store, state: DeliveryState) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_a", "fax_b")
    first, second = await waiting(store)
    assert await record(store, first, state=state) == {first.id}
    assert await waiting(store) == (second,)
    assert await counts(store) == {state.value: 1, "pending": 1}


async def test_many_results_of_all_kinds_are_recorded_at_once(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, *(f"fax_{number}" for number in range(6)))
    found = await waiting(store)
    later = [NOON + timedelta(minutes=number) for number in range(6)]
    results = [
        Result(delivery=found[0], state=DeliveryState.DELIVERED, next_at=NOON),
        Result(delivery=found[1], state=DeliveryState.DEAD, next_at=NOON),
        *(
            Result(delivery=found[n], state=DeliveryState.PENDING, next_at=later[n])
            for n in (2, 3, 4)
        ),
        Result(delivery=found[5], state=DeliveryState.PENDING, next_at=later[5], counts=False),
    ]
    async with store.transaction() as tx:
        assert await tx.outbox.record(results) == {one.id for one in found}
    assert [(one.attempt, one.next_at) for one in await waiting(store)] == [
        (1, later[2]),
        (1, later[3]),
        (1, later[4]),
        (0, later[5]),
    ]


async def test_a_hand_that_comes_too_late_changes_nothing(store: Store) -> None:
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    (before,) = await waiting(store)
    failed = DeliveryState.PENDING
    assert await record(store, before, state=failed, next_at=NOON + MINUTE) == {before.id}
    assert await record(store, before) == frozenset()  # another try was recorded meanwhile
    (present,) = await waiting(store)
    assert (present.attempt, present.next_at) == (1, NOON + MINUTE)
    assert await record(store, present) == {present.id}
    assert await record(store, present, state=failed) == frozenset()  # it is closed
    assert await counts(store) == {"delivered": 1}


async def test_an_endpoint_that_is_well_again_gets_its_next_tries_at_once(store: Store) -> None:
    await subscribe(store, "all", "*")
    await subscribe(store, "other", "*")
    await tell(store, "fax_one")
    for name in ("all", "other"):
        await record(
            store, *await waiting(store, name), state=DeliveryState.PENDING, next_at=NOON + MINUTE
        )
    async with store.transaction() as tx:
        await tx.outbox.hasten("whk_all", at=NOON)
    assert [one.next_at for one in await waiting(store)] == [NOON]
    assert [one.next_at for one in await waiting(store, "other")] == [NOON + MINUTE]


async def test_what_is_done_with_is_in_no_index_of_what_waits(store: Store) -> None:
    """Reading costs the same after a million deliveries: the plans say which index is used."""
    await subscribe(store, "all", "*")
    await tell(store, "fax_one")
    (one,) = await waiting(store)
    async with store.reading() as tx:
        connection = await tx.session.connection()
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:  # an empty table is scanned whatever indexes there are
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plans: list[str] = []

        @event.listens_for(connection.sync_connection, "before_execute", retval=True)
        def explain(_connection: Any, clause: Any, many: Any, one: Any, _options: Any) -> Any:
            asked = clause.compile(
                dialect=connection.dialect, compile_kwargs={"literal_binds": True}
            )
            plans.append(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{asked}")
            return clause, many, one

        await tx.outbox.waiting("whk_all", limit=10)
        await tx.outbox.followers(one, limit=10)
        event.remove(connection.sync_connection, "before_execute", explain)
        found = [str((await connection.execute(text(plan))).all()) for plan in plans]
    assert "ix_delivery_pending" in found[0]
    assert "ix_delivery_pending_subject" in found[1]

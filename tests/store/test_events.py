"""The log's promise: positions without gaps, in the order of commits, whatever overlaps."""

import asyncio
from datetime import timedelta

import pytest

from ffgateway.domain.events import EventType, Span
from ffgateway.domain.subscriptions import DeliveryState
from ffgateway.store.transaction import Store
from ffgateway.store.tries import Result
from tests.support.clock import NOON
from tests.support.nouns import a_subscription, an_event


class GaveUp(Exception):
    """A transaction of the test's that is meant to roll back."""


async def head(store: Store) -> int:
    async with store.reading() as tx:
        return await tx.events.head()


async def positions(store: Store) -> list[int]:
    async with store.reading() as tx:
        return [event.position for event in await tx.events.after(0, limit=1000)]


async def tell(store: Store, number: int) -> None:
    """Tell of two things, in a transaction of which every fifth rolls back after it was written."""
    async with store.transaction() as tx:
        tx.tell(an_event(f"fax_{number}"), an_event(f"fax_{number}"))
        await asyncio.sleep(0)  # let the others begin
        if number % 5 == 0:
            await tx.flush()
            raise GaveUp


async def test_overlapping_transactions_leave_no_gap_even_when_some_roll_back(store: Store) -> None:
    ends = await asyncio.gather(*(tell(store, n) for n in range(50)), return_exceptions=True)
    assert sum(isinstance(end, GaveUp) for end in ends) == 10
    assert [end for end in ends if end is not None and not isinstance(end, GaveUp)] == []
    assert await positions(store) == list(range(1, 81))
    assert await head(store) == 80


async def test_a_reader_that_follows_the_log_misses_nothing(store: Store) -> None:
    read: list[str] = []

    async def follow() -> None:
        cursor = 0
        while len(read) < 80:
            async with store.reading() as tx:
                news = await tx.events.after(cursor, limit=7)
            # what comes next is the very next: nothing below it can still appear
            assert [one.position for one in news] == list(range(cursor + 1, cursor + len(news) + 1))
            cursor += len(news)
            read.extend(one.id for one in news)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(follow())
        told = asyncio.gather(*(tell(store, n) for n in range(50)), return_exceptions=True)
        group.create_task(_finish(told))
    assert len(set(read)) == 80


async def _finish(told: "asyncio.Future[list[BaseException | None]]") -> None:
    await told


async def test_positions_follow_the_order_of_commits(store: Store) -> None:
    first_may_commit, second_done = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with store.reading():  # begun before the second one, and told after it
            await first_may_commit.wait()
        async with store.transaction() as tx:
            tx.tell(an_event("fax_first"))

    async def second() -> None:
        async with store.transaction() as tx:
            tx.tell(an_event("fax_second"))
        second_done.set()
        first_may_commit.set()

    async with asyncio.timeout(20):
        await asyncio.gather(first(), second())
    async with store.reading() as tx:
        log = await tx.events.after(0, limit=10)
    assert [event.subject for event in log] == ["fax_second", "fax_first"]


async def test_each_subject_has_a_sequence_of_its_own(store: Store) -> None:
    async with store.transaction() as tx:
        tx.tell(an_event("fax_a"), an_event("fax_b"), an_event("fax_a"))
    async with store.transaction() as tx:
        tx.tell(an_event("fax_b"))
    async with store.reading() as tx:
        log = await tx.events.after(0, limit=10)
    assert [(event.subject, event.sequence) for event in log] == [
        ("fax_a", 1),
        ("fax_b", 1),
        ("fax_a", 2),
        ("fax_b", 2),
    ]


async def test_an_event_comes_back_as_it_was_told(store: Store) -> None:
    draft = an_event("fax_a", EventType.FAX_DELIVERED)
    async with store.transaction() as tx:
        tx.tell(draft)
    async with store.reading() as tx:
        (event,) = await tx.events.of_subject("fax_a")
        assert await tx.events.get(event.id) == event
        assert await tx.events.get("evt_unknown") is None
    assert (event.type, event.at, event.data) == ("fax.delivered", draft.at, draft.data)
    assert event.at.tzinfo is not None


@pytest.mark.parametrize(
    ("globs", "found"),
    [
        ((), ["fax.queued", "fax.attempt_failed", "device.online"]),
        (("*",), ["fax.queued", "fax.attempt_failed", "device.online"]),
        (("fax.*",), ["fax.queued", "fax.attempt_failed"]),
        (("device.online",), ["device.online"]),
        (("fax.queued", "device.*"), ["fax.queued", "device.online"]),
        (("fax.attemptXfailed",), []),
        (("%",), []),
    ],
    ids=str,
)
async def test_the_log_is_read_by_type(
    store: Store, globs: tuple[str, ...], found: list[str]
) -> None:
    kinds = (EventType.FAX_QUEUED, EventType.FAX_ATTEMPT_FAILED, EventType.DEVICE_ONLINE)
    async with store.transaction() as tx:
        tx.tell(*(an_event("x", kind) for kind in kinds))
    async with store.reading() as tx:
        log = await tx.events.after(0, limit=10, types=globs)
    assert [event.type for event in log] == found


async def test_listeners_are_woken_by_a_commit_that_told_and_by_no_other(store: Store) -> None:
    woken: list[int] = []
    store.when_told(lambda told: woken.append(len(told.events)))
    async with store.transaction():
        pass
    with pytest.raises(GaveUp):
        await tell(store, 0)
    assert woken == []
    async with store.transaction() as tx:
        tx.tell(an_event())
    assert woken == [1]


async def test_old_events_go_when_they_are_delivered_and_are_read_no_more_before(
    store: Store,
) -> None:
    day = timedelta(days=1)
    async with store.transaction() as tx:
        await tx.subscriptions.add(a_subscription("one", "fax.*"))
    async with store.transaction() as tx:
        tx.tell(an_event("fax_a"), an_event("dev_a", EventType.DEVICE_ONLINE), an_event("fax_b"))
        tx.tell(an_event("fax_a", at=NOON + day))
    async with store.transaction() as tx:
        first, second, _ = await tx.outbox.waiting("whk_one", limit=9)
        told = Result(delivery=first, state=DeliveryState.DELIVERED, next_at=NOON)
        await tx.outbox.record([told])
    async with store.transaction() as tx:
        assert await tx.events.let_go(before=NOON + day, limit=2) == Span(purged_to=2, head=4)
        assert await tx.events.let_go(before=NOON + day, limit=2) == Span(purged_to=3, head=4)
        assert await tx.events.let_go(before=NOON + day, limit=2) is None
        assert await tx.events.purge(limit=9) == 2
        assert await tx.events.purge(limit=9) == 0
    async with store.reading() as tx:
        assert await positions(store) == [4]
        assert [one.position for one in await tx.events.of_subject("fax_a")] == [4]
        assert await tx.events.get(first.event_id) is None
        assert await tx.events.get(second.event_id) is not None  # still to be delivered
        assert await tx.outbox.count_by_state() == {"pending": 2}
    async with store.transaction() as tx:
        given_up = Result(delivery=second, state=DeliveryState.DEAD, next_at=NOON)
        await tx.outbox.record([given_up])
        assert await tx.events.purge(limit=9) == 1
    async with store.transaction() as tx:
        tx.tell(an_event("fax_a", at=NOON + day))
    async with store.reading() as tx:
        log = await tx.events.after(0, limit=9)
        assert [(one.position, one.sequence) for one in log] == [(4, 2), (5, 3)]
        assert await tx.events.span() == Span(purged_to=3, head=5)

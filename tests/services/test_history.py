"""Following the log: the past, then the present, without a gap or a double where they meet."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ffgateway.delivery.broadcast import Tail
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.errors import EventsGone, InvalidRequest, Unauthenticated
from ffgateway.domain.events import Event, EventType, Filter, Heartbeat
from ffgateway.services.audited import Gate
from ffgateway.services.history import BATCH, History
from ffgateway.services.recording import Recording
from ffgateway.store.transaction import Store
from ffgateway.workers.loops import Tailer
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import ANN, House
from tests.support.nouns import an_event

EVERYTHING = Filter()
WITHIN = 30


class GaveUp(Exception):
    """A transaction of the test's that is meant to roll back."""


def history_of(store: Store, clock: OwnClock, tail: Tail, *, heartbeat: float = 60) -> History:
    return History(
        store, tail, Gate(store, clock), Recording(store.ledger, clock), heartbeat=heartbeat
    )


async def tell(store: Store, count: int, subject: str = "fax_one") -> None:
    async with store.transaction() as tx:
        tx.tell(*(an_event(subject) for _ in range(count)))


async def heard(listening: AsyncIterator[Event | Heartbeat], *, to: int) -> list[int]:
    """The positions that a listener is told of, up to one of them."""
    found: list[int] = []
    async with asyncio.timeout(WITHIN):
        async for one in listening:
            if isinstance(one, Event):
                found.append(one.position)
                if one.position >= to:
                    break
    return found


async def purge(house: House) -> None:
    while await house.keeping.retire_events():
        pass
    while await house.keeping.purge_events():
        pass


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_missed_or_told_twice_where_the_log_meets_the_present(
    store: Store, clock: OwnClock, seed: int
) -> None:
    chance, total = random.Random(seed), 4 * 12 * 2
    tail = Tail(kept=5)  # so short that listeners fall out of it again and again
    history = history_of(store, clock, tail)
    tailer = Tailer(history, tail.begin, tail.append)
    store.when_told(tailer.wake)

    async def tell_two(number: int, *, gives_up: bool) -> None:
        async with store.transaction() as tx:
            tx.tell(an_event(f"fax_{number}"), an_event("fax_all"))
            if gives_up:
                await tx.flush()
                raise GaveUp

    async def write(number: int) -> None:
        told = 0
        while told < 12:
            try:
                await tell_two(number, gives_up=chance.random() < 0.2)
                told += 1
            except GaveUp:
                pass
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

    async def listen() -> tuple[int, list[int]]:
        for _ in range(chance.randrange(200)):
            await asyncio.sleep(0)
        head = await history.head()
        after = chance.randint(0, head)
        return after, await heard(history.follow(ANN, after=after, only=EVERYTHING), to=total)

    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as group:
        listening = [group.create_task(listen()) for _ in range(10)]
        writing = [group.create_task(write(number)) for number in range(4)]
        for _ in range(chance.randrange(20)):
            await asyncio.sleep(0)
        following = asyncio.create_task(tailer.run())  # begins when something was told already
        for task in (*writing, *listening):
            await task
        following.cancel()
    for after, found in (task.result() for task in listening):
        assert found == list(range(after + 1, total + 1))


async def test_what_was_told_before_this_process_began_is_told_without_waiting_for_more(
    home: House,
) -> None:
    await tell(home.store, 3)
    tail = Tail()
    tail.begin(3)  # as after a restart: the ring is empty and the log is not
    history = history_of(home.store, home.clock, tail)
    assert await heard(history.follow(ANN, after=1, only=EVERYTHING), to=3) == [2, 3]


async def test_who_wants_little_gets_a_cursor_all_the_same(home: House) -> None:
    await tell(home.store, 2, "fax_a")
    await tell(home.store, 1, "fax_b")
    tail = Tail()
    tail.begin(3)
    history = history_of(home.store, home.clock, tail, heartbeat=0)
    for only, told in (
        (Filter(subject="fax_b"), [3]),
        (Filter(types=("device.*",)), []),
        (Filter(types=("fax.q*", "device.*"), subject="fax_a"), [1, 2]),
    ):
        listening = history.follow(ANN, after=0, only=only)
        found: list[int] = []
        async for one in listening:
            if isinstance(one, Heartbeat):
                break
            found.append(one.position)
        assert (found, one) == (told, Heartbeat(position=3))


async def test_a_listener_ends_when_its_key_is_revoked_whatever_it_wanted(home: House) -> None:
    key = Caller(principal=Principal(id="key_b", name="b", scopes=frozenset({Scope.FAXES_READ})))
    history = history_of(home.store, home.clock, Tail())
    listening = history.follow(key, after=0, only=Filter(types=("device.*",)))
    async with home.store.transaction() as tx:
        tx.tell(an_event("key_a", EventType.KEY_REVOKED), an_event("key_b", EventType.KEY_REVOKED))
    with pytest.raises(Unauthenticated):
        await anext(aiter(listening))


async def test_a_cursor_that_the_log_no_longer_reaches_is_refused_with_the_way_on(
    house: House,
) -> None:
    await tell(house.store, 4)
    house.clock.advance(timedelta(days=31))
    async with house.store.transaction() as tx:
        tx.tell(an_event("fax_new", at=house.clock.now()))
    history = history_of(house.store, house.clock, Tail())
    await purge(house)
    for after in (1, 3):
        with pytest.raises(EventsGone) as gone:
            await history.events(ANN, after=after, limit=10)
        assert gone.value.oldest == 5
        with pytest.raises(EventsGone):
            await history.begin(ANN, after=after)
    with pytest.raises(InvalidRequest):
        await history.events(ANN, after=6, limit=10)
    for after in (0, 4):  # 0: all there is; 4 is the last that was let go: nothing is missed
        found = await history.events(ANN, after=after, limit=10)
        assert [one.position for one in found.events] == [5]
        assert await heard(history.follow(ANN, after=after, only=EVERYTHING), to=5) == [5]
    noted = await house.audit("events")
    assert [one.detail for one in noted] == [{"purged_to": 4}]


async def test_a_listener_that_the_purge_overtakes_is_told(home: House) -> None:
    await tell(home.store, BATCH + 1)
    history = history_of(home.store, home.clock, Tail())
    slow = aiter(history.follow(ANN, after=0, only=EVERYTHING))
    assert isinstance(await anext(slow), Event)  # it has one piece of the log, and takes its time
    home.clock.advance(timedelta(days=31))
    await purge(home)
    with pytest.raises(EventsGone) as gone:
        async for _ in slow:
            pass
    assert gone.value.oldest == BATCH + 2


async def test_events_that_are_young_stay(home: House) -> None:
    await tell(home.store, 2)
    home.clock.advance(timedelta(days=29))
    assert not await home.keeping.retire_events()
    async with home.store.reading() as tx:
        assert [one.at for one in await tx.events.after(0, limit=9)] == [NOON, NOON]

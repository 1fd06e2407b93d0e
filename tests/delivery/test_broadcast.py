"""The end of the log, shared by many listeners."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.delivery.broadcast import Tail
from ffgateway.delivery.samples import sample
from ffgateway.domain.events import Event, EventType

SAMPLE = sample(EventType.WEBHOOK_PING)


def events(*positions: int) -> list[Event]:
    return [replace(SAMPLE, id=f"evt_{position}", position=position) for position in positions]


def begun(newest: int, **how: int) -> Tail:
    tail = Tail(**how)
    tail.begin(newest)
    return tail


def positions(found: tuple[Event, ...] | None) -> list[int] | None:
    return None if found is None else [event.position for event in found]


async def until_waiting(tasks: list[asyncio.Task[bool]]) -> None:
    """Let every task run until it waits for something."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


# Reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "found"),
    [
        (0, None),
        (39, None),
        (40, None),
        (41, [42, 43, 44]),
        (42, [43, 44]),
        (43, [44]),
        (44, []),
        (45, []),
        (1000, []),
    ],
)
def test_a_listener_reads_what_comes_after_its_position(
    position: int, found: list[int] | None
) -> None:
    tail = begun(40, kept=3)
    tail.append(events(41, 42))
    tail.append(events(43, 44))
    assert positions(tail.after(position)) == found


def test_a_fresh_tail_sends_those_who_are_behind_to_the_log() -> None:
    tail = begun(40)
    assert tail.after(39) is None
    assert tail.after(40) == ()


async def test_whoever_comes_before_the_tail_has_begun_is_sent_to_the_log() -> None:
    tail = Tail()
    assert tail.after(0) is None
    waiting = asyncio.create_task(tail.wait_beyond(5, within=10))
    await until_waiting([waiting])
    tail.begin(7)  # there were events beyond 5 before anybody appended one
    assert await waiting
    assert tail.after(5) is None
    assert tail.after(7) == ()


def test_an_empty_log_has_nothing_to_tell() -> None:
    assert begun(0).after(0) == ()


def test_what_is_here_already_is_passed_over() -> None:
    tail = begun(0)
    tail.append(events(1, 2, 3))
    tail.append(events(2, 3, 4))
    assert positions(tail.after(0)) == [1, 2, 3, 4]


def test_a_gap_lets_go_what_came_before_it() -> None:
    tail = begun(0)
    tail.append(events(1, 2))
    tail.append(events(5, 6))
    assert tail.after(2) is None
    assert tail.after(3) is None
    assert positions(tail.after(4)) == [5, 6]
    assert tail.newest == 6


@given(
    kept=st.integers(min_value=1, max_value=8),
    start=st.integers(min_value=0, max_value=5),
    steps=st.lists(st.integers(min_value=0, max_value=4), max_size=8),
    position=st.integers(min_value=0, max_value=40),
)
def test_what_is_returned_is_whole_or_nothing(
    kept: int, start: int, steps: list[int], position: int
) -> None:
    tail, log = begun(start, kept=kept), list[int]()
    for step in steps:
        batch = range(tail.newest + 1, tail.newest + 1 + step)
        tail.append(events(*batch))
        log.extend(batch)
    found = positions(tail.after(position))
    if found is None:
        assert position < tail.newest - min(kept, len(log))
    else:
        assert found == list(range(position + 1, tail.newest + 1))
        assert len(found) <= kept


# Waiting --------------------------------------------------------------------------------------


async def test_one_append_wakes_every_listener() -> None:
    tail = begun(7)
    waiting = [asyncio.create_task(tail.wait_beyond(7, within=10)) for _ in range(200)]
    await until_waiting(waiting)
    tail.append(events(8))
    assert await asyncio.gather(*waiting) == [True] * 200


async def test_a_listener_that_is_behind_does_not_wait() -> None:
    tail = begun(7)
    assert await tail.wait_beyond(6, within=None)
    assert await tail.wait_beyond(0, within=0)


async def test_nothing_new_in_time_is_said_so() -> None:
    tail = begun(7)
    assert not await tail.wait_beyond(7, within=0)
    assert not await tail.wait_beyond(7, within=0.01)


async def test_events_short_of_the_position_do_not_end_the_wait() -> None:
    tail = begun(0)
    waiting = asyncio.create_task(tail.wait_beyond(2, within=10))
    await until_waiting([waiting])
    tail.append(events(1))
    tail.append(events(2))
    await until_waiting([waiting])
    tail.append(events(3))
    assert await waiting


async def test_appending_nothing_new_wakes_nobody() -> None:
    tail = begun(0)
    tail.append(events(1))
    waiting = asyncio.create_task(tail.wait_beyond(1, within=10))
    await until_waiting([waiting])
    tail.append([])
    tail.append(events(1))
    await until_waiting([waiting])
    tail.close()
    assert not await waiting


async def test_closing_wakes_everybody_and_nobody_waits_again() -> None:
    tail = begun(7)
    waiting = [asyncio.create_task(tail.wait_beyond(7, within=None)) for _ in range(50)]
    await until_waiting(waiting)
    tail.close()
    assert await asyncio.gather(*waiting) == [False] * 50
    assert tail.closed
    assert not await tail.wait_beyond(7, within=None)


async def test_what_is_left_can_be_read_after_closing() -> None:
    tail = begun(0)
    tail.append(events(1, 2))
    tail.close()
    assert await tail.wait_beyond(0, within=None)
    assert positions(tail.after(0)) == [1, 2]


async def test_a_slow_listener_holds_up_neither_the_log_nor_the_others() -> None:
    tail, seen = begun(0, kept=10), list[int]()

    async def follow() -> None:
        position = 0
        while await tail.wait_beyond(position, within=10):
            found = tail.after(position)
            assert found is not None
            seen.extend(event.position for event in found)
            position = found[-1].position

    quick = asyncio.create_task(follow())
    for position in range(1, 101):  # the slow one stands still at 0 all the while
        tail.append(events(position))
        for _ in range(3):
            await asyncio.sleep(0)
    tail.close()
    await quick
    assert seen == list(range(1, 101))
    assert tail.after(0) is None
    assert positions(tail.after(90)) == list(range(91, 101))


async def test_a_listener_that_leaves_is_forgotten() -> None:
    tail = begun(0)
    leaving, staying = (asyncio.create_task(tail.wait_beyond(0, within=10)) for _ in range(2))
    await until_waiting([leaving, staying])
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    tail.append(events(1))
    assert await staying

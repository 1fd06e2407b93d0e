"""How an endpoint is doing: what makes it sick, how it is probed, and what a rate lets through."""

from datetime import timedelta

import pytest

from ffgateway.domain.endpoints import (
    PROBES,
    SICK,
    TIMEOUT,
    Bucket,
    Health,
    probe_of,
    probe_wait,
    slowed,
)
from ffgateway.domain.retries import SCHEDULE
from tests.support.clock import NOON


def test_an_endpoint_is_sick_after_a_run_of_failures_and_well_after_one_success() -> None:
    health = Health()
    assert not any(health.note(failed=True, timed_out=False) for _ in range(SICK - 1))
    assert not health.note(failed=False, timed_out=False)
    assert not any(health.note(failed=True, timed_out=False) for _ in range(SICK - 1))
    assert health.note(failed=True, timed_out=False)


def test_timeouts_weigh_more_for_they_hold_a_place() -> None:
    health = Health()
    tries = 1
    while not health.note(failed=True, timed_out=True):
        tries += 1
    assert tries == SICK // TIMEOUT


def test_the_tries_of_one_event_make_no_endpoint_sick() -> None:
    assert len(SCHEDULE) < SICK


@pytest.mark.parametrize(
    ("run", "wish", "wait"),
    [
        (1, None, 1),
        (2, None, 2),
        (5, None, 16),
        (100, None, 60),
        (1, timedelta(0), 0),
        (100, timedelta(minutes=5), 300),
        (1, timedelta(days=3), 86400),
    ],
)
def test_a_busy_endpoint_is_left_alone_as_it_wishes_or_ever_longer(
    run: int, wish: timedelta | None, wait: int
) -> None:
    assert slowed(run, wish=wish) == timedelta(seconds=wait)


@pytest.mark.parametrize("spread", [0.0, 0.5, 0.999])
def test_probes_come_ever_more_rarely_and_never_end(spread: float) -> None:
    waits = [probe_wait(number, wish=None, spread=spread) for number in range(8)]
    assert waits == sorted(waits)
    assert waits[0] < timedelta(seconds=6.1)
    assert waits[len(PROBES) - 1] == waits[7] <= timedelta(minutes=18)
    assert probe_wait(0, wish=timedelta(hours=1), spread=spread) == timedelta(hours=1)


def test_events_take_turns_at_being_the_probe() -> None:
    assert [probe_of("abcdefgh", number) for number in range(7)] == [*"abcdeab"]
    assert probe_of("a", 12) == "a"


@pytest.mark.parametrize("rate", [0.5, 1.0, 7.0, 100.0])
def test_no_more_comes_through_than_the_rate_and_one_burst(rate: float) -> None:
    bucket = Bucket(rate, now=NOON)
    taken, now = 0, NOON
    for _ in range(1000):
        now += timedelta(milliseconds=50)
        while bucket.take(now):
            taken += 1
        assert taken <= rate * (now - NOON).total_seconds() + 1e-6
    assert taken >= rate * 50 - 1
    now += timedelta(hours=1)
    burst = 0
    while bucket.take(now):
        burst += 1
    assert burst == 1 + rate // 10
    assert bucket.next_at(now) - now <= timedelta(seconds=1 / rate)

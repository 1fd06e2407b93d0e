"""Who takes a fax: nobody who cannot, the one it costs least, and always with reasons."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.domain.breaker import FEWEST, WELL, Breaker, State, Verdict, state
from ffgateway.domain.devices import Health
from ffgateway.domain.placement import TRIED_AGAIN, Candidate, Demand, cost, obstacle, place
from tests.support.clock import NOON
from tests.support.nouns import a_device

DEMAND = Demand(size=100)
CLIENT = "key_01KARTX5RB6F0T3R8Y1B5S9MKD"


def candidate(
    name: str,
    *,
    unfinished: int = 0,
    pages: int | None = None,
    lines: int = 4,
    capacity: int = 1000,
    uncertain: bool = False,
    idle: int | None = None,
    most: int | None = None,
    **more: Any,
) -> Candidate:
    return Candidate(
        device=a_device(name, **more),
        unfinished=unfinished,
        pages=unfinished if pages is None else pages,
        lines=lines,
        capacity=capacity,
        uncertain=uncertain,
        idle=idle,
        most=most,
    )


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([candidate("a")], "dev_a"),
        ([candidate("a", unfinished=1), candidate("b")], "dev_b"),
        ([candidate("a", unfinished=1, pages=60), candidate("b", unfinished=3)], "dev_b"),
        ([candidate("a", unfinished=1, lines=1), candidate("b", unfinished=3)], "dev_b"),
        ([candidate("a", lines=2), candidate("b", lines=8)], "dev_b"),
        ([candidate("b"), candidate("a")], "dev_a"),
        ([candidate("a", idle=0), candidate("b", idle=1)], "dev_b"),
        ([candidate("a", weight=0.5), candidate("b")], "dev_b"),
        ([candidate("a", enabled=False), candidate("b", unfinished=9)], "dev_b"),
        ([candidate("a", health=Health.OFFLINE), candidate("b", unfinished=9)], "dev_b"),
        ([candidate("a", draining_since=NOON), candidate("b", unfinished=9)], "dev_b"),
        ([candidate("a", degraded_since=NOON), candidate("b", unfinished=9)], "dev_b"),
        ([candidate("a", degraded_since=NOON - TRIED_AGAIN)], "dev_a"),
        ([candidate("a", health=Health.AUTH_FAILED)], None),
        ([candidate("a", uncertain=True)], None),
        ([candidate("a", capacity=99)], None),
        ([candidate("a", capacity=100)], "dev_a"),
    ],
)
def test_a_fax_goes_to_the_least_loaded_that_can_take_it(
    candidates: list[Candidate], chosen: str | None
) -> None:
    placement = place(candidates, DEMAND, now=NOON)
    assert placement.device_id == chosen
    assert placement.reasons


def test_an_appliance_that_was_asked_for_is_taken_however_busy_it_is() -> None:
    both = [candidate("a"), candidate("b", unfinished=99)]
    assert place(both, replace(DEMAND, wanted="dev_b"), now=NOON).device_id == "dev_b"
    assert place(both, replace(DEMAND, wanted="dev_c"), now=NOON).device_id is None


def test_a_pool_is_as_much_of_the_fleet_as_a_fax_wants() -> None:
    both = [candidate("a"), candidate("b", unfinished=99, pools=("lab",))]
    assert place(both, replace(DEMAND, pool="lab"), now=NOON).device_id == "dev_b"
    assert place(both, replace(DEMAND, pool="ward"), now=NOON).device_id is None


@pytest.mark.parametrize(
    ("asked", "nobody"),
    [
        ({"pool": "lab"}, "no appliance is in the pool lab"),
        ({"wanted": "dev_b"}, "the appliance that was asked for is registered no more"),
    ],
)
def test_nothing_is_said_of_appliances_that_were_not_asked_for(
    asked: dict[str, Any], nobody: str
) -> None:
    demand = replace(DEMAND, **asked)
    others = [candidate("a"), candidate("c", enabled=False)]
    (reason,) = place([*others, candidate("b", pools=("lab",))], demand, now=NOON).reasons
    assert reason.startswith("chosen b")
    assert place(others, demand, now=NOON).reasons == (nobody,)


@pytest.mark.parametrize(
    ("number", "client", "chosen"),
    [
        ("+49 30 1234", "", "dev_b"),
        ("+44 20 1234", "", "dev_a"),
        ("030 1234", "", "dev_a"),
        ("030 1234", CLIENT, "dev_b"),
    ],
)
def test_an_appliance_may_be_preferred_for_a_region_or_a_client(
    number: str, client: str, chosen: str
) -> None:
    both = [candidate("a"), candidate("b", unfinished=2, regions=("+49",), clients=(CLIENT,))]
    placement = place(both, replace(DEMAND, number=number, client=client), now=NOON)
    assert placement.device_id == chosen


def test_a_preference_does_not_outweigh_a_long_queue() -> None:
    both = [candidate("a"), candidate("b", unfinished=40, regions=("+49",))]
    assert place(both, replace(DEMAND, number="+49 30 1"), now=NOON).device_id == "dev_a"


def test_one_that_it_did_not_reach_just_now_comes_last_but_is_not_out() -> None:
    missed = replace(DEMAND, missed=("dev_a",))
    assert place([candidate("a"), candidate("b", unfinished=3)], missed, now=NOON).device_id == (
        "dev_b"
    )
    assert place([candidate("a")], missed, now=NOON).device_id == "dev_a"


@pytest.mark.parametrize(
    ("unfinished", "priority", "chosen"),
    [(399, None, "dev_a"), (400, None, None), (400, 2, None), (400, 1, "dev_a"), (900, 0, "dev_a")],
)
def test_a_full_queue_takes_nothing_but_what_is_urgent(
    unfinished: int, priority: int | None, chosen: str | None
) -> None:
    one = candidate("a", unfinished=unfinished, lines=4, most=100)
    placement = place([one], replace(DEMAND, priority=priority), now=NOON)
    assert placement.device_id == chosen
    assert placement.waits is (chosen is None)


def test_each_appliance_has_its_reason() -> None:
    reasons = place(
        [
            candidate("a", enabled=False),
            candidate("b", capacity=5),
            candidate("c", idle=2),
            candidate("d", unfinished=3, pages=12, weight=2.0),
        ],
        replace(DEMAND, size=9),
        now=NOON,
    ).reasons
    assert reasons == (
        "chosen c: 0 faxes, 0 pages on 4 lines, 2 free; cost 0.25",
        "d: 3 faxes, 12 pages on 4 lines, weight 2; cost 1.62",
        "a: disabled",
        "b: takes at most 5 bytes in a request, this is 9",
    )


CANDIDATES = st.builds(
    candidate,
    st.sampled_from("abcdef"),
    unfinished=st.integers(0, 50),
    lines=st.integers(1, 8),
    capacity=st.sampled_from([50, 1000]),
    idle=st.none() | st.integers(0, 8),
    most=st.none() | st.integers(1, 10),
    uncertain=st.booleans(),
    enabled=st.booleans(),
    weight=st.floats(0.1, 10),
    health=st.sampled_from(Health),
    pools=st.sampled_from([(), ("lab",)]),
    draining_since=st.sampled_from([None, None, NOON]),
)
FLEETS = st.lists(CANDIDATES, max_size=6, unique_by=lambda one: one.device.id)
DEMANDS = st.builds(
    Demand,
    size=st.just(100),
    pool=st.none() | st.just("lab"),
    priority=st.none() | st.integers(0, 5),
)


@given(fleet=FLEETS, demand=DEMANDS)
def test_whoever_is_chosen_could_take_it_and_everybody_is_accounted_for(
    fleet: list[Candidate], demand: Demand
) -> None:
    placement = place(fleet, demand, now=NOON)
    chosen = [one for one in fleet if one.device.id == placement.device_id]
    assert all(obstacle(one, demand, now=NOON) is None for one in chosen)
    named = [one for one in fleet if demand.pool is None or demand.pool in one.device.pools]
    assert len(placement.reasons) == max(len(named), 1)


@given(fleet=FLEETS, demand=DEMANDS)
def test_whoever_is_chosen_stays_so_when_it_has_less_to_do(
    fleet: list[Candidate], demand: Demand
) -> None:
    before = place(fleet, demand, now=NOON).device_id
    lighter = [
        replace(one, pages=one.pages // 2, unfinished=one.unfinished // 2)
        if one.device.id == before
        else one
        for one in fleet
    ]
    assert place(lighter, demand, now=NOON).device_id == before


@given(one=CANDIDATES, demand=DEMANDS)
def test_more_to_do_never_costs_less(one: Candidate, demand: Demand) -> None:
    assert cost(replace(one, pages=one.pages + 1), demand) > cost(one, demand)


# The breaker ------------------------------------------------------------------------------------


def noted(breaker: Breaker, outcomes: str, *, degraded: bool = False) -> list[Verdict]:
    """Note exchanges a second apart: `+` went well, `-` did not."""
    return [
        breaker.note(well=one == "+", degraded=degraded, now=NOON + timedelta(seconds=number))
        for number, one in enumerate(outcomes)
    ]


@pytest.mark.parametrize("outcomes", ["+" * 20, "-" * (FEWEST - 1), "++-" * 9, "-+++++"])
def test_failures_now_and_then_degrade_nobody(outcomes: str) -> None:
    assert Verdict.DEGRADED not in noted(Breaker(), outcomes)


@pytest.mark.parametrize("outcomes", ["-" * FEWEST, "+-" * 3, "+++---"])
def test_one_that_fails_every_other_time_is_degraded_at_a_failure(outcomes: str) -> None:
    assert noted(Breaker(), outcomes)[-1] is Verdict.DEGRADED


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = Breaker()
    noted(breaker, "-----")
    late = NOON + timedelta(hours=1)
    assert breaker.note(well=False, degraded=False, now=late) is Verdict.NOTHING


def test_it_is_believed_again_after_some_exchanges_in_a_row_and_not_before() -> None:
    breaker = Breaker()
    assert noted(breaker, "+" * WELL, degraded=True) == [
        *[Verdict.NOTHING] * (WELL - 1),
        Verdict.RECOVERED,
    ]
    assert noted(breaker, "-", degraded=True) == [Verdict.DEGRADED]


def test_while_it_is_degraded_one_may_try_now_and_then() -> None:
    assert state(None, now=NOON) is State.CLOSED
    assert state(NOON, now=NOON) is State.OPEN
    assert state(NOON, now=NOON + TRIED_AGAIN) is State.HALF_OPEN

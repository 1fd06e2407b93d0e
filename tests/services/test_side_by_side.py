"""Requests on their way to one appliance side by side: never two that could be taken for each other."""

import asyncio
from typing import Any

import pytest

from ffgateway.domain.devices import Device, Health
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.services.handovers import Handover
from ffgateway.services.side_by_side import LARGE
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.support.clock import NOON
from tests.support.gateway import SETTLE, House
from tests.support.proving import counted, events_of, legal

AT_ONCE = 2
ONE, OTHER, THIRD = "555-0101", "555-0102", "555-0103"


async def seen(house: House, box: Simulator, **more: Any) -> Device:
    """An appliance that was looked at, is well, and has ended a fax of ours."""
    device = await house.register(box, **{"submissions_at_once": AT_ONCE} | more)
    await house.look(device)
    first = await promised(house, "312-555-7000", device_id=device.id)
    await house.submit()
    await passes(house, box, device, looks=2)
    assert (await house.fax(first)).finished_at
    return device


async def promised(house: House, *numbers: str, **more: Any) -> Fax:
    """A request, a second after the one before it; the first of its faxes."""
    house.clock.advance(1)
    return (await house.send(*numbers, **more))[0]


async def passes(house: House, box: Simulator, device: Device, *, looks: int = 3) -> None:
    """Let the time pass in which a hand-over must show, and look now and then."""
    for _ in range(looks):
        house.clock.advance(SETTLE)
        box.advance(SETTLE.total_seconds())
        await house.look(device)


def numbers(claimed: tuple[Handover, ...]) -> list[set[str]]:
    """Where each of some requests goes."""
    return [{fax.recipient.fax_number for fax in one.faxes} for one in claimed]


async def test_as_many_are_handed_over_side_by_side_as_the_appliance_is_given(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box, submissions_at_once=3)
    for number in range(5):
        await promised(house, f"555-010{number}")
    claimed = await house.claiming.claim()
    assert numbers(claimed) == [{"555-0100"}, {"555-0101"}, {"555-0102"}]
    assert await house.claiming.claim() == (), "until one of them is through"
    await house.submitting.hand_over(claimed[1])
    assert numbers(await house.claiming.claim()) == [{"555-0103"}]
    assert (await house.device(device)).side_by_side == 3


async def test_they_leave_at_the_same_time_and_each_finds_its_own(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    faxes = [await promised(house, number) for number in (ONE, OTHER)]
    claimed = await house.claiming.claim()
    assert len(claimed) == AT_ONCE
    await asyncio.gather(*map(house.submitting.hand_over, claimed))
    await passes(house, box, device)
    ended = [await house.fax(fax) for fax in faxes]
    assert [fax.status for fax in ended] == [FaxStatus.DELIVERED] * 2
    assert len({fax.fax_key for fax in ended}) == 2
    legal(await events_of(house.store))


@pytest.mark.parametrize("written", ["555-0101", "5550101", "+1 312 555 0101"])
async def test_those_to_one_number_follow_each_other(
    home: House, box: Simulator, written: str
) -> None:
    await seen(home, box)
    await promised(home, ONE, OTHER)
    await promised(home, written, THIRD)
    await promised(home, "555-0104")
    claimed = await home.claiming.claim()
    assert numbers(claimed) == [{ONE, OTHER}, {"555-0104"}], (
        "what could be mistaken for the first waits"
    )
    for one in claimed:
        await home.submitting.hand_over(one)
    assert numbers(await home.claiming.claim()) == [{written, THIRD}]


async def test_beside_a_request_in_doubt_nothing_new_goes(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    doubtful, other = [await promised(house, number) for number in (ONE, OTHER)]
    claimed = await house.claiming.claim()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await house.submitting.hand_over(claimed[0])
    third = await promised(house, THIRD)
    assert await house.claiming.claim() == ()
    await house.submitting.hand_over(claimed[1])  # it was on its way already
    assert (await house.fax(other)).entry_key
    assert await house.claiming.claim() == ()
    await passes(house, box, device)
    assert (await house.fax(doubtful)).status is FaxStatus.DELIVERED
    assert numbers(await house.claiming.claim()) == [{THIRD}]
    assert (await house.fax(third)).status is FaxStatus.SUBMITTING


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Kind.CUT_AFTER, Kind.CUT_AFTER),
        (Kind.CUT_BEFORE, Kind.EMPTY),
        (Kind.TRUNCATED, Kind.CUT_BEFORE),
    ],
)
async def test_two_in_doubt_at_once_are_each_settled_by_themselves(
    house: House, box: Simulator, first: Kind, second: Kind
) -> None:
    device = await seen(house, box)
    faxes = [await promised(house, number) for number in (ONE, OTHER)]
    claimed = await house.claiming.claim()
    for kind, one in zip((first, second), claimed, strict=True):
        box.put(Fault(kind=kind, method="POST"))
        await house.submitting.hand_over(one)
    assert [(await house.fax(fax)).status for fax in faxes] == [FaxStatus.UNCERTAIN] * 2
    await passes(house, box, device)
    while await house.submit():
        await passes(house, box, device)
    assert [(await house.fax(fax)).status for fax in faxes] == [FaxStatus.DELIVERED] * 2
    assert [counted([box], "accepted")[number] for number in (ONE, OTHER)] == [1, 1]
    legal(await events_of(house.store))


async def test_an_appliance_that_is_not_known_to_be_well_gets_one_alone(
    home: House, box: Simulator
) -> None:
    unseen = await home.register(box, submissions_at_once=AT_ONCE)
    for number in (ONE, OTHER, THIRD):
        await promised(home, number)
    assert (await home.device(unseen)).health is Health.UNKNOWN
    (first,) = await home.claiming.claim()
    await home.submitting.hand_over(first)
    await home.look(unseen)
    (second,) = await home.claiming.claim()
    assert (await home.device(unseen)).side_by_side == AT_ONCE, "but it has ended none of ours"
    await home.submitting.hand_over(second)
    await passes(home, box, unseen, looks=2)
    assert (await home.fax(second.faxes[0])).finished_at
    await promised(home, "555-0104")
    assert len(await home.claiming.claim()) == AT_ONCE


async def test_what_went_beside_does_not_hide_that_an_appliance_never_got_a_request(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    beside = [f"6121{row:06}" for row in range(400)]
    doubtful = await promised(house, ONE)
    await promised(house, *beside)
    first, second = await house.claiming.claim()
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await house.submitting.hand_over(first)
    await house.submitting.hand_over(second)
    await passes(house, box, device, looks=1)
    box.advance(7 * 24 * 3600)  # all four hundred have ended
    await passes(house, box, device)
    assert (await house.fax(doubtful)).status is FaxStatus.QUEUED, "on evidence, by nobody's word"
    await house.submit()
    assert counted([box], "accepted")[ONE] == 1


async def test_the_answers_of_two_that_prove_a_reset_do_so_once(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    for number in range(4):
        await promised(house, f"555-020{number}")
        await house.submit()
    house.clock.advance(300)
    box.advance(300)
    await house.look(device)
    box.appliance.factory_reset()
    faxes = [await promised(house, number) for number in (ONE, OTHER)]
    claimed = await house.claiming.claim()
    for one in claimed:
        await house.submitting.hand_over(one)
    assert [(await house.fax(fax)).entry_key for fax in faxes] == ["0000", "0000"]
    assert await house.acts(device.id) == ["device.register", "device.online", "device.keys_anew"]
    await passes(house, box, device)
    assert [(await house.fax(fax)).status for fax in faxes] == [FaxStatus.DELIVERED] * 2


async def test_of_a_claim_each_appliance_gets_its_part(house: House, box: Simulator) -> None:
    async with running(speed=0, start=NOON) as other:
        one, two = await seen(house, box), await seen(house, other, name="two")
        for number in range(4):
            await promised(house, f"555-010{number}")
        claimed = await house.claiming.claim()
    assert [handover.device.id for handover in claimed] == [one.id, two.id] * 2


async def test_of_two_large_ones_one_goes_and_leaves_a_place_for_others(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    many = [[f"6{side}{row:05}" for row in range(LARGE + 1)] for side in (1, 2)]
    for one in many:
        await promised(home, *one, priority=5)
    (first,) = await home.claiming.claim()
    assert len(first.faxes) == LARGE + 1
    await promised(home, ONE)
    assert numbers(await home.claiming.claim()) == [{ONE}]
    await home.submitting.hand_over(first)
    assert numbers(await home.claiming.claim()) == [set(many[1])]
    assert (await home.device(device)).health is Health.ONLINE

"""Placement with real appliances: drained, degraded, full, preferred, and told why."""

import asyncio
from typing import Any

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.breaker import FEWEST_HANDOVERS
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    DeviceOverloaded,
    DeviceSilent,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from ffgateway.domain.faxes import FaxStatus, HoldReason
from ffgateway.domain.placement import TRIED_AGAIN
from ffgateway.services.bulkhead import AT_ONCE, WAITING
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.placing import HELD_FOR
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, SETTLE, House
from tests.support.receiver import closed_port

READER = Caller(
    principal=Principal(id="key_bob", name="Bob", scopes=frozenset({Scope.DEVICES_READ}))
)


async def pair(home: House, box: Simulator, second: Simulator) -> tuple[Device, Device]:
    """Two appliances alike; ties go to the first."""
    return await home.register(box, "one"), await home.register(second, "two")


async def test_a_drained_appliance_finishes_what_it_has_and_takes_nothing_new(
    house: House, box: Simulator, second: Simulator
) -> None:
    one, two = await pair(house, box, second)
    (before,) = await house.send("555-0110")
    await house.submit()
    drained = await house.devices.drain(ANN, one.id)
    assert drained.draining_since is not None
    (after,) = await house.send("555-0111")
    await house.submit()
    assert (await house.fax(after)).device_id == two.id
    for _ in range(6):
        box.advance(4)
        await house.look(one)
    assert (await house.fax(before)).status is FaxStatus.DELIVERED
    assert "device.draining" in await house.story(one)
    assert "device.drain" in await house.acts(one.id)


async def test_draining_twice_and_resuming_change_what_they_say_and_no_more(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    first = await home.devices.drain(ANN, device.id)
    assert await home.devices.drain(ANN, device.id) == first
    assert (await home.devices.resume(ANN, device.id)).draining_since is None
    await home.devices.resume(ANN, device.id)
    assert (await home.acts(device.id)).count("device.drain") == 1
    assert (await home.acts(device.id)).count("device.resume") == 1


async def test_only_who_rules_devices_may_drain_one(home: House, box: Simulator) -> None:
    device = await home.register(box)
    with pytest.raises(Forbidden):
        await home.devices.drain(READER, device.id)


async def test_what_only_a_drained_appliance_may_take_is_held_and_says_why(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    await home.devices.drain(ANN, device.id)
    (fax,) = await home.send(device_id=device.id)
    await home.submit()
    held = await home.fax(fax)
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.NO_DEVICE)
    assert held.hold_detail == "one: being drained"
    await home.devices.update(ANN, device.id, DeviceChanges(enabled=False))
    home.clock.advance(HELD_FOR)
    await home.submit()
    assert (await home.fax(fax)).hold_detail == "one: disabled"
    assert (await home.acts(fax.id)).count("fax.held") == 1
    await home.devices.update(ANN, device.id, DeviceChanges(enabled=True))
    await home.devices.resume(ANN, device.id)
    home.clock.advance(HELD_FOR)
    assert await home.submit() == 1
    sent = await home.fax(fax)
    assert (sent.status, sent.hold_detail) == (FaxStatus.PREPARING, "")


async def test_an_appliance_that_is_disabled_is_looked_at_until_it_has_finished(
    home: House, box: Simulator, second: Simulator
) -> None:
    one, two = await pair(home, box, second)
    (fax,) = await home.send(device_id=one.id)
    await home.submit()
    for device in (one, two):
        await home.devices.update(ANN, device.id, DeviceChanges(enabled=False))
    assert [each.id for each in await home.appliances.roster()] == [one.id]
    box.advance(600)
    await home.look(one)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert await home.appliances.roster() == ()


async def test_why_an_appliance_was_chosen_is_kept_with_the_fax(
    home: House, box: Simulator, second: Simulator
) -> None:
    one, two = await pair(home, box, second)
    await home.devices.drain(ANN, one.id)
    (fax,) = await home.send()
    await home.submit()
    chosen = await home.fax(fax)
    assert chosen.device_id == two.id
    assert chosen.placement == (
        "chosen two: 0 faxes, 0 pages on 4 lines; cost 0.25",
        "one: being drained",
    )


@pytest.mark.parametrize("number", ["312-555-0123", "+1 312 555 0123"])
async def test_an_appliance_is_preferred_for_its_regions_however_a_number_is_written(
    home: House, box: Simulator, second: Simulator, number: str
) -> None:
    await home.register(box, "one", region="US")
    two = await home.register(second, "two", region="US", regions=("+1312",))
    (near,), (far,) = await home.send(number), await home.send("202-555-0123")
    await home.submit()
    assert (await home.fax(near)).device_id == two.id
    assert "preferred for numbers in +1312" in (await home.fax(near)).placement[0]
    assert (await home.fax(far)).placement[0].startswith("chosen one")


async def test_what_could_not_be_delivered_to_one_goes_to_the_other_at_once(
    home: House, box: Simulator
) -> None:
    gone = await home.register(f"http://127.0.0.1:{closed_port()}", "gone", model="FF840")
    there = await home.register(box, "there")
    (fax,) = await home.send()
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert (await home.submission(fax)).missed == (gone.id,)
    assert await home.submit() == 1
    assert (await home.fax(fax)).device_id == there.id


async def test_a_pool_must_have_somebody_in_it(home: House, box: Simulator) -> None:
    device = await home.register(box, pools=("lab",))
    with pytest.raises(NotFound) as refused:
        await home.send(pool="ward")
    assert refused.value.field == "pool"
    (fax,) = await home.send(pool="lab")
    await home.submit()
    assert (await home.fax(fax)).device_id == device.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pools", ("Lab",)),
        ("regions", ("49",)),
        ("clients", ("ann",)),
        ("weight", 0.0),
    ],
)
async def test_a_part_in_the_work_that_means_nothing_is_refused_by_its_place(
    home: House, box: Simulator, field: str, value: Any
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await home.register(box, "one", password="admin", **{field: value})
    assert str(refused.value.field).startswith(field)


async def test_an_appliance_that_fails_every_other_time_is_left_alone_for_a_while(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    for _ in range(3):
        await house.look(device)
        box.put(Fault(kind=Kind.ERROR, method="GET", path="/ofax"))
        with pytest.raises(DeviceSilent):
            await house.look(device)
    degraded = await house.device(device)
    assert degraded.degraded_since is not None
    assert (await house.story(device))[-1] == "device.degraded"
    (fax,) = await house.send()
    await house.submit()
    assert (await house.fax(fax)).hold_detail == "one: failed too often lately"
    house.clock.advance(TRIED_AGAIN)
    assert await house.submit() == 1
    for _ in range(3):
        await house.look(device)
    assert (await house.device(device)).degraded_since is None
    assert (await house.story(device))[-1] == "device.online"


async def test_an_appliance_that_shows_its_list_and_takes_no_fax_is_left_alone_as_well(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    await house.look(device)
    (fax,) = await house.send()
    for _ in range(FEWEST_HANDOVERS):
        box.put(Fault(kind=Kind.ERROR, method="POST", path="/ofax"))
        assert await house.submit() == 1
        for _ in range(3):  # the list shows that it has not got it
            house.clock.advance(SETTLE)
            await house.look(device)
    assert (await house.device(device)).degraded_since is not None
    assert (await house.story(device)).count("device.degraded") == 1
    box.put(Fault(kind=Kind.ERROR, method="POST", path="/ofax"))
    assert await house.submit() == 1  # one may try
    for _ in range(3):
        house.clock.advance(SETTLE)
        await house.look(device)
    assert (await house.device(device)).degraded_since is not None
    assert await house.submit() == 1
    assert (await house.device(device)).degraded_since is None
    assert (await house.fax(fax)).status is FaxStatus.PREPARING
    assert (await house.story(device))[-2:] == ["device.degraded", "device.online"]


async def test_an_appliance_that_has_enough_to_do_leaves_the_next_in_the_queue(
    home: House, box: Simulator
) -> None:
    await home.register(box, model="FF130")  # one line
    await home.send(*(f"555-01{number:02}" for number in range(40, 60)))
    await home.submit()
    home.submitting._placing._most = 10
    (patient,) = await home.send("555-0110", priority=5)
    (urgent,) = await home.send("555-0111", priority=1)
    await home.submit()
    assert (await home.fax(patient)).status is FaxStatus.QUEUED
    assert (await home.fax(urgent)).status is FaxStatus.PREPARING


async def test_an_appliance_that_hangs_takes_only_so_many_calls(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    most = AT_ONCE + WAITING
    box.put(Fault(kind=Kind.LATENCY, times=AT_ONCE, seconds=30, method="GET", path="/*status*"))
    calls = [asyncio.create_task(home.devices.status(ANN, device.id)) for _ in range(most + 1)]
    done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    assert [type(call.exception()) for call in done] == [DeviceOverloaded]
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.parametrize("inside", [True, False])
async def test_what_one_refuses_goes_to_another_of_its_pool_alone(
    home: House, box: Simulator, second: Simulator, *, inside: bool
) -> None:
    await home.register(box, "one", pools=("lab",))
    other = await home.register(second, "two", pools=("lab",) if inside else ())
    (fax,) = await home.send(pool="lab")
    box.put(Fault(kind=Kind.REFUSED, method="POST", path="/ofax"))
    await home.submit()
    await home.submit()
    now = await home.fax(fax)
    assert (now.status, now.device_id == other.id) == (
        (FaxStatus.PREPARING, True) if inside else (FaxStatus.FAILED, False)
    )


async def test_the_lines_that_an_appliance_shows_count_and_not_those_of_its_model(
    home: House, box: Simulator
) -> None:
    device = await home.register(box, model="FF130")  # it has four
    (fax,) = await home.send("555-0160")
    await home.submit()
    for _ in range(3):
        await home.look(device)
    assert any("on 1 lines" in reason for reason in (await home.fax(fax)).placement)
    (later,) = await home.send("555-0160")
    await home.submit()
    assert any("on 4 lines" in reason for reason in (await home.fax(later)).placement)

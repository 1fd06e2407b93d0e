"""Lines and clocks of a simulated appliance: what is wrong with them is told once, and once it is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.devices import Device
from ffgateway.domain.events import Event
from ffgateway.graphql.devices import show_device
from ffgateway.rest.devices_shapes import device_out
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.transaction import Store
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import House, gateway


async def fax_over(house: House, box: Simulator, device: Device, count: int) -> None:
    """Send faxes, each to its own number and tried once, and watch them to their end."""
    house.clock.advance(60)
    box.advance(60)
    await house.send(*(f"612-555-{3000 + number}" for number in range(count)), max_tries=1)
    assert await house.submit() == 1
    for _ in range(60):
        house.clock.advance(2)
        box.advance(3)
        if not await house.look(device):
            break


async def told(house: House, group: str) -> list[Event]:
    async with house.store.reading() as tx:
        return list(await tx.events.after(0, limit=1000, types=(group,)))


async def test_a_line_without_a_dial_tone_is_told_once_and_again_when_it_is_well(
    home: House, box: Simulator
) -> None:
    house, device = home, await home.register(box)
    await house.look(device)
    box.appliance.lines.spoilt = {2}
    await fax_over(house, box, device, 36)
    degraded = await told(house, "line.*")
    assert [event.type for event in degraded] == ["line.degraded"]
    facts = degraded[0].data
    assert (facts["id"], facts["line"]) == (device.id, 2)
    assert facts["failed"] == facts["tried"] >= 10
    assert facts["others_failed"] == 0
    assert facts["probability"] < 0.0005
    await house.appliances.forget(device.id)  # as after a restart: it is on record
    box.appliance.lines.spoilt = set()
    await fax_over(house, box, device, 48)
    assert [event.type for event in await told(house, "line.*")] == [
        "line.degraded",
        "line.recovered",
    ]
    assert {"line.degraded", "line.recovered"} <= set(await house.acts(device.id))


async def test_numbers_that_nobody_answers_tell_nothing_of_lines(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    await home.look(device)
    await home.send(*(f"61255{one}0140" for one in range(10, 40)), max_tries=1)
    await home.submit()
    for _ in range(60):
        home.clock.advance(2)
        box.advance(10)
        if not await home.look(device):
            break
    assert await told(home, "fax.failed") != []
    assert await told(home, "line.*") == []


@pytest.fixture
async def punctual(store: Store, clock: OwnClock, tmp_path: Path) -> AsyncIterator[House]:
    """A gateway that looks at clocks."""
    far = timedelta(seconds=60)
    async with gateway(store, clock, tmp_path, clock_too_far=far) as built:
        yield built


async def look_at_clock(house: House, box: Simulator, device: Device, off: float) -> None:
    box.appliance.clock_off = timedelta(seconds=off)
    behind = house.clock.now() + timedelta(minutes=6) - box.appliance.now
    house.clock.advance(360)
    box.advance(behind.total_seconds())
    await house.look(device)


async def test_a_clock_that_is_off_is_told_once_for_each_episode(
    punctual: House, box: Simulator
) -> None:
    device = await punctual.register(box)
    for off in (0, -90, -90, -40, -90, 10, 20, 4000):
        await look_at_clock(punctual, box, device, off)
    skewed = await told(punctual, "device.clock_skew")
    assert [round(event.data["offset_seconds"], -1) for event in skewed] == [-90, 4000]
    assert {event.data["known_by"] for event in skewed} == {"current_time"}
    known = await punctual.device(device)
    assert known.clock_skewed_since == skewed[-1].at
    assert device_out(known).clock_skewed_since == skewed[-1].at
    assert show_device(known).clock_skewed_since == skewed[-1].at


async def test_the_entry_of_a_fax_just_handed_over_shows_the_clock_too(
    punctual: House, box: Simulator
) -> None:
    device = await punctual.register(box)
    await look_at_clock(punctual, box, device, 0)
    box.appliance.clock_off = timedelta(hours=-1)
    await punctual.send()
    await punctual.submit()
    (skewed,) = await told(punctual, "device.clock_skew")
    assert skewed.data["known_by"] == "created"
    assert -3600 <= skewed.data["offset_seconds"] <= -3540


@pytest.mark.parametrize("model", ["FF440", "FF240-IP"])
async def test_pages_that_got_through_before_a_call_broke_off_are_told(
    clock: OwnClock, sqlite_store: Store, tmp_path: Path, model: str
) -> None:
    async with (
        gateway(sqlite_store, clock, tmp_path) as house,
        running(model=model, speed=0, start=NOON) as box,
    ):
        device = await house.register(box, model=model)
        await house.look(device)
        (fax,) = await house.send(
            "612-555-0124", content=b"line\n" * 60 * 6, max_tries=2, try_interval=30
        )
        await house.submit()
        for _ in range(60):
            house.clock.advance(4)
            box.advance(4)
            await house.look(device)
            if (await house.fax(fax)).finished:
                break
        failed = await house.fax(fax)
        assert failed.failure is not None
        assert (failed.failure.code, failed.failure.attempts) == ("page_failed", 2)
        assert failed.failure.pages_confirmed == 3  # the fourth of six broke off
        told = [event.data for event in await house.told(fax.id)]
        assert [one["pages_confirmed"] for one in told if "code" in one] == [3]
        assert told[-1]["failure"]["pages_confirmed"] == 3

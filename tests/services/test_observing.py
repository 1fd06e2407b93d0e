"""Looks: what they prove is told, once; what they do not prove is not invented."""

from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.devices import Health
from ffgateway.domain.errors import DeviceAuthFailed, DeviceError
from ffgateway.domain.failures import Hangup
from ffgateway.domain.faxes import FaxStatus, HoldReason
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, SETTLE, House, gateway


async def test_the_first_look_says_that_a_device_is_online(house: House, box: Simulator) -> None:
    device = await house.register(box)
    assert (await house.device(device)).health is Health.UNKNOWN
    assert not await house.look(device)
    await house.look(device)
    seen = await house.device(device)
    assert (seen.health, seen.last_seen_at is not None) == (Health.ONLINE, True)
    assert await house.story(device) == ["device.online"]


async def test_one_failed_look_is_not_an_outage_and_two_are_told_once(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    await home.look(device)
    box.put(
        Fault(kind=Kind.CUT_BEFORE, times=6, method="GET")
    )  # the client reads twice before it gives up
    for expected in (Health.ONLINE, Health.OFFLINE, Health.OFFLINE):
        with pytest.raises(DeviceError):
            await home.look(device)
        assert (await home.device(device)).health is expected
    await home.look(device)
    assert await home.story(device) == ["device.online", "device.offline", "device.online"]


async def test_refused_credentials_are_told_at_once(home: House, box: Simulator) -> None:
    device = await home.register(box)
    await home.look(device)
    box.put(Fault(kind=Kind.UNAUTHORIZED, method="GET"))
    with pytest.raises(DeviceAuthFailed):
        await home.look(device)
    assert await home.story(device) == ["device.online", "device.auth_failed"]


async def test_busy_tries_are_counted_and_told(house: House, box: Simulator) -> None:
    device = await house.register(box)
    (fax,) = await house.send("555-0186", max_tries=3, try_interval=60)
    await house.submit()
    for _ in range(60):
        box.advance(4)
        await house.look(device)
    done = await house.fax(fax)
    assert (done.status, done.attempt) == (FaxStatus.DELIVERED, 3)
    told = await house.told(fax.id)
    failed = [event.data for event in told if event.type == "fax.attempt_failed"]
    assert [(one["attempt"], one["code"]) for one in failed] == [(1, "busy"), (2, "busy")]
    assert [event.type for event in told].count("fax.delivered") == 1
    assert [event.sequence for event in told] == list(range(1, len(told) + 1))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("555-0187", "busy"),
        ("555-0140", "no_answer"),
        ("555-0144", "not_a_fax"),
        ("555-0121", "page_failed"),
        ("555-0190", "device_gave_up"),
    ],
)
async def test_a_failure_has_a_name_and_the_appliances_own_words(
    home: House, box: Simulator, number: str, code: str
) -> None:
    device = await home.register(box)
    (fax,) = await home.send(number, max_tries=1)
    await home.submit()
    box.advance(300)
    await home.look(device)
    done = await home.fax(fax)
    assert done.status is FaxStatus.FAILED
    assert done.failure is not None
    assert (done.failure.code, done.failure.device_id) == (code, device.id)
    assert done.failure.device_text == done.device_message != ""
    (end,) = [one for one in await home.told(fax.id) if one.type == "fax.failed"]
    assert end.data["failure"]["code"] == code


async def test_what_a_text_does_not_explain_its_modem_may(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0145", max_tries=1)
    await home.submit()
    box.advance(300)
    await home.look(device)
    why = (await home.fax(fax)).failure
    assert why is not None
    assert (why.code, why.device_text) == ("training_failed", "Fax failed")
    assert why.hangup == Hangup(scheme="", code=27)


async def test_a_modem_that_cannot_be_read_keeps_no_end_from_being_told(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0145", max_tries=1)
    await home.submit()
    box.advance(300)
    box.put(Fault(kind=Kind.GARBLED, method="GET", path="/ofax/00000001", times=9))
    await home.look(device)
    why = (await home.fax(fax)).failure
    assert why is not None
    assert (why.code, why.hangup) == ("unclassified", None)


async def test_a_fax_gone_from_the_list_is_found_by_its_key(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0170")
    await home.submit()
    box.advance(60)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED


async def test_a_fax_that_the_appliance_forgot_gets_no_end_invented(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send("555-0171")
    await house.submit()
    box.advance(60)
    await house.look(device)
    assert (await house.fax(fax)).status is not FaxStatus.UNCERTAIN  # one look is not enough
    for _ in range(3):
        await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    assert (await house.story(fax)).count("fax.uncertain") == 1
    assert "fax.delivered" not in await house.story(fax)
    assert await house.submit() == 0


async def test_a_fax_that_needs_approval_is_held_until_it_is_given(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0180")
    await home.submit()
    box.advance(5)
    await home.look(device)
    held = await home.fax(fax)
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.APPROVAL)
    box.appliance.approve(held.fax_key, held.entry_key, approver="boss")
    box.advance(60)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED


async def test_a_quiet_look_writes_no_more_than_once_a_minute(home: House, box: Simulator) -> None:
    device = await home.register(box)
    await home.look(device)
    await home.look(device)
    revision = (await home.device(device)).revision
    for _ in range(10):
        await home.look(device)
    assert (await home.device(device)).revision == revision
    home.clock.advance(timedelta(minutes=2))
    await home.look(device)
    assert (await home.device(device)).revision == revision + 1


async def test_a_person_may_have_a_look_and_is_told_what_it_met_with(
    home: House, box: Simulator
) -> None:
    device = await home.register(box, password="wrong")
    with pytest.raises(DeviceAuthFailed):
        await home.devices.check(ANN, device.id)
    assert await home.acts(device.id) == ["device.register", "device.check", "device.auth_failed"]


async def test_a_clock_that_is_set_back_keeps_no_look_from_being_kept(
    home: House, box: Simulator, tmp_path: Path
) -> None:
    device = await home.register(box)
    for number in ("555-0123", "555-0124"):
        await home.send(number)
        await home.submit()
    box.advance(60)  # there is more to see each time
    await home.look(device)
    async with gateway(home.store, home.clock, tmp_path) as begun_anew:
        for one in (home, begun_anew):
            home.clock.advance(timedelta(hours=-1))
            box.advance(60)
            await one.look(device)
            assert (await home.device(device)).last_seen_at == home.clock.now()


async def test_a_clock_that_is_set_back_keeps_no_doubt_open(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    home.clock.advance(timedelta(hours=-1))
    seen = []
    for _ in range(3):
        await home.look(device)
        seen.append((await home.fax(fax)).status)
        home.clock.advance(SETTLE)
    assert seen == [FaxStatus.UNCERTAIN, FaxStatus.UNCERTAIN, FaxStatus.QUEUED]

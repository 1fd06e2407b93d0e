"""What comes in: each call kept once, told when it begins and when it is over, and never guessed at."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError, Forbidden, NotFound
from ffgateway.domain.inbound import InboundFax, InboundStatus, SettledBy
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.inbound import InboundFilter
from ffgateway.services.receiving import LATE, Receiving
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.support.calling import call, take_away
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import ANN, House

S = InboundStatus


async def calls(house: House) -> list[InboundFax]:
    """Every call on record, the oldest first; of those seen by one look, by line."""
    page = await house.inbound.list(ANN, InboundFilter(), cursor=None, limit=100)
    return sorted(page.items, key=lambda fax: (fax.created_at, fax.line or 0))


async def only(house: House) -> InboundFax:
    (fax,) = await calls(house)
    return fax


async def look(house: House, box: Simulator, device: Device, seconds: float) -> bool:
    """Look after so much time on the appliance; ours goes with it."""
    box.advance(seconds)
    house.clock.advance(seconds)
    return await house.observing.look(device.id)


def asked(box: Simulator, path: str) -> int:
    return [each for _, each in box.requests].count(f"/ffws/v1/{path}")


async def test_a_call_is_told_when_it_begins_and_when_it_is_over_and_its_pages_are_on_record(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    assert not await house.look(device)
    call(box)
    pages = []
    for seconds in (1, 8, 8):
        assert await look(house, box, device, seconds)
        pages.append((await only(house)).page)
    assert pages == [1, 2, 3]
    assert (await only(house)).status is S.RECEIVING
    assert not await look(house, box, device, 8)
    fax = await only(house)
    assert (fax.status, fax.pages, fax.settled_by) == (S.RECEIVED, 3, SettledBy.INBOUND_LOG)
    assert (fax.started_at, fax.ended_at) == (NOON, NOON + timedelta(seconds=24))
    assert (fax.remote_id, fax.extension, fax.recipient) == ("555-7777", "12", "Orders")
    assert (fax.line, fax.message) == (1, "Successfully received fax")
    told = await house.told(fax.id)
    assert [event.type for event in told] == ["inbound.receiving", "inbound.received"]
    assert [event.sequence for event in told] == [1, 2]
    assert await house.acts(fax.id) == ["inbound.receiving", "inbound.received"]


@pytest.mark.parametrize(
    ("changes", "status", "pages"),
    [
        ({"outcome": "fail"}, S.RECEIVED_PARTIAL, 2),
        ({"outcome": "fail", "fails_on": 1}, S.FAILED, 0),
    ],
)
async def test_a_call_that_fails_is_told_as_failed_and_keeps_its_good_pages(
    home: House, box: Simulator, changes: dict[str, Any], status: InboundStatus, pages: int
) -> None:
    device = await home.register(box)
    call(box, **changes)
    await look(home, box, device, 1)
    await look(home, box, device, 60)
    fax = await only(home)
    assert (fax.status, fax.pages, fax.settled_by) == (status, pages, SettledBy.INBOUND_LOG)
    assert [event.type for event in await home.told(fax.id)][-1] == "inbound.failed"


async def test_calls_on_several_lines_and_one_after_the_other_are_told_apart(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    call(box, line=1, pages=1)
    call(box, line=2, pages=9, remote_id="555-8888")
    await look(home, box, device, 1)
    box.advance(7)
    call(box, line=1, pages=2)  # the same machine, on the same line, a moment later
    await look(home, box, device, 1)
    first, other, second = await calls(home)
    assert (first.status, first.pages) == (S.RECEIVED, 1)
    assert (other.status, second.status) == (S.RECEIVING, S.RECEIVING)
    await look(home, box, device, 100)
    assert [(fax.status, fax.pages) for fax in await calls(home)] == [
        (S.RECEIVED, 1),
        (S.RECEIVED, 9),
        (S.RECEIVED, 2),
    ]


async def test_a_look_that_shows_nothing_new_writes_nothing(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    before = await only(home)
    await look(home, box, device, 1)
    assert await only(home) == before


async def test_looks_at_the_same_time_tell_a_call_once(home: House, box: Simulator) -> None:
    device = await home.register(box)
    await look(home, box, device, 1)
    call(box)
    await asyncio.gather(*(home.observing.look(device.id) for _ in range(4)))
    fax = await only(home)
    assert await home.story(fax) == ["inbound.receiving"]


async def test_an_answer_older_than_what_another_process_kept_is_not_kept(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    appliance = await house.appliances.of(device.id)
    call(box)
    await house.look(device)
    box.advance(60)
    stale = Receiving(house.store, OwnClock(house.clock.now() - timedelta(seconds=5)))
    assert await stale.look(appliance)  # to look again soon
    assert (await only(house)).live


# Without a log


async def test_without_a_log_the_list_is_all_there_is_and_the_record_says_so(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    take_away(box, "/inbound_log")
    for _ in range(2):
        call(box)
        await look(house, box, device, 1)
        assert not await look(house, box, device, 60)
    for fax in await calls(house):
        assert (fax.status, fax.settled_by, fax.pages) == (S.RECEIVED, SettledBy.STATUS, None)
        told = (await house.told(fax.id))[-1]
        assert (told.type, told.data["settled_by"]) == ("inbound.received", "status")
    assert asked(box, "inbound_log") == 1  # an appliance without one is not asked again


async def test_a_log_that_is_late_is_waited_for(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    box.put(Fault(kind=Kind.EMPTY, path="/inbound_log"))
    assert await look(home, box, device, 30)  # looked at soon again, though nothing is listed
    assert (await only(home)).status is S.RECEIVING
    assert not await look(home, box, device, 1)
    assert (await only(home)).settled_by is SettledBy.INBOUND_LOG


async def test_a_log_that_never_has_the_call_is_given_up(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    box.put(Fault(kind=Kind.ERROR, path="/inbound_log", times=100))
    await look(home, box, device, 30)
    await look(home, box, device, LATE.total_seconds() - 1)
    assert (await only(home)).status is S.RECEIVING
    assert not await look(home, box, device, 1)
    fax = await only(home)
    assert (fax.status, fax.settled_by) == (S.RECEIVED, SettledBy.STATUS)
    assert fax.ended_at is not None


# Calls that came and went between two looks


async def test_a_call_that_no_look_showed_is_told_from_the_log(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    await look(house, box, device, 1)
    call(box, pages=1)
    call(box, pages=2, outcome="fail")
    await look(house, box, device, 60)
    one, other = await calls(house)
    assert (one.status, one.pages, one.settled_by) == (S.RECEIVED, 1, SettledBy.INBOUND_LOG)
    assert (other.status, other.remote_id) == (S.RECEIVED_PARTIAL, "555-7777")
    assert await house.story(one) == ["inbound.received"]
    assert await house.story(other) == ["inbound.failed"]
    await look(house, box, device, 60)
    assert len(await calls(house)) == 2


async def test_a_log_is_history_at_first_sight(home: House, box: Simulator) -> None:
    call(box)
    box.advance(100)
    device = await home.register(box)
    for _ in range(3):
        await look(home, box, device, 60)
    assert await calls(home) == []


async def test_a_call_that_was_seen_is_not_told_again_from_the_log(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    await look(home, box, device, 1)
    call(box)
    await look(home, box, device, 1)
    box.put(Fault(kind=Kind.ERROR, path="/inbound_log", times=2))
    for _ in range(4):
        await look(home, box, device, 40)
    assert len(await calls(home)) == 1


async def test_calls_while_the_gateway_was_away_are_told_when_it_is_back(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    await look(home, box, device, 60)
    call(box, pages=7)
    box.advance(600)
    await Receiving(home.store, home.clock).look(await home.appliances.of(device.id))
    assert [fax.pages for fax in await calls(home)] == [3, 7]


async def test_the_log_is_not_read_at_every_look(home: House, box: Simulator) -> None:
    device = await home.register(box)
    for _ in range(20):
        await look(home, box, device, 1)
    assert asked(box, "inbound_log") == 1


# When the appliance does not answer, or cannot


async def test_an_appliance_that_does_not_answer_ends_nothing(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box, pages=20)
    await look(home, box, device, 1)
    box.put(Fault(kind=Kind.CUT_BEFORE, times=8))
    for _ in range(3):
        with pytest.raises(DeviceError):
            await look(home, box, device, 1)
    assert (await only(home)).live
    box.box.clear_faults()
    await look(home, box, device, 1)
    assert (await only(home)).live


@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.EMPTY, Kind.TRUNCATED, Kind.CUT_BEFORE])
async def test_what_comes_in_never_stands_in_the_way_of_what_goes_out(
    home: House, box: Simulator, kind: Kind
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-1234")
    await home.submit()
    call(box)
    box.put(Fault(kind=kind, path="/inbound_status", times=100))
    await look(home, box, device, 30)
    assert (await home.fax(fax)).status == "delivered"
    before = asked(box, "inbound_status")
    await look(home, box, device, 1)
    assert asked(box, "inbound_status") == before  # it is left alone for a while
    assert await calls(home) == []


@pytest.mark.parametrize(
    ("path", "known"), [("/inbound_status", []), ("/inbound_log", [SettledBy.INBOUND_LOG])]
)
async def test_an_answer_that_does_not_come_is_not_waited_for_long(
    home: House,
    box: Simulator,
    path: str,
    known: list[SettledBy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ffgateway.services.call_log.BRIEFLY", 0.05)
    device = await home.register(box)
    call(box)
    box.put(Fault(kind=Kind.LATENCY, path=path, seconds=600, times=9))
    async with asyncio.timeout(10):
        await look(home, box, device, 1)
        await look(home, box, device, 60)
    box.box.clear_faults()
    await look(home, box, device, 60)
    assert (await home.device(device)).health == "online"
    assert [fax.settled_by for fax in await calls(home)] == known


async def test_an_appliance_that_cannot_list_what_comes_in_is_not_asked(home: House) -> None:
    async with running(model="FF230", speed=0, start=NOON) as box:
        device = await home.register(box, model="FF230", dialect="faxfinder-2")
        call(box)
        for _ in range(3):
            await look(home, box, device, 1)
        assert asked(box, "inbound_status") == 0
        assert await calls(home) == []


async def test_a_corrected_record_is_a_new_start(home: House) -> None:
    async with running(model="FF230", firmware=(3, 0, 4), speed=0, start=NOON) as box:
        device = await home.register(box, model="FF230", dialect="faxfinder-2")
        call(box)
        await look(home, box, device, 1)
        await home.devices.update(ANN, device.id, DeviceChanges(dialect="faxfinder-3"))
        await look(home, box, device, 1)
        assert (await only(home)).status is S.RECEIVING


async def test_calls_that_were_open_when_the_gateway_stopped_are_taken_up(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    call(box, line=1)
    call(box, line=2, pages=99)
    await look(house, box, device, 1)
    box.advance(60)
    anew = Receiving(house.store, house.clock)  # knows nothing but the database
    await anew.look(await house.appliances.of(device.id))
    over, going_on = await calls(house)
    assert (over.status, over.pages, over.settled_by) == (S.RECEIVED, 3, SettledBy.INBOUND_LOG)
    assert (going_on.status, going_on.page) == (S.RECEIVING, 8)
    assert [event.type for event in await house.told(over.id)] == [
        "inbound.receiving",
        "inbound.received",
    ]


async def test_an_end_that_was_not_found_out_before_the_gateway_stopped_is_found_out(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    box.put(Fault(kind=Kind.ERROR, path="/inbound_log"))
    await look(home, box, device, 30)
    assert (await only(home)).ended_at is not None
    await Receiving(home.store, home.clock).look(await home.appliances.of(device.id))
    assert (await only(home)).settled_by is SettledBy.INBOUND_LOG


async def test_a_retired_appliance_leaves_no_call_open(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    await home.devices.retire(ANN, device.id)
    fax = await only(home)
    assert (fax.status, fax.settled_by) == (S.RECEIVED, SettledBy.STATUS)
    assert fax.ended_at is not None


# Who may look


async def test_the_record_is_for_those_who_may_read_faxes(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    await look(home, box, device, 1)
    fax = await only(home)
    reader = Caller(principal=Principal(id="key_r", name="R", scopes=frozenset({Scope.FAXES_READ})))
    stranger = Caller(
        principal=Principal(id="key_s", name="S", scopes=frozenset({Scope.DEVICES_READ}))
    )
    assert await home.inbound.get(reader, fax.id) == fax
    with pytest.raises(Forbidden):
        await home.inbound.get(stranger, fax.id)
    with pytest.raises(Forbidden):
        await home.inbound.list(stranger, InboundFilter(), cursor=None, limit=1)
    with pytest.raises(NotFound):
        await home.inbound.get(reader, "inb_none")

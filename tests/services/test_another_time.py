"""A fax that an appliance has is given another time: it is taken back first, and never goes out twice."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from ffgateway.domain.batches import Addressee, BatchDraft
from ffgateway.domain.errors import Conflict, DeviceError, FaxFinished, InvalidRequest
from ffgateway.domain.faxes import CancelledBy, Fax, FaxDraft, FaxStatus, Origin, Recipient
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.services.faxes import FaxFilter
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.simulator.sending import Timing
from tests.support.clock import NOON
from tests.support.gateway import ANN, TEXT, House
from tests.support.proving import events_of, legal

HOUR = timedelta(hours=1)
S = FaxStatus


@pytest.fixture
async def slow() -> AsyncIterator[Simulator]:
    """An appliance on which every fax waits a minute before its call."""
    timing = Timing(queueing=timedelta(seconds=60))
    async with running(speed=0, start=NOON, timing=timing) as simulator:
        yield simulator


async def waiting_there(house: House, box: Simulator, *numbers: str) -> tuple[Fax, ...]:
    """Faxes that wait on the only appliance for their call."""
    device = await house.register(box)
    faxes = await house.send(*(numbers or ("612-555-2001",)))
    await house.submit()
    await passes(house, box, 5)
    now = tuple([await house.fax(fax) for fax in faxes])
    assert {fax.status for fax in now} == {S.DEVICE_QUEUED}
    assert {fax.device_id for fax in now} == {device.id}
    return now


async def passes(house: House, box: Simulator, seconds: float, *, rounds: int = 1) -> None:
    """Let time pass, look, and hand over what is due."""
    for _ in range(rounds):
        box.advance(seconds)
        house.clock.advance(seconds)
        async with house.store.reading() as tx:
            (device,) = await tx.devices.all()
        await house.look(device)
        await house.submit()


def of_number(box: Simulator, number: str) -> tuple[list[str], int]:
    """The states of all entries to a number, and how often the far machine got every page."""
    states = [one["state"] for one in box.state()["faxes"] if one["number"] == number]
    return states, box.state()["numbers"][number]["received"]


async def test_a_fax_that_an_appliance_has_is_taken_back_and_goes_out_later(
    house: House, slow: Simulator
) -> None:
    fax, other = await waiting_there(house, slow, "612-555-2001", "612-555-2002")
    later = house.clock.now() + HOUR
    asked = await house.faxes.reschedule(ANN, fax.id, later)
    assert (asked.status, asked.reschedule_to) == (S.CANCELLING, later)
    await passes(house, slow, 2, rounds=3)
    there = await house.fax(fax)
    assert (there.status, there.send_at, there.reschedule_to) == (S.SCHEDULED, later, None)
    assert (there.entry_key, there.device_id, there.cancel_requested_at) == ("", None, None)
    await passes(house, slow, 30, rounds=6)
    assert (await house.fax(other)).status is S.DELIVERED
    assert of_number(slow, "612-555-2001") == (["aborted"], 0)
    await passes(house, slow, 3600)
    await passes(house, slow, 30, rounds=6)
    ended = await house.fax(fax)
    assert (ended.status, ended.cancelled_by) == (S.DELIVERED, None)
    assert of_number(slow, "612-555-2001") == (["aborted", "sent"], 1)
    story = await house.story(fax)
    assert story[2:8] == [
        *("fax.submitting", "fax.submitted", "fax.device_queued"),
        *("fax.cancel_requested", "fax.scheduled", "fax.queued"),
    ]
    legal(await events_of(house.store))
    (told,) = [
        event.data.get("reschedule_to")
        for event in await house.told(fax.id)
        if event.type == "fax.cancel_requested"
    ]
    assert told == later.isoformat()


async def test_what_it_was_there_is_still_its_own_and_what_it_came_with_does_not_change(
    house: House, slow: Simulator
) -> None:
    fax, other = await waiting_there(house, slow, "612-555-2001", "612-555-2002")
    await house.faxes.reschedule(ANN, fax.id, house.clock.now() + HOUR)
    await passes(house, slow, 2, rounds=3)
    everything = await house.faxes.list(ANN, FaxFilter(), cursor=None, limit=10)
    assert {one.origin for one in everything.items} == {Origin.GATEWAY}
    sent_with = FaxFilter(submission_id=fax.submission_id)
    same = await house.faxes.list(ANN, sent_with, cursor=None, limit=10)
    assert {one.id for one in same.items} == {fax.id, other.id}
    assert {one.promised_in for one in same.items} == {fax.submission_id}
    assert {event.data["submission_id"] for event in await house.told(fax.id)} == {
        fax.submission_id
    }
    found = await house.entries.of_fax(ANN, str(fax.device_id), fax.fax_key, fax.entry_key)
    assert [one.fax_id for one in found.value] == [fax.id]


async def test_an_appliance_that_was_faster_leaves_it_delivered(
    home: House, slow: Simulator
) -> None:
    (fax,) = await waiting_there(home, slow)
    await home.faxes.reschedule(ANN, fax.id, home.clock.now() + HOUR)
    slow.advance(600)  # it is sent before anybody can ask for an end
    await passes(home, slow, 1)
    ended = await home.fax(fax)
    assert (ended.status, ended.reschedule_to) == (S.DELIVERED, None)
    await passes(home, slow, 3600, rounds=3)
    assert of_number(slow, "612-555-2001") == (["sent"], 1)
    legal(await events_of(home.store))


@pytest.mark.parametrize("kind", [Kind.CUT_BEFORE, Kind.CUT_AFTER, Kind.GARBLED, Kind.ERROR])
async def test_an_abort_that_fails_on_the_way_is_asked_for_until_it_is_proved(
    home: House, slow: Simulator, kind: Kind
) -> None:
    (fax,) = await waiting_there(home, slow)
    await home.faxes.reschedule(ANN, fax.id, home.clock.now() + timedelta(minutes=30))
    slow.put(Fault(kind=kind, method="DELETE"))
    async with home.store.reading() as tx:
        (device,) = await tx.devices.all()
    for _ in range(6):
        home.clock.advance(31)
        slow.advance(5)
        with suppress(DeviceError):  # what the look met with is what the test is about
            await home.look(device)
    assert slow.box.faults.met[kind] == 1
    assert (await home.fax(fax)).status is S.SCHEDULED
    home.clock.advance(3600)
    await home.submit()
    await passes(home, slow, 30, rounds=6)
    assert (await home.fax(fax)).status is S.DELIVERED
    assert of_number(slow, "612-555-2001") == (["aborted", "sent"], 1)


async def test_the_last_time_that_is_given_holds(home: House, slow: Simulator) -> None:
    (fax,) = await waiting_there(home, slow)
    for hours in (1, 5):
        asked = await home.faxes.reschedule(ANN, fax.id, home.clock.now() + hours * HOUR)
    assert asked.status is S.CANCELLING
    now = await home.faxes.reschedule(ANN, fax.id, None)
    assert now.reschedule_to == home.clock.now()
    await passes(home, slow, 2, rounds=4)
    assert (await home.fax(fax)).status in {S.PREPARING, S.DEVICE_QUEUED}
    assert (await home.story(fax)).count("fax.cancel_requested") == 1


async def test_what_is_being_taken_back_can_be_cancelled(home: House, slow: Simulator) -> None:
    (fax,) = await waiting_there(home, slow)
    await home.faxes.reschedule(ANN, fax.id, home.clock.now() + HOUR)
    stopped = await home.faxes.cancel(ANN, fax.id)
    assert (stopped.status, stopped.reschedule_to) == (S.CANCELLING, None)
    with pytest.raises(Conflict):
        await home.faxes.reschedule(ANN, fax.id, None)
    await passes(home, slow, 2, rounds=3)
    ended = await home.fax(fax)
    assert (ended.status, ended.cancelled_by) == (S.CANCELLED, CancelledBy.API)
    with pytest.raises(FaxFinished):
        await home.faxes.reschedule(ANN, fax.id, None)


async def test_an_abort_of_its_entry_stops_it_for_good(home: House, slow: Simulator) -> None:
    (fax,) = await waiting_there(home, slow)
    await home.faxes.reschedule(ANN, fax.id, home.clock.now() + HOUR)
    await home.entries.abort(ANN, str(fax.device_id), fax.fax_key, fax.entry_key)
    await passes(home, slow, 2, rounds=3)
    assert (await home.fax(fax)).status is S.CANCELLED


async def test_a_batch_that_is_called_off_takes_what_is_being_taken_back_with_it(
    home: House, slow: Simulator
) -> None:
    device = await home.register(slow)
    document = await home.documents.keep(
        ANN, name="a.txt", content_type="text/plain", chunks=chunks_of_bytes(TEXT), field="d"
    )
    common = FaxDraft(recipients=(), documents=(document,))
    one = Addressee(recipient=Recipient(fax_number="612-555-2001"), client_reference="")
    batch = (await home.batches.send(ANN, BatchDraft(common=common, addressees=(one,)))).batch
    await home.batching.step()
    await home.submit()
    await passes(home, slow, 5)
    mine = FaxFilter(batch_id=batch.id, device_id=device.id)
    (fax,) = (await home.faxes.list(ANN, mine, cursor=None, limit=2)).items
    await home.faxes.reschedule(ANN, fax.id, home.clock.now() + HOUR)
    await home.batches.cancel(ANN, batch.id)
    await home.batching.step()
    await passes(home, slow, 2, rounds=3)
    assert (await home.fax(fax)).status is S.CANCELLED


async def test_a_fax_waits_beyond_its_usual_deadline_but_not_beyond_one_that_was_named(
    home: House, slow: Simulator
) -> None:
    (fax,) = await waiting_there(home, slow)
    later = home.clock.now() + timedelta(days=10)
    asked = await home.faxes.reschedule(ANN, fax.id, later)
    assert asked.deadline is not None
    assert asked.deadline > later
    until = home.clock.now() + HOUR
    (named,) = await home.send(deadline=until)
    for at in (until, later):
        with pytest.raises(InvalidRequest) as refused:
            await home.faxes.reschedule(ANN, named.id, at)
        assert refused.value.field == "at"
    kept = await home.faxes.reschedule(ANN, named.id, until - HOUR / 2)
    assert (kept.status, kept.deadline) == (S.SCHEDULED, until)


async def test_what_it_was_promised_with_keeps_its_own_time(house: House, box: Simulator) -> None:
    await house.register(box)
    first, second, third = await house.send("555-0123", "555-0124", "555-0125")
    later = house.clock.now() + HOUR
    for fax in (second, third):
        put_off = await house.faxes.reschedule(ANN, fax.id, later)
        assert (put_off.status, put_off.send_at) == (FaxStatus.SCHEDULED, later)
    await house.faxes.reschedule(ANN, third.id, None)
    assert await house.submit() == 1
    assert await house.submit() == 1
    assert set(box.state()["numbers"]) == {"555-0123", "555-0125"}
    assert (await house.fax(first)).send_at is None
    house.clock.advance(HOUR)
    assert await house.submit() == 1
    assert all(told["accepted"] == 1 for told in box.state()["numbers"].values())
    assert (await house.fax(second)).status is FaxStatus.PREPARING


async def test_what_is_held_for_its_number_goes_out_at_its_new_time_once_it_is_let_go(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    one = await home.suppressing.add(ANN, "555-0123", reason="x", until=None)
    held, other = await home.send("555-0123", "555-0124")
    assert await home.submit() == 1  # the other one alone
    later = home.clock.now() + HOUR
    assert (await home.faxes.reschedule(ANN, held.id, later)).status is FaxStatus.HELD
    await home.suppressing.lift(ANN, one.id)
    await home.overseeing.step()
    assert (await home.fax(held)).status is FaxStatus.SCHEDULED
    assert await home.submit() == 0
    home.clock.advance(HOUR)
    assert await home.submit() == 1
    assert (await home.fax(other)).status is FaxStatus.PREPARING


async def test_what_no_appliance_could_take_waits_for_its_new_time(house: House) -> None:
    (fax,) = await house.send()
    await house.submit()
    assert (await house.fax(fax)).status is FaxStatus.HELD
    put_off = await house.faxes.reschedule(ANN, fax.id, house.clock.now() + HOUR)
    assert (put_off.status, put_off.hold_reason) == (FaxStatus.SCHEDULED, None)
    house.clock.advance(HOUR)
    await house.submit()
    assert (await house.fax(fax)).status is FaxStatus.HELD
    assert (await house.faxes.reschedule(ANN, fax.id, None)).status is FaxStatus.HELD
    legal(await events_of(house.store))

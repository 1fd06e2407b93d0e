"""Hand-overs in doubt that are hard to settle: told apart on evidence, or left to a person. Never sent twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceAuthFailed
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.domain.submissions import Stage
from ffgateway.services.submitting import _began_anew
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.clock import NOON
from tests.support.gateway import NUMBER, SETTLE, TEXT, House, gateway
from tests.support.proving import counted, events_of, legal
from tests.support.strangers import put_in


async def passes(house: House, box: Simulator, device: Device, *, looks: int = 3) -> None:
    """Let the time pass in which a hand-over must show, and look now and then."""
    for _ in range(looks):
        house.clock.advance(SETTLE)
        box.advance(SETTLE.total_seconds())
        await house.look(device)


def ours(box: Simulator, *numbers: str) -> str:
    """Another program puts a fax in with our account; return its FAXKEY."""
    return put_in(box, *numbers, username="admin", agent="FFWS")[0].partition("/")[0]


async def lost(house: House, box: Simulator, *numbers: str, kind: Kind = Kind.CUT_AFTER) -> Fax:
    """A hand-over whose answer is lost."""
    fax, *_ = await house.send(*numbers or (NUMBER,))
    box.put(Fault(kind=kind, method="POST"))
    await house.submit()
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    return fax


async def recovered(house: House, folder: Path) -> int:
    """Another gateway takes up what this one was handing over, as if it had died."""
    async with gateway(house.store, house.clock, folder, name="another") as another:
        return await another.claiming.recover()


async def seen(house: House, box: Simulator) -> Device:
    """An appliance that was looked at."""
    device = await house.register(box)
    await house.look(device)
    return device


FORGOTTEN = "555-0171"
"""Sent, then shown neither in a list nor by its key."""


def later(house: House, box: Simulator, seconds: float) -> None:
    house.clock.advance(seconds)
    box.advance(seconds)


# Told apart


async def test_of_two_the_one_made_during_the_exchange_is_it(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    ours(box, NUMBER)  # before the request, and after the last look
    later(house, box, 300)
    fax = await lost(house, box)
    later(house, box, 300)
    ours(box, NUMBER)
    await passes(house, box, device)
    found = await house.fax(fax)
    assert (found.status, found.fax_key) == (FaxStatus.DELIVERED, "00000002")


async def test_a_clock_that_is_wrong_is_learnt_from_faxes_of_ours(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    box.advance(7200)  # two hours ahead
    await home.send("555-0111")
    await home.submit()
    later(home, box, 300)
    await home.look(device)
    ours(box, NUMBER)
    later(home, box, 300)
    fax = await lost(home, box)
    await passes(home, box, device)
    found = await home.fax(fax)
    assert (found.status, found.fax_key) == (FaxStatus.DELIVERED, "00000003")


async def test_a_clock_that_is_wrong_does_not_rule_out_the_only_one(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    box.advance(7200)
    fax = await lost(home, box)
    await passes(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert counted([box], "accepted")[NUMBER] == 1


async def test_two_of_one_moment_are_left_to_a_person_and_that_is_told_once(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    fax = await lost(house, box)
    ours(box, NUMBER)
    await passes(house, box, device)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    story = await house.told(fax.id)
    assert [event.data.get("candidates") for event in story if event.type == "fax.uncertain"] == [
        None,
        2,
    ]
    undecided = [one for one in await house.audit(fax.id) if one.action == "fax.undecided"]
    assert [one.detail["fax_keys"] for one in undecided] == [["00000001", "00000002"]]
    left = (await house.submission(fax)).contenders
    assert [(one.fax_key, one.entry_keys, one.pages) for one in left] == [
        ("00000001", ("0000",), 1),
        ("00000002", ("0000",), 1),
    ]
    assert all(one.created_at == NOON for one in left if one.fax_key == "00000001")
    assert await house.submit() == 0
    legal(await events_of(house.store))


async def test_a_part_of_a_request_is_neither_taken_for_it_nor_for_its_absence(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    fax = await lost(home, box, "555-0111", "555-0112", kind=Kind.CUT_BEFORE)
    ours(box, "555-0111")
    await passes(home, box, device, looks=6)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert [one.fax_key for one in (await home.submission(fax)).contenders] == ["00000001"]
    assert await home.submit() == 0


async def test_an_older_fax_on_an_appliance_never_looked_at_is_not_taken_for_ours(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    ours(box, NUMBER)
    fax = await lost(home, box, kind=Kind.CUT_BEFORE)
    assert (await home.submission(fax)).floor_key == "00000001"
    await passes(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED


# Keys that begin anew


async def busy(house: House, box: Simulator) -> Device:
    """An appliance on which five faxes went out, and that was looked at afterwards."""
    device = await seen(house, box)
    for index in range(5):
        await house.send(f"555-0{200 + index}")
        await house.submit()
    later(house, box, 300)
    await house.look(device)
    assert (await house.device(device)).highest_key == "00000005"
    return device


async def test_a_hand_over_after_a_factory_reset_is_not_taken_for_absent(
    house: House, box: Simulator
) -> None:
    device = await busy(house, box)
    box.appliance.factory_reset()
    fax = await lost(house, box)
    await passes(house, box, device, looks=6)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    assert [one.fax_key for one in (await house.submission(fax)).contenders] == ["00000001"]
    assert await house.submit() == 0
    assert counted([box], "accepted")[NUMBER] == 1


async def test_a_hand_over_that_never_came_to_an_appliance_reset_meanwhile_goes_out_again(
    home: House, box: Simulator
) -> None:
    device = await busy(home, box)
    box.appliance.factory_reset()
    fax = await lost(home, box, kind=Kind.CUT_BEFORE)
    await passes(home, box, device, looks=2)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert await home.submit() == 1
    await passes(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert counted([box], "accepted")[NUMBER] == 1


async def test_a_key_that_came_again_is_not_told_as_the_end_of_an_older_fax(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    (older,) = await house.send("555-0160")  # stays pending
    await house.submit()
    await house.look(device)
    box.appliance.factory_reset()
    (newer,) = await house.send(NUMBER)
    await house.submit()
    await passes(house, box, device)
    assert (await house.fax(newer)).status is FaxStatus.DELIVERED
    assert (await house.fax(older)).status is FaxStatus.UNCERTAIN
    legal(await events_of(house.store))


async def test_after_an_answer_has_proved_a_reset_doubts_are_settled_as_ever(
    house: House, box: Simulator
) -> None:
    device = await busy(house, box)
    (open_still,) = await house.send("555-0160")
    await house.submit()
    await house.look(device)
    box.appliance.factory_reset()
    (first,) = await house.send("555-0300")
    await house.submit()
    now = await house.device(device)
    assert (now.highest_key, now.keys_since is not None) == ("00000001", True)
    assert (await house.fax(open_still)).status is FaxStatus.UNCERTAIN
    assert (await house.fax(open_still)).entry_key == ""
    fax = await lost(house, box, "555-0201")  # a number of before, under a key of before
    await passes(house, box, device)
    after = await house.fax(fax)
    assert (after.status, after.fax_key) == (FaxStatus.DELIVERED, "00000002")
    assert counted([box], "accepted")["555-0201"] == 1
    assert (await house.fax(first)).status is FaxStatus.DELIVERED
    absent = await lost(house, box, "555-0202", kind=Kind.CUT_BEFORE)
    await passes(house, box, device, looks=2)
    assert (await house.fax(absent)).status is FaxStatus.QUEUED
    legal(await events_of(house.store))


async def test_an_answer_about_an_older_fax_is_no_proof_of_a_reset(
    home: House, box: Simulator
) -> None:
    device = await busy(home, box)
    (older,) = await home.send("555-0160")
    await home.submit()
    await home.look(device)
    await home.send("555-0200")  # a number of before
    (handover,) = await home.claiming.claim()
    appliance = await home.appliances.of(device.id)
    for key in ("00000001", "00000006"):
        stale = await appliance.entries(key)
        assert stale is not None
        assert not await _began_anew(appliance, handover, stale)
    assert stale is not None
    await home.submitting._record(handover, stale)
    assert (await home.device(device)).keys_since is None
    assert (await home.fax(older)).status is not FaxStatus.UNCERTAIN


# Hand-overs that break off, or come back late


async def test_a_hand_over_that_breaks_off_in_the_gateway_is_put_in_doubt_by_the_next_claim(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    box.put(Fault(kind=Kind.LATENCY, method="POST", seconds=60))
    handing = asyncio.create_task(house.submitting.hand_over(handover))
    async with asyncio.timeout(10):
        while ("POST", "/ffws/v1/ofax") not in box.requests:  # noqa: ASYNC110
            await asyncio.sleep(0)
    handing.cancel()
    await asyncio.wait([handing])
    assert (await house.fax(fax)).status is FaxStatus.SUBMITTING
    assert await house.claiming.claim() == ()
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    await passes(house, box, device, looks=2)
    assert await house.submit() == 1
    await passes(house, box, device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert counted([box], "accepted")[NUMBER] == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (None, FaxStatus.PREPARING),
        (Kind.UNAUTHORIZED, FaxStatus.QUEUED),
        (Kind.REFUSED, FaxStatus.FAILED),
        (Kind.CUT_BEFORE, FaxStatus.UNCERTAIN),
    ],
    ids=str,
)
async def test_an_answer_to_a_hand_over_that_was_given_up_for_lost_still_counts(
    house: House, box: Simulator, kind: Kind | None, status: FaxStatus, tmp_path: Path
) -> None:
    await seen(house, box)
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    assert await recovered(house, tmp_path) == 1
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    if kind is not None:
        box.put(Fault(kind=kind, method="POST"))
    await house.submitting.hand_over(handover)
    assert (await house.fax(fax)).status is status
    legal(await events_of(house.store))


async def test_an_answer_that_comes_after_it_was_settled_changes_nothing(
    home: House, box: Simulator, tmp_path: Path
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send()
    (handover,) = await home.claiming.claim()
    await recovered(home, tmp_path)
    await passes(
        home, box, device, looks=3
    )  # the first shows nothing new, and that there is a doubt
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    box.put(Fault(kind=Kind.REFUSED, method="POST"))
    await home.submitting.hand_over(handover)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert (await home.submission(fax)).stage is Stage.WAITING
    assert "fax.answered_late" in await home.acts(fax.id)


async def test_an_appliance_may_go_on_as_long_as_it_had_kept_us_waiting(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    fax = await lost(home, box, kind=Kind.CUT_BEFORE)
    submission = await home.submission(fax)
    long = timedelta(seconds=50)
    async with home.store.transaction() as tx:
        await tx.submissions.save(replace(submission, sent_at=NOON - long, ended_at=NOON))
    home.clock.advance(-(home.clock.now() - NOON))
    for _ in range(3):
        home.clock.advance(SETTLE)  # 30 s, 60 s, 90 s after the end
        await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    home.clock.advance(SETTLE)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED


async def test_many_entries_that_left_the_list_are_asked_for_by_their_key_at_once(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    faxes = await home.send(*(f"612-300-{2000 + index}" for index in range(120)), content=TEXT)
    await home.submit()
    later(home, box, 3600)
    before = len(box.requests)
    await home.look(device)
    assert {(await home.fax(fax)).status for fax in faxes} == {FaxStatus.DELIVERED}
    assert len(box.requests) - before <= 4


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Kind.CUT_AFTER, FaxStatus.DELIVERED), (Kind.CUT_BEFORE, FaxStatus.QUEUED)],
)
async def test_a_doubt_is_settled_at_once_after_the_devices_own_user_was_refused(
    home: House, box: Simulator, kind: Kind, status: FaxStatus
) -> None:
    device = await seen(home, box)
    fax = await lost(home, box, kind=kind)
    box.put(Fault(kind=Kind.UNAUTHORIZED, method="GET"))
    with pytest.raises(DeviceAuthFailed):
        await home.look(device)
    await passes(home, box, device, looks=2)  # as few as ever, and not a minute after that
    assert (await home.fax(fax)).status is status


# Gone before anybody looked


async def test_what_the_log_alone_remembers_is_not_sent_again(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    (fax,) = await house.send(FORGOTTEN)
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await house.submit()
    later(house, box, 300)  # it was sent, and its appliance shows it nowhere
    await passes(house, box, device, looks=6)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await house.submit() == 0
    assert counted([box], "accepted")[FORGOTTEN] == 1
    (left,) = (await house.submission(fax)).contenders
    assert (left.fax_key, left.entry_keys, left.states) == ("00000001", ("0000",), ("sent",))
    told = [one.data.get("candidates") for one in await house.told(fax.id)]
    assert told[-1] == 1


async def test_what_could_be_it_and_is_shown_no_more_proves_nothing(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    fax = await lost(home, box)
    ours(box, NUMBER)
    await passes(home, box, device)
    assert len((await home.submission(fax)).contenders) == 2
    box.appliance.entries.show_no_more()
    await passes(home, box, device, looks=6)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await home.submit() == 0

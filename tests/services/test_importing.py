"""Faxes that others made: shown and told like ours, and never taken for one another."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.devices.fleet import Fleet
from ffgateway.domain.devices import Device
from ffgateway.domain.document_errors import NoDocument
from ffgateway.domain.errors import DeviceRefused, FaxUncertain
from ffgateway.domain.faxes import (
    CancelledBy,
    Fax,
    FaxStatus,
    Origin,
)
from ffgateway.domain.submissions import Stage
from ffgateway.services.appliances import Appliances
from ffgateway.services.breakers import Breakers
from ffgateway.services.clocks import Clocks
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.faxes import FaxFilter
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.line_watching import LineWatching
from ffgateway.services.observing import Observing
from ffgateway.services.receiving import Receiving
from ffgateway.services.reconciling import Reconciling
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.people import Role, User, Users
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, SETTLE, House, gateway, nothing
from tests.support.receiver import Answer, Call, receiving
from tests.support.strangers import put_in

OTHER = "555-0160"  # rings long enough to be seen on its way
PLAIN = User(username="admin", password="admin", role=Role.USER)


async def faxes(house: House, origin: Origin | None = Origin.APPLIANCE) -> list[Fax]:
    """The faxes of an origin, the lowest key first."""
    page = await house.faxes.list(ANN, FaxFilter(origin=origin), cursor=None, limit=1000)
    return sorted(page.items, key=lambda fax: (fax.fax_key, fax.entry_key))


async def seen(house: House, box: Simulator) -> Device:
    """An appliance whose list was taken in before anything was on it."""
    device = await house.register(box)
    await house.look(device)
    return device


async def settle(house: House, box: Simulator, device: Device, *, looks: int = 4) -> None:
    """Let the time pass in which a hand-over must show, and look now and then."""
    for _ in range(looks):
        house.clock.advance(SETTLE)
        box.advance(1)
        await house.look(device)


# First sight


async def test_what_an_appliance_lists_at_first_sight_is_taken_in_without_a_word(
    house: House, box: Simulator
) -> None:
    put_in(box, "555-0110")
    box.advance(60)
    house.clock.advance(120)
    put_in(box, OTHER)
    device = await house.register(box)
    await house.look(device)
    done, going = await faxes(house)
    assert (done.status, going.status) == (FaxStatus.DELIVERED, FaxStatus.PREPARING)
    assert await house.story(done) == await house.story(going) == []
    assert await house.acts(done.id) == ["fax.imported"]
    assert done.finished_at is not None
    assert done.finished_at < house.clock.now()


async def test_of_what_was_there_at_first_sight_only_changes_are_told(
    house: House, box: Simulator
) -> None:
    put_in(box, "555-0110")
    device = await house.register(box)
    await house.look(device)
    (fax,) = await faxes(house)
    for _ in range(4):
        box.advance(4)
        await house.look(device)
    assert await house.story(fax) == ["fax.sending", "fax.delivered"]
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED


async def test_the_sender_and_the_way_it_came_are_kept(home: House, box: Simulator) -> None:
    device = await seen(home, box)
    (entry,) = put_in(box, OTHER, username="carol", agent="WebClient")
    await home.look(device)
    (fax,) = await faxes(home)
    assert (fax.username, fax.agent, fax.device_id) == ("carol", "WebClient", device.id)
    assert (fax.recipient.fax_number, fax.recipient.name) == (OTHER, "Zoe")
    assert f"{fax.fax_key}/{fax.entry_key}" == entry
    assert fax.created_by == ""
    assert fax.documents == ()


async def test_ours_are_known_by_their_account_too(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send()
    await home.submit()
    placed = await home.fax(fax)
    assert (placed.origin, placed.username, placed.agent) == (Origin.GATEWAY, "admin", "FFWS")


async def test_a_new_fax_of_others_is_told_from_where_it_is_seen(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    put_in(box, "555-0110")
    await house.look(device)
    (fax,) = await faxes(house)
    for _ in range(4):
        box.advance(4)
        await house.look(device)
    told = await house.told(fax.id)
    assert [event.type for event in told] == [
        "fax.submitted",
        "fax.sending",
        "fax.delivered",
    ]
    assert [event.data["previous_status"] for event in told] == [None, "preparing", "sending"]
    assert {event.data["origin"] for event in told} == {"appliance"}


async def test_one_that_came_and_went_between_two_looks_is_told_once_by_its_end(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    put_in(box, "555-0110")
    box.advance(60)
    await home.look(device)
    await home.look(device)
    (fax,) = await faxes(home)
    assert await home.story(fax) == ["fax.delivered"]


async def test_recipients_of_one_request_stay_together(home: House, box: Simulator) -> None:
    device = await seen(home, box)
    put_in(box, "555-0110", OTHER)
    await home.look(device)
    first, second = await faxes(home)
    assert first.submission_id == second.submission_id
    assert [first.entry_key, second.entry_key] == ["0000", "0001"]
    submission = await home.submission(first)
    assert (submission.stage, submission.fax_key) == (Stage.PLACED, first.fax_key)
    assert await home.submit() == 0  # there is nothing in it to hand over


async def test_nothing_is_taken_in_twice(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    fleet = Fleet()
    another = Observing(
        house.store,
        Appliances(house.store, fleet),
        Reconciling(settle_after=SETTLE),
        house.clock,
        receiving=Receiving(house.store, house.clock),
        breakers=Breakers(house.store, house.clock),
        free_lines=FreeLines(house.clock),
        line_watching=LineWatching(house.store, house.clock),
        clocks=Clocks(house.store, house.clock, too_far=timedelta(0)),
        settled=nothing,
    )
    put_in(box, OTHER)
    await asyncio.gather(
        house.look(device), house.look(device), another.look(device.id), another.look(device.id)
    )
    await fleet.close()
    await house.appliances.forget(device.id)  # as after a restart
    house.observing.stir(device.id)
    await house.look(device)
    (fax,) = await faxes(house)
    assert len(await house.story(fax)) == 1


async def test_no_more_is_taken_in_than_the_list_shows_and_what_it_shows_later_is_not_news(
    home: House, box: Simulator
) -> None:
    for _ in range(13):
        put_in(box, *["555-0110"] * 8)
    box.advance(3000)
    device = await home.register(box)
    await home.look(device)
    assert len(await faxes(home)) == 100
    gone = list(box.appliance.entries._complete)[-10:]  # somebody deletes the latest
    for key in gone:
        del box.appliance.entries._complete[key]
    await home.look(device)
    after = await faxes(home)
    assert len(after) == 104
    assert not any([await home.story(fax) for fax in after])


# What could be ours


async def in_flight(house: House, box: Simulator) -> tuple[asyncio.Task[int], asyncio.Event]:
    """Begin a hand-over that the appliance has done, and whose answer waits for the event."""
    done, answered = asyncio.Event(), asyncio.Event()

    async def wait(_: float) -> None:
        done.set()
        await answered.wait()

    box.box.sleep = wait
    box.put(Fault(kind=Kind.LATE_ANSWER, method="POST", seconds=1))
    task = asyncio.create_task(house.submit())
    await done.wait()
    return task, answered


async def test_an_entry_seen_before_its_answer_came_stays_ours(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    (fax,) = await house.send(OTHER)
    task, answered = await in_flight(house, box)
    for _ in range(3):
        assert await house.look(device)
    assert await faxes(house) == []
    answered.set()
    await task
    await house.look(device)
    assert await faxes(house) == []
    placed = await house.fax(fax)
    assert placed.entry_key
    assert await house.story(fax) == [
        "fax.accepted",
        "fax.queued",
        "fax.submitting",
        "fax.submitted",
    ]


async def test_first_sight_during_a_hand_over_leaves_its_entry_alone(
    house: House, box: Simulator
) -> None:
    put_in(box, "555-0110")
    device = await house.register(box)
    await house.send(OTHER)
    task, answered = await in_flight(house, box)
    await house.look(device)
    answered.set()
    await task
    await house.look(device)
    ours, theirs = await faxes(house, Origin.GATEWAY), await faxes(house)
    assert [fax.fax_key for fax in ours] == ["00000002"]
    assert [fax.fax_key for fax in theirs] == ["00000001"]
    assert await house.story(theirs[0]) == []


async def test_what_others_put_in_during_a_hand_over_is_told_after_it(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    (fax,) = await house.send(OTHER)
    task, answered = await in_flight(house, box)
    put_in(box, OTHER)
    await house.look(device)
    assert await faxes(house) == []
    answered.set()
    await task
    await house.look(device)
    (theirs,) = await faxes(house)
    assert (theirs.username, theirs.fax_key) == ("bob", "00000002")
    assert await house.story(theirs) == ["fax.submitted"]
    assert (await house.fax(fax)).fax_key == "00000001"


@pytest.mark.parametrize(
    "kind", [Kind.CUT_AFTER, Kind.CUT_MIDWAY, Kind.TRUNCATED, Kind.EMPTY, Kind.ERROR_AFTER], ids=str
)
async def test_an_entry_whose_answer_was_lost_is_found_as_ours_and_nobody_elses(
    home: House, box: Simulator, kind: Kind
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send(OTHER)
    box.put(Fault(kind=kind, method="POST"))
    await home.submit()
    put_in(box, OTHER)  # to the same number, in the same moment
    await settle(home, box, device)
    assert (await home.fax(fax)).fax_key == "00000001"
    assert [one.fax_key for one in await faxes(home)] == ["00000002"]
    assert box.state()["numbers"][OTHER]["accepted"] == 2
    assert (await home.story(fax)).count("fax.reconciled") == 1


async def test_a_fax_of_others_to_the_same_number_does_not_stand_for_one_that_was_lost(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send(OTHER)
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    put_in(box, OTHER)
    await home.look(device)
    assert [one.username for one in await faxes(home)] == ["bob"]  # not held back: it is bob's
    await settle(home, box, device, looks=2)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert await home.submit() == 1
    assert (await home.fax(fax)).fax_key == "00000002"


async def test_what_our_own_account_did_elsewhere_is_taken_in_once_it_cannot_be_ours(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send("555-0111")
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    put_in(box, OTHER, username="admin")
    await home.look(device)
    (theirs,) = await faxes(home)
    assert (theirs.username, theirs.agent) == ("admin", "WebClient")
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN


async def test_what_cannot_be_told_from_ours_is_taken_in_by_neither(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send(OTHER)
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    put_in(box, OTHER, username="admin")
    await settle(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await faxes(home) == []


@pytest.mark.parametrize("acted", [True, False], ids=["after", "before"])
async def test_a_gateway_killed_during_a_hand_over_takes_its_fax_for_nobody_elses(
    house: House, box: Simulator, acted: bool, tmp_path: Path
) -> None:
    device = await seen(house, box)
    (fax,) = await house.send(OTHER)
    (handover,) = await house.claiming.claim()
    if acted:
        draft = handover.submission.draft
        appliance = await house.appliances.of(device.id)
        await appliance.schedule(draft, draft.recipients, house.spool.read)
    await house.look(device)  # nobody has told yet that the hand-over was cut short
    async with gateway(house.store, house.clock, tmp_path) as again:
        await again.claiming.recover()
        again.observing.stir(device.id)  # as at every start
        await settle(again, box, device)
        await again.submit()
        await settle(again, box, device)
    assert await faxes(house) == []
    assert (await house.fax(fax)).entry_key
    assert box.state()["numbers"][OTHER]["accepted"] == 1


async def test_an_answer_with_too_few_entries_is_completed_by_the_next_look(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    first, second = await house.send("555-0161", OTHER)
    box.put(Fault(kind=Kind.PARTIAL, method="POST"))
    await house.submit()
    assert (await house.fax(first)).status is FaxStatus.PREPARING
    assert (await house.fax(second)).status is FaxStatus.UNCERTAIN
    assert (await house.submission(first)).stage is Stage.UNCERTAIN
    await house.look(device)
    found = await house.fax(second)
    assert (found.status, found.entry_key) == (FaxStatus.PREPARING, "0001")
    assert (await house.submission(first)).stage is Stage.PLACED
    assert await faxes(house) == []
    assert (await house.story(second)).count("fax.reconciled") == 1
    assert await house.submit() == 0


def entries(*numbers: str, state: str = "pending") -> bytes:
    """An answer with an entry of FAXKEY 00000001 for each number."""
    return b"<response><message>Success</message>%s</response>" % b"".join(
        b"<fax_entry><fax_entry_url>https://x/ffws/v1/ofax/00000001/%04X</fax_entry_url>"
        b"<state>%s</state><sender><username>admin</username></sender>"
        b"<recipient><fax_number>%s</fax_number></recipient></fax_entry>"
        % (index, state.encode(), number.encode())
        for index, number in enumerate(numbers)
    )


def appliance_of(*numbers: str) -> Callable[[Call], Answer]:
    """A peer that makes entries for these numbers, whatever was asked for."""
    return lambda call: Answer(status=201 if call.method == "POST" else 200, body=entries(*numbers))


async def test_a_recipient_that_the_appliance_never_made_an_entry_for_is_sent_to_alone(
    home: House,
) -> None:
    async with receiving() as peer:
        peer.answer(appliance_of("555-0161"))
        device = await home.register(peer.url)
        first, second = await home.send("555-0161", OTHER)
        await home.submit()
        await home.look(device)
        assert (await home.fax(second)).status is FaxStatus.UNCERTAIN  # one look proves nothing
        assert await home.submit() == 0
        for _ in range(2):
            home.clock.advance(SETTLE)
            await home.look(device)
        assert (await home.fax(second)).status is FaxStatus.QUEUED
        assert await home.submit() == 1
        posts = [call.body for call in peer.received if call.method == "POST"]
    assert OTHER.encode() in posts[1]
    assert b"555-0161" not in posts[1]
    assert (await home.fax(first)).status is FaxStatus.DEVICE_QUEUED


async def test_numbers_that_an_appliance_writes_its_own_way_are_paired_in_their_order(
    home: House,
) -> None:
    async with receiving() as peer:
        peer.answer(appliance_of("9,15550161", "9,15550160"))
        await home.register(peer.url)
        first, second = await home.send("555-0161", OTHER)
        await home.submit()
    placed = [await home.fax(one) for one in (first, second)]
    assert [one.entry_key for one in placed] == ["0000", "0001"]


async def test_a_fax_that_was_taken_and_then_forgotten_is_given_up_as_lost(home: House) -> None:
    async with receiving() as peer:
        peer.answer(appliance_of("555-0161"))
        device = await home.register(peer.url)
        _, second = await home.send("555-0161", OTHER)
        await home.submit()
        peer.answer(Answer(status=404), path="/ffws/v1/ofax/00000001")
        peer.answer(Answer(status=404), path="/ffws/v1/ofax/00000001/0000")
        for _ in range(3):
            home.clock.advance(SETTLE)
            await home.look(device)
    lost = await home.fax(second)
    assert lost.status is FaxStatus.FAILED
    assert lost.failure is not None
    assert lost.failure.code == "lost"
    assert (await home.submission(second)).stage is Stage.PLACED


async def test_a_list_that_may_be_cut_off_proves_no_absence(home: House, box: Simulator) -> None:
    device = await seen(home, box)
    (fax,) = await home.send(OTHER)
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    put_in(box, *["555-0110"] * 150, username="admin")
    box.advance(3000)
    await settle(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN


async def test_what_others_finish_does_not_push_ours_out_of_the_evidence(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    (fax,) = await home.send("555-0110")
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    box.advance(60)
    put_in(box, *["555-0110"] * 150)
    box.advance(3000)
    await settle(home, box, device, looks=1)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED


# Whose faxes an appliance lets us see


async def test_an_appliance_that_refuses_to_list_everybodys_is_looked_at_all_the_same(
    house: House, box: Simulator
) -> None:
    box.appliance.own_lists_only = True
    put_in(box, OTHER)
    device = await house.register(box)
    (fax,) = await house.send("555-0110")
    await house.submit()
    box.advance(60)
    await house.look(device)
    await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert (await house.device(device)).shows_all is False
    assert await faxes(house) == []
    assert await house.story(device) == ["device.online"]


async def test_a_refusal_is_remembered_and_not_asked_for_again(home: House) -> None:
    empty = b"<response><message>Success</message></response>"
    async with receiving() as peer:
        peer.answer(
            lambda call: Answer(status=403 if "all_users" in call.path else 200, body=empty)
        )
        device = await home.register(peer.url)
        for _ in range(3):
            await home.look(device)
        assert sum("all_users" in call.path for call in peer.received) == 1


async def test_what_an_account_may_see_from_now_on_is_a_first_sight(
    house: House, box: Simulator
) -> None:
    box.appliance.own_lists_only = True
    device = await seen(house, box)
    put_in(box, "555-0110")
    box.appliance.own_lists_only = False
    await house.appliances.forget(device.id)
    await house.look(device)
    (old,) = await faxes(house)
    assert await house.story(old) == []
    put_in(box, "555-0110")
    await house.look(device)
    new = (await faxes(house))[-1]
    assert await house.story(new) == ["fax.submitted"]


async def test_another_account_is_a_first_sight_too(house: House, box: Simulator) -> None:
    box.appliance.users = Users([PLAIN])
    device = await seen(house, box)
    put_in(box, OTHER)
    await house.look(device)
    assert await faxes(house) == []  # a plain account is shown its own
    box.appliance.users = Users([User(username="boss", password="b", role=Role.ADMIN)])
    await house.devices.update(ANN, device.id, DeviceChanges(username="boss", password="b"))
    await house.look(device)
    (fax,) = await faxes(house)
    assert await house.story(fax) == []


# What people do with them


async def test_a_fax_of_others_is_cancelled_by_its_appliance(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    put_in(box, OTHER)
    await house.look(device)
    (fax,) = await faxes(house)
    assert (await house.faxes.cancel(ANN, fax.id)).status is FaxStatus.CANCELLING
    box.advance(2)
    await house.look(device)
    done = await house.fax(fax)
    assert (done.status, done.cancelled_by) == (FaxStatus.CANCELLED, CancelledBy.API)


async def test_one_that_its_owner_stops_is_cancelled_by_the_device(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    put_in(box, OTHER)
    await home.look(device)
    (fax,) = await faxes(home)
    box.appliance.abort(User(username="bob", password=""), fax.fax_key)
    box.advance(2)
    await home.look(device)
    assert (await home.fax(fax)).cancelled_by is CancelledBy.DEVICE


@pytest.mark.parametrize("act", ["cancel", "reschedule"])
async def test_what_the_appliance_does_not_let_us_touch_is_refused_with_a_way_out(
    house: House, box: Simulator, act: str
) -> None:
    device = await seen(house, box)
    put_in(box, OTHER)
    await house.look(device)
    (fax,) = await faxes(house)
    box.appliance.users = Users([PLAIN])
    with pytest.raises(DeviceRefused) as refused:
        if act == "cancel":
            await house.faxes.cancel(ANN, fax.id)
        else:
            await house.faxes.reschedule(ANN, fax.id, None)
    assert "administrator" in str(refused.value.cure)
    assert (await house.fax(fax)).status is FaxStatus.PREPARING
    last = (await house.audit(fax.id))[-1]
    assert (last.outcome.value, last.detail["code"]) == ("failed", "device-refused")


async def test_a_fax_of_others_is_given_another_time_and_that_is_seen(
    home: House, box: Simulator
) -> None:
    device = await seen(home, box)
    put_in(box, OTHER)
    box.advance(2)
    await home.look(device)
    (fax,) = await faxes(home)
    later = home.clock.now() + timedelta(hours=3)
    await home.faxes.reschedule(ANN, fax.id, later)
    await home.look(device)
    after = await home.fax(fax)
    assert (after.status, after.next_attempt_at) == (FaxStatus.DEVICE_QUEUED, later)
    assert await home.story(fax) == ["fax.device_queued"]
    assert not await home.look(device)  # nothing will happen for hours


async def test_a_fax_of_others_cannot_be_sent_again_for_want_of_its_document(
    home: House, box: Simulator
) -> None:
    put_in(box, "555-0110")
    box.advance(60)
    await seen(home, box)
    (fax,) = await faxes(home)
    with pytest.raises(NoDocument) as refused:
        await home.faxes.resend(ANN, fax.id)
    assert refused.value.cure


async def test_a_finished_fax_of_others_that_is_sent_again_there_is_another_fax(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    put_in(box, "555-0110", OTHER)
    box.advance(60)
    await house.look(device)
    first = (await faxes(house))[0]
    assert first.status is FaxStatus.DELIVERED
    house.clock.advance(5)
    bob = User(username="bob", password="")
    box.appliance.reschedule(bob, first.fax_key, first.entry_key)
    await house.look(device)
    await house.look(device)
    again = [fax for fax in await faxes(house) if fax.resend_of == first.id]
    assert [fax.submission_id for fax in again] == [first.submission_id]
    assert len(await house.story(again[0])) == 1
    box.advance(60)
    await house.look(device)
    assert (await house.fax(again[0])).status is FaxStatus.DELIVERED
    assert len(await faxes(house)) == 3


# Their going


async def test_one_that_vanishes_gets_no_end_and_is_not_asked_for_for_ever(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    put_in(box, "555-0171")
    await house.look(device)
    (fax,) = await faxes(house)
    box.advance(60)  # sent, and forgotten by the appliance
    for _ in range(3):
        await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await house.story(fax) == ["fax.submitted", "fax.uncertain"]
    assert not await house.look(device)
    with pytest.raises(FaxUncertain):
        await house.faxes.cancel(ANN, fax.id)


async def test_an_appliance_is_retired_whatever_others_have_on_it(
    house: House, box: Simulator
) -> None:
    device = await seen(house, box)
    put_in(box, OTHER)
    await house.look(device)
    (fax,) = await faxes(house)
    await house.devices.retire(ANN, device.id)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    assert (await house.story(fax))[-1] == "fax.uncertain"


async def test_faxes_are_listed_by_who_made_them(house: House, box: Simulator) -> None:
    device = await seen(house, box)
    (ours,) = await house.send("555-0111")
    await house.submit()
    put_in(box, OTHER)
    put_in(box, OTHER, username="carol")
    await house.look(device)
    assert [fax.id for fax in await faxes(house, Origin.GATEWAY)] == [ours.id]
    assert [fax.username for fax in await faxes(house)] == ["bob", "carol"]
    assert len(await faxes(house, None)) == 3
    filters = FaxFilter(username="carol")
    page = await house.faxes.list(ANN, filters, cursor=None, limit=10)
    assert [fax.username for fax in page.items] == ["carol"]

"""Handing over: once, or certainly not, or uncertain until evidence settles it. Never twice."""

import asyncio
from pathlib import Path

import pytest

from ffgateway.domain.audit import Outcome
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.errors import DeviceError, DeviceSilent
from ffgateway.domain.faxes import FaxStatus, HoldReason, Recipient
from ffgateway.domain.submissions import Stage
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.placing import HELD_FOR
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, NUMBER, SETTLE, House, gateway
from tests.support.receiver import Answer, closed_port, receiving

LOST_ANSWERS = [Kind.CUT_AFTER, Kind.CUT_MIDWAY, Kind.TRUNCATED, Kind.EMPTY, Kind.ERROR_AFTER]
NOTHING_DONE = [Kind.CUT_BEFORE, Kind.ERROR]


def accepted(box: Simulator, number: str = NUMBER) -> int:
    """How many entries for a number the appliance ever took."""
    return int(box.state()["numbers"].get(number, {}).get("accepted", 0))


async def settle(house: House, box: Simulator, device: Device, *, looks: int = 4) -> None:
    """Let the time pass in which a hand-over must show, and look now and then."""
    for _ in range(looks):
        house.clock.advance(SETTLE)
        box.advance(1)
        await house.look(device)


async def test_a_fax_goes_out_once_and_is_followed_to_its_end(house: House, box: Simulator) -> None:
    device = await house.register(box)
    (fax,) = await house.send("555-0110")
    assert await house.submit() == 1
    placed = await house.fax(fax)
    assert (placed.status, placed.device_id) == (FaxStatus.PREPARING, device.id)
    assert placed.entry_key
    for _ in range(6):
        box.advance(4)
        await house.look(device)
    done = await house.fax(fax)
    assert (done.status, done.pages) == (FaxStatus.DELIVERED, 1)
    assert done.finished_at == done.updated_at
    # pending was over between two looks, so it is not invented
    assert await house.story(fax) == [
        "fax.accepted",
        "fax.queued",
        "fax.submitting",
        "fax.submitted",
        "fax.sending",
        "fax.delivered",
    ]
    assert await house.acts(fax.id) == [
        "fax.send",
        "fax.submit",
        "fax.placed",
        "fax.sending",
        "fax.delivered",
    ]
    assert accepted(box, "555-0110") == 1
    assert (await house.submission(fax)).stage is Stage.PLACED
    assert await house.submit() == 0


async def test_recipients_of_one_request_become_entries_of_one_key(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    faxes = await home.send("555-0111", "555-0112", "555-0111")
    await home.submit()
    placed = [await home.fax(fax) for fax in faxes]
    assert len({fax.fax_key for fax in placed}) == 1
    assert [fax.entry_key for fax in placed] == ["0000", "0001", "0002"]


async def test_a_recipient_that_was_cancelled_is_left_out_of_the_request(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    first, second, third = await home.send("555-0111", "555-0112", "555-0113")
    await home.faxes.cancel(ANN, second.id)
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    await settle(home, box, device)
    assert set(box.state()["numbers"]) == {"555-0111", "555-0113"}
    ends = [(await home.fax(fax)).status for fax in (first, second, third)]
    assert ends[1] is FaxStatus.CANCELLED
    assert FaxStatus.UNCERTAIN not in ends


@pytest.mark.parametrize("kind", LOST_ANSWERS, ids=str)
async def test_a_fax_whose_answer_was_lost_is_found_and_never_sent_twice(
    home: House, box: Simulator, kind: Kind
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=kind, method="POST"))
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert accepted(box) == 1
    await settle(home, box, device)
    assert await home.submit() == 0
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert accepted(box) == 1
    assert (await home.story(fax)).count("fax.reconciled") == 1


async def test_a_lost_answer_is_settled_alike_on_both_databases(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await house.submit()
    await settle(house, box, device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert accepted(box) == 1


@pytest.mark.parametrize("kind", NOTHING_DONE, ids=str)
async def test_a_fax_that_never_got_there_goes_out_once_after_two_looks_without_it(
    home: House, box: Simulator, kind: Kind
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=kind, method="POST"))
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    home.clock.advance(SETTLE)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await home.submit() == 0
    home.clock.advance(SETTLE)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert await home.submit() == 1
    await settle(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert accepted(box) == 1


async def test_looks_too_soon_after_the_exchange_prove_nothing(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    for _ in range(10):
        await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN


@pytest.mark.parametrize("kind", [Kind.EMPTY, Kind.TRUNCATED, Kind.ERROR_AFTER], ids=str)
async def test_looks_without_a_readable_answer_prove_nothing(
    home: House, box: Simulator, kind: Kind
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    box.put(Fault(kind=kind, method="GET", times=100))
    for _ in range(4):
        home.clock.advance(SETTLE)
        with pytest.raises(DeviceSilent):
            await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await home.submit() == 0


async def test_an_uncertain_hand_over_keeps_others_from_the_appliance(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    await home.send()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    (second,) = await home.send("555-0113")
    assert await home.submit() == 0
    held = await home.fax(second)
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.NO_DEVICE)


async def test_two_that_cannot_be_told_apart_stay_uncertain(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    appliance = await home.appliances.of(device.id)
    submission = await home.submission(fax)
    await appliance.schedule(submission.draft, submission.draft.recipients, home.spool.read)
    await settle(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    assert await home.submit() == 0
    assert accepted(box) == 2


async def test_somebody_elses_fax_to_another_number_is_not_taken_for_ours(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    box.put(Fault(kind=Kind.CUT_BEFORE, method="POST"))
    await home.submit()
    submission = await home.submission(fax)
    stranger = (Recipient(fax_number="555-0119"),)
    appliance = await home.appliances.of(device.id)
    await appliance.schedule(submission.draft, stranger, home.spool.read)
    await settle(home, box, device, looks=2)
    assert (await home.fax(fax)).status is FaxStatus.QUEUED


async def test_what_one_appliance_refuses_is_offered_to_another_and_then_failed(
    house: House,
) -> None:
    async with receiving() as no:
        no.answer(Answer(status=400, body=b"<response><message>Disk full</message></response>"))
        refusing = [await house.register(no.url, name) for name in ("no", "also no")]
        (fax,) = await house.send()
        assert await house.submit() == 1
        queued = await house.fax(fax)
        assert queued.status is FaxStatus.QUEUED
        assert await house.submit() == 1
        failed = await house.fax(fax)
    assert failed.status is FaxStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.device_text
    submission = await house.submission(fax)
    assert set(submission.refused_by) == {device.id for device in refusing}
    assert submission.stage is Stage.CLOSED
    assert (await house.acts(fax.id)).count("fax.refused") == 2


async def test_what_one_appliance_refuses_another_takes(home: House, box: Simulator) -> None:
    async with receiving() as no:
        no.answer(Answer(status=400, body=b"<response><message>no</message></response>"))
        await home.register(no.url, "no")
        (fax,) = await home.send()
        taker = await home.register(box, "one")
        assert await home.submit() == 1
        assert (await home.fax(fax)).status is FaxStatus.QUEUED
        assert await home.submit() == 1
    placed = await home.fax(fax)
    assert (placed.status, placed.device_id) == (FaxStatus.PREPARING, taker.id)
    assert placed.placement[-1] == "no: refused it"


async def test_a_fax_waits_for_an_appliance_that_is_down_and_goes_out_when_it_is_back(
    home: House, box: Simulator
) -> None:
    device = await home.register(f"http://127.0.0.1:{closed_port()}")
    for _ in range(2):
        with pytest.raises(DeviceError):
            await home.look(device)
    assert (await home.device(device)).health is Health.OFFLINE
    (fax,) = await home.send()
    assert await home.submit() == 0
    held = await home.fax(fax)
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.NO_DEVICE)
    home.clock.advance(HELD_FOR)
    assert await home.submit() == 0
    assert (await home.story(fax)).count("fax.held") == 1  # told once, not at each offer
    await home.devices.update(ANN, device.id, DeviceChanges(url=box.url))
    await home.look(device)
    home.clock.advance(HELD_FOR)
    assert await home.submit() == 1
    assert (await home.fax(fax)).status is FaxStatus.PREPARING


async def test_a_connection_that_was_never_made_sends_the_fax_back_to_the_queue(
    house: House,
) -> None:
    await house.register(f"http://127.0.0.1:{closed_port()}")
    (fax,) = await house.send()
    assert await house.submit() == 1
    again = await house.fax(fax)
    assert (again.status, again.device_id) == (FaxStatus.QUEUED, None)
    submission = await house.submission(fax)
    assert submission.stage is Stage.WAITING
    assert submission.due_at > house.clock.now()


async def test_a_wrong_password_sends_it_back_and_marks_the_device(
    home: House, box: Simulator
) -> None:
    device = await home.register(box, password="wrong")
    (fax,) = await home.send()
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    assert (await home.device(device)).health is Health.AUTH_FAILED
    assert await home.story(device) == ["device.auth_failed"]
    assert accepted(box) == 0


async def test_a_gateway_that_died_on_the_way_finds_out_instead_of_sending_again(
    house: House, box: Simulator, tmp_path: Path
) -> None:
    device = await house.register(box)
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    appliance = await house.appliances.of(device.id)
    draft = handover.submission.draft
    await appliance.schedule(draft, draft.recipients, house.spool.read)  # and then it died
    async with gateway(house.store, house.clock, tmp_path) as again:
        assert await again.claiming.recover() == 1
        assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
        assert await again.claiming.recover() == 0
        await settle(again, box, device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert accepted(box) == 1


async def test_a_gateway_that_died_before_the_request_left_sends_it_once(
    home: House, box: Simulator, tmp_path: Path
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    await home.claiming.claim()
    async with gateway(home.store, home.clock, tmp_path) as again:
        await again.claiming.recover()
        await settle(again, box, device, looks=2)
        assert await again.submit() == 1
        await settle(again, box, device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert accepted(box) == 1


async def test_claimers_side_by_side_hand_each_request_over_once(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    (fax,) = await house.send()
    claims = await asyncio.gather(*(house.claiming.claim() for _ in range(6)))
    handovers = [one for claim in claims for one in claim]
    assert len(handovers) == 1
    for one in handovers:
        await house.submitting.hand_over(one)
    assert accepted(box) == 1
    assert (await house.fax(fax)).status is FaxStatus.PREPARING


async def test_one_appliance_gets_one_request_at_a_time(home: House, box: Simulator) -> None:
    await home.register(box)
    await home.send("555-0114")
    await home.send("555-0115")
    (first,) = await home.claiming.claim()
    assert await home.claiming.claim() == ()
    await home.submitting.hand_over(first)
    assert await home.submit() == 1


async def test_a_document_that_is_gone_fails_the_fax(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send()
    await home.spool.remove(fax.documents[0].sha256)
    await home.submit()
    failed = await home.fax(fax)
    assert failed.status is FaxStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.code == "document_lost"
    assert accepted(box) == 0
    assert all(line.outcome is Outcome.DONE for line in await home.audit(fax.id))


async def test_a_document_that_does_not_open_fails_the_fax_before_anything_leaves(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    (fax,) = await home.send()
    path = home.spool.path(fax.documents[0].sha256)
    path.write_bytes(path.read_bytes()[:-1])
    await home.submit()
    failed = await home.fax(fax)
    assert failed.failure is not None
    assert failed.failure.code == "document_lost"
    assert ("POST", "/ffws/v1/ofax") not in box.requests


async def test_a_document_damaged_in_the_middle_is_never_taken_for_a_whole_one(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send(content=b"A line of text.\n" * 200_000)
    path = home.spool.path(fax.documents[0].sha256)
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    await settle(home, box, device)
    await home.submit()
    failed = await home.fax(fax)
    assert failed.failure is not None
    assert failed.failure.code == "document_lost"
    assert accepted(box) == 0

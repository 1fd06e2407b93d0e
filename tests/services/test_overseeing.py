"""No fax stays unfinished without a word; numbers that are no fax are not called for ever."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.batches import Addressee, BatchDraft, BatchStatus
from ffgateway.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound
from ffgateway.domain.failures import RetryClass, failure
from ffgateway.domain.faxes import (
    CancelledBy,
    Fax,
    FaxStatus,
    HoldReason,
    Recipient,
    moved,
)
from ffgateway.domain.overseeing import (
    DECIDED_AFTER,
    STUCK_AFTER,
    SUPPRESSED_BY,
    WAITS,
    rounds_left,
)
from ffgateway.services.deciding import Decision
from ffgateway.services.deciding import Outcome as Decided
from ffgateway.services.keeping import Keeping
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.faxes import FaxFilter
from tests.support.clock import NOON
from tests.support.gateway import ANN, House, gateway
from tests.support.late_words import lost, shown_again
from tests.support.proving import events_of, legal

ENGAGED, NO_FAX = "555-0187", "555-0144"


async def ended(house: House, box: Simulator, fax: Fax) -> Fax:
    """The fax at its end, whatever that is."""
    async with house.store.reading() as tx:
        device = await tx.devices.get(str((await tx.faxes.get(fax.id)).device_id))
    for _ in range(40):
        box.advance(30)
        await house.look(device)
        if (await house.fax(fax)).finished:
            break
    return await house.fax(fax)


# Deadlines --------------------------------------------------------------------------------------


async def test_what_waits_beyond_its_deadline_is_given_up(house: House) -> None:
    soon = house.clock.now() + timedelta(minutes=5)
    (fax,) = await house.send(deadline=soon)
    await house.submit()
    assert await house.overseeing.step() == 0
    house.clock.advance(301)
    assert await house.overseeing.step() == 1
    after = await house.fax(fax)
    assert after.status is FaxStatus.FAILED
    assert after.failure is not None
    assert after.failure.code == "expired"
    assert (await house.story(fax))[-1] == "fax.failed"


async def test_what_outlived_its_deadline_while_nobody_was_at_work_does_not_leave(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    (late,) = await home.send("555-0123", deadline=home.clock.now() + timedelta(minutes=5))
    home.clock.advance(timedelta(hours=5))
    await home.send("555-0124")
    assert await home.submit() == 1
    assert list(box.state()["numbers"]) == ["555-0124"]
    assert (await home.fax(late)).failure == failure("expired")
    again = await home.faxes.resend(ANN, late.id)  # it has its time anew
    assert again.deadline is not None
    assert again.deadline > home.clock.now()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_deadline_before_the_fax_may_go_out_is_refused(home: House, hours: int) -> None:
    soon, later = (home.clock.now() + timedelta(hours=one) for one in (hours, 2))
    with pytest.raises(InvalidRequest) as refused:
        await home.send(deadline=soon, send_at=later)
    assert refused.value.field == "deadline"


async def test_what_an_appliance_has_beyond_its_deadline_is_called_off_there(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send(ENGAGED, deadline=home.clock.now() + timedelta(minutes=5))
    await home.submit()
    home.clock.advance(301)
    await home.overseeing.step()
    assert (await home.fax(fax)).status is FaxStatus.CANCELLING
    for _ in range(3):
        await home.look(device)
        box.advance(1)
    after = await home.fax(fax)
    assert (after.status, after.cancelled_by) == (FaxStatus.CANCELLED, CancelledBy.DEADLINE)


async def test_every_fax_has_a_deadline_three_days_after_it_may_go_out(home: House) -> None:
    (now,) = await home.send()
    later = home.clock.now() + timedelta(days=10)
    (then,) = await home.send(send_at=later)
    assert now.deadline == now.created_at + timedelta(days=3)
    assert then.deadline == later + timedelta(days=3)


# Stuck ------------------------------------------------------------------------------------------


async def test_what_does_not_move_is_told_once_with_what_the_appliance_says(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    (fax,) = await house.send()
    await house.submit()
    house.clock.advance(STUCK_AFTER[FaxStatus.PREPARING] + timedelta(seconds=1))
    assert await house.overseeing.step() == 1
    assert await house.overseeing.step() == 0
    told = (await house.told(fax.id))[-1]
    assert told.type == "fax.stuck"
    assert "The appliance shows it as 'preprocessing'" in told.data["evidence"]
    assert (await house.fax(fax)).status is FaxStatus.PREPARING


async def test_an_appliance_that_does_not_answer_is_asked_once_in_a_round(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    faxes = await home.send("555-0123", "555-0124", "555-0125")
    await home.submit()
    home.clock.advance(STUCK_AFTER[FaxStatus.PREPARING] + timedelta(seconds=1))
    box.put(Fault(kind=Kind.CUT_BEFORE, times=9, method="GET", path="/ofax/*"))
    asked = len(box.box.requests)
    assert [await home.overseeing.step() for _ in range(2)] == [3, 0]
    assert len({path for _, path in list(box.box.requests)[asked:]}) == 1, "of the first alone"
    for fax in faxes:
        assert "could not be asked" in (await home.told(fax.id))[-1].data["evidence"]


async def test_what_its_appliance_shows_no_more_is_settled_by_its_log(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    await home.submit()
    await home.look(device)
    box.advance(300)  # it was sent, and nobody looked
    box.appliance.entries.show_no_more()
    for _ in range(3):
        await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    home.clock.advance(STUCK_AFTER[FaxStatus.UNCERTAIN] + timedelta(seconds=1))
    await home.overseeing.step()
    after = await home.fax(fax)
    assert after.status is FaxStatus.DELIVERED, (await home.told(fax.id))[-1].data["evidence"]
    assert "stand" in (await home.told(fax.id))[-2].data["evidence"]


# Decided ----------------------------------------------------------------------------------------


async def test_what_is_in_doubt_long_after_its_deadline_is_decided_with_its_evidence(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send(deadline=house.clock.now() + timedelta(hours=2))
    await house.submit()
    box.appliance.entries.show_no_more()
    for _ in range(3):
        await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    house.clock.advance(timedelta(hours=2) + DECIDED_AFTER - timedelta(seconds=60))
    await house.overseeing.step()
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    house.clock.advance(120)
    await house.overseeing.step()
    after = await house.fax(fax)
    assert after.status is FaxStatus.FAILED
    assert after.failure is not None
    assert after.failure.code == "lost"
    stuck, failed = (await house.told(fax.id))[-2:]
    assert (stuck.type, failed.type) == ("fax.stuck", "fax.failed")
    assert stuck.data["evidence"].startswith("The appliance shows it no more, and its log does not")
    assert await house.submit() == 0


async def test_what_an_appliance_shows_as_under_way_is_ended_by_a_person_alone(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send(deadline=home.clock.now() + timedelta(minutes=1))
    await home.submit()
    home.clock.advance(61)
    await home.overseeing.step()
    await home.look(device)  # it is asked to stop, and its time stands still
    decision = Decision(outcome=Decided.FAILED, reason="the line was cut")
    with pytest.raises(Conflict):
        await home.deciding.decide(ANN, fax.id, decision)
    for _ in range(3):
        home.clock.advance(DECIDED_AFTER)
        await home.overseeing.step()
    assert (await home.fax(fax)).status is FaxStatus.CANCELLING
    assert (await home.story(fax))[-1] == "fax.stuck"
    assert (await home.deciding.decide(ANN, fax.id, decision)).status is FaxStatus.FAILED


# Rounds -----------------------------------------------------------------------------------------


async def test_a_failed_fax_goes_out_once_more_as_a_new_one_where_that_was_asked_for(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    (fax,) = await house.send(ENGAGED, max_tries=1, rounds=1)
    await house.submit()
    failed = await ended(house, box, fax)
    assert failed.status is FaxStatus.FAILED
    await house.overseeing.step()
    assert (await house.fax(fax)).retried_as is None
    house.clock.advance(WAITS[RetryClass.SHORT])
    assert await house.overseeing.step() == 1
    again_id = (await house.fax(fax)).retried_as
    assert again_id is not None
    async with house.store.reading() as tx:
        again = await tx.faxes.get(again_id)
    assert (again.resend_of, again.rounds_left, again.status) == (fax.id, 0, FaxStatus.QUEUED)
    await house.submit()
    assert (await ended(house, box, again)).status is FaxStatus.FAILED
    house.clock.advance(timedelta(hours=1))
    assert await house.overseeing.step() == 0
    assert box.state()["numbers"][ENGAGED]["accepted"] == 2


async def test_a_document_stays_for_as_long_as_a_failed_fax_may_go_out_once_more(
    house: House, box: Simulator
) -> None:
    at_once = Keeping(
        house.store, house.spool, house.clock, retention=timedelta(0), events_kept=timedelta(1)
    )
    await house.register(box)
    (fax,) = await house.send(ENGAGED, max_tries=1, rounds=1)
    await house.submit()
    assert (await ended(house, box, fax)).status is FaxStatus.FAILED
    house.clock.advance(WAITS[RetryClass.SHORT])
    assert await at_once.purge() == 0
    assert await house.overseeing.step() == 1
    await house.submit()
    (last, _) = (await house.faxes.list(ANN, FaxFilter(), cursor=None, limit=5)).items
    assert (await ended(house, box, last)).status is FaxStatus.FAILED
    house.clock.advance(1)
    assert await at_once.purge() == 1


async def test_without_rounds_an_end_is_an_end(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send(ENGAGED, max_tries=1)
    await home.submit()
    await ended(home, box, fax)
    home.clock.advance(timedelta(hours=3))
    await home.overseeing.step()
    assert (await home.fax(fax)).retried_as is None


async def test_what_one_appliance_gave_up_goes_to_another_one(home: House, box: Simulator) -> None:
    async with running(speed=0, start=NOON) as second:
        first, _ = await home.register(box), await home.register(second, "two")
        (fax,) = await home.send("555-0190", rounds=1)
        await home.submit()
        failed = await ended(home, box, fax)
        assert failed.failure is not None
        assert (failed.failure.code, failed.device_id) == ("device_gave_up", first.id)
        await home.overseeing.step()
        await home.submit()
        assert [one.state()["numbers"]["555-0190"]["accepted"] for one in (box, second)] == [1, 1]


async def test_a_batch_goes_on_while_a_failed_fax_may_be_sent_once_more(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    (single,) = await house.send(max_tries=1, rounds=1)
    template = replace((await house.submission(single)).draft, recipients=())
    await house.faxes.cancel(ANN, single.id)
    people = tuple(Addressee(recipient=Recipient(fax_number=one)) for one in (ENGAGED, "555-2001"))
    sent = await house.batches.send(ANN, BatchDraft(common=template, addressees=people))
    batch = sent.batch
    while await house.batching.step() == timedelta(0):
        pass
    await house.submit()
    async with house.store.reading() as tx:
        page = await tx.faxes.page(FaxFilter(batch_id=batch.id), cursor=None, limit=9)
    for fax in page.items:
        await ended(house, box, fax)
    await house.batching.step()
    assert (await house.batches.get(ANN, batch.id)).batch.status is BatchStatus.IN_PROGRESS
    house.clock.advance(WAITS[RetryClass.SHORT])
    assert await house.overseeing.step() == 1
    await house.submit()
    async with house.store.reading() as tx:
        page = await tx.faxes.page(FaxFilter(batch_id=batch.id), cursor=None, limit=9)
    assert len(page.items) == 3
    await ended(house, box, page.items[0])
    await house.overseeing.step()
    await house.batching.step()
    done = await house.batches.get(ANN, batch.id)
    assert done.batch.status is BatchStatus.COMPLETED_WITH_FAILURES
    assert done.tally.statuses == {FaxStatus.DELIVERED: 1, FaxStatus.FAILED: 1}


@pytest.mark.parametrize(
    ("code", "tries", "asked", "left"),
    [
        ("busy", 3, 5, 5),
        ("unclassified", 3, 5, 1),
        ("not_a_fax", 1, 5, 1),
        ("not_a_fax", 2, 5, 0),
        ("number_invalid", 1, 5, 0),
        ("lost", 1, 5, 0),
    ],
)
async def test_rounds_depend_on_why_it_failed(
    home: House, code: str, tries: int, asked: int, left: int
) -> None:
    (fax,) = await home.send(rounds=asked)
    failed = moved(fax, FaxStatus.FAILED, at=NOON, failure=failure(code, attempts=tries))
    assert rounds_left(failed) == left


# Suppression ------------------------------------------------------------------------------------


async def test_a_number_that_is_suppressed_holds_what_is_sent_to_it(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    one = await house.suppressing.add(ANN, "555 0123", reason="wrong number", until=None)
    held, sent = await house.send("555-0123", "555-0124")
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.SUPPRESSED_NUMBER)
    assert "wrong number" in held.hold_detail
    assert await house.submit() == 1
    assert list(box.state()["numbers"]) == ["555-0124"]
    assert (await house.fax(sent)).status is FaxStatus.PREPARING
    await house.suppressing.lift(ANN, one.id)
    await house.overseeing.step()
    assert await house.submit() == 1
    assert box.state()["numbers"]["555-0123"]["accepted"] == 1


async def test_a_held_fax_is_let_go_by_hand_and_a_new_one_may_overrule(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    await home.suppressing.add(ANN, "555-0123", reason="x", until=None)
    (held,) = await home.send("555-0123")
    assert await home.submit() == 0
    assert (await home.suppressing.release(ANN, held.id)).status is FaxStatus.QUEUED
    with pytest.raises(Conflict):
        await home.suppressing.release(ANN, held.id)
    await home.send("555-0123", despite_suppression=True)
    assert await home.submit() + await home.submit() == 2
    assert box.state()["numbers"]["555-0123"]["accepted"] == 2


async def test_a_suppression_ends_by_itself(home: House, box: Simulator) -> None:
    await home.register(box)
    until = home.clock.now() + timedelta(days=1)
    await home.suppressing.add(ANN, "555-0123", reason="x", until=until)
    with pytest.raises(AlreadyExists):
        await home.suppressing.add(ANN, "555 0123", reason="x", until=None)
    (held,) = await home.send("555-0123")
    (known,) = (await home.suppressing.list(ANN, cursor=None, limit=5)).items
    home.clock.advance(timedelta(days=1))
    await home.overseeing.step()
    assert (await home.fax(held)).status is FaxStatus.QUEUED
    (over,) = (await home.suppressing.list(ANN, cursor=None, limit=5)).items
    assert (known.active, over.active) == (True, False)
    assert "Its number is suppressed no more." in [
        one.detail.get("reason") for one in await home.audit(held.id)
    ]


@pytest.mark.parametrize(
    ("against", "number"),
    [
        ("+1 312 555 0123", "(312) 555-0123"),
        ("312-555-0123", "+13125550123"),
        ("1-312-555-0123", "312.555.0123"),
    ],
)
async def test_a_number_is_suppressed_however_it_is_written(
    home: House, box: Simulator, against: str, number: str
) -> None:
    await home.register(box, region="US")
    await home.suppressing.add(ANN, against, reason="asked us", until=None)
    with pytest.raises(AlreadyExists):
        await home.suppressing.add(ANN, number, reason="asked us", until=None)
    held, other = await home.send(number, "+44 312 555 0123")
    assert (held.status, other.status) == (FaxStatus.HELD, FaxStatus.QUEUED)


async def test_what_waits_for_a_number_is_held_from_when_that_is_suppressed(
    house: House, box: Simulator
) -> None:
    later = house.clock.now() + timedelta(hours=1)
    await house.send("555-0123", "555-0124", send_at=later)
    await house.send("555-0123", despite_suppression=True)
    (without,) = await house.send("555-0123")
    await house.submit()  # there is no appliance: it is held for that
    one = await house.suppressing.add(ANN, "555-0123", reason="asked us", until=None)
    assert (await house.fax(without)).hold_reason is HoldReason.SUPPRESSED_NUMBER
    await house.register(box)
    house.clock.advance(timedelta(hours=2))
    while await house.submit():
        pass
    dialled = box.state()["numbers"]
    assert (dialled["555-0123"]["accepted"], dialled["555-0124"]["accepted"]) == (1, 1)
    await house.suppressing.lift(ANN, one.id)
    assert await house.overseeing.step() == 2
    while await house.submit():
        pass
    assert box.state()["numbers"]["555-0123"]["accepted"] == 3


async def test_what_was_let_go_by_hand_is_not_held_again(home: House) -> None:
    first = await home.suppressing.add(ANN, "555-0123", reason="x", until=None)
    (held,) = await home.send("555-0123")
    await home.suppressing.release(ANN, held.id)
    await home.suppressing.lift(ANN, first.id)
    await home.suppressing.add(ANN, "555-0123", reason="x", until=None)
    assert (await home.fax(held)).status is FaxStatus.QUEUED


async def test_what_is_let_go_before_its_time_waits_for_that(house: House) -> None:
    one = await house.suppressing.add(ANN, "555-0123", reason="x", until=None)
    later = house.clock.now() + timedelta(hours=1)
    by_hand, lifted = [(await house.send("555-0123", send_at=later))[0] for _ in range(2)]
    await house.suppressing.release(ANN, by_hand.id)
    await house.suppressing.lift(ANN, one.id)
    assert await house.overseeing.step() == 1
    assert {(await house.fax(fax)).status for fax in (by_hand, lifted)} == {FaxStatus.SCHEDULED}
    legal(await events_of(house.store))


async def test_many_held_for_good_do_not_keep_others_from_being_let_go(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ffgateway.services.overseeing.AT_ONCE", 2)
    await home.suppressing.add(ANN, "555-0123", reason="x", until=None)
    lifted = await home.suppressing.add(ANN, "555-0124", reason="x", until=None)
    for _ in range(3):
        await home.send("555-0123")
    faxes = [(await home.send("555-0124"))[0] for _ in range(3)]
    await home.suppressing.lift(ANN, lifted.id)
    assert [await home.overseeing.step() for _ in range(3)] == [2, 1, 0]
    assert {(await home.fax(one)).status for one in faxes} == {FaxStatus.QUEUED}


async def test_what_several_suppressions_hold_says_so_of_each_that_is_left(
    home: House, box: Simulator
) -> None:
    soon = home.clock.now() + timedelta(hours=1)
    long = await home.suppressing.add(ANN, "1 312 555 0123", reason="asked us.", until=None)
    short = await home.suppressing.add(ANN, "312 555 0123", reason="x", until=soon)
    await home.register(box, region="US")  # from here on that is one number
    (held,) = await home.send("(312) 555-0123")
    both = f"for ever: asked us ({long.id}); until {soon:%Y-%m-%d %H:%M} UTC: x ({short.id})."
    assert held.hold_detail == f"The number is suppressed {both}"
    await home.suppressing.lift(ANN, long.id)
    assert await home.overseeing.step() == 0
    left = (await home.fax(held)).hold_detail
    assert left == f"The number is suppressed {both.partition('; ')[2]}"
    home.clock.advance(timedelta(hours=2))
    assert await home.overseeing.step() == 1
    assert (await home.fax(held)).status is FaxStatus.QUEUED


async def test_lifting_what_is_not_there_is_told(home: House) -> None:
    with pytest.raises(NotFound):
        await home.suppressing.lift(ANN, "sup_none")


async def test_where_no_fax_answers_twice_nothing_is_sent_any_more(
    house: House, box: Simulator
) -> None:
    most, lasts = SUPPRESSED_BY["not_a_fax"]
    await house.register(box)
    later = house.clock.now() + timedelta(hours=1)
    (waiting,) = await house.send("(555) 0144", send_at=later)
    for number in range(most):
        (fax,) = await house.send(NO_FAX, max_tries=1)
        await house.submit()
        failed = await ended(house, box, fax)
        assert failed.failure is not None
        assert failed.failure.code == "not_a_fax"
        for _ in range(2):  # with the failure itself, and once
            page = await house.suppressing.list(ANN, cursor=None, limit=10)
            counted = [(one.hits, one.active) for one in page.items]
            assert counted == [(number + 1, number + 1 >= most)]
            (held,) = await house.send(NO_FAX, send_at=later)
            stopped = {(await house.fax(one)).hold_reason for one in (waiting, held)}
            assert stopped == {HoldReason.SUPPRESSED_NUMBER if number + 1 >= most else None}
            await house.overseeing.step()
    (one,) = page.items
    assert one.until == one.created_at + lasts


async def test_failures_that_a_suppression_was_lifted_for_are_not_counted_again(
    house: House, box: Simulator, tmp_path: Path
) -> None:
    await house.register(box)
    for _ in range(2):
        (fax,) = await house.send(NO_FAX, max_tries=1)
        await house.submit()
        await ended(house, box, fax)
    (one,) = (await house.suppressing.list(ANN, cursor=None, limit=5)).items
    await house.suppressing.lift(ANN, one.id)
    async with gateway(house.store, house.clock, tmp_path) as begun_anew:
        for each in (house, begun_anew):
            await each.overseeing.step()
            assert (await each.suppressing.list(ANN, cursor=None, limit=5)).items == ()
    with pytest.raises(NotFound):
        await house.suppressing.lift(ANN, one.id)
    (fax,) = await house.send(NO_FAX, max_tries=1)
    assert fax.status is FaxStatus.QUEUED
    await house.submit()
    await ended(house, box, fax)
    (again,) = (await house.suppressing.list(ANN, cursor=None, limit=5)).items
    assert (again.hits, again.active) == (1, False)  # what comes after it is counted as before


async def test_where_a_person_may_be_answering_the_appliance_is_kept_from_calling_on(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    (fax,) = await house.send(NO_FAX, max_tries=5)
    await house.submit()
    failed = await ended(house, box, fax)
    assert failed.status is FaxStatus.FAILED
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.attempts) == ("not_a_fax", 2)
    assert box.state()["numbers"][NO_FAX]["dialled"] == 2
    assert (await house.story(fax))[-2:] == ["fax.cancel_requested", "fax.failed"]
    legal(await events_of(house.store))
    (held,) = await house.send(NO_FAX)
    assert held.hold_reason is HoldReason.SUPPRESSED_NUMBER


async def test_two_that_count_against_a_number_at_once_count_both(
    house: House, box: Simulator, second: Simulator
) -> None:
    there = [await house.register(one, name=name) for name, one in (("a", box), ("b", second))]
    for device in there:
        await house.send(NO_FAX, max_tries=1, device_id=device.id)
        await house.submit()
    for one in (box, second):
        one.advance(300)
    await asyncio.gather(*map(house.look, there))
    (known,) = (await house.suppressing.list(ANN, cursor=None, limit=5)).items
    assert (known.hits, known.active) == (2, True)


# Ends that were decided without an appliance's word ------------------------------------------------


async def test_an_end_that_an_appliance_shows_otherwise_afterwards_is_told_and_stays(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    fax = await lost(house, box, device)
    assert (fax.status, fax.failure and fax.failure.code) == (FaxStatus.FAILED, "lost")
    late = await shown_again(house, box, device, fax)
    assert (late.status, late.corrected_as) == (FaxStatus.FAILED, FaxStatus.DELIVERED)
    assert late.revision == fax.revision + 1
    assert (await house.story(fax))[-2:] == ["fax.failed", "fax.corrected"]
    assert (await house.told(fax.id))[-1].data["corrected_as"] == "delivered"
    told = await house.deciding.explain(ANN, fax.id)
    assert told.reason.endswith("Afterwards its appliance showed it as delivered.")
    legal(await events_of(house.store))

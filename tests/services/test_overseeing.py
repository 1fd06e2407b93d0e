"""No fax stays unfinished without a word; numbers that are no fax are not called for ever."""

from datetime import timedelta

import pytest

from ffgateway.domain.errors import AlreadyExists, Conflict, NotFound
from ffgateway.domain.failures import RetryClass
from ffgateway.domain.faxes import CancelledBy, Fax, FaxStatus, HoldReason
from ffgateway.domain.overseeing import STUCK_AFTER, SUPPRESSED_BY, WAITS
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, House

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


async def test_without_rounds_an_end_is_an_end(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send(ENGAGED, max_tries=1)
    await home.submit()
    await ended(home, box, fax)
    home.clock.advance(timedelta(hours=3))
    await home.overseeing.step()
    assert (await home.fax(fax)).retried_as is None


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
    home.clock.advance(timedelta(days=1))
    await home.overseeing.step()
    assert (await home.fax(held)).status is FaxStatus.QUEUED


async def test_lifting_what_is_not_there_is_told(home: House) -> None:
    with pytest.raises(NotFound):
        await home.suppressing.lift(ANN, "sup_none")


async def test_where_no_fax_answers_twice_nothing_is_sent_any_more(
    home: House, box: Simulator
) -> None:
    most, lasts = SUPPRESSED_BY["not_a_fax"]
    await home.register(box)
    for number in range(most):
        (fax,) = await home.send(NO_FAX, max_tries=1)
        await home.submit()
        failed = await ended(home, box, fax)
        assert failed.failure is not None
        assert failed.failure.code == "not_a_fax"
        await home.overseeing.step()
        page = await home.suppressing.list(ANN, cursor=None, limit=10)
        assert [(one.hits, one.active) for one in page.items] == [(number + 1, number + 1 >= most)]
    (held,) = await home.send(NO_FAX)
    assert held.hold_reason is HoldReason.SUPPRESSED_NUMBER
    (one,) = page.items
    assert one.until == one.created_at + lasts

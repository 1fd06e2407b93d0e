"""Telling endpoints: at least once, in order, on a schedule, and never for ever."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ffgateway.domain.retries import SCHEDULE
from ffgateway.domain.subscriptions import PausedBy, Subscription, SubscriptionState, Trigger
from tests.support.gateway import ANN, House, gateway
from tests.support.nouns import an_event
from tests.support.receiver import Answer, Receiver, receiving


async def subscribe(
    house: House, receiver: Receiver, path: str = "/", *events: str
) -> tuple[Subscription, str]:
    return await house.subscriptions.create(ANN, url=receiver.url + path, events=events or ("*",))


async def counts(house: House) -> dict[str, int]:
    async with house.store.reading() as tx:
        return await tx.outbox.count_by_state()


async def test_an_endpoint_is_told_the_story_of_a_fax_in_order_and_signed(house: House) -> None:
    async with receiving() as receiver:
        await subscribe(house, receiver)
        (fax,) = await house.send()
        await house.faxes.cancel(ANN, fax.id)
        while await house.deliver():
            pass
        assert [call.event["type"] for call in receiver.received] == [
            "fax.accepted",
            "fax.queued",
            "fax.cancelled",
        ]
        assert [call.event["sequence"] for call in receiver.received] == [1, 2, 3]
        assert all(call.headers["webhook-signature"] for call in receiver.received)
    assert await counts(house) == {"delivered": 3}


async def test_a_failed_try_comes_again_on_schedule_and_is_given_up_after_the_tenth(
    house: House,
) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=500, body=b"broken"))
        hook, _ = await subscribe(house, receiver, "/", "fax.accepted")
        await house.send()
        for number in range(1, len(SCHEDULE) + 1):
            assert await house.deliver() == 1, number
            assert await house.deliver() == 0, "not before its time"
            if number < len(SCHEDULE):
                wait = SCHEDULE[number]
                house.clock.advance(wait * 0.79)
                assert await house.deliver() == 0, "not before its time"
                house.clock.advance(wait * 0.42)
        assert await counts(house) == {"dead": 1}
        house.clock.advance(timedelta(days=30))
        assert await house.deliver() == 0
        assert len(receiver.received) == len(SCHEDULE)
        assert len({call.headers["webhook-id"] for call in receiver.received}) == 1
    page = await house.subscriptions.attempts(ANN, hook.id, cursor=None, limit=100)
    tries = list(reversed(page.items))
    assert [one.attempt for one in tries] == list(range(1, 11))
    assert {(one.status, one.response) for one in tries} == {(500, "broken")}
    assert [one.next_at is None for one in tries] == [False] * 9 + [True]
    assert (await house.acts(hook.id))[-1] == "webhook.dead_lettered"
    assert [one.type for one in await house.told(hook.id)] == ["webhook.dead_lettered"]


async def test_gone_disables_the_endpoint_at_once_and_tells_the_others(home: House) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=410), path="/gone")
        hook, _ = await subscribe(home, receiver, "/gone", "fax.accepted")
        await subscribe(home, receiver, "/other", "webhook.*")
        await home.send()
        await home.deliver()
        after = await home.subscriptions.get(ANN, hook.id)
        assert after.state is SubscriptionState.DISABLED
        await home.send()
        while await home.deliver():
            pass
        assert len(receiver.received.to("/gone")) == 1
        (told,) = receiver.received.to("/other")
        assert told.event["type"] == "webhook.disabled"
        assert told.event["subject"] == hook.id


async def test_a_receiver_that_asks_for_time_is_given_it(home: House) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=503, headers={"retry-after": "3600"}))
        await subscribe(home, receiver, "/", "fax.accepted")
        await home.send()
        await home.deliver()
        home.clock.advance(3599)
        assert await home.deliver() == 0
        home.clock.advance(1)
        assert await home.deliver() == 1


async def test_a_ping_reaches_the_endpoint_and_is_found_among_its_attempts(home: House) -> None:
    async with receiving() as receiver:
        hook, secret = await subscribe(home, receiver, "/", "device.*")
        event_id = await home.subscriptions.test(ANN, hook.id)
        await home.deliver()
        (call,) = receiver.received
        assert call.event["type"] == "webhook.ping"
        assert call.headers["webhook-id"] == event_id
        assert secret.startswith("whsec_")
    (attempt,) = (await home.subscriptions.attempts(ANN, hook.id, cursor=None, limit=5)).items
    assert (attempt.event_id, attempt.status, attempt.next_at) == (event_id, 200, None)


async def test_a_removed_endpoint_is_told_nothing_more(home: House) -> None:
    async with receiving() as receiver:
        hook, _ = await subscribe(home, receiver)
        await home.send()
        await home.subscriptions.remove(ANN, hook.id)
        assert await home.deliver() == 0
        assert len(receiver.received) == 0


async def test_what_a_dead_gateway_was_sending_goes_out_after_a_restart(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.accepted")
        await home.send()
        await home.delivering.read()
        assert len(home.delivering.take()) == 1
        assert await home.deliver() == 0
        home.delivering.start_over()
        assert await home.deliver() == 1
        assert await counts(home) == {"delivered": 1}


async def test_an_endpoint_has_no_more_than_four_tries_under_way(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.accepted")
        for _ in range(6):
            await home.send()
        await home.delivering.read()
        first = home.delivering.take()
        assert len(first) == 4
        assert home.delivering.take() == []
        await home.delivering.send(first[0])
        (fifth,) = home.delivering.take()  # its place is free before it is on record
        assert fifth.delivery.id > first[-1].delivery.id


async def test_the_next_of_a_story_waits_until_the_one_before_is_on_record(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver)
        await home.send()
        await home.delivering.read()
        (accepted,) = home.delivering.take()
        await home.delivering.send(accepted)
        assert home.delivering.take() == []
        await home.delivering.acknowledge()
        (queued,) = home.delivering.take()
        assert queued.event.sequence == accepted.event.sequence + 1


async def test_out_of_order_a_failure_holds_back_nothing(home: House) -> None:
    async with receiving() as receiver:
        hook, _ = await subscribe(home, receiver)
        await changed(home, hook, ordered=False)
        receiver.answer(lambda call: Answer(status=500 if call.event["sequence"] == 1 else 200))
        await home.send()
        assert await home.deliver() == 2
        assert await counts(home) == {"pending": 1, "delivered": 1}


async def test_a_failure_holds_back_the_rest_of_its_story_however_long(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.*")
        bad = True
        receiver.answer(
            lambda call: Answer(status=500 if bad and call.event["subject"] == "fax_bad" else 200)
        )
        for _ in range(3):
            await tell(home, *["fax_bad"] * 50, "fax_good")
        while await home.deliver():
            pass
        assert await counts(home) == {"pending": 150, "delivered": 3}
        bad = False
        home.clock.advance(10)
        while await home.deliver():
            pass
        assert await counts(home) == {"delivered": 153}
        story = [
            one.event["sequence"] for one in receiver.received if one.event["subject"] == "fax_bad"
        ]
        assert story == [1, *range(1, 151)]


async def test_a_dead_letter_lets_the_rest_of_the_story_go_on(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.*")
        abort = Answer(status=500, headers={"webhook-delivery": "abort-message"})
        receiver.answer(lambda call: abort if call.event["sequence"] == 1 else Answer())
        await home.send()
        while await home.deliver():
            pass
        assert await counts(home) == {"dead": 1, "delivered": 1}


async def test_an_endpoint_that_says_disable_is_told_nothing_more_and_keeps_its_queue(
    home: House,
) -> None:
    async with receiving() as receiver:
        hook, _ = await subscribe(home, receiver, "/", "fax.*")
        receiver.answer(Answer(headers={"webhook-delivery": "disable"}))
        await home.send()
        while await home.deliver():
            pass
        assert await counts(home) == {"delivered": 1, "pending": 1}
        receiver.answer(Answer())
        await home.subscriptions.resume(ANN, hook.id)
        while await home.deliver():
            pass
        assert await counts(home) == {"delivered": 2}


async def test_a_rate_holds(home: House) -> None:
    async with receiving() as receiver:
        hook, _ = await subscribe(home, receiver)
        await changed(home, hook, rate_per_second=2.0)
        await tell(home, *(f"fax_{number}" for number in range(30)))
        sent = 0
        for tenth in range(1, 101):
            sent += await home.deliver()
            assert sent <= 1 + 2 * tenth / 10
            home.clock.advance(0.1)
        assert sent == 19


async def test_a_busy_endpoint_is_slowed_as_a_whole(home: House) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=429, headers={"retry-after": "60"}))
        await subscribe(home, receiver)
        await tell(home, *(f"fax_{number}" for number in range(10)))
        assert await home.deliver() == 4
        home.clock.advance(30)
        assert await home.deliver() == 0
        home.delivering.start_over()  # nor does a restart make it forget
        assert await home.deliver() == 0
        receiver.answer(Answer())
        home.clock.advance(31)
        assert await home.deliver() == 4


async def sicken(home: House) -> None:
    """Fail fifteen tries in a row."""
    await tell(home, *(f"fax_{number}" for number in range(40)))
    while await home.deliver():
        pass


async def test_a_sick_endpoint_is_paused_probed_and_resumed_with_all_that_it_missed(
    house: House,
) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=500), path="/sick")
        hook, _ = await subscribe(house, receiver, "/sick", "fax.*")
        await sicken(house)
        tries = len(receiver.received)
        assert 15 <= tries <= 18
        paused = await house.subscriptions.get(ANN, hook.id)
        assert (paused.state, paused.paused_by) == (SubscriptionState.PAUSED, PausedBy.GATEWAY)
        assert paused.pause_reason == "15 failures in a row; the last: 500"
        for wait in (10, 40, 80):  # probes that fail, one at a time, ever more rarely
            house.clock.advance(wait)
            assert await house.deliver() == 1
            assert await house.deliver() == 0
        await tell(house, "fax_new")
        house.delivering.start_over()
        receiver.answer(Answer(), path="/sick")
        house.clock.advance(400)
        while await house.deliver():
            pass
        assert await counts(house) == {"delivered": 41}
        after = await house.subscriptions.get(ANN, hook.id)
        assert (after.state, after.paused_by, after.probes) == (SubscriptionState.ACTIVE, None, 0)
    assert [one.type for one in await house.told(hook.id)] == ["webhook.paused", "webhook.resumed"]
    assert (await house.acts(hook.id))[1:] == ["webhook.paused", "webhook.resumed"]
    page = await house.subscriptions.attempts(ANN, hook.id, cursor=None, limit=100)
    triggers = Counter(one.trigger for one in page.items)
    assert triggers[Trigger.PROBE] == 4
    assert max(one.attempt for one in page.items) == 2, "a probe that fails uses up no try"


async def test_one_event_that_it_stumbles_over_does_not_keep_an_endpoint_paused(
    home: House,
) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=500))
        hook, _ = await subscribe(home, receiver, "/", "fax.*")
        await sicken(home)
        receiver.answer(lambda call: Answer(status=500 * (call.event["subject"] == "fax_0") or 200))
        for _ in range(2):
            home.clock.advance(60)
            await home.deliver()
        after = await home.subscriptions.get(ANN, hook.id)
        assert after.state is SubscriptionState.ACTIVE


async def test_an_endpoint_that_fails_now_and_then_is_not_paused(home: House) -> None:
    async with receiving() as receiver:
        chance = random.Random(1)
        receiver.answer(lambda _: Answer(status=500 if chance.random() < 0.3 else 200))
        hook, _ = await subscribe(home, receiver, "/", "fax.*")
        await tell(home, *(f"fax_{number}" for number in range(100)))
        for _ in range(4):
            while await home.deliver():
                pass
            home.clock.advance(3600)
        assert (await home.subscriptions.get(ANN, hook.id)).state is SubscriptionState.ACTIVE
        assert (await counts(home))["delivered"] >= 95


async def test_pausing_by_hand_ends_the_probes_and_resuming_begins_anew(home: House) -> None:
    async with receiving() as receiver:
        receiver.answer(Answer(status=500))
        hook, _ = await subscribe(home, receiver, "/", "fax.*")
        await sicken(home)
        await home.subscriptions.pause(ANN, hook.id)
        home.clock.advance(3600)
        assert await home.deliver() == 0
        receiver.answer(Answer())
        await home.subscriptions.resume(ANN, hook.id)
        while await home.deliver():
            pass
        assert await counts(home) == {"delivered": 40}


async def test_a_delivery_whose_event_is_gone_is_buried_and_holds_up_nothing(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.*")
        await tell(home, "fax_a", "fax_a")
        async with home.store.transaction() as tx:
            connection = await tx.session.connection()
            await connection.execute(text("DELETE FROM event WHERE position = 1"))
        assert await home.deliver() == 1
        assert await counts(home) == {"dead": 1, "delivered": 1}


async def test_an_endpoint_belongs_to_one_gateway_until_that_one_is_dead(
    house: House, tmp_path: Path
) -> None:
    async with (
        receiving() as receiver,
        gateway(house.store, house.clock, tmp_path, name="other") as other,
    ):
        await house.leasing.join()
        await subscribe(house, receiver, "/", "fax.*")
        await tell(house, "fax_a", "fax_b")
        house.delivering.look_again()
        await house.delivering.read()
        first, _ = house.delivering.take()
        if house.store.embedded:
            return  # nobody else can be there
        await other.leasing.join()
        assert await other.deliver() == 0
        house.clock.advance(16)
        assert house.delivering.take() == []  # not sure any more whether it is alone
        await other.leasing.beat()
        assert await other.deliver() == 2
        await house.delivering.send(first)  # the late hand: sent twice, counted once
        await house.delivering.acknowledge()
        assert await counts(house) == {"delivered": 2}
        assert len({call.headers["webhook-id"] for call in receiver.received}) == 2
        assert len(receiver.received) == 3


async def changed(house: House, hook: Subscription, **changes: Any) -> None:
    async with house.store.transaction() as tx:
        present = await tx.subscriptions.get(hook.id, lock=True)
        await tx.subscriptions.save(replace(present, **changes))


async def tell(house: House, *subjects: str) -> None:
    async with house.store.transaction() as tx:
        tx.tell(*(an_event(subject) for subject in subjects))

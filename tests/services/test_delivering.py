"""Telling endpoints: at least once, in order, on a schedule, and never for ever."""

from datetime import timedelta

from ffgateway.domain.retries import SCHEDULE
from ffgateway.domain.subscriptions import Subscription, SubscriptionState
from tests.support.gateway import ANN, House
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


async def test_a_claim_that_a_dead_gateway_held_is_free_after_a_restart(home: House) -> None:
    async with receiving() as receiver:
        await subscribe(home, receiver, "/", "fax.accepted")
        await home.send()
        (before,) = await home.delivering.claim({})
        assert await home.deliver() == 0
        await home.delivering.recover()
        assert await home.deliver() == 1
        assert await counts(home) == {"delivered": 1}
        await home.delivering.send(before)  # the late hand: received twice, recorded once
        assert await counts(home) == {"delivered": 1}
        ids = [call.headers["webhook-id"] for call in receiver.received]
        assert len(ids) == 2
        assert len(set(ids)) == 1


async def test_an_endpoint_with_its_share_under_way_is_passed_over(home: House) -> None:
    async with receiving() as receiver:
        hook, _ = await subscribe(home, receiver, "/", "fax.accepted")
        await home.send()
        assert await home.delivering.claim({hook.id: 4}) == ()
        assert len(await home.delivering.claim({hook.id: 3})) == 1

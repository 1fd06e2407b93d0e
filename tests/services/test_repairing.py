"""What an operator sees of an endpoint: its tries, by what they were for and how they went."""

from typing import Any

from ffgateway.domain.subscriptions import Result, Trigger
from ffgateway.services.subscriptions import AttemptFilter
from tests.support.gateway import ANN, House
from tests.support.receiver import Answer, receiving


async def test_tries_are_found_by_event_by_result_and_by_why_they_were_made(house: House) -> None:
    async with receiving() as receiver:
        hook, _ = await house.subscriptions.create(
            ANN, url=receiver.url, events=("fax.accepted", "fax.queued")
        )
        await house.send()
        receiver.answer(Answer(status=500))
        await house.deliver()
        house.clock.advance(10)
        receiver.answer(Answer(status=202))
        await house.deliver()
        house.clock.advance(1)
        await house.deliver()
        house.clock.advance(1)
        ping = await house.subscriptions.test(ANN, hook.id)
        receiver.answer(Answer(drop=True))
        await house.deliver()

    async def found(**filters: Any) -> list[tuple[str, str, int | None]]:
        page = await house.subscriptions.attempts(
            ANN, hook.id, AttemptFilter(**filters), cursor=None, limit=100
        )
        wanted = filters.get("result")
        assert all(wanted in {None, one.result} for one in page.items)
        return [(one.event_type, one.trigger, one.status) for one in reversed(page.items)]

    failed = ("fax.accepted", "event", 500)
    retried = ("fax.accepted", "retry", 202)
    queued, cut = ("fax.queued", "event", 202), ("webhook.ping", "test", None)
    assert await found() == [failed, retried, queued, cut]
    assert await found(result=Result.DELIVERED) == [retried, queued]
    assert await found(result=Result.FAILED) == [failed, cut]
    assert await found(trigger=Trigger.EVENT) == [failed, queued]
    assert await found(trigger=Trigger.RETRY, result=Result.FAILED) == []
    assert await found(event_id=ping) == [cut]
    assert await found(event_id="evt_unknown") == []

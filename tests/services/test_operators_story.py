"""An endpoint is down, dead letters pile up, it is mended, and what it lacks is sent at its own pace."""

from dataclasses import replace

from ffgateway.domain.replays import Progress, ReplayState, Which, Wish
from ffgateway.domain.subscriptions import Result, Trigger
from ffgateway.services.subscriptions import AttemptFilter
from tests.services.test_replays import deliver_all, happen, ids
from tests.support.gateway import ANN, House
from tests.support.receiver import Answer, receiving

RATE, LETTERS = 50, 120
A_TENTH = 0.1


async def test_dead_letters_arrive_once_each_at_fifty_a_second_under_their_old_ids(
    home: House,
) -> None:
    async with receiving() as receiver:
        hook, _ = await home.subscriptions.create(ANN, url=receiver.url, events=("fax.*",))
        # a receiver whose database is away says that it will not have these
        receiver.answer(Answer(status=400, headers={"webhook-delivery": "abort-message"}))
        told = await happen(home, *(f"fax_{number}" for number in range(LETTERS)))
        while not await piled_up(home, hook.id):
            await deliver_all(home)
            home.clock.advance(300)  # what the gateway paused it probes
        letters = await home.replays.dead_letters(ANN, hook.id, cursor=None, limit=100)
        assert {one.last.status for one in letters.items if one.last} == {400}

        down = len(receiver.received)
        receiver.answer(Answer())
        async with home.store.transaction() as tx:
            await tx.subscriptions.save(
                replace(await tx.subscriptions.get(hook.id), rate_per_second=float(RATE))
            )
        await home.subscriptions.resume(ANN, hook.id)
        begun = await home.replays.start(ANN, hook.id, Wish(which=Which.FAILED))
        assert begun.replay.total == LETTERS
        seen = await watched(home, begun)
        arrived = ids(receiver)[down:]
        assert sorted(arrived) == sorted(told)
    pace = [later - now for now, later in zip(seen, seen[10:], strict=False)]
    assert max(pace) <= RATE * 1.1 + 1, "a second's worth, and what may be saved up"
    assert RATE * 0.9 <= pace[5] <= RATE * 1.1 + 1
    assert seen == sorted(seen)
    tries = await home.subscriptions.attempts(
        ANN,
        hook.id,
        AttemptFilter(trigger=Trigger.REPLAY, result=Result.DELIVERED),
        cursor=None,
        limit=200,
    )
    assert len(tries.items) == LETTERS
    assert not (await home.replays.dead_letters(ANN, hook.id, cursor=None, limit=1)).items


async def piled_up(home: House, hook: str) -> bool:
    """Whether everything was given up."""
    async with home.store.reading() as tx:
        return (await tx.outbox.count_by_state()).get("pending", 0) == 0


async def watched(home: House, begun: Progress) -> list[int]:
    """How many are delivered, every tenth of a second until the replay has ended."""
    of, seen = begun.replay, list[int]()
    for _ in range(100):
        await home.replaying.step()
        await deliver_all(home)
        now = await home.replays.get(ANN, of.subscription_id, of.id)
        seen.append(now.tally.delivered)
        if now.replay.state is ReplayState.COMPLETED:
            return seen
        home.clock.advance(A_TENTH)
    raise AssertionError(f"it does not end: {now}")

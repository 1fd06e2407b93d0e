"""Events sent once more: what is selected, at what pace, under which ids, and how that may end."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.errors import Conflict, Forbidden, InvalidRequest, NotFound
from ffgateway.domain.events import EventType
from ffgateway.domain.replays import FEWEST, WINDOW, Progress, ReplayState, Which, Wish, room
from ffgateway.domain.subscriptions import (
    DeliveryState,
    Result,
    Subscription,
    SubscriptionState,
    Trigger,
)
from ffgateway.services.subscriptions import AttemptFilter
from ffgateway.store.event_tables import DeliveryRow
from tests.support.gateway import ANN, House, gateway
from tests.support.nouns import an_event
from tests.support.receiver import Receiver, receiving

READER = Caller(principal=Principal(id="key_r", name="R", scopes=frozenset({Scope.FAXES_READ})))
FAILED = Wish(which=Which.FAILED)


async def subscribe(house: House, receiver: Receiver, *events: str, **changes: Any) -> Subscription:
    hook, _ = await house.subscriptions.create(
        ANN, url=receiver.url, events=events or ("fax.*", "webhook.*")
    )
    async with house.store.transaction() as tx:
        await tx.subscriptions.save(replace(hook, **changes))
    return hook


async def happen(house: House, *subjects: str, kind: EventType = EventType.FAX_QUEUED) -> list[str]:
    """Have an event told of each; return the ids of all."""
    async with house.store.transaction() as tx:
        head = await tx.events.head()
        tx.tell(*(an_event(subject, kind, at=house.clock.now()) for subject in subjects))
    async with house.store.reading() as tx:
        return [event.id for event in await tx.events.after(head, limit=10_000)]


async def deliver_all(house: House) -> None:
    while await house.deliver():
        pass


async def give_up(house: House) -> None:
    """Have everything that waits be a dead letter, as if it had been tried ten times over days."""
    async with house.store.transaction() as tx:
        waiting = update(DeliveryRow).where(col(DeliveryRow.state) == DeliveryState.PENDING.value)
        dead = {"state": DeliveryState.DEAD.value, "next_at": house.clock.now(), "attempt": 10}
        await tx.session.exec(waiting.values(**dead))
    house.clock.advance(60)


async def replayed(house: House, hook: Subscription, wish: Wish) -> Progress:
    """Replay to the end."""
    begun = await house.replays.start(ANN, hook.id, wish)
    for _ in range(100):
        await house.replaying.step()
        now = await house.replays.get(ANN, hook.id, begun.replay.id)
        if now.replay.state is not ReplayState.RUNNING:
            return now
        await deliver_all(house)
    raise AssertionError(f"it does not end: {now}")


def ids(receiver: Receiver) -> list[str]:
    return [call.headers["webhook-id"] for call in receiver.received]


# Which ------------------------------------------------------------------------------------------


async def test_an_endpoint_gets_what_happened_before_it_was_there_and_while_it_was_disabled(
    house: House,
) -> None:
    before = await happen(house, "fax_1", "fax_2", "fax_3")
    await happen(house, "dev_1", kind=EventType.DEVICE_ONLINE)
    async with receiving() as receiver:
        hook = await subscribe(house, receiver, "fax.*")
        seen = await happen(house, "fax_4")
        await deliver_all(house)
        async with house.store.transaction() as tx:
            await tx.subscriptions.save(replace(hook, state=SubscriptionState.DISABLED))
        while_disabled = await happen(house, "fax_1")
        with pytest.raises(Conflict):
            await house.replays.start(ANN, hook.id, Wish(which=Which.NEVER_ATTEMPTED))
        await house.subscriptions.resume(ANN, hook.id)
        wish = Wish(which=Which.NEVER_ATTEMPTED)
        assert await house.replays.count(ANN, hook.id, wish) == 4
        done = await replayed(house, hook, wish)
        assert ids(receiver)[:1] == seen
        assert sorted(ids(receiver)[1:]) == sorted([*before, *while_disabled])
        assert (done.replay.total, done.tally.delivered, done.replay.passed_over) == (4, 4, 0)
        assert await house.replays.count(ANN, hook.id, wish) == 0


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"after": 0}, [0, 1, 2, 3, 4]),
        ({"after": 2}, [2, 3, 4]),
        ({"until": 2}, [0, 1]),
        ({"after": 1, "until": 3}, [1, 2]),
        ({"after": 9}, []),
        ({"since": 60}, [1, 2, 3, 4]),
        ({"before": 60}, [0]),
        ({"since": 60, "before": 180}, [1, 2]),
        ({"types": ("fax.sending",)}, [2]),
        ({"types": ("fax.sending", "fax.queued")}, [0, 1, 2]),
        ({"types": ("device.*",)}, []),  # it did not ask for those
        ({"subject": "fax_1"}, [0, 2]),
        ({"subject": "fax_1", "types": ("fax.queued",), "until": 3}, [0]),
    ],
    ids=str,
)
async def test_a_range_is_what_the_endpoint_subscribed_to_within_its_bounds(
    home: House, bounds: dict[str, Any], expected: list[int]
) -> None:
    start, told = home.clock.now(), []
    for subject, kind in (
        ("fax_1", EventType.FAX_QUEUED),
        ("fax_2", EventType.FAX_QUEUED),
        ("fax_1", EventType.FAX_SENDING),
        ("fax_2", EventType.FAX_DELIVERED),
        ("fax_3", EventType.FAX_SUBMITTED),
    ):
        told += await happen(home, subject, kind=kind)
        home.clock.advance(60)
    await happen(home, "dev_1", kind=EventType.DEVICE_ONLINE)
    moments: dict[str, Any] = {
        name: start + timedelta(seconds=bound) if name in {"since", "before"} else bound
        for name, bound in bounds.items()
    }
    async with receiving() as receiver:
        hook = await subscribe(home, receiver, "fax.*")
        done = await replayed(home, hook, Wish(which=Which.RANGE, **moments))
        assert sorted(ids(receiver)) == sorted(told[index] for index in expected)
        assert done.replay.total == len(expected)


async def test_named_events_are_sent_in_the_order_of_the_log_whatever_it_subscribed_to(
    house: House,
) -> None:
    told = await happen(house, "fax_1", "fax_2", "dev_1", "fax_3")
    async with receiving() as receiver:
        hook = await subscribe(house, receiver, "batch.*")
        wish = Wish(which=Which.EVENTS, events=(told[2], told[0]))
        done = await replayed(house, hook, wish)
        assert ids(receiver) == [told[0], told[2]]
        assert done.replay.total == 2
        again = await replayed(house, hook, wish)  # each time anew
        assert ids(receiver) == [told[0], told[2]] * 2
        assert again.tally.delivered == 2
        narrowed = replace(wish, which=Which.NEVER_ATTEMPTED, events=tuple(told))
        assert await house.replays.count(ANN, hook.id, narrowed) == 0  # it wants none of them
        with pytest.raises(NotFound) as missing:
            await house.replays.start(ANN, hook.id, replace(wish, events=(told[0], "evt_1")))
        assert missing.value.field == "events[1]"


async def test_the_pings_of_others_are_never_replayed(home: House) -> None:
    async with receiving() as receiver:
        one, other = await subscribe(home, receiver), await subscribe(home, receiver)
        mine = await home.subscriptions.test(ANN, one.id)
        await home.subscriptions.test(ANN, other.id)
        wish = Wish(which=Which.RANGE, after=0)
        assert await home.replays.count(ANN, one.id, wish) == 1
        done = await replayed(home, one, wish)
        assert (done.tally.queued, done.replay.passed_over) == (0, 1)
        assert mine in ids(receiver)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(which=Which.EVENTS), "events"),
        (Wish(which=Which.EVENTS, events=("evt_1",) * 501), "events"),
        (Wish(which=Which.FAILED, events=("evt_1",) * 501), "events"),
        (Wish(which=Which.RANGE, types=("fax",)), "types[0]"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused_and_nothing_is_cut_off(
    home: House, wish: Wish, field: str
) -> None:
    async with receiving() as receiver:
        hook = await subscribe(home, receiver)
        for ask in (home.replays.start, home.replays.count):
            with pytest.raises(InvalidRequest) as refused:
                await ask(ANN, hook.id, wish)
            assert refused.value.field == field


# An operator's story ----------------------------------------------------------------------------


async def test_what_piled_up_while_an_endpoint_was_down_arrives_once_it_is_mended(
    house: House,
) -> None:
    async with receiving() as receiver:
        hook = await subscribe(house, receiver, "fax.*")
        told = await happen(house, *(f"fax_{number}" for number in range(12)))
        await give_up(house)
        letters = await house.replays.dead_letters(ANN, hook.id, cursor=None, limit=8)
        assert [one.delivery.event_id for one in letters.items] == told[:3:-1]
        assert {one.delivery.attempt for one in letters.items} == {10}
        rest = await house.replays.dead_letters(ANN, hook.id, cursor=letters.next, limit=8)
        assert [one.delivery.event_id for one in rest.items] == told[3::-1]

        discarded = await house.replays.discard(ANN, hook.id, (told[0], told[1], "evt_unknown"))
        assert discarded == 2
        assert await house.replays.count(ANN, hook.id, FAILED) == 10
        begun = await house.replays.start(ANN, hook.id, FAILED)
        assert (begun.replay.total, begun.tally.queued) == (10, 0)
        await house.replaying.step()
        await house.deliver()
        midway = await house.replays.get(ANN, hook.id, begun.replay.id)
        assert midway.replay.state is ReplayState.RUNNING
        assert (midway.tally.queued, midway.tally.delivered > 0) == (10, True)
        await deliver_all(house)
        await house.replaying.step()
        done = await house.replays.get(ANN, hook.id, begun.replay.id)
        assert (done.replay.state, done.tally.delivered) == (ReplayState.COMPLETED, 10)
        assert (done.replay.passed_over, done.tally.failed) == (0, 0)
        assert sorted(ids(receiver)) == sorted(told[2:])  # once each, under the old ids
        empty = await house.replays.dead_letters(ANN, hook.id, cursor=None, limit=20)
        assert empty.items == ()
    tries = await house.subscriptions.attempts(
        ANN, hook.id, AttemptFilter(trigger=Trigger.REPLAY), cursor=None, limit=100
    )
    assert {(one.attempt, one.result) for one in tries.items} == {(1, Result.DELIVERED)}
    ways = await house.replays.deliveries(ANN, told[5])
    assert [(one.delivery.state, one.delivery.trigger) for one in ways] == [
        (DeliveryState.REPLAYED, Trigger.EVENT),
        (DeliveryState.DELIVERED, Trigger.REPLAY),
    ]
    assert ways[1].delivery.replay_id == done.replay.id
    acts = await house.acts(hook.id)
    assert [act for act in acts if "dead_lettered" not in act][1:] == [
        "dead_letter.discard",
        "webhook.replay",
    ]
    assert await house.acts(done.replay.id) == ["replay.completed"]


async def test_what_fails_again_is_a_dead_letter_again_and_can_be_replayed_again(
    home: House,
) -> None:
    async with receiving() as receiver:
        hook = await subscribe(home, receiver, "fax.*")
        (event,) = await happen(home, "fax_1")
        await give_up(home)
        first = await home.replays.start(ANN, hook.id, FAILED)
        await home.replaying.step()
        assert (await home.replays.dead_letters(ANN, hook.id, cursor=None, limit=9)).items == ()
        await give_up(home)
        await home.replaying.step()
        ended = await home.replays.get(ANN, hook.id, first.replay.id)
        assert (ended.replay.state, ended.tally.failed) == (ReplayState.COMPLETED, 1)
        letters = await home.replays.dead_letters(ANN, hook.id, cursor=None, limit=9)
        assert [one.delivery.event_id for one in letters.items] == [event]
        assert (await replayed(home, hook, FAILED)).tally.delivered == 1
        # what became of the first one does not change by that
        assert (await home.replays.get(ANN, hook.id, first.replay.id)).tally == ended.tally


# Pace and end -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "waiting", "more"),
    [
        (None, 0, WINDOW),
        (None, 250, 250),
        (None, 251, 0),
        (50, 0, 250),
        (50, 124, 126),
        (0.1, 0, FEWEST),
        (0.1, 3, 0),
        (10_000, 0, WINDOW),
    ],
)
def test_so_much_waits_at_once_that_what_happens_meanwhile_is_not_kept_behind_it(
    rate: float | None, waiting: int, more: int
) -> None:
    assert room(rate=rate, waiting=waiting) == more


async def test_a_replay_goes_on_piece_by_piece_whichever_gateway_takes_it_up(
    house: House, tmp_path: Path
) -> None:
    told = await happen(house, *(f"fax_{number}" for number in range(20)))
    async with receiving() as receiver:
        hook = await subscribe(house, receiver, "fax.*", rate_per_second=1.0)
        begun = await house.replays.start(ANN, hook.id, Wish(which=Which.RANGE, after=0))
        later = await happen(house, "fax_new")
        async with gateway(house.store, house.clock, tmp_path, name="other") as other:
            for number in range(40):
                await (house if number % 2 else other).replaying.step()
                now = await other.replays.get(ANN, hook.id, begun.replay.id)
                assert now.tally.waiting <= 5
                house.clock.advance(1)
                await house.deliver()
        assert now.replay.state is ReplayState.COMPLETED
        assert now.tally.delivered == 20
        arrived = [one for one in ids(receiver) if one not in later]
        assert sorted(arrived) == sorted(told)
        assert ids(receiver).index(later[0]) < 10, "it waited behind the whole replay"


async def test_what_a_called_off_replay_had_not_delivered_is_as_it_was_before(
    house: House,
) -> None:
    old = await happen(house, "fax_0")
    async with receiving() as receiver:
        hook = await subscribe(house, receiver, "fax.*")
        dead = await happen(house, *(f"fax_{number}" for number in range(1, 6)))
        await give_up(house)
        begun = await house.replays.start(ANN, hook.id, Wish(which=Which.RANGE, after=0))
        await house.replaying.step()
        await house.deliver()
        sent = ids(receiver)
        off = await house.replays.cancel(ANN, hook.id, begun.replay.id)
        assert off.replay.state is ReplayState.CANCELLED
        assert (off.tally.delivered, off.tally.cancelled) == (len(sent), 6 - len(sent))
        assert off == await house.replays.cancel(ANN, hook.id, begun.replay.id)
        assert await house.deliver() == 0
        await house.replaying.step()
        letters = await house.replays.dead_letters(ANN, hook.id, cursor=None, limit=9)
        assert {one.delivery.event_id for one in letters.items} == {*old, *dead} - {*sent, *old}
        house.clock.advance(1)
        done = await replayed(house, hook, FAILED)
        assert done.tally.delivered == len(letters.items)
        with pytest.raises(Conflict):
            await house.replays.cancel(ANN, hook.id, done.replay.id)
        # what was delivered since is no dead letter, though it had been one
        house.clock.advance(1)
        third = await house.replays.start(ANN, hook.id, Wish(which=Which.RANGE, after=0))
        await house.replaying.step()
        house.clock.advance(1)
        off = await house.replays.cancel(ANN, hook.id, third.replay.id)
        assert (off.tally.cancelled, off.tally.waiting) == (6, 0)
        letters = await house.replays.dead_letters(ANN, hook.id, cursor=None, limit=9)
        assert letters.items == ()
        page = await house.replays.list(ANN, hook.id, cursor=None, limit=9)
        assert [one.replay.state for one in page.items] == [
            ReplayState.CANCELLED,
            ReplayState.COMPLETED,
            ReplayState.CANCELLED,
        ]


async def test_a_replay_waits_for_a_paused_endpoint_and_ends_with_a_removed_one(
    home: House,
) -> None:
    await happen(home, "fax_1", "fax_2")
    async with receiving() as receiver:
        hook = await subscribe(home, receiver, "fax.*")
        await home.subscriptions.pause(ANN, hook.id)
        begun = await home.replays.start(ANN, hook.id, Wish(which=Which.NEVER_ATTEMPTED))
        await home.replaying.step()
        assert await home.deliver() == 0
        await home.replaying.step()
        assert (await home.replays.get(ANN, hook.id, begun.replay.id)).tally.waiting == 2
        await home.subscriptions.remove(ANN, hook.id)
        assert await home.replaying.step() is not None
        assert await home.replaying.step() is None
        ended = await home.replays.get(ANN, hook.id, begun.replay.id)
        assert (ended.replay.state, ended.tally.cancelled) == (ReplayState.CANCELLED, 2)


async def test_it_takes_the_scope_and_the_endpoint(home: House) -> None:
    wish = Wish(which=Which.RANGE, after=0)
    for caller, refused in ((READER, Forbidden), (ANN, NotFound)):
        for asked in (
            home.replays.start(caller, "whk_1", wish),
            home.replays.count(caller, "whk_1", wish),
            home.replays.get(caller, "whk_1", "rpl_1"),
            home.replays.list(caller, "whk_1", cursor=None, limit=1),
            home.replays.cancel(caller, "whk_1", "rpl_1"),
            home.replays.dead_letters(caller, "whk_1", cursor=None, limit=1),
            home.replays.discard(caller, "whk_1", everything=True),
            home.replays.deliveries(caller, "evt_1"),
        ):
            with pytest.raises(refused):
                await asked

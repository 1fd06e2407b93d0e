"""One key, one act: waiting, dying, forgetting, on each database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.access import Caller, Grant, Limits, Scope
from ffgateway.domain.errors import (
    Forbidden,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    IdempotencyOutcomeUnknown,
)
from ffgateway.domain.idempotency import (
    LEASE,
    Answer,
    Claim,
    Ending,
    Known,
    Repeat,
    State,
    digest_of,
)
from ffgateway.services.once import Once, Request
from ffgateway.store import idempotency
from tests.support.gateway import ANN, REMEMBERED, House

REQUEST = Request(
    caller=ANN, key="one", fingerprint="f", name="POST /v1/faxes", repeat=Repeat.BOUND
)
ALL = frozenset({Scope.ADMIN})
NEVER = replace(REQUEST, repeat=Repeat.NEVER)


class Acts:
    """An act that counts, and may be held up. What it answers says how often it was done."""

    def __init__(self, ending: Ending = Ending.DECIDED) -> None:
        self.ending = ending
        self.done = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, caller: Caller) -> tuple[Answer, Ending]:
        assert caller.claim is not None
        self.done += 1
        self.begun.set()
        await self.go.wait()
        return answer(f"act {self.done}"), self.ending


def answer(body: str) -> Answer:
    return Answer(status=200, headers=(), body=body.encode())


async def rebuild(effects: tuple[str, ...]) -> Answer:
    return answer(",".join(effects))


async def dead(house: House, key: str = "one") -> Caller:
    """Somebody who took a key and was never heard of again, or not for a long time."""
    now = house.clock.now()
    claim = Claim(principal_id=ANN.principal.id, digest=digest_of(key), owner="dead")
    known = Known(
        claim=claim,
        state=State.RUNNING,
        fingerprint="f",
        created_at=now,
        lease_until=now + LEASE,
        request_id="req_0",
    )
    async with house.store.transaction() as tx:
        assert await tx.idempotency.claim(known)
    return replace(ANN, claim=claim)


# Waiting ----------------------------------------------------------------------------------------


async def test_the_second_waits_for_the_first_and_holds_nothing_meanwhile(house: House) -> None:
    acts = Acts()
    acts.go.clear()
    first = asyncio.create_task(house.once.run(REQUEST, acts))
    await acts.begun.wait()
    others = [asyncio.create_task(house.once.run(REQUEST, acts)) for _ in range(40)]
    for _ in range(3):  # more than there are connections wait, and there are some left
        await asyncio.wait_for(house.send(), 20)
    assert not any(one.done() for one in others)
    acts.go.set()
    assert await first == (answer("act 1"), False)
    assert await asyncio.gather(*others) == [(answer("act 1"), True)] * 40
    assert acts.done == 1


async def test_whoever_has_waited_long_enough_is_told_so(house: House) -> None:
    acts = Acts()
    acts.go.clear()
    first = asyncio.create_task(house.once.run(REQUEST, acts))
    await acts.begun.wait()
    with pytest.raises(IdempotencyKeyInUse):
        await house.once.run(replace(REQUEST, wait=timedelta(0)), acts)
    acts.go.set()
    assert await first == (answer("act 1"), False)


async def test_another_replica_waits_for_the_first_as_well(house: House) -> None:
    other = Once(house.store, house.clock, keep=REMEMBERED)
    acts = Acts()
    acts.go.clear()
    first = asyncio.create_task(house.once.run(REQUEST, acts))
    await acts.begun.wait()
    second = asyncio.create_task(other.run(REQUEST, acts))
    acts.go.set()
    await first
    while not second.done():
        house.clock.advance(0.25)
        await asyncio.sleep(0)
    assert (await second, acts.done) == ((answer("act 1"), True), 1)


# Dying ------------------------------------------------------------------------------------------


async def test_what_was_accepted_before_the_crash_is_answered_and_not_sent_again(
    house: House,
) -> None:
    caller = await dead(house)
    (fax,) = await house.send(caller=caller)
    house.clock.advance(LEASE)
    acts = Acts()
    told = await house.once.run(REQUEST, acts, rebuild)
    assert told == (answer(fax.submission_id), True)
    assert acts.done == 0


async def test_what_was_not_accepted_before_the_crash_is_done_now(house: House) -> None:
    await dead(house)
    house.clock.advance(LEASE)
    acts = Acts()
    assert await house.once.run(REQUEST, acts, rebuild) == (answer("act 1"), False)


async def test_whoever_was_thought_dead_and_wakes_up_sends_nothing(house: House) -> None:
    caller = await dead(house)
    house.clock.advance(LEASE)
    await house.once.run(REQUEST, Acts(), rebuild)
    with pytest.raises(IdempotencyKeyInUse):
        await house.send(caller=caller)
    async with house.store.reading() as tx:
        assert await tx.submissions.next_due() is None


@pytest.mark.parametrize("repeat", [Repeat.NEVER, Repeat.AGAIN])
async def test_what_may_have_been_done_is_repeated_only_where_that_does_no_harm(
    home: House, repeat: Repeat
) -> None:
    await dead(home)
    home.clock.advance(LEASE)
    acts = Acts()
    request = replace(REQUEST, repeat=repeat)
    if repeat is Repeat.AGAIN:
        assert await home.once.run(request, acts) == (answer("act 1"), False)
        return
    for _ in range(2):
        with pytest.raises(IdempotencyOutcomeUnknown):
            await home.once.run(request, acts)
    assert acts.done == 0


async def test_the_restart_of_the_only_process_ends_all_waiting_at_once(home: House) -> None:
    await dead(home)
    await home.once.recover()
    assert await home.once.run(REQUEST, Acts()) == (answer("act 1"), False)


async def test_the_start_of_a_replica_says_nothing_of_the_others(house: House) -> None:
    if house.store.embedded:
        pytest.skip("there is only one process on SQLite")
    await dead(house)
    await house.once.recover()
    with pytest.raises(IdempotencyKeyInUse):
        await house.once.run(replace(REQUEST, wait=timedelta(0)), Acts())


async def test_a_sign_of_life_keeps_a_key_for_as_long_as_it_takes(home: House) -> None:
    acts = Acts()
    acts.go.clear()
    first = asyncio.create_task(home.once.run(REQUEST, acts))
    await acts.begun.wait()

    async def lease_until() -> timedelta:
        async with home.store.reading() as tx:
            known = await tx.idempotency.find(ANN.principal.id, digest_of("one"))
        assert known is not None
        return known.lease_until - home.clock.now()

    for _ in range(10):
        async with asyncio.timeout(20):
            while not home.clock.asleep:  # noqa: ASYNC110
                await asyncio.sleep(0)
            home.clock.advance(5)
            while await lease_until() < LEASE:
                pass  # it is being written
    acts.go.set()
    assert (await first)[1] is False


@pytest.mark.parametrize(
    ("repeat", "ending", "again"),
    [
        (Repeat.BOUND, Ending.UNDONE, "act 2"),
        (Repeat.AGAIN, Ending.UNDONE, "act 2"),
        (Repeat.NEVER, Ending.UNDONE, "act 2"),
        (Repeat.BOUND, Ending.UNSURE, "act 2"),  # nothing was bound, so nothing was done
        (Repeat.AGAIN, Ending.UNSURE, "act 2"),
        (Repeat.NEVER, Ending.UNSURE, None),
        (Repeat.NEVER, Ending.DECIDED, "act 1"),
    ],
)
async def test_how_the_first_ended_decides_about_the_second(
    home: House, repeat: Repeat, ending: Ending, again: str | None
) -> None:
    acts, request = Acts(ending), replace(REQUEST, repeat=repeat)
    await home.once.run(request, acts)
    if again is None:
        with pytest.raises(IdempotencyOutcomeUnknown):
            await home.once.run(request, acts)
    else:
        told, _ = await home.once.run(request, acts)
        assert told == answer(again)


async def test_an_act_that_fell_over_is_not_repeated_unasked(home: House) -> None:
    async def fall(_caller: Caller) -> tuple[Answer, Ending]:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        await home.once.run(NEVER, fall)
    with pytest.raises(IdempotencyOutcomeUnknown):
        await home.once.run(NEVER, Acts())


async def test_an_answer_too_large_to_keep_is_answered_from_what_was_accepted(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LARGEST", 10)

    async def send(caller: Caller) -> tuple[Answer, Ending]:
        (fax,) = await home.send(caller=caller)
        return answer(fax.submission_id), Ending.DECIDED

    first, _ = await home.once.run(REQUEST, send, rebuild)
    assert await home.once.run(REQUEST, send, rebuild) == (first, True)


# Forgetting -------------------------------------------------------------------------------------


async def test_a_key_is_forgotten_after_its_time_purged_or_not(house: House) -> None:
    acts = Acts()
    await house.once.run(REQUEST, acts)
    house.clock.advance(REMEMBERED - timedelta(seconds=1))
    assert await house.once.purge() == 0
    assert await house.once.run(REQUEST, acts) == (answer("act 1"), True)
    with pytest.raises(IdempotencyKeyReused):
        await house.once.run(replace(REQUEST, fingerprint="g"), acts)
    house.clock.advance(1)
    other = replace(REQUEST, fingerprint="g")
    assert await house.once.run(other, acts) == (answer("act 2"), False)
    house.clock.advance(REMEMBERED)
    assert await house.once.purge() == 1
    assert await house.once.run(REQUEST, acts) == (answer("act 3"), False)


@pytest.mark.parametrize(
    ("was", "now", "shown"),
    [
        (Grant(scopes=ALL), Grant(scopes=frozenset({Scope.FAXES_SEND})), False),
        (Grant(scopes=ALL), Grant(scopes=ALL, limits=Limits(pools=frozenset({"a"}))), False),
        (Grant(scopes=ALL, limits=Limits(acts_as="ann")), Grant(scopes=ALL, limits=Limits(acts_as="eve")), False),
        (Grant(scopes=frozenset({Scope.FAXES_SEND})), Grant(scopes=ALL), True),
        (Grant(scopes=ALL, limits=Limits(pools=frozenset({"a"}))), Grant(scopes=ALL), True),
        (Grant(scopes=ALL), Grant(scopes=ALL, limits=Limits(numbers=("+1",), faxes_per_day=1, pages_per_day=1)), True),
    ],
    ids=["a scope less", "pools", "another user", "scopes more", "no pools", "what may be sent"],
)  # fmt: skip
async def test_an_answer_is_not_given_again_to_who_could_do_more_when_it_was_given(
    house: House, was: Grant, now: Grant, shown: bool
) -> None:
    acts = Acts()
    first, again = (
        replace(NEVER, caller=replace(ANN, principal=replace(ANN.principal, scopes=one.scopes, limits=one.limits)))
        for one in (was, now)
    )  # fmt: skip
    await house.once.run(first, acts)
    if shown:
        assert await house.once.run(again, acts) == (answer("act 1"), True)
    else:
        with pytest.raises(Forbidden):
            await house.once.run(again, acts)
    assert acts.done == 1


async def test_an_answer_given_again_is_on_record_with_who_asked_and_the_first_request(
    house: House,
) -> None:
    async def send(caller: Caller) -> tuple[Answer, Ending]:
        (fax,) = await house.send(caller=caller)
        return answer(fax.submission_id), Ending.DECIDED

    told, _ = await house.once.run(REQUEST, send)
    eve = replace(REQUEST, caller=replace(ANN, request_id="req_2", address="192.0.2.9"))
    await house.once.run(eve, send)
    (note,) = [one for one in await house.audit(told.body.decode()) if one.action != "fax.send"]
    assert (note.action, note.request_id, note.address) == (
        "request.replay",
        "req_2",
        "192.0.2.9",
    )
    assert note.detail == {"request": "POST /v1/faxes", "first": "req_1"}

"""What is on record of idempotency keys."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ffgateway.domain.access import Grant, Limits, Scope
from ffgateway.domain.errors import IdempotencyKeyInUse
from ffgateway.domain.idempotency import LEASE, Answer, Claim, Known, State
from ffgateway.store import idempotency
from ffgateway.store.engines import Engines
from ffgateway.store.transaction import Store
from tests.support.clock import NOON

CLAIM = Claim(principal_id="key_ann", digest="d" * 64, owner="first")
KNOWN = Known(
    claim=CLAIM,
    state=State.RUNNING,
    fingerprint="f" * 64,
    created_at=NOON,
    lease_until=NOON + LEASE,
    request_id="req_1",
)
GRANTED = Grant(scopes=frozenset({Scope.ADMIN}), limits=Limits(pools=frozenset({"berlin"})))
ANSWER = Answer(
    status=201,
    headers=(("content-type", "application/json"), ("location", "/v1/keys/1")),
    body='{"key":"ffgw_a-secret","name":"ä"}'.encode(),
)


async def claim(store: Store, known: Known = KNOWN) -> bool:
    async with store.transaction() as tx:
        return await tx.idempotency.claim(known)


async def found(store: Store, claim: Claim = CLAIM) -> Known | None:
    async with store.reading() as tx:
        return await tx.idempotency.find(claim.principal_id, claim.digest)


async def test_one_takes_a_key_and_the_next_does_not(store: Store) -> None:
    second = replace(KNOWN, claim=replace(CLAIM, owner="second"))
    assert [await claim(store), await claim(store, second)] == [True, False]
    assert await found(store) == KNOWN


async def test_keys_are_each_principals_own(store: Store) -> None:
    other = replace(KNOWN, claim=replace(CLAIM, principal_id="key_bob"))
    assert [await claim(store), await claim(store, other)] == [True, True]


async def test_an_answer_comes_back_as_it_went_in(store: Store) -> None:
    await claim(store)
    async with store.transaction() as tx:
        assert await tx.idempotency.finish(CLAIM, ANSWER, granted=GRANTED)
    assert await found(store) == replace(KNOWN, state=State.DONE, answer=ANSWER, granted=GRANTED)


async def test_nothing_in_the_table_can_be_read_without_the_service_key(
    store: Store, opened: Engines
) -> None:
    await claim(store)
    async with store.transaction() as tx:
        await tx.idempotency.finish(CLAIM, ANSWER, granted=GRANTED)
    async with opened.reading.connect() as connection:
        (row,) = (await connection.execute(text("SELECT * FROM idempotency"))).mappings()
    seen = b"".join(one if isinstance(one, bytes) else str(one).encode() for one in row.values())
    for secret in (b"ffgw_", b"a-secret", KNOWN.fingerprint.encode()):
        assert secret not in seen
    assert len(row["answer"]) > len(ANSWER.body)


async def test_an_answer_beyond_all_measure_is_not_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LARGEST", 50)
    await claim(store)
    async with store.transaction() as tx:
        assert not await tx.idempotency.finish(CLAIM, ANSWER, granted=GRANTED)
    assert await found(store) == KNOWN


async def test_effects_are_added_to_what_is_bound(store: Store) -> None:
    await claim(store)
    async with store.transaction() as tx:
        await tx.idempotency.bind(CLAIM, effect="sub_1")
        await tx.idempotency.bind(CLAIM, effect="sub_2")
    assert await found(store) == replace(KNOWN, effects=("sub_1", "sub_2"))


async def test_whoever_lost_the_key_binds_ends_and_releases_nothing(store: Store) -> None:
    await claim(store)
    second = replace(KNOWN, claim=replace(CLAIM, owner="second"))
    async with store.transaction() as tx:
        await tx.idempotency.take_over(second)
    with pytest.raises(IdempotencyKeyInUse):
        async with store.transaction() as tx:
            await tx.idempotency.bind(CLAIM, effect="sub_1")
    async with store.transaction() as tx:
        await tx.idempotency.prolong(CLAIM, until=NOON + timedelta(days=1))
        await tx.idempotency.finish(CLAIM, ANSWER, granted=GRANTED)
        await tx.idempotency.lose(CLAIM)
        await tx.idempotency.release(CLAIM)
    assert await found(store) == second


async def test_a_key_let_go_is_as_if_never_used(store: Store) -> None:
    await claim(store)
    async with store.transaction() as tx:
        await tx.idempotency.release(CLAIM)
    assert await found(store) is None
    assert await claim(store)


async def test_old_keys_are_purged_but_for_those_at_work(store: Store) -> None:
    now = NOON + timedelta(days=8)
    ages = {
        "old": replace(KNOWN, state=State.DONE),
        "dead": KNOWN,
        "working": replace(KNOWN, lease_until=now + LEASE),
        "young": replace(KNOWN, state=State.DONE, created_at=now - timedelta(days=6)),
    }
    for name, known in ages.items():
        await claim(store, replace(known, claim=replace(CLAIM, digest=name)))
    async with store.transaction() as tx:
        gone = await tx.idempotency.purge(before=now - timedelta(days=7), now=now)
    assert gone == 2
    left = {name for name in ages if await found(store, replace(CLAIM, digest=name))}
    assert left == {"working", "young"}

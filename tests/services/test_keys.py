"""Keys: how long they open anything, what their secrets are worth, and how wrong ones are met."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.access import ApiKey, Caller, KeyChanges, Limits, Principal, Scope
from ffgateway.domain.audit import Call, Outcome
from ffgateway.domain.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    TooManyWrongKeys,
    Unauthenticated,
)
from ffgateway.domain.events import Event, Filter
from ffgateway.services import wrong_keys
from ffgateway.services.audited import Gate
from ffgateway.services.keys import Keys
from ffgateway.services.wrong_keys import IN_ALL, OF_ADDRESS
from tests.support.gateway import ANN, House, listening

HOUR = timedelta(hours=1)
SENDS = frozenset({Scope.FAXES_SEND})


async def enters(house: House, token: str, address: str = "192.0.2.1") -> bool:
    """Whether a key opens anything."""
    try:
        await house.keys.authenticate(token, address=address)
    except Unauthenticated:
        return False
    return True


async def kept(house: House, key: ApiKey) -> ApiKey:
    return next(one for one in await house.keys.list(ANN) if one.id == key.id)


async def test_a_key_ends_when_it_was_said_to(house: House) -> None:
    ends = house.clock.now() + HOUR
    key, token = await house.keys.create(ANN, "Bob", SENDS, expires_at=ends)
    assert (await house.keys.authenticate(token)).expires_at == ends
    assert (await kept(house, key)).expires_at == ends
    house.clock.advance(HOUR - timedelta(seconds=1))
    assert await enters(house, token)
    house.clock.advance(1)
    assert not await enters(house, token)
    with pytest.raises(Conflict):
        await house.keys.rotate(ANN, key.id)


async def test_a_key_cannot_have_ended_before_it_began(home: House) -> None:
    with pytest.raises(InvalidRequest):
        await home.keys.create(ANN, "Bob", SENDS, expires_at=home.clock.now())


async def test_secrets_before_a_new_one_open_the_key_for_the_overlap(house: House) -> None:
    key, first = await house.keys.create(ANN, "Bob", SENDS)
    same, second = await house.keys.rotate(ANN, key.id, overlap=2 * HOUR)
    assert same.id == key.id
    assert second.startswith(same.prefix)
    found = await house.keys.authenticate(first)
    assert (found.id, found.expires_at) == (key.id, house.clock.now() + 2 * HOUR)
    assert (await house.keys.authenticate(second)).expires_at is None
    house.clock.advance(HOUR)
    _, third = await house.keys.rotate(ANN, key.id, overlap=30 * HOUR)
    assert [await enters(house, one) for one in (first, second, third)] == [True] * 3
    house.clock.advance(HOUR)
    assert [await enters(house, one) for one in (first, second, third)] == [False, True, True]
    told = [event.type for event in await house.told(key.id)]
    assert told == ["key.created", "key.rotated", "key.rotated"]
    shown = str(await house.audit()) + str(await house.told(key.id))
    assert not any(one in shown for one in (first, second, third))


async def test_without_an_overlap_every_secret_before_ends_at_once(house: House) -> None:
    key, first = await house.keys.create(ANN, "Bob", SENDS)
    _, second = await house.keys.rotate(ANN, key.id)
    _, third = await house.keys.rotate(ANN, key.id, overlap=timedelta(0))
    assert [await enters(house, one) for one in (first, second, third)] == [False, False, True]
    await house.keys.revoke(ANN, key.id)
    assert not await enters(house, third)


async def test_the_key_from_the_settings_stays_replaced_once_it_was_rotated(home: House) -> None:
    token = "ffgw_0123456789abcdef"
    await home.keys.bootstrap(token)
    (key,) = await home.keys.list(ANN)
    for _ in range(2):
        await home.keys.rotate(ANN, key.id, overlap=timedelta(0))
    await home.keys.bootstrap(token)
    assert len(await home.keys.list(ANN)) == 1
    assert not await enters(home, token)


async def test_last_use_is_written_beside_the_requests_and_never_turned_back(house: House) -> None:
    key, token = await house.keys.create(ANN, "Bob", SENDS)
    used = house.clock.now()
    await house.keys.authenticate(token)
    assert (await kept(house, key)).last_used_at is None
    await house.keys.stamp()
    house.clock.advance(HOUR)
    await house.keys.stamp()  # it was not used again
    assert (await kept(house, key)).last_used_at == used
    async with house.store.transaction() as tx:
        await tx.keys.stamp({key.id: used - HOUR})  # another gateway, late
    assert (await kept(house, key)).last_used_at == used


LIMITED = Limits(pools=frozenset({"a", "b"}), numbers=("+49",), faxes_per_day=5)


@pytest.mark.parametrize(
    ("limits", "within"),
    [
        (Limits(), False),
        (Limits(pools=frozenset({"a"}), numbers=("+4930", "+4940"), faxes_per_day=5), True),
        (Limits(pools=frozenset({"a", "c"}), numbers=("+49",), faxes_per_day=5), False),
        (Limits(pools=frozenset({"a"}), numbers=("+4",), faxes_per_day=5), False),
        (Limits(pools=frozenset({"a"}), numbers=("+49",), faxes_per_day=6), False),
        (Limits(pools=frozenset({"a"}), numbers=("+49",), pages_per_day=1), False),
    ],
    ids=["none at all", "fewer", "another pool", "more numbers", "more faxes", "another cap"],
)
def test_limits_are_within_others_when_they_allow_nothing_more(
    limits: Limits, within: bool
) -> None:
    assert limits.within(LIMITED) is within


@pytest.mark.parametrize("numbers", [(), ("+1",)], ids=["no limits", "others"])
async def test_a_key_with_limits_makes_and_renews_none_that_can_do_more(
    home: House, numbers: tuple[str, ...]
) -> None:
    ends = home.clock.now() + HOUR
    own = Limits(numbers=("+49",))
    principal = Principal(
        id="key_l", name="l", scopes=frozenset({Scope.ADMIN}), limits=own, outlasts=ends
    )
    limited, more = Caller(principal=principal), Limits(numbers=numbers)
    with pytest.raises(Forbidden):
        await home.keys.create(limited, "mine", SENDS, limits=more, expires_at=ends)
    with pytest.raises(Forbidden):
        await home.keys.create(limited, "mine", SENDS, limits=own)  # it would outlive its maker
    stronger, _ = await home.keys.create(ANN, "theirs", SENDS, limits=more)
    with pytest.raises(Forbidden):
        await home.keys.rotate(limited, stronger.id)
    key, _ = await home.keys.create(limited, "mine", SENDS, limits=own, expires_at=ends)
    await home.keys.rotate(limited, key.id)


async def test_a_listener_ends_when_its_secret_is_over(home: House) -> None:
    key, token = await home.keys.create(ANN, "Bob", frozenset({Scope.FAXES_READ}))
    caller = Caller(principal=await home.keys.authenticate(token))
    history = listening(home)
    heard = aiter(history.follow(caller, after=None, only=Filter()))
    assert not isinstance(await anext(heard), Event)
    home.clock.advance(1)
    await home.keys.rotate(ANN, key.id, overlap=HOUR)
    assert isinstance(await anext(heard), Event)
    home.clock.advance(HOUR)
    with pytest.raises(Unauthenticated):
        while True:
            await anext(heard)


async def test_a_listener_with_the_new_secret_stays_though_it_reads_of_the_change(
    home: House,
) -> None:
    key, _ = await home.keys.create(ANN, "Bob", frozenset({Scope.FAXES_READ}))
    _, token = await home.keys.rotate(ANN, key.id, overlap=timedelta(0))
    home.clock.advance(1)
    caller = Caller(principal=await home.keys.authenticate(token))
    history = listening(home)
    heard = aiter(history.follow(caller, after=0, only=Filter()))
    told = [one.type for one in (await anext(heard), await anext(heard)) if isinstance(one, Event)]
    assert told == ["key.created", "key.rotated"]
    assert not isinstance(await anext(heard), Event)


# Changed


WIDE = Limits(pools=frozenset({"berlin", "munich"}), faxes_per_day=100)
NARROW = Limits(pools=frozenset({"berlin"}), faxes_per_day=10, numbers=("+49",))


async def test_a_key_is_changed_and_what_it_was_is_on_record(house: House) -> None:
    key, token = await house.keys.create(ANN, "Bob", SENDS, limits=WIDE)
    ends = house.clock.now() + HOUR
    changes = KeyChanges(
        name="Bob's", scopes=frozenset({Scope.FAXES_READ}), limits=NARROW, expires_at=ends
    )
    after = await house.keys.update(ANN, key.id, changes)
    assert await kept(house, key) == replace(after, last_used_at=None)
    found = await house.keys.authenticate(token)
    assert (found.name, found.limits, found.expires_at) == ("Bob's", NARROW, ends)
    assert not found.may(Scope.FAXES_SEND)
    assert [event.type for event in await house.told(key.id)] == ["key.created", "key.changed"]
    row = (await house.audit(key.id))[-1]
    assert (row.action, row.detail["changed"]) == (
        "key.update",
        {
            "name": {"before": "Bob", "after": "Bob's"},
            "scopes": {"before": ["faxes:send"], "after": ["faxes:read"]},
            "expires_at": {"before": None, "after": ends.isoformat()},
            "limits.pools": {"before": ["berlin", "munich"], "after": ["berlin"]},
            "limits.numbers": {"before": [], "after": ["+49"]},
            "limits.faxes_per_day": {"before": 100, "after": 10},
        },
    )
    await house.keys.update(ANN, key.id, changes)  # nothing is another: nothing is told
    assert len(await house.told(key.id)) == 2


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        (KeyChanges(limits=NARROW), True),
        (KeyChanges(limits=Limits()), False),
        (KeyChanges(limits=replace(WIDE, faxes_per_day=101)), False),
        (KeyChanges(limits=replace(WIDE, faxes_per_day=50)), True),  # less than it was
        (KeyChanges(scopes=frozenset({Scope.AUDIT_READ}), limits=NARROW), True),
        (KeyChanges(scopes=frozenset({Scope.AUDIT_READ})), False),  # more, with limits beyond
    ],
)
async def test_nobody_gives_a_key_more_than_they_have_and_anybody_takes_from_it(
    home: House, changes: KeyChanges, *, allowed: bool
) -> None:
    own = replace(ANN.principal, limits=Limits(faxes_per_day=20, numbers=("+49",)))
    key, _ = await home.keys.create(ANN, "Bob", SENDS, limits=WIDE)
    try:
        await home.keys.update(replace(ANN, principal=own), key.id, changes)
    except Forbidden:
        assert not allowed
    else:
        assert allowed


async def test_a_key_that_ended_is_not_changed_nor_the_one_in_use_made_powerless(
    home: House,
) -> None:
    key, _ = await home.keys.create(ANN, "Bob", frozenset({Scope.ADMIN}))
    bob = Caller(principal=key.principal())
    for powerless in (KeyChanges(scopes=SENDS), KeyChanges(limits=NARROW)):
        with pytest.raises(Conflict):
            await home.keys.update(bob, key.id, powerless)
    with pytest.raises(InvalidRequest):
        await home.keys.update(ANN, key.id, KeyChanges(expires_at=home.clock.now()))
    await home.keys.revoke(ANN, key.id)
    with pytest.raises(Conflict):
        await home.keys.update(ANN, key.id, KeyChanges(name="x"))


async def test_a_listener_goes_when_its_key_is_changed(home: House) -> None:
    key, token = await home.keys.create(ANN, "Bob", frozenset({Scope.FAXES_READ}))
    caller = Caller(principal=await home.keys.authenticate(token))
    heard = aiter(listening(home).follow(caller, after=None, only=Filter()))
    await anext(heard)
    home.clock.advance(1)
    await home.keys.update(ANN, key.id, KeyChanges(limits=NARROW))
    await anext(heard)  # that it was changed
    with pytest.raises(Unauthenticated):
        await anext(heard)


# Who came in long ago: a body may take hours to come


async def revoked(house: House, key: ApiKey) -> None:
    await house.keys.revoke(ANN, key.id)


async def narrowed(house: House, key: ApiKey) -> None:
    await house.keys.update(ANN, key.id, KeyChanges(limits=NARROW))


async def replaced(house: House, key: ApiKey) -> None:
    await house.keys.rotate(ANN, key.id, overlap=timedelta(0))


async def over(house: House, key: ApiKey) -> None:
    await house.keys.update(ANN, key.id, KeyChanges(expires_at=house.clock.now() + HOUR))
    house.clock.advance(HOUR)


ENDINGS = pytest.mark.parametrize("end", [revoked, narrowed, replaced, over])


@ENDINGS
async def test_nothing_is_done_for_who_may_no_more_since_they_came_in(
    home: House, end: Callable[[House, ApiKey], Awaitable[None]]
) -> None:
    key, token = await home.keys.create(ANN, "Bob", SENDS)
    caller = Caller(principal=await home.keys.authenticate(token))
    home.clock.advance(HOUR)
    await home.send(caller=caller)  # it may still
    await end(home, key)
    call = Call("rest:sendFax")
    with pytest.raises(Unauthenticated):
        async with home.recording.call(replace(caller, call=call)):
            await home.send(caller=replace(caller, call=call))
    (row,) = [one for one in await home.audit() if one.operation == "rest:sendFax"]
    assert (row.action, row.outcome) == ("fax.send", Outcome.DENIED)


@ENDINGS
async def test_nobody_begins_to_listen_with_a_key_that_ended_since_they_came_in(
    home: House, end: Callable[[House, ApiKey], Awaitable[None]]
) -> None:
    key, token = await home.keys.create(ANN, "Bob", SENDS)
    caller = Caller(principal=await home.keys.authenticate(token))
    await end(home, key)  # at the same moment by the clock, and told before they listen
    with pytest.raises(Unauthenticated):
        await anext(aiter(listening(home).follow(caller, after=None, only=Filter())))


async def test_who_listens_with_a_secret_that_was_replaced_since_goes_when_that_is_over(
    home: House,
) -> None:
    key, token = await home.keys.create(ANN, "Bob", SENDS)
    caller = Caller(principal=await home.keys.authenticate(token))
    await home.keys.rotate(ANN, key.id, overlap=HOUR)
    heard = aiter(listening(home).follow(caller, after=None, only=Filter()))
    assert not isinstance(await anext(heard), Event)
    home.clock.advance(HOUR)
    with pytest.raises(Unauthenticated):
        await anext(heard)


async def test_what_a_token_opens_ends_with_it(home: House) -> None:
    now = home.clock.now()
    principal = replace(
        ANN.principal, id="oidc_1", known_at=now, expires_at=now + timedelta(minutes=5)
    )
    home.clock.advance(299)
    await home.send(caller=Caller(principal=principal))
    home.clock.advance(1)
    with pytest.raises(Unauthenticated):
        await home.send(caller=Caller(principal=principal))


# Wrong keys


async def wrong(house: House, times: int, address: str) -> int:
    """Come with so many wrong keys; how many of them were looked at."""
    looked = 0
    for number in range(times):
        try:
            looked += not await enters(house, f"ffgw_wrong{number}", address)
        except TooManyWrongKeys:
            continue
    return looked


async def test_wrong_keys_from_one_address_are_soon_not_looked_at(home: House) -> None:
    _, known = await home.keys.create(ANN, "known", SENDS)
    _, fresh = await home.keys.create(ANN, "fresh", SENDS)
    assert await enters(home, known)
    assert await wrong(home, 1000, "192.0.2.66") == OF_ADDRESS.at_once
    assert await enters(home, known, "192.0.2.66")  # it was right before
    with pytest.raises(TooManyWrongKeys) as no:
        await home.keys.authenticate(fresh, address="192.0.2.66")
    assert no.value.retry_after == OF_ADDRESS.every
    assert await enters(home, fresh, "192.0.2.1")  # others do not suffer for it
    home.clock.advance(no.value.retry_after)
    assert await wrong(home, 2, "192.0.2.66") == 1


async def test_whoever_has_many_addresses_is_stopped_as_well(home: House) -> None:
    looked = [await wrong(home, 30, f"192.0.2.{n}") for n in range(IN_ALL.at_once // 10)]
    assert sum(looked) == IN_ALL.at_once
    home.clock.advance(IN_ALL.every * 3)
    assert await wrong(home, 30, "203.0.113.1") == 3


async def test_whoever_runs_it_may_have_all_of_them_looked_up(home: House) -> None:
    keys = Keys(home.store, Gate(home.store, home.clock), home.clock, wrong_per_minute=0)
    for number in range(500):
        with pytest.raises(Unauthenticated):
            await keys.authenticate(f"ffgw_wrong{number}", address="192.0.2.66")


async def test_whoever_is_not_looked_up_waits_to_be_told_while_there_is_room(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_keys, "PAUSED", 3)
    gate = Gate(home.store, home.clock)
    keys = Keys(home.store, gate, home.clock, wrong_per_minute=1, wrong_pause=0.025)
    with pytest.raises(Unauthenticated):
        await keys.authenticate("ffgw_wrong")
    asking = [asyncio.create_task(keys.authenticate(f"ffgw_wrong{n}")) for n in range(5)]
    told, waiting = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    assert (len(told), len(waiting), home.clock.asleep) == (2, 3, 3)
    home.clock.advance(0.025)
    told, waiting = await asyncio.wait(asking)
    assert {type(one.exception()) for one in told} == {TooManyWrongKeys}


async def test_a_network_of_ipv6_is_one_address(home: House) -> None:
    looked = [await wrong(home, 1, f"2001:db8::{n:x}") for n in range(100)]
    assert sum(looked) == OF_ADDRESS.at_once
    assert await wrong(home, 1, "2001:db8:0:1::1") == 1


async def test_a_right_key_that_was_revoked_is_a_wrong_one(home: House) -> None:
    key, token = await home.keys.create(ANN, "Bob", SENDS)
    assert await enters(home, token)
    await home.keys.revoke(ANN, key.id)
    assert not await enters(home, token)
    await wrong(home, 100, "192.0.2.1")
    with pytest.raises(TooManyWrongKeys):
        await home.keys.authenticate(token, address="192.0.2.1")


async def test_no_crowd_of_addresses_fills_the_memory(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_keys, "CROWD", 5)
    counts = wrong_keys.WrongKeys(home.clock)
    for number in range(50):
        counts.wrong(f"{number}", address=f"192.0.2.{number}")
        counts.right(f"{number}")
    assert (len(counts._forgotten), len(counts._right)) == (5, 5)

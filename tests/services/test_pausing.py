"""Endpoints that are paused: nothing is sent, nothing is lost, and it is told and on record."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.errors import Conflict, Forbidden
from ffgateway.domain.subscriptions import PausedBy, Subscription, SubscriptionState
from ffgateway.store.event_tables import SubscriptionKeyRow
from tests.support.gateway import ANN, House
from tests.support.receiver import Receiver, receiving

READER = Caller(principal=Principal(id="key_r", name="R", scopes=frozenset({Scope.FAXES_READ})))


async def subscribe(house: House, receiver: Receiver) -> Subscription:
    hook, _ = await house.subscriptions.create(ANN, url=receiver.url, events=("fax.*",))
    return hook


async def test_what_a_paused_endpoint_misses_it_gets_when_it_is_resumed(house: House) -> None:
    async with receiving() as receiver:
        hook = await subscribe(house, receiver)
        await house.send()
        paused = await house.subscriptions.pause(ANN, hook.id, reason="maintenance")
        assert (paused.state, paused.paused_by) == (SubscriptionState.PAUSED, PausedBy.OPERATOR)
        assert (paused.pause_reason, paused.paused_at) == ("maintenance", house.clock.now())
        await house.send()
        assert await house.deliver() == 0
        resumed = await house.subscriptions.resume(ANN, hook.id)
        assert (resumed.state, resumed.paused_by) == (SubscriptionState.ACTIVE, None)
        while await house.deliver():
            pass
        assert len(receiver.received) == 4
    assert [one.type for one in await house.told(hook.id)] == ["webhook.paused", "webhook.resumed"]
    assert (await house.acts(hook.id))[1:] == ["webhook.pause", "webhook.resume"]


async def test_pausing_twice_or_resuming_what_is_active_changes_and_tells_nothing(
    home: House,
) -> None:
    async with receiving() as receiver:
        hook = await subscribe(home, receiver)
        assert await home.subscriptions.resume(ANN, hook.id) == hook
        first = await home.subscriptions.pause(ANN, hook.id, reason="one")
        assert await home.subscriptions.pause(ANN, hook.id, reason="two") == first
    assert [one.type for one in await home.told(hook.id)] == ["webhook.paused"]


async def test_a_removed_endpoint_collects_nothing(home: House) -> None:
    async with receiving() as receiver:
        hook = await subscribe(home, receiver)
        await home.subscriptions.pause(ANN, hook.id)
        await home.subscriptions.remove(ANN, hook.id)
        await home.send()
    async with home.store.reading() as tx:
        assert await tx.outbox.count_by_state() == {}


async def test_a_disabled_endpoint_is_resumed_and_not_paused(home: House) -> None:
    async with receiving() as receiver:
        hook = await subscribe(home, receiver)
        async with home.store.transaction() as tx:
            disabled = await tx.subscriptions.get(hook.id)
            await tx.subscriptions.save(replace(disabled, state=SubscriptionState.DISABLED))
        with pytest.raises(Conflict):
            await home.subscriptions.pause(ANN, hook.id)
        after = await home.subscriptions.resume(ANN, hook.id)
        assert after.state is SubscriptionState.ACTIVE


async def test_it_takes_the_scope(home: House) -> None:
    with pytest.raises(Forbidden):
        await home.subscriptions.pause(READER, "whk_1")
    with pytest.raises(Forbidden):
        await home.subscriptions.resume(READER, "whk_1")


async def test_an_endpoint_whose_secrets_cannot_be_opened_is_paused_and_alone_in_that(
    house: House,
) -> None:
    async with receiving() as receiver:
        hooks = [await subscribe(house, receiver) for _ in range(3)]
        sealed = hooks[1].id
        secrets = await swap_secret(house, sealed, b"made under a key that is lost")
        await house.send()
        for _ in range(4):
            await house.deliver()
        assert len(receiver.received) == 4  # two events at the two others
        paused = await house.subscriptions.get(ANN, sealed)
        assert (paused.state, paused.paused_by) == (SubscriptionState.PAUSED, PausedBy.GATEWAY)
        assert "cannot be opened" in paused.pause_reason
        await swap_secret(house, sealed, secrets)
        while await house.deliver():
            pass
        assert len(receiver.received) == 6
    assert [one.type for one in await house.told(sealed)] == ["webhook.paused", "webhook.resumed"]
    assert (await house.acts(sealed))[1:] == ["webhook.paused", "webhook.resumed"]


async def swap_secret(house: House, endpoint: str, sealed: bytes) -> bytes:
    """Put another sealed secret in the place of an endpoint's; return the one that was there."""
    mine = col(SubscriptionKeyRow.subscription_id) == endpoint
    async with house.store.transaction() as tx:
        before = (await tx.session.exec(select(SubscriptionKeyRow.secret).where(mine))).one()
        await tx.session.exec(update(SubscriptionKeyRow).where(mine).values(secret=sealed))
    return before

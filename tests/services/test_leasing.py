"""Several gateways on one database: each appliance has one that looks, each fax one that hands it over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.faxes import FaxStatus
from ffgateway.domain.submissions import Stage
from ffgateway.services.leasing import BEAT, LEASE, Leasing
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.transaction import Store
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import NUMBER, SETTLE, House, gateway

DEVICES = [f"dev_{number}" for number in range(5)]


@pytest.fixture
async def other(house: House, tmp_path: Path) -> AsyncIterator[House]:
    """A second gateway on the same database."""
    async with gateway(house.store, house.clock, tmp_path, name="other") as built:
        yield built


async def joined(store: Store, clock: OwnClock, name: str) -> Leasing:
    """A process that lives."""
    leasing = Leasing(store, clock, name=name)
    await leasing.join()
    return leasing


async def test_one_gateway_looks_at_every_appliance(store: Store, clock: OwnClock) -> None:
    alone = await joined(store, clock, "alone")
    assert await alone.share(DEVICES) == set(DEVICES)
    assert alone.looks_at("dev_0")


async def test_gateways_share_the_appliances_so_that_each_has_one_that_looks(
    store: Store, clock: OwnClock
) -> None:
    first, second = await joined(store, clock, "a"), await joined(store, clock, "b")
    mine, yours = await first.share(DEVICES), await second.share(DEVICES)
    assert mine | yours == set(DEVICES)
    assert not mine & yours
    assert {len(mine), len(yours)} == {3, 2}


async def test_one_that_comes_later_gets_its_part(store: Store, clock: OwnClock) -> None:
    first = await joined(store, clock, "a")
    await first.share(DEVICES)
    second = await joined(store, clock, "b")
    assert await second.share(DEVICES) == set()
    kept = await first.share(DEVICES)
    taken = await second.share(DEVICES)
    assert (len(kept), len(taken)) == (3, 2)
    assert kept | taken == set(DEVICES)


async def test_a_dead_one_is_missed_when_its_lease_is_over_and_not_before(
    store: Store, clock: OwnClock
) -> None:
    dead, living = await joined(store, clock, "dead"), await joined(store, clock, "living")
    lost = await dead.share(DEVICES)
    await living.share(DEVICES)
    clock.advance(LEASE - BEAT)
    await living.beat()
    assert not await living.share(DEVICES) & lost
    clock.advance(BEAT)
    await living.beat()
    assert await living.share(DEVICES) == set(DEVICES)
    assert await living.living() == {living.holder}


async def test_one_that_leaves_is_not_waited_for(store: Store, clock: OwnClock) -> None:
    first, second = await joined(store, clock, "a"), await joined(store, clock, "b")
    await first.share(DEVICES)
    await first.leave()
    assert await second.share(DEVICES) == set(DEVICES)


async def test_one_that_comes_back_under_its_name_takes_over_at_once(
    store: Store, clock: OwnClock
) -> None:
    before = await joined(store, clock, "a")
    await before.share(DEVICES)
    after = await joined(store, clock, "a")
    assert await after.share(DEVICES) == set(DEVICES)
    await before.beat()
    assert not before.looks_at("dev_0")


async def test_one_that_stood_still_does_not_trust_itself_any_more(
    store: Store, clock: OwnClock
) -> None:
    slow = await joined(store, clock, "slow")
    assert slow.sure()
    clock.advance(LEASE)
    assert not slow.sure()
    await slow.beat()
    assert slow.sure()


async def test_a_hand_over_belongs_to_the_gateway_that_began_it_while_that_lives(
    house: House, other: House, box: Simulator
) -> None:
    await house.register(box)
    await house.leasing.join()
    await other.leasing.join()
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    assert await other.claiming.recover() == 0
    await house.submitting.hand_over(handover)
    assert (await house.fax(fax)).status is FaxStatus.PREPARING


async def test_a_dead_gateways_hand_over_is_found_out_by_another(
    house: House, other: House, box: Simulator
) -> None:
    device = await house.register(box)
    await house.leasing.join()
    await other.leasing.join()
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    appliance = await house.appliances.of(device.id)
    draft = handover.submission.draft
    await appliance.schedule(draft, draft.recipients, house.spool.read)  # and then it died
    house.clock.advance(LEASE)
    await other.leasing.beat()
    assert await other.claiming.recover() == 1
    assert (await house.fax(fax)).status is FaxStatus.UNCERTAIN
    for _ in range(3):
        house.clock.advance(SETTLE)
        box.advance(20)
        await other.look(device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert box.state()["numbers"][NUMBER]["accepted"] == 1


async def test_an_orphan_that_never_left_is_found_out_though_its_appliance_shows_nothing_new(
    house: House, other: House, box: Simulator
) -> None:
    device = await house.register(box)
    await house.send()
    await house.claiming.claim()  # and then it died
    await other.look(device)
    await other.look(device)
    await other.claiming.recover()
    for _ in range(4):
        house.clock.advance(SETTLE)
        await other.look(device)
    assert await other.submit() == 1


async def test_an_answer_that_comes_after_all_settles_what_another_took_for_an_orphan(
    house: House, other: House, box: Simulator
) -> None:
    await house.register(box)
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    assert await other.claiming.recover() == 1
    await house.submitting.hand_over(handover)
    assert (await house.fax(fax)).status is FaxStatus.PREPARING
    assert (await house.submission(fax)).stage is Stage.PLACED
    assert box.state()["numbers"][NUMBER]["accepted"] == 1


async def test_one_that_stood_still_lets_nothing_go_out(
    house: House, other: House, box: Simulator
) -> None:
    await house.register(box)
    await house.leasing.join()
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    house.clock.advance(LEASE)
    await house.submitting.hand_over(handover)
    assert (await house.fax(fax)).status is FaxStatus.QUEUED
    assert box.state()["numbers"] == {}
    house.clock.advance(60)
    await other.leasing.join()
    assert await other.submit() == 1
    assert box.state()["numbers"][NUMBER]["accepted"] == 1


async def test_an_answer_after_everything_was_settled_otherwise_is_called_off(
    house: House, other: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send()
    (handover,) = await house.claiming.claim()
    await other.claiming.recover()
    async with house.store.transaction() as tx:  # others proved it absent and sent it meanwhile
        submission = await tx.submissions.get(handover.submission.id)
        again = replace(submission, stage=Stage.SUBMITTING, epoch=submission.epoch + 1)
        await tx.submissions.save(again)
    await house.submitting.hand_over(handover)
    assert "fax.late_abort" in await house.acts(fax.id)
    box.advance(1)
    assert [one["state"] for one in box.state()["faxes"]] == ["aborted"]
    assert (await house.fax(fax)).entry_key == ""
    assert device.id


async def test_a_look_that_is_older_than_what_is_known_changes_nothing(
    house: House, other: House
) -> None:
    async with running(speed=0, start=NOON) as box:
        device = await house.register(box)
        (fax,) = await house.send()
        await house.submit()
        box.advance(30)
        async with (
            house.store.transaction() as tx
        ):  # the other one looked later, and was first to write
            known = await tx.devices.get(device.id, lock=True)
            later = house.clock.now() + timedelta(seconds=2)
            await tx.devices.save(replace(known, last_seen_at=later))
        before = await house.fax(fax)
        assert await house.look(device)
        assert (await house.fax(fax)).revision == before.revision


async def test_claims_of_two_gateways_never_choose_one_appliance_twice(
    house: House, other: House, box: Simulator
) -> None:
    await house.register(box)
    for number in range(4):
        await house.send(f"555-02{number:02}")
    claimed = await asyncio.gather(*(one.claiming.claim() for one in (house, other) * 3))
    assert sum(map(len, claimed)) == 1


async def test_a_changed_password_reaches_the_other_gateway(
    house: House, other: House, box: Simulator
) -> None:
    device = await house.register(box)
    stale = await other.appliances.of(device.id)
    async with house.store.transaction() as tx:
        await tx.devices.save(await tx.devices.get(device.id), password="another")
    await other.appliances.roster()
    assert await other.appliances.of(device.id) is not stale
    assert await other.appliances.of(device.id) is await other.appliances.of(device.id)

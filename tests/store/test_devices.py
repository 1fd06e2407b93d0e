"""Appliances: kept whole, their passwords sealed, and no change lost to another."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.devices import Health, Trust
from ffgateway.domain.dialling import DialPlan
from ffgateway.domain.errors import NotFound
from ffgateway.store.engines import Engines, engines
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault, WrongKey
from tests.support.clock import NOON, OwnClock
from tests.support.nouns import a_device, a_signing_key, a_subscription

PASSWORD = "pass-word-nobody-may-read"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FULL = a_device(
    "full",
    dialect="faxfinder-2",
    trust=Trust(ca_pem="-----BEGIN", fingerprint="ab" * 32),
    enabled=False,
    health=Health.AUTH_FAILED,
    health_detail="no",
    last_seen_at=NOON,
    highest_key="0000001A",
    imported_to="00000019",
    shows_all=True,
    poll_busy=timedelta(milliseconds=250),
    poll_idle=timedelta(seconds=90),
    revision=3,
    firmware="3.5.2",
    pools=("lab", "ward-5"),
    weight=2.5,
    submissions_at_once=3,
    regions=("+49",),
    clients=("key_ann",),
    region="US",
    dial_plan=DialPlan(outside="9,", international="011", national="1", extension_digits=4),
    draining_since=NOON,
    degraded_since=NOON,
    keys_since=NOON,
    overrides={"about.get": {"path": "/system", "elements": {"about": "system"}}, "fax.list": {}},
)


async def test_a_device_comes_back_with_every_field(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.devices.add(FULL, password=PASSWORD)
    async with store.transaction() as tx:
        assert await tx.devices.get(FULL.id) == FULL
        assert await tx.devices.named("full") == FULL
        assert await tx.devices.password(FULL.id) == PASSWORD
        await tx.devices.save(FULL)
    async with store.reading() as tx:
        assert await tx.devices.get(FULL.id) == replace(FULL, revision=4)
        assert await tx.devices.password(FULL.id) == PASSWORD


async def test_the_usable_ones_are_those_that_say_so_themselves(store: Store) -> None:
    devices = [
        *(a_device(one.value, health=one, submissions_at_once=2) for one in Health),
        a_device("disabled", enabled=False, health=Health.ONLINE),
        a_device("drained", draining_since=NOON, health=Health.ONLINE),
    ]
    async with store.transaction() as tx:
        for one in devices:
            await tx.devices.add(one, password=PASSWORD)
        await tx.devices.add(a_device("retired"), password=PASSWORD)
        await tx.devices.retire("dev_retired", at=NOON)
    async with store.reading() as tx:
        usable = await tx.devices.usable()
    assert usable == {one.id: one.side_by_side for one in devices if one.usable}
    assert sorted(usable.values()) == [1, 2], "one alone shows whether it is well"


async def test_a_new_password_takes_the_place_of_the_old(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.devices.add(FULL, password=PASSWORD)
        await tx.devices.save(FULL, password="another")
        assert await tx.devices.password(FULL.id) == "another"


async def test_a_retired_device_is_found_no_more_and_frees_its_name(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.devices.add(a_device("one"), password=PASSWORD)
        await tx.devices.retire("dev_one", at=NOON)
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.devices.get("dev_one")
        assert await tx.devices.named("one") is None
        assert await tx.devices.all() == ()
        await tx.devices.add(a_device("one", id="dev_two"), password=PASSWORD)
    async with store.reading() as tx:
        assert [device.id for device in await tx.devices.all()] == ["dev_two"]


def written(folder: Path) -> bytes:
    """The database, with what is still in its write-ahead log."""
    return b"".join(path.read_bytes() for path in folder.glob("gateway.db*"))


async def test_the_database_file_holds_no_secret(sqlite_store: Store, tmp_path: Path) -> None:
    async with sqlite_store.transaction() as tx:
        await tx.devices.add(a_device(name="findme"), password=PASSWORD)
        await tx.subscriptions.add(a_subscription())
        await tx.receivers.add(a_signing_key(secret=SECRET))
    content = written(tmp_path)
    assert b"dev_findme" in content
    assert PASSWORD.encode() not in content
    assert SECRET.encode() not in content
    assert SECRET.removeprefix("whsec_").encode() not in content


async def test_another_service_key_opens_nothing(
    store: Store, opened: Engines, clock: OwnClock
) -> None:
    async with store.transaction() as tx:
        await tx.devices.add(a_device(), password=PASSWORD)
        await tx.subscriptions.add(a_subscription())
        await tx.receivers.add(a_signing_key(secret=SECRET))
    async with Store(opened, Vault(bytes(32)), clock).reading() as tx:
        with pytest.raises(WrongKey, match="device/dev_one"):
            await tx.devices.password("dev_one")
        with pytest.raises(WrongKey, match="subscription/whk_one"):
            await tx.receivers.open(["whk_one"], at=clock.now())


def test_a_sealed_text_opens_only_where_it_belongs(vault: Vault) -> None:
    sealed = vault.seal("secret", context="device/a")
    assert vault.open(sealed, context="device/a") == "secret"
    with pytest.raises(WrongKey):
        vault.open(sealed, context="device/b")
    with pytest.raises(WrongKey):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), context="device/a")


def test_the_same_text_is_never_sealed_alike(vault: Vault) -> None:
    assert vault.seal("x", context="c") != vault.seal("x", context="c")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_service_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 are needed"):
        Vault(bytes(size))


async def test_no_change_under_a_lock_is_lost_to_another(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.devices.add(a_device(highest_key="0"), password=PASSWORD)

    async def count() -> None:
        for _ in range(20):
            async with store.transaction() as tx:
                device = await tx.devices.get("dev_one", lock=True)
                await asyncio.sleep(0)  # let the others read what this one is about to change
                raised = str(int(device.highest_key) + 1)
                await tx.devices.save(replace(device, highest_key=raised))

    async with asyncio.timeout(60):
        await asyncio.gather(*(count() for _ in range(10)))
    async with store.reading() as tx:
        device = await tx.devices.get("dev_one")
    assert (device.highest_key, device.revision) == ("200", 201)


async def test_readers_are_not_held_up_by_a_writer(sqlite_database: str, vault: Vault) -> None:
    async with engines(sqlite_database) as opened, asyncio.timeout(10):
        store = Store(opened, vault, OwnClock())
        async with store.transaction() as writing:
            await writing.devices.add(a_device(), password=PASSWORD)
            async with store.reading() as reading:
                assert await reading.devices.all() == ()

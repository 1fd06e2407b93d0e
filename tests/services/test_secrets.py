"""The service key changes while gateways serve: nothing is lost, nothing is done twice, all is counted."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore
from sqlalchemy import LargeBinary, text
from sqlmodel import SQLModel

from ffgateway.devices.fleet import Fleet
from ffgateway.domain.access import Caller, Grant, Principal, Scope
from ffgateway.domain.acting import ActingUser
from ffgateway.domain.audit import AuditFilter
from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.domain.errors import Forbidden
from ffgateway.domain.idempotency import Answer, Claim, Known, State
from ffgateway.domain.receivers import Access, Bearer
from ffgateway.domain.sealing import SigningKey
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate
from ffgateway.services.secrets import AT_ONCE, Secrets
from ffgateway.store.engines import Engines
from ffgateway.store.rewrapping import PLACES
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault, WrongKey, key_id, sealed_under
from tests.support.aged import aged, aged_document
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import ANN
from tests.support.nouns import a_device, a_signing_key, a_subscription

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
BOTH = Vault(NEW, OLD)
CONTENT = b"the letter" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CLAIM = Claim(principal_id="key_ada", digest="d", owner="first")
ANSWER = Answer(status=201, headers=(("Location", "/v1/x"),), body=b"{}")
BOB = ActingUser(device_id="dev_one", name="billing", username="bob", set_at=NOON)
ACCESS = Access(headers={"X-Tenant": "canary"}, credentials=Bearer(token="canary-token"))

NOT_SEALED = {
    "audit_key.public": "shown to everybody",
    "audit_checkpoint.root": "likewise",
    "audit_leaf.hash": "likewise",
    "audit_node.hash": "likewise",
    "audit_leaf.salt": "goes when its row goes; every auditor is given it",
}


class Kept:
    """A database and a spool with one secret of each kind, under the keys of any vault."""

    def __init__(self, opened: Engines, clock: OwnClock, folder: Path, remote: Any) -> None:
        self.opened, self.clock, self.folder, self.remote = opened, clock, folder, remote

    def store(self, vault: Vault) -> Store:
        return Store(self.opened, vault, self.clock)

    def spool(self, vault: Vault) -> Spool:
        return Spool(self.folder, vault, store=self.remote)

    def secrets(self, vault: Vault) -> Secrets:
        store = self.store(vault)
        return Secrets(store, self.spool(vault), vault, Gate(store, self.clock), self.clock)

    async def fill(self, vault: Vault) -> None:
        at = self.clock.now()
        known = Known(
            claim=CLAIM,
            state=State.RUNNING,
            fingerprint="print",
            created_at=at,
            lease_until=at + timedelta(minutes=1),
            request_id="req_one",
            effects=(),
            answer=None,
        )
        async with self.store(vault).transaction() as tx:
            await tx.devices.add(a_device(), password="door")
            await tx.acting.set(BOB, password="bobs")
            await tx.subscriptions.add(a_subscription())
            await tx.receivers.add(a_signing_key(secret="whsec_x"))
            await tx.receivers.give("whk_one", ACCESS)
            key = SigningKey(
                id="adk_one", origin="o", public=b"p", secret=b"s", created_at=at, retired_at=None
            )
            await tx.seals.add_key(key)
            await tx.idempotency.claim(known)
            await tx.idempotency.finish(CLAIM, ANSWER, granted=Grant())
        await self.spool(vault).store(_content(), limit=len(CONTENT), field="document")

    async def opens(self, vault: Vault) -> None:
        """Everything is what it was."""
        async with self.store(vault).reading() as tx:
            assert await tx.devices.password("dev_one") == "door"
            assert (await tx.acting.password("dev_one", "billing"))[0] == "bobs"
            receiver = (await tx.receivers.open(["whk_one"], at=self.clock.now()))["whk_one"]
            assert receiver.keys[0].secret == "whsec_x"
            assert receiver.access == ACCESS
            assert [key.secret for key in await tx.seals.keys()] == [b"s"]
            known = await tx.idempotency.find(CLAIM.principal_id, CLAIM.digest)
            assert known is not None
            assert (known.fingerprint, known.answer) == ("print", ANSWER)
        assert b"".join(self.spool(vault).read(SHA256)) == CONTENT


async def _content() -> AsyncIterator[bytes]:
    yield CONTENT


@pytest.fixture(params=["folder", "object store"])
def kept(request: pytest.FixtureRequest, opened: Engines, clock: OwnClock, tmp_path: Path) -> Kept:
    remote = MemoryStore() if request.param == "object store" else None
    return Kept(opened, clock, tmp_path / "spool", remote)


async def test_a_rotation_leaves_nothing_that_needs_the_old_key(kept: Kept) -> None:
    await kept.fill(Vault(OLD))
    with pytest.raises((WrongKey, DocumentDamaged)):
        await kept.opens(Vault(NEW))
    secrets = kept.secrets(BOTH)
    before = await secrets.status(ANN)
    assert before.keys == (key_id(NEW), key_id(OLD))
    assert all(kind.under == {key_id(OLD): 1} for kind in before.kinds)
    assert before.needed == {key_id(OLD): len(PLACES) + 1}
    done = await secrets.rotate(ANN)
    assert [(one.done, one.lost) for one in done] == [(1, 0)] * (len(PLACES) + 1)
    await kept.opens(Vault(NEW))
    await kept.opens(BOTH)
    assert all(kind.under == {key_id(NEW): 1} for kind in (await secrets.status(ANN)).kinds)
    assert not (await secrets.status(ANN)).needed
    assert not any(one.done for one in await secrets.rotate(ANN))
    async with kept.store(BOTH).reading() as tx:
        again, first = (await tx.audit.page(AuditFilter(), cursor=None, limit=10)).items
    assert (first.action, first.detail["key"]) == ("secrets.rotate", key_id(NEW))
    assert (first.detail["document_keys"], again.detail["document_keys"]) == (1, 0)


async def test_a_second_rotation_goes_on_from_the_first(kept: Kept) -> None:
    await kept.fill(Vault(OLD))
    await kept.secrets(BOTH).rotate(ANN)
    done = await kept.secrets(Vault(OTHER, NEW)).rotate(ANN)
    assert [(one.done, one.lost) for one in done] == [(1, 0)] * (len(PLACES) + 1)
    await kept.opens(Vault(OTHER))
    assert await kept.spool(Vault(OTHER)).has(SHA256)
    await kept.spool(Vault(OTHER)).remove(SHA256)
    left = [one for some in kept.remote.list() for one in some] if kept.remote else []
    assert left == [path for path in kept.folder.rglob("*") if path.is_file()] == []


async def test_what_was_sealed_before_keys_had_ids_is_read_and_gets_one(
    kept: Kept, opened: Engines
) -> None:
    await kept.fill(Vault(OLD))
    password = aged(OLD, b"door", context="device/dev_one")
    async with opened.writing.begin() as connection:
        await connection.execute(text("UPDATE device SET password = :p"), {"p": password})
    spool = kept.spool(BOTH)
    document = aged_document(OLD, CONTENT, SHA256)
    if kept.remote is None:
        spool.path(SHA256).write_bytes(document)
    else:
        kept.remote.put(spool.key(SHA256), document)
    await kept.opens(BOTH)
    assert (await kept.secrets(BOTH).status(ANN)).needed[""] == 2
    await kept.secrets(BOTH).rotate(ANN)
    await kept.opens(Vault(NEW))


async def test_a_key_that_is_missing_loses_nothing_and_is_told(kept: Kept) -> None:
    await kept.fill(Vault(OTHER))
    done = await kept.secrets(BOTH).rotate(ANN)
    assert [(one.done, one.lost) for one in done] == [(0, 1)] * (len(PLACES) + 1)
    assert (await kept.secrets(BOTH).status(ANN)).needed == {key_id(OTHER): len(PLACES) + 1}
    await kept.opens(Vault(NEW, OTHER))


async def test_two_rotations_and_a_new_password_at_once_do_no_harm(
    store: Store, opened: Engines, clock: OwnClock, tmp_path: Path
) -> None:
    kept = Kept(opened, clock, tmp_path, None)
    many = AT_ONCE + 20
    async with kept.store(Vault(OLD)).transaction() as tx:
        for number in range(many):
            await tx.devices.add(a_device(str(number)), password=f"door {number}")
        last = await tx.devices.get(f"dev_{number}")

    async def change() -> None:
        async with kept.store(Vault(OLD)).transaction() as tx:  # one that has the new key not yet
            await tx.devices.save(last, password="changed")

    one, two, _ = await asyncio.gather(
        kept.secrets(BOTH).rotate(ANN), kept.secrets(BOTH).rotate(ANN), change()
    )
    await kept.secrets(BOTH).rotate(ANN)
    assert one[0].lost + two[0].lost == 0
    assert many <= one[0].done + two[0].done + 1 <= many + 2
    async with kept.store(Vault(NEW)).reading() as tx:
        assert await tx.devices.password(last.id) == "changed"
        assert [await tx.devices.password(f"dev_{n}") for n in range(3)] == [
            f"door {n}" for n in range(3)
        ]


async def test_a_password_under_another_key_is_no_reason_to_hang_up(
    opened: Engines, clock: OwnClock, tmp_path: Path
) -> None:
    kept, fleet = Kept(opened, clock, tmp_path, None), Fleet()
    await kept.fill(Vault(OLD))
    appliances = Appliances(kept.store(BOTH), fleet)
    before = await appliances.of("dev_one")
    await kept.secrets(BOTH).rotate(ANN)
    await appliances.roster()
    assert await appliances.of("dev_one") is before
    await kept.secrets(Vault(OTHER, NEW)).rotate(ANN)  # under a key that this gateway has not
    await appliances.roster()
    with pytest.raises(WrongKey):
        await appliances.of("dev_one")
    await fleet.close()


async def test_a_document_that_was_replaced_is_not_opened_by_what_was_beside_the_first(
    opened: Engines, clock: OwnClock, tmp_path: Path
) -> None:
    kept = Kept(opened, clock, tmp_path, None)
    await kept.fill(Vault(OLD))
    await kept.secrets(BOTH).rotate(ANN)
    path = kept.spool(BOTH).path(SHA256)
    path.write_bytes(aged_document(OLD, CONTENT, SHA256))  # the key beside it is of another header
    with pytest.raises(DocumentDamaged):
        await kept.spool(Vault(NEW)).verify(SHA256, whole=True)
    await kept.secrets(BOTH).rotate(ANN)
    await kept.opens(Vault(NEW))


async def test_only_an_administrator_may(store: Store, clock: OwnClock, tmp_path: Path) -> None:
    scopes = frozenset(Scope) - {Scope.ADMIN}
    nobody = Caller(principal=Principal(id="key_x", name="x", scopes=scopes))
    secrets = Secrets(store, Spool(tmp_path, BOTH), BOTH, Gate(store, clock), clock)
    for asked in (secrets.status, secrets.rotate):
        with pytest.raises(Forbidden):
            await asked(nobody)


def test_every_sealed_column_is_rotated() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{place.column.class_.__tablename__}.{place.column.key}" for place in PLACES}
    assert binary == sealed | set(NOT_SEALED)


@pytest.mark.parametrize("cut", [0, 1, 8, 9, 10, 20, -1])
def test_half_a_secret_is_no_secret(cut: int) -> None:
    for whole in (BOTH.seal("x", context="c"), aged(OLD, b"x", context="c")):
        with pytest.raises(WrongKey):
            BOTH.open(whole[:cut], context="c")


def test_a_secret_says_its_key_and_nobody_else_can_say_another() -> None:
    sealed = Vault(OLD).seal("x", context="c")
    assert sealed_under(sealed) == key_id(OLD)
    assert BOTH.open(sealed, context="c") == "x"
    with pytest.raises(WrongKey):
        BOTH.open(BOTH.prefix + sealed[len(BOTH.prefix) :], context="c")

"""Keys that act as users of an appliance: its own rights hold, and nobody else's faxes suffer for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.access import Caller, Limits, Principal, Scope
from ffgateway.domain.batches import Addressee, BatchDraft
from ffgateway.domain.devices import Device, Health
from ffgateway.domain.entries import Listing
from ffgateway.domain.errors import (
    DeviceBusy,
    DeviceRefused,
    DeviceUserMissing,
    DeviceUserRefused,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from ffgateway.domain.faxes import (
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Recipient,
)
from ffgateway.services.deciding import Decision, Outcome
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.services.faxes import FaxFilter
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.people import Role, User
from ffgateway.simulator.running import Simulator, running
from tests.support.clock import NOON
from tests.support.gateway import ANN, NUMBER, SETTLE, TEXT, House
from tests.support.receiver import closed_port
from tests.support.strangers import put_in

STAYS = "555-0160"
"""Pending for ever."""

USERS = (
    User(username="admin", password="admin", role=Role.ADMIN),
    User(username="clerk", password="clerk"),
    User(username="bob", password="bob-1"),
    User(username="alice", password="alice-1"),
)


def who(name: str, *, only: bool = False, key: str = "") -> Caller:
    """Somebody with a key that acts as `name`."""
    limits = Limits(acts_as=name, acts_as_only=only)
    scopes = frozenset({Scope.ADMIN})
    return Caller(
        principal=Principal(id=key or f"key_{name}", name=name, scopes=scopes, limits=limits)
    )


BILLING, SALES = who("billing"), who("sales")


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    """An appliance with an administrator and three users."""
    async with running(speed=0, start=NOON, users=USERS) as simulator:
        yield simulator


async def registered(house: House, box: Simulator, username: str = "admin") -> Device:
    """The appliance, whose own user is one of these; `billing` is Bob there and `sales` Alice."""
    device = await house.register(box)
    if username != "admin":
        own = DeviceChanges(username=username, password=username)
        await house.devices.update(ANN, device.id, own)
    for name, user in (("billing", "bob"), ("sales", "alice")):
        await house.acting.set(ANN, device.id, name, username=user, password=f"{user}-1")
    await house.look(device)
    return device


def owners(box: Simulator) -> list[str]:
    return [entry.owner for entry in box.appliance.entries]


async def passes(house: House, box: Simulator, device: Device, *, seconds: float = 30) -> None:
    for _ in range(4):
        house.clock.advance(seconds)
        box.advance(seconds)
        await house.look(device)


@pytest.mark.parametrize("username", ["admin", "clerk"])
async def test_a_fax_goes_out_as_the_user_and_is_followed_as_that_one(
    house: House, box: Simulator, username: str
) -> None:
    device = await registered(house, box, username)
    (fax,) = await house.send(NUMBER, caller=BILLING)
    assert await house.submit() == 1
    (plain,) = await house.send(NUMBER)
    assert await house.submit() == 1
    assert owners(box) == ["bob", username]
    sent = await house.submission(fax)
    assert (sent.acted_as, sent.username) == ("billing", "bob")
    assert "as its user bob" in (await house.fax(fax)).placement[0]
    await passes(house, box, device)
    for one, owner in ((fax, "bob"), (plain, username)):
        done = await house.fax(one)
        assert (done.status, done.username) == (FaxStatus.DELIVERED, owner)


@pytest.mark.parametrize("username", ["admin", "clerk"])
async def test_a_lost_answer_is_looked_for_among_the_users_own(
    home: House, box: Simulator, username: str
) -> None:
    device = await registered(home, box, username)
    put_in(box, NUMBER, username="bob", agent="WebClient")  # before it, and seen by no look
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN
    put_in(box, NUMBER, username="alice", agent="WebClient")
    put_in(box, NUMBER, username=username, agent="WebClient")
    await passes(home, box, device, seconds=SETTLE.total_seconds())
    found = await home.fax(fax)
    assert (found.status, found.fax_key) == (FaxStatus.DELIVERED, "00000002")
    assert owners(box) == ["bob", "bob", "alice", username]


@pytest.mark.parametrize("username", ["admin", "clerk"])
async def test_one_that_was_not_taken_is_proved_absent_and_goes_out_once(
    home: House, box: Simulator, username: str
) -> None:
    device = await registered(home, box, username)
    put_in(box, "555-0111", username="alice", agent="WebClient")
    await home.look(device)
    box.put(Fault(kind=Kind.ERROR, method="POST"))
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    await passes(home, box, device, seconds=SETTLE.total_seconds())
    assert (await home.fax(fax)).status is FaxStatus.QUEUED
    await home.submit()
    assert owners(box) == ["alice", "bob"]


async def _never_connected(home: House, box: Simulator, device: Device) -> Fax:
    nowhere = DeviceChanges(url=f"http://127.0.0.1:{closed_port()}", password="admin")
    await home.devices.update(ANN, device.id, nowhere)
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    return fax


async def _refused(home: House, box: Simulator, device: Device) -> Fax:
    other = await home.register(box, "two")
    await home.acting.set(ANN, other.id, "billing", username="bob", password="bob-1")
    box.put(Fault(kind=Kind.REFUSED, method="POST"))
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    return fax


async def _proved_absent(home: House, box: Simulator, device: Device) -> Fax:
    box.put(Fault(kind=Kind.ERROR, method="POST"))
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    await passes(home, box, device, seconds=SETTLE.total_seconds())
    return fax


async def _decided(home: House, box: Simulator, device: Device) -> Fax:
    box.put(Fault(kind=Kind.ERROR, method="POST"))
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    decision = Decision(outcome=Outcome.NOT_SENT, reason="asked", fax_key="")
    return await home.deciding.decide(ANN, fax.id, decision)


async def _given_another_time(home: House, box: Simulator, device: Device) -> Fax:
    (fax,) = await home.send(STAYS, caller=BILLING)
    await home.submit()
    await passes(home, box, device)
    assert (await home.fax(fax)).username == "bob"
    await home.faxes.reschedule(BILLING, fax.id, home.clock.now() + timedelta(hours=1))
    await passes(home, box, device)
    return fax


@pytest.mark.parametrize(
    "leave", [_never_connected, _refused, _proved_absent, _decided, _given_another_time]
)
async def test_a_fax_that_leaves_its_appliance_is_nobodys_there(
    home: House, box: Simulator, leave: Callable[[House, Simulator, Device], Awaitable[Fax]]
) -> None:
    device = await registered(home, box)
    left = await home.fax(await leave(home, box, device))
    assert left.status in {FaxStatus.QUEUED, FaxStatus.SCHEDULED}
    assert "fax.submitting" in await home.story(left)
    assert (left.device_id, left.acted_as, left.username, left.dialled) == (None, "", "", "")


async def test_a_wrong_password_fails_those_faxes_alone_and_says_whose_it_is(
    home: House, box: Simulator
) -> None:
    device = await registered(home, box)
    await home.acting.set(ANN, device.id, "billing", username="bob", password="old")
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    failed = await home.fax(fax)
    assert failed.failure is not None
    assert (failed.status, failed.failure.code) == (FaxStatus.FAILED, "device_user_refused")
    assert failed.failure.device_text == "one refuses the user bob."
    assert not failed.failure.retryable
    for _ in range(3):
        assert await home.submit() == 0
    now = await home.device(device)
    assert (now.health, now.degraded_since) == (Health.ONLINE, None)
    for caller in (SALES, ANN):
        (other,) = await home.send(NUMBER, caller=caller)
        await home.submit()
        assert (await home.fax(other)).status is FaxStatus.PREPARING
    assert owners(box) == ["alice", "admin"]


async def test_another_appliance_is_asked_when_one_refuses_the_user(
    home: House, box: Simulator
) -> None:
    only = who("billing", only=True)
    device = await registered(home, box)
    await home.acting.set(ANN, device.id, "billing", username="bob", password="old")
    async with running(speed=0, start=NOON, users=USERS) as second:
        other = await home.register(second, "two")
        (alone,) = await home.send(NUMBER, caller=only)
        await home.submit()
        assert (await home.fax(alone)).status is FaxStatus.FAILED  # it is nobody on the second
        await home.acting.set(ANN, other.id, "billing", username="bob", password="bob-1")
        faxes = [(await home.send(NUMBER, caller=only))[0] for _ in range(2)]
        while await home.submit():
            pass
        assert owners(second) == ["bob", "bob"]
        assert {(await home.fax(one)).device_id for one in faxes} == {other.id}


async def test_who_may_act_as_nobody_else_waits_for_an_appliance_with_the_user(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    mail = who("mail", only=True)
    (fax,) = await home.send(NUMBER, caller=mail)
    await home.submit()
    held = await home.fax(fax)
    assert (held.status, held.hold_reason) == (FaxStatus.HELD, HoldReason.NO_DEVICE)
    assert held.hold_detail == "one: has no user for mail"
    seen = await home.previewing.preview(mail, await _draft(home, fax))
    assert seen.reasons == ("one: has no user for mail",)
    with pytest.raises(DeviceUserMissing):
        await home.devices.status(mail, device.id)
    await home.send(NUMBER, caller=who("mail"))
    await home.submit()
    await home.acting.set(ANN, device.id, "mail", username="bob", password="bob-1")
    home.clock.advance(10)
    await home.submit()
    assert owners(box) == ["admin", "bob"]


async def _draft(house: House, fax: Fax) -> FaxDraft:
    return (await house.submission(fax)).draft


async def test_a_password_that_stops_working_leaves_what_is_there_as_it_was_seen(
    home: House, box: Simulator
) -> None:
    device = await registered(home, box, "clerk")
    (fax,) = await home.send(STAYS, caller=BILLING)
    await home.submit()
    box.advance(5)
    await home.look(device)
    box.appliance.users.change("bob", {"password": "bob-2"})
    lists, before = ("GET", "/ffws/v1/ofax"), len(box.requests)
    for _ in range(20):
        assert await home.look(device)
    assert list(box.requests)[before:].count(lists) == 20 + 1
    assert (await home.fax(fax)).status is FaxStatus.DEVICE_QUEUED
    assert (await home.device(device)).health is Health.ONLINE
    await home.faxes.cancel(BILLING, fax.id)
    await home.look(device)
    (abort,) = [one for one in await home.audit(fax.id) if one.action == "fax.abort"]
    assert abort.detail["answer"] == "one refuses the user bob."
    await home.acting.set(ANN, device.id, "billing", username="bob", password="bob-2")
    home.clock.advance(60)
    await passes(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.CANCELLED


async def test_what_is_asked_live_is_what_the_user_may_see(home: House, box: Simulator) -> None:
    device = await registered(home, box)
    for username in ("bob", "alice"):
        put_in(box, NUMBER, username=username, agent="WebClient")
    for caller, seen in ((BILLING, {"bob"}), (SALES, {"alice"}), (ANN, {"bob", "alice"})):
        what = Listing(all_users=caller is ANN)
        listed = await home.entries.list(caller, device.id, what, cursor=None, limit=10)
        assert {one.username for one in listed.value.items} == seen
    with pytest.raises(DeviceRefused):
        await home.entries.abort(SALES, device.id, "00000001")
    await home.entries.abort(BILLING, device.id, "00000001")


@pytest.mark.parametrize("username", ["admin", "clerk"])
async def test_faxes_of_another_user_are_for_the_appliance_to_guard(
    home: House, box: Simulator, username: str
) -> None:
    device = await registered(home, box, username)
    (fax,) = await home.send(STAYS, caller=BILLING)
    await home.submit()
    with pytest.raises(DeviceRefused):
        await home.faxes.reschedule(SALES, fax.id, None)
    with pytest.raises(DeviceRefused):
        await home.faxes.cancel(SALES, fax.id)
    assert (await home.fax(fax)).status is FaxStatus.PREPARING
    await home.faxes.reschedule(BILLING, fax.id, None)
    await home.faxes.cancel(ANN, fax.id)  # whose key acts as nobody: the gateway's word is enough
    await passes(home, box, device)
    assert (await home.fax(fax)).status is FaxStatus.CANCELLED


async def test_who_somebody_is_stays_while_their_faxes_are_there(
    house: House, box: Simulator
) -> None:
    device = await registered(house, box)
    (fax,) = await house.send(STAYS, caller=BILLING)
    await house.submit()
    with pytest.raises(DeviceBusy):
        await house.acting.set(ANN, device.id, "billing", username="alice", password="alice-1")
    with pytest.raises(DeviceBusy):
        await house.acting.remove(ANN, device.id, "billing")
    await house.acting.set(ANN, device.id, "billing", username="bob", password="bob-1")
    await house.faxes.cancel(BILLING, fax.id)
    await passes(house, box, device)
    await house.acting.remove(ANN, device.id, "billing")
    assert [one.name for one in await house.acting.list(ANN, device.id)] == ["sales"]
    with pytest.raises(NotFound):
        await house.acting.remove(ANN, device.id, "billing")
    with pytest.raises(InvalidRequest):
        await house.acting.set(ANN, device.id, "No Body", username="bob", password="x")
    acts = [one for one in await house.audit(device.id) if one.action.startswith("acting_user.")]
    assert [one.action.partition(".")[2] for one in acts] == [*["set"] * 3, "remove"]
    assert acts[0].detail["changed"] == {
        "username": {"before": None, "after": "bob"},
        "password": {"secret": True},
    }


async def test_a_password_that_another_gateway_set_is_used(home: House, box: Simulator) -> None:
    device = await registered(home, box)
    asked = Listing(all_users=False)
    await home.entries.list(BILLING, device.id, asked, cursor=None, limit=1)
    box.appliance.users.change("bob", {"password": "bob-2"})
    with pytest.raises(DeviceUserRefused):
        await home.entries.list(BILLING, device.id, asked, cursor=None, limit=1)
    async with home.store.transaction() as tx:
        user = await tx.acting.find(device.id, "billing")
        assert user is not None
        await tx.acting.set(user, password="bob-2")
    await home.appliances.roster()
    await home.entries.list(BILLING, device.id, asked, cursor=None, limit=1)


@pytest.mark.parametrize(
    ("wanted", "own", "allowed"),
    [
        (Limits(), Limits(acts_as="billing"), False),
        (Limits(acts_as="sales"), Limits(acts_as="billing"), False),
        (Limits(acts_as="billing"), Limits(acts_as="billing"), True),
        (Limits(acts_as="billing"), Limits(acts_as="billing", acts_as_only=True), False),
        (Limits(acts_as="sales"), Limits(), True),
    ],
)
async def test_a_key_makes_none_that_acts_as_another(
    home: House, wanted: Limits, own: Limits, *, allowed: bool
) -> None:
    maker = replace(ANN, principal=replace(ANN.principal, limits=own))
    try:
        await home.keys.create(maker, "k", frozenset({Scope.FAXES_SEND}), limits=wanted)
    except Forbidden:
        assert not allowed
    else:
        assert allowed


async def test_what_is_sent_again_goes_out_as_whom_the_one_who_asks_acts(
    home: House, box: Simulator
) -> None:
    device = await registered(home, box)
    (fax,) = await home.send(NUMBER, caller=BILLING)
    await home.submit()
    await passes(home, box, device)
    for caller in (ANN, SALES, BILLING):
        await home.faxes.resend(caller, fax.id)
        await home.submit()
        box.advance(60)
        await home.look(device)
    assert owners(box) == ["bob", "admin", "alice", "bob"]


async def test_a_batch_goes_out_as_the_user_and_is_called_off_by_no_other_one(
    home: House, box: Simulator
) -> None:
    device = await registered(home, box, "clerk")
    text = chunks_of_bytes(TEXT)
    letter = await home.documents.keep(
        ANN, name="letter.txt", content_type="text/plain", chunks=text, field="document"
    )
    common = FaxDraft(recipients=(), documents=(letter,))
    people = tuple(Addressee(recipient=Recipient(fax_number=STAYS)) for _ in range(2))
    sent = await home.batches.send(BILLING, BatchDraft(addressees=people, common=common))
    await home.batching.step()
    await home.submit()
    assert set(owners(box)) == {"bob"}
    with pytest.raises(Forbidden):
        await home.batches.cancel(SALES, sent.batch.id)
    await home.batches.cancel(BILLING, sent.batch.id)
    await home.batching.step()
    await passes(home, box, device)
    async with home.store.reading() as tx:
        faxes = (await tx.faxes.page(FaxFilter(), cursor=None, limit=9)).items
    assert {one.status for one in faxes} == {FaxStatus.CANCELLED}

"""What keys with limits have to do with, and what they may send: over services, on each database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.access import UNLIMITED, Caller, Limits, Principal, Scope
from ffgateway.domain.batches import Addressee, BatchDraft
from ffgateway.domain.errors import DayExceeded, Forbidden, InvalidRequest, NotFound
from ffgateway.domain.events import Event, Filter
from ffgateway.domain.faxes import CoverPage, FaxDraft, Recipient
from ffgateway.domain.identity import new_id
from ffgateway.domain.inbound import InboundFax, InboundStatus
from ffgateway.domain.limits import checked
from ffgateway.services import history
from ffgateway.services.devices import DeviceChanges
from ffgateway.store.batches import BatchFilter
from ffgateway.store.faxes import FaxFilter
from ffgateway.store.inbound import InboundFilter
from tests.support.clock import NOON
from tests.support.gateway import ANN, House, listening
from tests.support.nouns import an_event

URL = "http://192.0.2.10:8080"


def one_of(limits: Limits, *, name: str = "key_limited") -> Caller:
    """An administrator with limits: nothing but these can stop it."""
    scopes = frozenset({Scope.ADMIN})
    return Caller(principal=Principal(id=name, name=name, scopes=scopes, limits=limits))


def draft(*numbers: str, **more: Any) -> FaxDraft:
    recipients = tuple(Recipient(fax_number=one) for one in numbers or ("+4930123456",))
    return FaxDraft(recipients=recipients, documents=(), cover_page=CoverPage(enabled=True), **more)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Two appliances, one of them in the pool `a`, the other in `b`; a fax, a batch, a call of each."""

    house: House
    mine: dict[str, str]
    theirs: dict[str, str]


A, B = (
    one_of(Limits(pools=frozenset({"a"})), name="key_a"),
    one_of(Limits(pools=frozenset({"b"})), name="key_b"),
)


@pytest.fixture
async def fleet(house: House) -> Fleet:
    kinds: list[dict[str, str]] = []
    for pool, caller in (("a", A), ("b", B)):
        device = await house.register(URL, pool, pools=(pool,))
        (fax,) = await house.faxes.send(caller, draft())
        addressed = tuple(Addressee(recipient=one) for one in draft().recipients)
        batch = await house.batches.send(
            caller, BatchDraft(common=replace(draft(), recipients=()), addressees=addressed)
        )
        call = InboundFax(
            id=new_id("inb", at=NOON, entropy=pool.encode() * 10),
            device_id=device.id,
            status=InboundStatus.RECEIVED,
            created_at=NOON,
            updated_at=NOON,
        )
        async with house.store.transaction() as tx:
            await tx.inbound.add(call)
        kinds.append({"dev": device.id, "fax": fax.id, "bat": batch.batch.id, "inb": call.id})
    return Fleet(house=house, mine=kinds[0], theirs=kinds[1])


async def test_lists_show_what_is_there_for_a_key_and_nothing_else(fleet: Fleet) -> None:
    house, page = fleet.house, dict[str, Any](cursor=None, limit=10)
    faxes = await house.faxes.list(A, FaxFilter(), **page)
    batches = await house.batches.list(A, BatchFilter(), **page)
    devices = await house.devices.list(A, **page)
    calls = await house.inbound.list(A, InboundFilter(), **page)
    found = {
        "fax": [one.id for one in faxes.items],
        "bat": [one.batch.id for one in batches.items],
        "dev": [one.id for one in devices.items],
        "inb": [one.id for one in calls.items],
    }
    assert found == {kind: [identity] for kind, identity in fleet.mine.items()}
    assert len((await house.faxes.list(ANN, FaxFilter(), **page)).items) == 2


GETS: dict[str, Callable[[House, Caller, str], Any]] = {
    "fax": lambda house, caller, one: house.faxes.get(caller, one),
    "bat": lambda house, caller, one: house.batches.get(caller, one),
    "dev": lambda house, caller, one: house.devices.get(caller, one),
    "inb": lambda house, caller, one: house.inbound.get(caller, one),
}


async def test_what_is_foreign_is_not_there_in_the_very_words(fleet: Fleet) -> None:
    for kind, get in GETS.items():
        assert await get(fleet.house, A, fleet.mine[kind])
        with pytest.raises(NotFound) as foreign:
            await get(fleet.house, A, fleet.theirs[kind])
        known = fleet.theirs[kind]
        missing = known[:-1] + ("Y" if known.endswith("Z") else "Z")
        with pytest.raises(NotFound) as none:
            await get(fleet.house, ANN, missing)
        assert foreign.value.detail.replace(fleet.theirs[kind], missing) == none.value.detail
    for act in (fleet.house.faxes.cancel, fleet.house.faxes.resend, fleet.house.faxes.events):
        with pytest.raises(NotFound):
            await act(A, fleet.theirs["fax"])


async def test_what_concerns_the_whole_gateway_is_not_for_a_key_of_a_pool(fleet: Fleet) -> None:
    house, own = fleet.house, fleet.mine["dev"]
    for act in (
        lambda: house.keys.list(A),
        lambda: house.keys.create(A, "x", frozenset({Scope.ADMIN}), limits=A.principal.limits),
        lambda: house.subscriptions.create(A, url="https://a.example/", events=("*",)),
        lambda: house.devices.update(A, own, DeviceChanges(pools=("b",))),
        lambda: house.devices.retire(A, own),
        lambda: house.suppressing.list(A, cursor=None, limit=10),
    ):
        with pytest.raises(Forbidden):
            await act()


async def test_events_are_those_of_its_things_page_by_page_and_as_they_happen(
    fleet: Fleet,
) -> None:
    own, house = set(fleet.mine.values()), fleet.house
    history = listening(house)
    whole = (await history.events(ANN, after=0, limit=1000)).events
    expected = [one.position for one in whole if one.subject in own]
    assert 0 < len(expected) < len(whole)
    read: list[int] = []
    while len(read) < len(expected):
        page = await history.events(A, after=read[-1] if read else 0, limit=1)
        read += [one.position for one in page.events]
    assert read == expected
    assert not (await history.events(A, after=read[-1], limit=1)).events
    heard: list[int] = []
    async for one in history.follow(A, after=0, only=Filter()):
        if not isinstance(one, Event):
            break
        heard.append(one.position)
    assert heard == expected


async def test_an_appliance_that_leaves_the_pool_is_gone_for_its_key_at_once(
    fleet: Fleet,
) -> None:
    house, own = fleet.house, fleet.mine["dev"]
    await house.devices.update(ANN, own, DeviceChanges(pools=("b",)))
    with pytest.raises(NotFound):
        await house.devices.get(A, own)
    await house.devices.get(B, own)


async def test_who_sees_little_of_a_long_log_is_led_through_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    monkeypatch.setattr(history, "LOOKED", 4)
    async with fleet.house.store.transaction() as tx:
        tx.tell(*(an_event("fax_other") for _ in range(9)), an_event(fleet.mine["fax"]))
    log, seen, after, pages = listening(fleet.house), list[str](), 0, 0
    while True:
        found = await log.events(A, after=after, limit=50)
        seen += [one.id for one in found.events]
        pages += 1
        if found.looked_to is None:
            break
        assert found.looked_to > after
        after = found.looked_to
    everything = (await log.events(ANN, after=0, limit=100)).events
    assert seen == [one.id for one in everything if one.subject in fleet.mine.values()]
    assert pages > len(everything) // 4 >= 3
    assert len((await log.events(A, after=0, limit=1)).events) == 1


async def test_faxes_go_to_the_pools_of_a_key(fleet: Fleet) -> None:
    house = fleet.house
    (fax,) = await house.faxes.send(A, draft())
    assert (await house.submission(fax)).draft.pool == "a"
    both = one_of(Limits(pools=frozenset({"a", "b"})))
    for caller, wrong, error in (
        (A, draft(pool="b"), NotFound),
        (A, draft(device_id=fleet.theirs["dev"]), NotFound),
        (both, draft(), InvalidRequest),
    ):
        with pytest.raises(error):
            await house.faxes.send(caller, wrong)
        with pytest.raises(error):
            await house.previewing.preview(caller, wrong)
    await house.faxes.send(both, draft(pool="b"))
    await house.faxes.send(A, draft(device_id=fleet.mine["dev"]))


GERMAN = one_of(Limits(numbers=("+4930", "+4940")))


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+4930123456", True),
        ("+49 30 12 34 56", True),
        ("030 123456", True),
        ("+4989123456", False),
        ("089 123456", False),
        ("+12125550100", False),
        ("001 212 555 0100", False),
        ("123456", False),  # of a town that nobody told
    ],
)
async def test_a_key_sends_to_the_numbers_it_may_and_to_no_others(
    home: House, number: str, allowed: bool
) -> None:
    await home.register(URL, region="DE")
    addressed = (Addressee(recipient=Recipient(fax_number=number)),)
    many = BatchDraft(common=replace(draft(), recipients=()), addressees=addressed)
    if allowed:
        await home.faxes.send(GERMAN, draft(number))
        await home.batches.send(GERMAN, many)
        return
    for act in (
        home.faxes.send(GERMAN, draft("+4930123456", number)),
        home.previewing.preview(GERMAN, draft("+4930123456", number)),
    ):
        with pytest.raises(Forbidden) as no:
            await act
        assert no.value.field == "recipients[1].fax_number"
    with pytest.raises(Forbidden):
        await home.batches.send(GERMAN, many)
    await home.faxes.send(ANN, draft(number))


@pytest.mark.parametrize("number", ["+49 (0) 30 123456", "+49 0 30 123456"])
async def test_a_number_is_held_to_its_limits_as_it_is_dialled(home: House, number: str) -> None:
    await home.register(URL)  # nothing is known of its line: it dials the digits that are there
    await home.faxes.send(GERMAN, draft("+49 30 123456"))
    with pytest.raises(Forbidden):
        await home.faxes.send(GERMAN, draft(number))


async def test_a_days_faxes_are_counted_exactly_whoever_sends_at_once(house: House) -> None:
    capped = one_of(Limits(faxes_per_day=5))
    house.clock.advance(timedelta(hours=11))  # an hour before the next day

    refused: list[DayExceeded] = []

    async def send() -> bool:
        try:
            await house.faxes.send(capped, draft())
        except DayExceeded as no:
            refused.append(no)
            return False
        return True

    done = await asyncio.gather(*(send() for _ in range(12)))
    assert sum(done) == 5
    assert {(one.code, one.standing.remaining, one.retry_after) for one in refused} == {
        ("quota-exceeded", 0, 3600)
    }
    page = await house.faxes.list(ANN, FaxFilter(), cursor=None, limit=100)
    assert len(page.items) == 5
    house.clock.advance(timedelta(hours=1))
    assert await send()


async def test_a_day_that_is_over_here_is_full_still_at_a_gateway_whose_clock_is_behind(
    house: House,
) -> None:
    noon, days = house.clock.now().date(), timedelta(days=1)
    async with house.store.transaction() as tx:
        found = [
            await tx.spending.add("key_a", day, faxes=1, pages=2)
            for day in (noon, noon + days, noon, noon + 2 * days, noon)
        ]
    assert found == [(1, 2), (1, 2), (2, 4), (1, 2), (1, 2)]


async def test_pages_count_for_each_recipient_and_what_is_refused_counts_nothing(
    house: House,
) -> None:
    capped = one_of(Limits(pages_per_day=4))
    with pytest.raises(DayExceeded):
        await house.faxes.send(capped, draft(*(f"+493012345{n}" for n in range(5))))
    addressed = tuple(
        Addressee(recipient=one) for one in draft("+493012345", "+493012346").recipients
    )
    many = BatchDraft(common=replace(draft(), recipients=()), addressees=addressed)
    await house.batches.send(capped, many)
    await house.faxes.send(capped, draft("+493012347", "+493012348"))
    with pytest.raises(DayExceeded):
        await house.faxes.send(capped, draft())
    with pytest.raises(DayExceeded):
        await house.batches.send(capped, many)
    await house.faxes.send(ANN, draft())


@pytest.mark.parametrize(
    "limits",
    [
        Limits(pools=frozenset({"Not A Pool"})),
        Limits(numbers=("4930",)),
        Limits(numbers=("+49 30",)),
        Limits(faxes_per_day=-1),
        Limits(pages_per_day=10**10),
    ],
    ids=str,
)
def test_limits_that_nothing_could_fit_are_refused(limits: Limits) -> None:
    with pytest.raises(InvalidRequest):
        checked(limits)
    assert checked(UNLIMITED) == UNLIMITED

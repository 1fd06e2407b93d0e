"""Calls that came in: kept whole, listed by appliance and status."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.errors import InvalidRequest, NotFound
from ffgateway.domain.inbound import InboundFax, InboundStatus, SettledBy
from ffgateway.store.inbound import InboundFilter
from ffgateway.store.transaction import Store
from tests.support.clock import NOON

S = InboundStatus
ANY = InboundFilter()


def a_call(name: str = "one", **changes: Any) -> InboundFax:
    fax = InboundFax(
        id=f"inb_{name}",
        device_id="dev_one",
        status=S.RECEIVING,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(fax, **changes)


FULL = a_call(
    "full",
    status=S.RECEIVED_PARTIAL,
    line=2,
    extension="12",
    recipient="Österreich",
    remote_id="555-7777",
    page=3,
    pages=2,
    started_at=NOON - timedelta(minutes=1),
    ended_at=NOON,
    settled_by=SettledBy.INBOUND_LOG,
    message="Page 3 failed",
    start="2026-11-23T11:59:00",
)


async def keep(store: Store, *calls: InboundFax) -> None:
    async with store.transaction() as tx:
        for call in calls:
            await tx.inbound.add(call)


@pytest.mark.parametrize("call", [FULL, a_call()], ids=["full", "bare"])
async def test_a_call_comes_back_with_every_field(store: Store, call: InboundFax) -> None:
    await keep(store, call)
    async with store.reading() as tx:
        assert await tx.inbound.get(call.id) == call


async def test_the_present_form_of_a_call_takes_the_place_of_the_last(store: Store) -> None:
    await keep(store, a_call(FULL.id.removeprefix("inb_")))
    async with store.transaction() as tx:
        await tx.inbound.save(FULL)
    async with store.reading() as tx:
        assert await tx.inbound.get(FULL.id) == FULL


async def test_a_call_that_never_was_is_not_found(store: Store) -> None:
    async with store.reading() as tx:
        with pytest.raises(NotFound):
            await tx.inbound.get("inb_none")


async def test_open_calls_are_those_of_one_appliance_that_are_not_settled(store: Store) -> None:
    missed = a_call("b", ended_at=NOON)  # over, and not yet known how
    await keep(store, a_call("a"), missed, FULL, a_call("c", device_id="dev_two"))
    async with store.reading() as tx:
        assert await tx.inbound.open_on("dev_one") == (a_call("a"), missed)
        assert await tx.inbound.open_on("dev_none") == ()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (ANY, "dcba"),
        (InboundFilter(status=(S.FAILED,)), "b"),
        (InboundFilter(status=(S.FAILED, S.RECEIVED)), "cb"),
        (InboundFilter(device_id="dev_two"), "d"),
        (InboundFilter(device_id="dev_two", status=(S.FAILED,)), ""),
    ],
)
async def test_a_list_is_filtered_the_newest_first(
    store: Store, filters: InboundFilter, found: str
) -> None:
    await keep(
        store,
        a_call("a"),
        a_call("b", status=S.FAILED),
        a_call("c", status=S.RECEIVED),
        a_call("d", device_id="dev_two"),
    )
    async with store.reading() as tx:
        page = await tx.inbound.page(filters, cursor=None, limit=10)
    assert [call.id for call in page.items] == [f"inb_{name}" for name in found]
    assert page.next is None


async def test_a_list_goes_on_from_its_cursor(store: Store) -> None:
    await keep(store, *(a_call(name) for name in "abc"))
    async with store.reading() as tx:
        first = await tx.inbound.page(ANY, cursor=None, limit=2)
        rest = await tx.inbound.page(ANY, cursor=first.next, limit=2)
        assert [call.id for call in (*first.items, *rest.items)] == ["inb_c", "inb_b", "inb_a"]
        with pytest.raises(InvalidRequest):
            await tx.inbound.page(ANY, cursor="not one", limit=2)

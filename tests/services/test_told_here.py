"""What this process told itself is delivered without being read, unless something is missing before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event

from ffgateway.domain.events import EventType
from ffgateway.domain.receivers import Include
from ffgateway.domain.told import Told
from ffgateway.services.lanes import Parcel
from tests.support.gateway import House
from tests.support.nouns import a_subscription, an_event


@dataclass
class Sender:
    """A house whose engine reads only what it is told to; endpoints without secrets will do."""

    house: House

    async def tell(self, *subjects: str, kind: EventType = EventType.FAX_QUEUED) -> Told:
        async with self.house.store.transaction() as tx:
            tx.tell(*(an_event(subject, kind) for subject in subjects))
        return tx.brought

    async def taken(self) -> list[Parcel]:
        """What goes out once all that is to be read is read."""
        while await self.house.delivering.read():
            pass
        return self.house.delivering.take()


@asynccontextmanager
async def sender(house: House, **endpoint: Any) -> AsyncIterator[Sender]:
    async with house.store.transaction() as tx:
        await tx.subscriptions.add(a_subscription("all", "fax.*", ordered=False, **endpoint))
    made = Sender(house)
    assert await made.taken() == []
    yield made


async def test_it_is_sent_as_it_would_be_read_and_costs_no_statement(house: House) -> None:
    async with sender(house) as made:
        told = await made.tell("fax_a", "fax_b", "fax_a")
        statements: list[str] = []
        engines = house.store._engines
        for engine in {engines.reading.sync_engine, engines.writing.sync_engine}:
            event.listen(
                engine, "before_cursor_execute", lambda _c, _k, said, *_: statements.append(said)
            )
        house.delivering.told(told)
        parcels = await made.taken()
        assert statements == []
    async with house.store.reading() as tx:
        assert tuple(one.delivery for one in parcels) == await tx.outbox.after(0, limit=9)
        assert tuple(one.event for one in parcels) == await tx.events.after(0, limit=9)
    assert [one.event.sequence for one in parcels] == [1, 1, 2]


@pytest.mark.parametrize("heard", ["012", "102", "210", "20", "2", "0"])
async def test_nothing_is_passed_over_or_sent_twice_however_it_is_heard_of(
    home: House, heard: str
) -> None:
    async with sender(home) as made:
        told = [await made.tell(f"fax_{number}") for number in range(3)]
        for number in heard:
            home.delivering.told(told[int(number)])
        parcels = await made.taken()
        known = 1 if heard == "0" else 3  # that there is more nobody said
        assert [one.event.subject for one in parcels] == ["fax_0", "fax_1", "fax_2"][:known]
        home.delivering.told()
        assert len(parcels + await made.taken()) == 3


async def test_what_a_replay_wrote_in_between_is_not_passed_over(home: House) -> None:
    async with sender(home) as made:
        old = await made.tell("dev_a", kind=EventType.DEVICE_ONLINE)
        home.delivering.told(await made.tell("fax_a"))
        async with home.store.transaction() as tx:  # another gateway's, whose word is late
            await tx.events.lock()
            again: Any = {"replay_id": "rpl_one", "at": home.clock.now(), "dead_only": False}
            await tx.deliveries.again(old.events, "whk_all", **again)
        home.delivering.told(await made.tell("fax_b"))
        parcels = await made.taken()
    assert [one.event.subject for one in parcels] == ["fax_a", "dev_a", "fax_b"]


async def test_an_endpoint_that_asked_for_more_is_told_it(home: House) -> None:
    async with sender(home, include=(Include.NUMBERS,)) as made:
        home.store.when_queued(home.delivering.told)
        await home.send()
        parcels = await made.taken()
    assert [one.event.type for one in parcels] == ["fax.accepted", "fax.queued"]
    assert all("fax_number" in one.event.data for one in parcels)

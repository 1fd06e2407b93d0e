"""What is remembered of lines comes back as it was, and is one row for each."""

from dataclasses import replace
from datetime import timedelta

from ffgateway.domain.line_health import LineRecord, LineTry
from ffgateway.store.transaction import Store
from tests.support.clock import NOON
from tests.support.nouns import a_device


async def test_a_line_comes_back_as_it_was_kept(store: Store) -> None:
    line = LineRecord(device_id="dev_one", number=2, tries=(LineTry(at=NOON, failed=True),))
    later = line.with_try(LineTry(at=NOON + timedelta(milliseconds=7), failed=False))
    async with store.transaction() as tx:
        await tx.devices.add(a_device(), password="x")
        await tx.lines.save(line)
    for kept in (later, replace(later, degraded_since=NOON)):
        async with store.transaction() as tx:
            await tx.lines.save(kept)
        async with store.reading() as tx:
            assert await tx.lines.of_device("dev_one") == (kept,)
            assert await tx.lines.of_device("dev_two") == ()

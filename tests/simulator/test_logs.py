"""The inbound log: what came in, the newest first."""

import pytest

from ffgateway.ffws.inbound_log import read_inbound_log
from ffgateway.simulator.receiving import Caller
from tests.simulator.conftest import Unit, unit_of


async def received(unit: Unit, *pages: int) -> None:
    """Have calls come in one after the other, a minute apart."""
    for number in pages:
        unit.box.catch_up()
        unit.box.appliance.sending.receiving.answer(Caller(remote_id="555-7777", pages=number))
        unit.clock.seconds += 60


async def logged(unit: Unit, query: str = "") -> list[int | None]:
    answer = await unit.admin.get(f"/inbound_log{query}")
    assert answer.status_code == 200, answer.text
    return [entry.pages for entry in read_inbound_log(answer.content)]


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("", [3, 2, 1]),
        ("?limit=2", [3, 2]),
        ("?offset=1", [2, 1]),
        ("?limit=1&offset=1", [2]),
        ("?start=2026-03-02T12:01:00", [3, 2]),
        ("?end=2026-03-02T12:01:00", [2, 1]),
        ("?start=2026-03-02T12:03:00", []),
    ],
)
async def test_the_log_is_told_newest_first_in_parts(
    unit: Unit, query: str, pages: list[int]
) -> None:
    await received(unit, 1, 2, 3)
    assert await logged(unit, query) == pages


async def test_a_line_of_the_log_says_all_of_a_call() -> None:
    unit = unit_of("FF240-IP")
    await received(unit, 2)
    answer = (await unit.admin.get("/inbound_log")).text
    for element in (
        "<channel>1</channel>",
        "<start_time>2026-03-02T12:00:00</start_time>",
        "<duration>16</duration>",
        "<baud_rate>33600</baud_rate>",
        "<state>received</state>",
    ):
        assert element in answer


async def test_logs_are_for_administrators(unit: Unit) -> None:
    assert (await unit.ann.get("/inbound_log")).status_code == 403
    assert (await unit.admin.get("/inbound_log?start=now-ish")).status_code == 400

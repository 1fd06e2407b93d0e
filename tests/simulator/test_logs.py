"""The inbound log: what came in, the newest first."""

import pytest

from ffgateway.ffws.inbound_log import read_inbound_log
from ffgateway.ffws.logs import OutboundLogEntry, read_call_log, read_count, read_outbound_log
from ffgateway.simulator.receiving import Caller
from tests.simulator.conftest import Unit, unit_of
from tests.simulator.making import appliance, body_of, fax


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


# What went out, and every call


async def sent(unit: Unit, *numbers: str, who: str = "admin") -> None:
    """Send faxes one after the other and wait until each is over."""
    client = getattr(unit, who)
    for number in numbers:
        answer = await client.post("/ofax", content=body_of(fax(number, max_tries=1)))
        assert answer.status_code == 201
        unit.clock.seconds += 600
        unit.box.catch_up()


async def tries(unit: Unit, who: str = "admin", query: str = "") -> list[OutboundLogEntry]:
    answer = await getattr(unit, who).get(f"/outbound_log{query}")
    assert answer.status_code == 200, answer.text
    return list(read_outbound_log(answer.content))


async def test_each_try_at_sending_is_an_entry_of_its_own(unit: Unit) -> None:
    content = body_of(fax("312-555-0186", max_tries=3, try_interval=30))
    await unit.admin.post("/ofax", content=content)
    unit.clock.seconds += 600
    found = await tries(unit)
    assert [(one.state, one.message, one.pages) for one in found] == [
        ("sent", "Successfully sent fax", 1),
        ("failed", "Busy", 0),
        ("failed", "Busy", 0),
    ]
    assert {one.fax_entry_url for one in found} == {"https://ff440/ffws/v1/ofax/00000001/0000"}
    assert all(one.line == 1 and one.fax_number == "312-555-0186" for one in found)


async def test_a_user_reads_the_tries_of_their_own_faxes(unit: Unit) -> None:
    await sent(unit, "312-555-0110", who="ann")
    await sent(unit, "312-555-0111", who="bob")
    assert [one.username for one in await tries(unit)] == ["bob", "ann"]
    assert [one.username for one in await tries(unit, "ann")] == ["ann"]
    counts = [
        (await client.get("/outbound_log/count")).content for client in (unit.ann, unit.admin)
    ]
    assert [read_count(count) for count in counts] == [1, 2]


async def test_the_call_log_has_both_directions_by_time(unit: Unit) -> None:
    await sent(unit, "312-555-0110")
    await received(unit, 2)
    await sent(unit, "312-555-0111")
    answer = await unit.admin.get("/call_log?limit=2")
    found = read_call_log(answer.content)
    assert [(one.direction, one.number) for one in found] == [
        ("outbound", "312-555-0111"),
        ("inbound", ""),
    ]
    count = await unit.admin.get("/inbound_log/count")
    assert read_count(count.content) == 1


@pytest.mark.parametrize("path", ["/call_log", "/inbound_log/count"])
async def test_what_came_in_is_for_administrators(unit: Unit, path: str) -> None:
    assert (await unit.ann.get(path)).status_code == 403


@pytest.mark.parametrize("query", ["start=yesterday", "end=2026-13-01T00:00:00", "limit=few"])
async def test_what_no_log_can_be_asked_is_refused(unit: Unit, query: str) -> None:
    assert (await unit.admin.get(f"/outbound_log?{query}")).status_code == 400


async def test_an_ip_unit_counts_channels_in_its_logs() -> None:
    unit = unit_of("FF240-IP")
    await sent(unit, "312-555-0110")
    answer = await unit.admin.get("/outbound_log")
    assert b"<channel>1</channel>" in answer.content


def test_a_seed_gives_weeks_of_history() -> None:
    box = appliance(seed=7)
    starts = [call.start for call in box.placed]
    assert (len(starts), len(box.receptions)) == (40, 25)
    assert starts == sorted(starts)
    assert all(call.end < box.now for call in box.placed)

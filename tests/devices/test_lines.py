"""The status functions of an appliance, over a socket, as our nouns."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.devices.receptions import logged_calls
from ffgateway.domain.errors import (
    DeviceNotThere,
    DeviceOperationUnsupported,
    DeviceSilent,
)
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.inbound import InboundCall, LoggedCall
from ffgateway.domain.lines import LineCounts, OutboundClass, Section, StatusSection
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.spool import Spool
from tests.devices.speaking import draft, opened
from tests.support.calling import call, take_away
from tests.support.clock import NOON

CHICAGO = "America/Chicago"


@asynccontextmanager
async def a_box(kind: str = "FF440", **more: Any) -> AsyncIterator[tuple[Simulator, Appliance]]:
    """An appliance in Chicago, whose time stands still, and our end of it."""
    told = {"model": kind, "zone": CHICAGO} | more
    async with (
        running(model=kind, speed=0, start=NOON, zone=CHICAGO) as box,
        opened(box.url, **told) as appliance,
    ):
        yield box, appliance


def asked(box: Simulator) -> list[str]:
    return [path for _, path in box.requests]


@pytest.mark.parametrize("model", ["FF240", "FF440", "FF840"])
async def test_each_modem_says_what_it_is_doing(model: str) -> None:
    async with a_box(model) as (box, appliance):
        call(box)
        box.advance(9)
        known = await lines.modems(appliance)
        one = await lines.modem(appliance, 1)
    first, *rest = known.value
    assert (known.evidence, known.function) == (Evidence.DOCUMENTED, "modem_status.list")
    assert (first.number, first.state, first.idle, first.page) == (1, "Receiving Page", False, 2)
    assert (first.remote_id, first.baud_rate, first.elapsed_time) == ("555-7777", "33600", "9")
    assert all(other.idle and not other.baud_rate for other in rest)
    assert (one.value, one.function) == (first, "modem_status.get")


async def test_each_channel_says_what_it_is_doing() -> None:
    async with a_box("FF240-IP") as (box, appliance):
        call(box)
        box.advance(9)
        known = await lines.channels(appliance)
        one = await lines.channel(appliance, 1)
    first = known.value[0]
    assert (first.number, first.state, first.pages, first.ecm) == (1, "Receiving Page", 2, "on")
    assert (first.modulation, first.line_encoding) == ("V.34", "MMR")
    assert one.value == first


@pytest.mark.parametrize(
    ("model", "ask"),
    [
        ("FF440", lines.channels),
        ("FF840", lambda box: lines.channel(box, 1)),
        ("FF440", lambda box: lines.section(box, Section.CHANNEL)),
        ("FF240-IP", lines.modems),
        ("FF240-IP", lambda box: lines.modem(box, 1)),
        ("FF240-IP", lambda box: lines.section(box, Section.MODEM)),
        ("FF230", lines.modems),
    ],
)
async def test_what_a_model_cannot_have_is_refused_before_any_request(
    model: str, ask: Callable[[Appliance], Any]
) -> None:
    async with a_box(model) as (box, appliance):
        with pytest.raises(DeviceOperationUnsupported):
            await ask(appliance)
        assert asked(box) == []


@pytest.mark.parametrize("ask", [lines.inbound, lines.whole, lines.modems])
async def test_firmware_before_3_0_4_has_no_status_and_is_not_asked(
    ask: Callable[[Appliance], Any],
) -> None:
    async with a_box("FF230", dialect="faxfinder-2") as (box, appliance):
        with pytest.raises(DeviceOperationUnsupported):
            await ask(appliance)
        assert asked(box) == []


@pytest.mark.parametrize(("model", "ask"), [("FF440", lines.modem), ("FF240-IP", lines.channel)])
async def test_a_line_that_is_not_there_is_not_there(
    model: str, ask: Callable[[Appliance, int], Any]
) -> None:
    async with a_box(model) as (_, appliance):
        with pytest.raises(DeviceNotThere):
            await ask(appliance, 5)


async def test_a_model_nobody_named_is_asked_and_answers_for_itself() -> None:
    async with a_box("FF440", model="") as (box, appliance):
        with pytest.raises(DeviceNotThere):
            await lines.section(appliance, Section.CHANNEL)
        assert len((await lines.modems(appliance)).value) == 4
        with pytest.raises(DeviceOperationUnsupported):
            await lines.channels(appliance)
        assert asked(box)[0] == "/ffws/v1/status/CHANNEL"


COUNTS = LineCounts(kind="modem", receiving=1, sending=0, idle=3)


async def test_a_section_is_one_part_and_nothing_else() -> None:
    async with a_box() as (box, appliance):
        call(box)
        box.advance(9)
        found = {
            part: (await lines.section(appliance, part)).value
            for part in Section
            if part != "channel"
        }
    assert found[Section.MODEM] == StatusSection(section=Section.MODEM, lines=COUNTS)
    system = found[Section.SYSTEM].system
    assert system is not None
    assert (system.current_time, system.uptime) == ("2026-03-02T06:00:09", "9")
    assert found[Section.PRINTER] == StatusSection(section=Section.PRINTER)
    assert found[Section.SHARE] == StatusSection(section=Section.SHARE)


@pytest.mark.parametrize("model", ["FF440", "FF240-IP"])
async def test_what_comes_in_is_shown_with_its_start_as_a_moment(model: str) -> None:
    async with a_box(model) as (box, appliance):
        assert (await lines.inbound(appliance)).value == ()
        call(box)
        box.advance(9)
        assert (await lines.inbound(appliance)).value == (
            InboundCall(
                state="Receiving",
                line=1,
                extension="12",
                recipient="Orders",
                remote_id="555-7777",
                page=2,
                start="2026-03-02T06:00:00",
                started_at=NOON,
            ),
        )


async def test_the_whole_status_has_every_part() -> None:
    async with a_box() as (box, appliance):
        call(box, line=2)
        known = await lines.whole(appliance)
    status = known.value
    assert (known.function, status.lines_receiving, status.lines_idle) == ("status.combined", 1, 3)
    assert [line.idle for line in status.lines] == [True, False, True, True]
    (coming,) = status.receiving
    assert (coming.line, coming.recipient) == (2, "Orders")
    assert (status.printers, status.shares) == ((), ())


async def test_a_status_that_makes_no_sense_is_no_readable_answer() -> None:
    async with a_box() as (box, appliance):
        box.put(Fault(kind=Kind.TRUNCATED, path="/status"))
        with pytest.raises(DeviceSilent):
            await lines.whole(appliance)


# What goes out


async def test_nothing_going_out_is_an_empty_list_though_it_comes_as_404() -> None:
    async with a_box() as (_, appliance):
        for which in (None, *OutboundClass):
            assert (await lines.outbound(appliance, which=which, most=20)).value == ()


async def test_what_goes_out_is_listed_by_class_up_to_a_number(spool: Spool) -> None:
    async with a_box("FF240") as (box, appliance):
        one = await draft(spool, *(f"555-10{number:02}" for number in range(15)))
        await appliance.schedule(one, one.recipients, spool.read)
        box.advance(4)
        found = {
            which: (await lines.outbound(appliance, which=which, most=14)).value
            for which in (None, *OutboundClass)
        }
        states = {which: {fax.state for fax in every} for which, every in found.items()}
    assert {which: len(every) for which, every in found.items()} == {
        None: 14,
        OutboundClass.SENDING: 2,
        OutboundClass.PENDING: 13,
    }
    assert states[OutboundClass.SENDING] == {"sending"}
    assert states[OutboundClass.PENDING] == {"pending"}
    assert [fax.state for fax in found[None]][:3] == ["sending", "sending", "pending"]


# The log


async def test_the_log_says_how_a_call_ended() -> None:
    async with a_box() as (box, appliance):
        call(box, outcome="fail")
        box.advance(100)
        known = await logged_calls(appliance, since=NOON)
        later = await logged_calls(appliance, since=NOON + timedelta(seconds=1))
    assert (known.evidence, later.value) == (Evidence.STAND_IN, ())
    assert known.value == (
        LoggedCall(
            started_at=NOON,
            ended_at=NOON + timedelta(seconds=24),
            complete=False,
            line=1,
            extension="12",
            recipient="Orders",
            remote_id="555-7777",
            pages=2,
            message="Page 3 failed",
        ),
    )


async def test_an_appliance_without_the_log_says_that_it_has_none() -> None:
    async with a_box() as (box, appliance):
        take_away(box, "/inbound_log")
        with pytest.raises(DeviceOperationUnsupported):
            await logged_calls(appliance, since=NOON)

"""Calls that come in, and the records they leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.ffws.faxes import Sender
from ffgateway.simulator import status
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.receiving import FAX_BACK, Caller, Reception, caller_from
from ffgateway.simulator.scenarios import Ending
from tests.simulator.conftest import Unit
from tests.simulator.making import ANN, appliance, at, fax, text

CONTROL = "http://unit/_control/inbound"
CALLER = Caller(remote_id="555-7777", extension="12", recipient="Orders", pages=3)


def called(caller: Caller = CALLER) -> tuple[Appliance, int | None]:
    box = appliance()
    return box, box.sending.receiving.answer(caller)


def pages_shown(box: Appliance) -> list[int | None]:
    return [entry.page for entry in status.inbound(box)]


def test_a_call_is_received_page_by_page_and_leaves_a_record() -> None:
    box, line = called()
    assert line == 1
    shown = {}
    for seconds in (0, 7, 8, 23, 24):
        box.advance(at(seconds))
        shown[seconds] = pages_shown(box)
    assert shown == {0: [1], 7: [1], 8: [2], 23: [3], 24: []}
    assert list(box.receptions) == [
        Reception(
            start=at(0),
            end=at(24),
            state="received",
            line=1,
            extension="12",
            recipient="Orders",
            remote_id="555-7777",
            pages=3,
            message="Successfully received fax",
            baud_rate="33600",
        )
    ]
    assert box.receptions[0].duration == timedelta(seconds=24)


def test_nothing_is_on_record_while_the_call_goes_on() -> None:
    box, _ = called()
    box.advance(at(23))
    assert not box.receptions


@pytest.mark.parametrize(
    ("fails_on", "ends", "good"), [(None, 24, 2), (1, 8, 0), (2, 16, 1), (9, 24, 2)]
)
def test_a_call_that_breaks_off_keeps_its_good_pages(
    fails_on: int | None, ends: float, good: int
) -> None:
    box, _ = called(replace(CALLER, ending=Ending.FAIL, fails_on=fails_on))
    box.advance(at(1000))
    (kept,) = box.receptions
    assert (kept.state, kept.end, kept.pages) == ("failed", at(ends), good)
    assert kept.message == f"Page {good + 1} failed"


def test_a_call_goes_to_the_line_it_dials() -> None:
    box, line = called(replace(CALLER, line=3))
    assert line == 3
    assert box.sending.receiving.answer(replace(CALLER, line=3)) is None
    assert box.sending.receiving.answer(replace(CALLER, line=9)) is None
    assert box.sending.receiving.answer(CALLER) == 1


def test_a_call_that_finds_the_line_busy_leaves_no_trace() -> None:
    box, line = called(replace(CALLER, ending=Ending.BUSY))
    box.advance(at(1000))
    assert (line, list(box.receptions), pages_shown(box)) == (None, [], [])


def test_a_restart_breaks_a_call_off_and_says_so() -> None:
    box, _ = called()
    box.advance(at(10))
    box.sending.restart(timedelta(seconds=60))
    (kept,) = box.receptions
    assert (kept.state, kept.pages, kept.message) == ("failed", 1, "Interrupted by restart")
    assert box.sending.receiving.answer(CALLER) is None  # nobody is there
    box.advance(at(100))
    assert len(box.receptions) == 1
    assert box.sending.receiving.answer(CALLER) == 1


@pytest.mark.parametrize(
    ("number", "state", "pages"), [("555-0118", "received", 2), ("555-0119", "failed", 1)]
)
def test_a_magic_number_faxes_back(number: str, state: str, pages: int) -> None:
    box = appliance()
    sent = fax(number, attachments=[text(lines=61)])
    box.schedule(ANN, replace(sent, sender=Sender(name="Ann", fax_number="+1 218 555 0142")))
    sent_at = 24  # prepared at 2, connected at 8, two pages of 8
    box.advance(at(sent_at) + FAX_BACK)
    (coming,) = status.inbound(box)
    assert (coming.extension, coming.recipient, coming.remote_id) == ("0142", "Ann", number)
    box.advance(at(1000))
    (kept,) = box.receptions
    assert (kept.state, kept.pages, kept.start) == (state, pages, at(sent_at) + FAX_BACK)


def test_a_machine_that_faxes_back_tries_again_when_lines_are_busy() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-0118"))
    box.advance(at(17))
    box.sending.receiving.answer(replace(CALLER, pages=5))  # takes the one line until 57
    box.advance(at(1000))
    assert [one.start for one in box.receptions] == [at(17), at(16) + 2 * FAX_BACK]


def test_a_reset_forgets_what_came_in() -> None:
    box, _ = called()
    box.advance(at(100))
    box.reset()
    assert not box.receptions


async def test_a_call_is_made_over_the_control_endpoint(unit: Unit) -> None:
    call = {
        "remote_id": "555-7777",
        "extension": "12",
        "recipient": "Orders",
        "line": 2,
        "pages": 4,
        "page_seconds": 30,
        "outcome": "fail",
        "fails_on": 3,
    }
    assert (await unit.nobody.post(CONTROL, json=call)).json() == {"line": 2}
    unit.clock.seconds = 31
    shown = (await unit.ann.get("/inbound_status")).text
    assert "<current_page>2</current_page>" in shown
    assert "<recipient>Orders</recipient>" in shown
    unit.clock.seconds = 90
    assert "inbound_entry" not in (await unit.ann.get("/inbound_status")).text
    (kept,) = unit.box.appliance.receptions
    assert (kept.line, kept.state, kept.pages) == (2, "failed", 2)


@pytest.mark.parametrize("call", [{"outcome": "busy"}, {"line": 5}, {"line": 0}])
async def test_a_caller_who_cannot_get_through_is_told(unit: Unit, call: dict[str, object]) -> None:
    assert (await unit.nobody.post(CONTROL, json=call)).status_code == 409


@pytest.mark.parametrize(
    "call",
    [
        {"pages": -1},
        {"pages": 1001},
        {"pages": "many"},
        {"page_seconds": -1},
        {"page_seconds": 1e9},
        {"page_seconds": float("nan")},
        {"fails_on": 0},
        {"outcome": "lost"},
        {"caller": "555-7777"},
        {"line": "x"},
    ],
)
def test_what_describes_no_call_is_refused(call: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        caller_from(call)


async def test_the_control_endpoint_refuses_what_describes_no_call(unit: Unit) -> None:
    for body in (b"3", b"[]", b'{"pages": -1}', b'{"pages": {}}', b"{"):
        answer = await unit.nobody.post(CONTROL, content=body)
        assert answer.status_code in {200, 400}, body
        assert answer.status_code == 400 or body == b"[]"  # nothing said is a usual call

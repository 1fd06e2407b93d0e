"""What the status functions say."""

import pytest

from ffgateway.ffws.status import CombinedStatus, LineCounts
from ffgateway.simulator import status
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.receiving import Caller
from ffgateway.simulator.refusals import Refused
from tests.simulator.making import ANN, appliance, at, fax, text


def busy(model: str = "FF440") -> Appliance:
    """A unit that sends two pages on line 1 from second 2 on and receives on line 2."""
    box = appliance(model, zone="America/Chicago")
    box.schedule(ANN, fax("555-1234", attachments=[text(lines=61)]))
    box.advance(at(2))
    caller = Caller(remote_id="555-7777", extension="12", recipient="Orders", pages=3)
    box.sending.receiving.answer(caller)
    return box


def test_lines_are_counted_by_what_they_do() -> None:
    assert status.combined(busy()).lines == LineCounts(
        kind="modem", inbound=1, outbound=1, idle=2
    )  # fmt: skip
    counted = status.combined(busy("FF240-IP")).lines
    assert counted is not None
    assert counted.kind == "channel"


def test_the_system_tells_its_own_time() -> None:
    box = busy()
    box.advance(at(90))
    system = status.combined(box).system
    assert system is not None
    assert (system.current_time, system.uptime) == ("2026-03-02T06:01:30", "90")


@pytest.mark.parametrize("spelling", ["SYSTEM", "system", "System"])
def test_a_section_is_asked_for_in_any_case(spelling: str) -> None:
    found = status.combined(busy(), spelling)
    assert found == CombinedStatus(system=found.system)
    assert found.system is not None


@pytest.mark.parametrize(
    ("section", "part"),
    [("modem", "lines"), ("system", "system"), ("printer", "printers"), ("share", "shares")],
)
def test_a_section_is_the_whole_status_less_the_rest(section: str, part: str) -> None:
    box = busy()
    whole, found = status.combined(box), status.combined(box, section)
    assert getattr(found, part) == getattr(whole, part) != getattr(CombinedStatus(), part)
    rest = {"lines", "system", "printers", "shares"} - {part}
    assert all(getattr(found, name) == getattr(CombinedStatus(), name) for name in rest)


@pytest.mark.parametrize(
    ("model", "section"), [("FF440", "CHANNEL"), ("FF240-IP", "MODEM"), ("FF440", "1")]
)
def test_a_section_of_the_other_family_is_not_found(model: str, section: str) -> None:
    with pytest.raises(Refused, match="404"):
        status.combined(appliance(model), section)


@pytest.mark.parametrize(
    ("seconds", "state", "page", "connected"),
    [
        (3, "Dialing", 0, ""),
        (8, "Sending Page", 1, "2026-03-02T06:00:08"),
        (17, "Sending Page", 2, "2026-03-02T06:00:08"),
        (24, "Waiting For Ring", 0, ""),
    ],
)
def test_a_modem_shows_the_call_it_is_on(
    seconds: float, state: str, page: int, connected: str
) -> None:
    box = busy()
    box.advance(at(seconds))
    (modem,) = status.modems(box, 1)
    assert (modem.state, modem.page, modem.connect_time) == (state, page, connected)
    assert modem.fax_number == ("" if modem.waiting else "555-1234")


def test_an_idle_modem_leaves_the_rest_empty_as_in_the_guides_example() -> None:
    modem = status.modems(appliance("FF840"), 8)[0]
    assert (modem.modem_number, modem.state, modem.page) == (8, "Waiting For Ring", 0)
    assert {modem.baud_rate, modem.width, modem.elapsed_time, modem.remote_id} == {""}


def test_a_channel_shows_the_call_it_is_on() -> None:
    box = busy("FF240-IP")
    box.advance(at(17))
    sending, receiving, idle, _ = status.channels(box)
    assert (sending.state, sending.pages, sending.remote_id) == ("Sending Page", 2, "555-1234")
    assert (receiving.state, receiving.pages, receiving.remote_id) == (
        "Receiving Page",
        2,
        "555-7777",
    )
    assert (idle.state, idle.pages, idle.ecm) == ("Waiting for Ring", 0, "")


def test_a_unit_has_modems_or_channels_and_the_other_is_not_found() -> None:
    assert len(status.modems(appliance("FF440"))) == 4
    with pytest.raises(Refused, match="404"):
        status.channels(appliance("FF440"))
    with pytest.raises(Refused, match="404"):
        status.modems(appliance("FF240-IP"))


@pytest.mark.parametrize("number", [0, 5])
def test_a_line_that_is_not_there_is_not_found(number: int) -> None:
    with pytest.raises(Refused, match="404"):
        status.modems(appliance("FF440"), number)


def test_what_comes_in_is_shown_with_its_line_and_page() -> None:
    box = busy()
    box.advance(at(11))
    (entry,) = status.inbound(box)
    assert (entry.state, entry.line, entry.page) == ("Receiving", 2, 2)
    assert (entry.extension, entry.recipient, entry.remote_id) == ("12", "Orders", "555-7777")
    assert entry.start_time == "2026-03-02T06:00:02"
    box.advance(at(26))
    assert status.inbound(box) == ()


@pytest.mark.parametrize(
    "ask", [status.combined, status.modems, status.inbound], ids=lambda ask: ask.__name__
)
def test_firmware_before_3_0_4_has_no_status(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(Refused, match="404"):
        ask(appliance("FF440", firmware=(3, 0, 3)))
    with pytest.raises(Refused, match="404"):
        ask(appliance("FF230"))
    ask(appliance("FF230", firmware=(3, 0, 4)))


def test_an_appliance_in_use_has_printers_and_a_share() -> None:
    found = status.combined(appliance(seed=7))
    assert len(found.printers) == 2
    assert all(printer.name and printer.status and printer.jobs for printer in found.printers)
    assert [share.status for share in found.shares] == ["Connected"]
    assert status.combined(appliance(seed=7), "PRINTER").printers == found.printers

"""The magic numbers: what each one leads to."""

import pytest

from ffgateway.ffws.faxes import WireState
from ffgateway.simulator import scenarios
from ffgateway.simulator.refusals import Refused
from ffgateway.simulator.scenarios import NORMAL, SCENARIOS, numbers_table, scenario_for
from tests.simulator.making import ADMIN, ANN, appliance, at, fax, only, text

# suffix, state in the end, message, calls, times received
COMES_TO = [
    ("0100", "sent", "Successfully sent fax", 1, 1),
    ("0118", "sent", "Successfully sent fax", 1, 1),
    ("0119", "sent", "Successfully sent fax", 1, 1),
    ("0121", "failed", "Page 1 failed", 3, 0),
    ("0122", "failed", "Page 2 failed", 3, 0),
    ("0123", "failed", "Page 3 failed", 3, 0),
    ("0124", "failed", "Page 4 failed", 3, 0),
    ("0125", "failed", "Page 5 failed", 3, 0),
    ("0126", "failed", "Page 6 failed", 3, 0),
    ("0127", "failed", "Page 7 failed", 3, 0),
    ("0128", "failed", "Page 8 failed", 3, 0),
    ("0129", "failed", "Page 9 failed", 3, 0),
    ("0130", "sent", "Successfully sent fax", 2, 1),
    ("0140", "failed", "No answer", 3, 0),
    ("0144", "failed", "No Carrier", 3, 0),
    ("0145", "failed", "Fax failed", 3, 0),
    ("0150", "sent", "Successfully sent fax", 1, 1),
    ("0160", "pending", "New fax entry", 0, 0),
    ("0170", "sent", "Successfully sent fax", 1, 1),
    ("0171", "sent", "Successfully sent fax", 1, 1),
    ("0180", "approval_pending", "Waiting for approval", 0, 0),
    ("0186", "sent", "Successfully sent fax", 3, 1),
    ("0187", "failed", "Busy", 3, 0),
    ("0190", "dead", "Fax could not be processed", 1, 0),
    ("0199", "sent", "Successfully sent fax", 2, 1),
    ("1234", "sent", "Successfully sent fax", 1, 1),
]


@pytest.mark.parametrize(("suffix", "state", "message", "calls", "received"), COMES_TO)
def test_a_number_comes_to(
    suffix: str, state: str, message: str, calls: int, received: int
) -> None:
    box = appliance()
    box.schedule(ANN, fax(f"218-555-{suffix}", attachments=[text(lines=60 * 9)]))
    box.advance(at(100_000))
    (entry,) = box.entries
    assert (entry.state, entry.message, entry.calls, entry.received) == (
        WireState(state),
        message,
        calls,
        received,
    )


def test_no_number_is_forgotten_here() -> None:
    assert {suffix for suffix, *_ in COMES_TO} == {*SCENARIOS, "1234"}


def test_the_description_names_every_number() -> None:
    described = scenarios.__doc__ or ""
    for suffix in SCENARIOS:
        start = "0121 ... 0129" if suffix.startswith("012") else suffix
        assert f"\n| {start} |" in described


def test_the_table_for_the_command_line_has_a_row_for_each_and_one_for_the_rest() -> None:
    rows = numbers_table()
    assert [suffix for suffix, _, _ in rows] == [*SCENARIOS, "other"]
    assert all(name and what for _, name, what in rows)


def test_every_number_lies_in_the_block_kept_for_fiction() -> None:
    assert all("0100" <= suffix <= "0199" for suffix in SCENARIOS)


@pytest.mark.parametrize("number", ["5550186", "555-0186", "+1 (218) 555-01.86", "-218-555-0186"])
def test_only_the_last_four_digits_count(number: str) -> None:
    assert scenario_for(number) is SCENARIOS["0186"]


@pytest.mark.parametrize("number", ["01865", "186", "", "555-0186 x3"])
def test_any_other_number_is_answered_by_a_fax(number: str) -> None:
    assert scenario_for(number) is NORMAL


def test_at_once_takes_no_time_but_preparation() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0100", attachments=[text(lines=60 * 9)]))
    box.advance(at(2))
    assert only(box).state is WireState.SENT


def test_slow_takes_ten_times_as_long() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0150"))
    box.advance(at(2 + 140 - 0.1))
    assert only(box).state is WireState.SENDING
    box.advance(at(2 + 140))
    assert only(box).state is WireState.SENT


def test_a_fax_with_fewer_pages_fails_on_its_last() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0129", attachments=[text(lines=61)], max_tries=1))
    box.advance(at(100))
    assert only(box).schedule_message == "Page 2 failed"


def test_a_fax_that_vanishes_is_listed_until_it_is_sent_and_found_by_its_key_ever_after() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0170"))
    box.advance(at(10))
    assert len(box.listing(ANN)) == 1
    box.advance(at(100))
    assert box.listing(ANN) == ()
    assert only(box).state is WireState.SENT


def test_a_forgotten_fax_is_nowhere() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0171", "555-1234"))
    box.advance(at(100))
    assert [entry.entry_key for entry in box.listing(ANN)] == ["0001"]
    assert [entry.entry_key for entry in box.view(ANN, "00000001")] == ["0001"]
    with pytest.raises(Refused, match="404"):
        box.view(ADMIN, "00000001", "0000")


def test_the_appliance_is_down_for_a_while_when_a_call_restarts_it() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0199"))
    box.advance(at(16))
    assert not box.is_up()
    box.advance(at(76))
    assert box.is_up()

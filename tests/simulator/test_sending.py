"""How a fax goes through the appliance; the tests own the time."""

from datetime import timedelta

import pytest

from ffgateway.ffws.faxes import WireState
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.receiving import Caller
from ffgateway.simulator.refusals import Refused
from tests.simulator.making import ADMIN, ANN, START, appliance, at, fax, only, states, text, wall

PREPROCESSING, PENDING, SENDING = WireState.PREPROCESSING, WireState.PENDING, WireState.SENDING
SENT, FAILED, ABORTED = WireState.SENT, WireState.FAILED, WireState.ABORTED


def history(box: Appliance, number: int = 0) -> list[tuple[float, WireState, str, int]]:
    entry = list(box.entries)[number]
    return [
        ((move.at - START).total_seconds(), move.state, move.message, move.try_number)
        for move in entry.history
    ]


def test_a_fax_is_prepared_waits_is_sent_and_says_so() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(100))
    assert history(box) == [
        (0, PREPROCESSING, "New fax entry", 1),
        (2, PENDING, "New fax entry", 1),
        (2, SENDING, "", 1),
        (16, SENT, "Successfully sent fax", 1),
    ]


@pytest.mark.parametrize(
    ("seconds", "state", "stime", "pages"),
    [
        (0, PREPROCESSING, 0, 0),
        (1.9, PREPROCESSING, 0, 0),
        (2, SENDING, 2, 1),
        (15.9, SENDING, 2, 1),
        (16, SENT, 16, 1),
        (1000, SENT, 16, 1),
    ],
)
def test_what_a_fax_shows_at_a_moment(
    seconds: float, state: WireState, stime: float, pages: int
) -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(seconds))
    shown = only(box)
    assert (shown.state, shown.stime, shown.pages) == (state, wall(stime), pages)


def test_every_page_takes_its_time() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", attachments=[text(lines=60 * 5)]))
    box.advance(at(2 + 6 + 5 * 8 - 0.1))
    assert only(box).state is SENDING
    box.advance(at(2 + 6 + 5 * 8))
    assert (only(box).state, only(box).pages) == (SENT, 5)


def test_many_small_steps_lead_where_one_leap_does() -> None:
    leaping, stepping = appliance("FF230"), appliance("FF230")
    for box in (leaping, stepping):
        box.schedule(ANN, fax("555-0186", "555-0140", "555-1234", "555-0122", "555-0199"))
    for tenths in range(10_000):
        stepping.advance(at(tenths / 10))
    leaping.advance(at(999.9))
    assert [e.history for e in leaping.entries] == [e.history for e in stepping.entries]
    assert set(states(leaping)) == {SENT, FAILED}


def test_time_never_goes_back() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(20))
    box.advance(at(10))
    assert box.now == at(20)


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        ("FF130", 1),
        ("FF230", 2),
        ("FF430", 4),
        ("FF830", 8),
        ("FF240", 2),
        ("FF440", 4),
        ("FF840", 8),
        ("FF240-IP", 4),
    ],
)
def test_a_model_sends_on_as_many_lines_as_it_has(model: str, lines: int) -> None:
    box = appliance(model)
    box.schedule(ANN, fax(*(f"555-1{number:03}" for number in range(20))))
    box.advance(at(3))
    assert states(box).count(SENDING) == lines
    assert states(box).count(PENDING) == 20 - lines


def test_the_next_fax_takes_the_line_the_moment_it_is_free() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-1111", "555-2222"))
    box.advance(at(16))
    assert states(box) == [SENT, SENDING]


def test_priority_zero_goes_first_and_equals_go_in_turn() -> None:
    box = appliance("FF130")
    for number, priority in [("1", 5), ("2", 3), ("3", 0), ("4", 3)]:
        box.schedule(ANN, fax(f"555-100{number}", priority=priority))
    box.advance(at(1000))
    order = sorted(box.entries, key=lambda entry: entry.stime)
    assert [entry.recipient.fax_number[-1] for entry in order] == ["3", "2", "4", "1"]


def test_a_high_priority_does_not_interrupt_a_call() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-1001", priority=5))
    box.advance(at(3))
    box.schedule(ANN, fax("555-1002", priority=0))
    box.advance(at(10))
    assert states(box) == [SENDING, PENDING]


def test_a_busy_number_is_tried_again_after_the_interval() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0186", try_interval=30))
    box.advance(at(200))
    assert history(box) == [
        (0, PREPROCESSING, "New fax entry", 1),
        (2, PENDING, "New fax entry", 1),
        (2, SENDING, "", 1),
        (8, PENDING, "Busy", 2),
        (38, SENDING, "", 2),
        (44, PENDING, "Busy", 3),
        (74, SENDING, "", 3),
        (88, SENT, "Successfully sent fax", 3),
    ]


def test_pending_shows_the_time_of_the_next_try() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0187", try_interval=30))
    box.advance(at(10))
    assert (only(box).state, only(box).stime, only(box).try_number) == (PENDING, wall(38), 2)


@pytest.mark.parametrize("tries", [0, 1, 2, 5])
def test_a_fax_fails_when_its_tries_are_used_up(tries: int) -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0187", max_tries=tries))
    box.advance(at(10_000))
    shown = only(box)
    assert (shown.state, shown.schedule_message) == (FAILED, "Busy")
    assert shown.try_number == max(tries, 1)
    assert next(iter(box.entries)).calls == max(tries, 1)


def test_a_time_in_the_future_is_waited_for() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", schedule_all_at=wall(3600)))
    box.advance(at(3599))
    assert (only(box).state, only(box).stime) == (PENDING, wall(3600))
    box.advance(at(3600))
    assert only(box).state is SENDING


def test_a_time_in_the_past_is_now() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", schedule_all_at=wall(-3600)))
    box.advance(at(16))
    assert only(box).state is SENT


# Aborting


@pytest.mark.parametrize("when", [0, 1, 5])
def test_an_abort_takes_effect_a_moment_later(when: float) -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(when))
    box.abort(ANN, "00000001", "0000")
    assert only(box).state is not ABORTED
    box.advance(at(when + 1))
    shown = only(box)
    assert (shown.state, shown.schedule_message) == (ABORTED, "Fax aborted by user")
    assert shown.stime == wall(when + 1)


def test_an_abort_frees_the_line() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-1111", "555-2222"))
    box.advance(at(4))
    box.abort(ANN, "00000001", "0000")
    box.advance(at(5))
    assert states(box) == [ABORTED, SENDING]


def test_an_abort_can_come_too_late() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(15.5))
    box.abort(ANN, "00000001")
    box.advance(at(60))
    assert only(box).state is SENT


def test_what_is_to_be_aborted_is_not_dialled() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(1.5))
    box.abort(ANN, "00000001")
    box.advance(at(60))
    assert (only(box).state, next(iter(box.entries)).calls) == (ABORTED, 0)


def test_a_whole_fax_is_aborted_by_its_key() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1111", "555-2222"))
    box.schedule(ANN, fax("555-3333"))
    box.abort(ANN, "00000001")
    box.advance(at(60))
    assert states(box) == [ABORTED, ABORTED, SENT]


# Rescheduling


def test_a_waiting_fax_goes_at_once_when_told_to() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", schedule_all_at=wall(3600)))
    box.advance(at(60))
    box.reschedule(ANN, "00000001", "0000")
    box.advance(at(60))
    assert only(box).state is SENDING


def test_a_waiting_fax_goes_at_another_time_when_told_to() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", schedule_all_at=wall(3600)))
    box.advance(at(60))
    box.reschedule(ANN, "00000001", "0000", at=wall(7200))
    box.advance(at(3601))
    assert (only(box).state, only(box).stime) == (PENDING, wall(7200))
    box.advance(at(7200))
    assert only(box).state is SENDING


def test_a_fax_still_in_preparation_can_be_put_off() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.reschedule(ANN, "00000001", "0000", at=wall(3600))
    box.advance(at(100))
    assert (only(box).state, only(box).stime) == (PENDING, wall(3600))


def test_a_fax_being_sent_is_left_as_it_is() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(5))
    box.reschedule(ANN, "00000001", "0000", at=wall(3600))
    assert only(box).state is SENDING
    box.advance(at(16))
    assert only(box).state is SENT


def test_a_complete_fax_goes_out_again_and_counts_its_tries_anew() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0186", max_tries=1))
    box.advance(at(100))
    assert only(box).state is FAILED
    box.reschedule(ANN, "00000001", "0000")
    box.advance(at(100))
    assert (only(box).state, only(box).try_number) == (SENDING, 1)


def test_an_old_abort_does_not_end_a_fax_that_was_sent_again() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(15.9))
    box.abort(ANN, "00000001")
    box.advance(at(16))
    box.reschedule(ANN, "00000001")
    box.advance(at(60))
    assert only(box).state is SENT
    assert next(iter(box.entries)).received == 2


# Restarts


def test_a_restart_keeps_the_queue_and_sends_again_what_was_on_a_line() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-1111", "555-2222"))
    box.advance(at(10))
    box.sending.restart(timedelta(seconds=60))
    assert states(box) == [PENDING, PENDING]
    assert not box.is_up()
    box.advance(at(69))
    assert states(box) == [PENDING, PENDING]
    box.advance(at(71))
    assert box.is_up()
    assert SENDING in states(box)
    box.advance(at(1000))
    assert states(box) == [SENT, SENT]
    assert [(e.calls, e.received) for e in box.entries] == [(2, 1), (1, 1)]


def test_an_interrupted_call_is_no_try() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", max_tries=1))
    box.advance(at(10))
    box.sending.restart(timedelta(seconds=60))
    assert only(box).try_number == 1
    box.advance(at(1000))
    assert only(box).state is SENT


def test_preparation_starts_over_after_a_restart() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(1))
    box.sending.restart(timedelta(seconds=10))
    box.advance(at(12.9))
    assert only(box).state is PREPROCESSING
    box.advance(at(13))
    assert only(box).state is SENDING


def test_a_restart_during_a_restart_lasts_as_long_as_the_longer() -> None:
    box = appliance()
    box.sending.restart(timedelta(seconds=60))
    box.advance(at(10))
    box.sending.restart(timedelta(seconds=10))
    box.advance(at(59))
    assert not box.is_up()
    box.advance(at(60))
    assert box.is_up()


# Approval


def test_a_fax_that_needs_approval_waits_for_it() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0180"))
    box.advance(at(10_000))
    assert only(box).state is WireState.APPROVAL_PENDING
    box.approve("00000001", approver="carol")
    box.advance(at(10_014))
    shown = only(box)
    assert (shown.state, shown.approver, shown.approval_time) == (SENT, "carol", wall(10_000))


def test_nothing_to_approve_is_said() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    with pytest.raises(Refused, match="404"):
        box.approve("00000001", approver="carol")


def test_a_fax_that_waits_for_approval_can_be_aborted() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0180"))
    box.advance(at(10))
    box.abort(ADMIN, "00000001")
    box.advance(at(11))
    assert only(box).state is ABORTED


# Lines shared with what comes in


CALLER = Caller(remote_id="555-7777", extension="12", pages=2)


def test_a_line_that_receives_does_not_send() -> None:
    box = appliance("FF130")
    assert box.sending.receiving.answer(CALLER) == 1
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(10))
    assert states(box) == [PENDING]
    box.advance(at(16))
    assert states(box) == [SENDING]


def test_a_caller_finds_all_lines_busy() -> None:
    box = appliance("FF130")
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(3))
    assert box.sending.receiving.answer(CALLER) is None


# Chance


def ends(seed: int | None) -> list[timedelta]:
    box = appliance(seed=seed)
    box.schedule(ANN, fax(*(f"555-1{number:03}" for number in range(4))))
    box.advance(at(1000))
    return [entry.stime - START for entry in box.entries]


def test_without_a_seed_every_call_takes_the_same_time() -> None:
    assert set(ends(None)) == {timedelta(seconds=16)}


def test_a_seed_varies_the_calls_within_a_fifth_and_repeats_itself() -> None:
    assert len(set(ends(7))) == 4
    assert ends(7) == ends(7)
    assert ends(7) != ends(8)
    low, high = timedelta(seconds=2 + 14 * 0.8), timedelta(seconds=2 + 14 * 1.2)
    assert all(low <= end <= high for end in ends(7))

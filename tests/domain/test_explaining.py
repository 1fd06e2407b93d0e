"""Every event and every status of a fax has its words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.audit import AuditEntry, Outcome
from ffgateway.domain.events import Event, EventType
from ffgateway.domain.explaining import CALLED_OFF, HOLDS, LEADS_TO, RECORDS, STEPS, WHERE, explain
from ffgateway.domain.failures import CALL_PHASES, KINDS, call_phase, failure
from ffgateway.domain.faxes import CancelledBy, FaxStatus, HoldReason
from tests.support.clock import NOON
from tests.support.nouns import a_fax


def event(number: int, kind: str) -> Event:
    return Event(
        id=f"evt_{number}", position=number, sequence=number, type=kind, subject="fax_one",
        at=NOON, data={},
    )  # fmt: skip


def line(action: str, outcome: Outcome = Outcome.DONE) -> AuditEntry:
    return AuditEntry(
        at=NOON, principal_id="key_a", principal_name="a", action=action, resource="fax_one",
        outcome=outcome,
    )  # fmt: skip


def test_every_event_of_a_fax_has_its_sentence() -> None:
    assert {one.value for one in EventType if one.startswith("fax.")} - set(STEPS) == set()


def test_every_status_and_every_hold_has_its_words() -> None:
    assert set(WHERE) == set(FaxStatus)
    assert set(HOLDS) == set(HoldReason)
    assert set(CALLED_OFF) == set(CancelledBy)
    assert set(LEADS_TO) <= set(RECORDS)
    assert {event for led in LEADS_TO.values() for event in led} <= set(STEPS)


def test_the_phases_of_a_call_name_codes_that_there_are() -> None:
    assert {code for _, codes in CALL_PHASES for code in codes} <= set(KINDS)
    assert call_phase("busy") == "dialling"
    assert call_phase("too_large") is None


@pytest.mark.parametrize("status", FaxStatus)
def test_a_fax_in_any_status_is_explained(status: FaxStatus) -> None:
    found = explain(a_fax(status=status), [], [])
    assert found.summary
    assert found.next


@pytest.mark.parametrize("reason", HoldReason)
def test_only_who_is_held_for_a_number_is_told_of_a_release(reason: HoldReason) -> None:
    held = a_fax(status=FaxStatus.HELD, hold_reason=reason, hold_detail="front: being drained.")
    found = explain(held, [], [])
    assert found.reason.endswith(" front: being drained.")
    assert ("release" in found.advice) == (reason is HoldReason.SUPPRESSED_NUMBER)


def test_the_appliances_own_words_are_quoted() -> None:
    why = failure("busy", device_text="Busy Signal", pages_confirmed=2)
    found = explain(a_fax(status=FaxStatus.FAILED, failure=why), [], [])
    assert "“Busy Signal”" in found.reason
    assert "2 pages had been confirmed" in found.reason


def test_what_was_asked_for_and_refused_is_no_part_of_the_story() -> None:
    records = [line("fax.reschedule", one) for one in Outcome]
    (step,) = explain(a_fax(), [], records).steps
    assert step.text == "It was given another time."


def test_of_one_moment_the_cause_is_told_before_what_it_led_to() -> None:
    events = [event(1, "fax.queued"), event(2, "fax.submitting"), event(3, "fax.uncertain")]
    found = explain(a_fax(), events, [line("fax.submit"), line("fax.release")])
    assert [step.text for step in found.steps] == [
        "It was let go.",
        "It is ready and waits for an appliance.",
        "An appliance was chosen.",
        "The request to the appliance began.",
        "Whether the appliance has it is not known; it is being found out.",
    ]


@pytest.mark.parametrize("ended", ["fax.cancel_requested", "fax.failed"])
def test_that_a_deadline_was_over_is_told_before_what_became_of_it(ended: str) -> None:
    events = [event(1, "fax.queued"), event(2, ended)]
    found = explain(a_fax(status=FaxStatus.FAILED), events, [line("fax.expired")])
    assert [one.text for one in found.steps] == [
        STEPS["fax.queued"], RECORDS["fax.expired"], STEPS[ended]
    ]  # fmt: skip


def test_who_waits_for_an_abort_in_vain_is_told_that_it_may_be_decided() -> None:
    stopping = a_fax(status=FaxStatus.CANCELLING)
    assert explain(stopping, [], []).reason == ""
    for_long = explain(replace(stopping, stuck_as="cancelling"), [], [])
    assert "not confirmed" in for_long.reason
    assert for_long.advice.endswith("POST /v1/faxes/{id}/decide.")


def test_a_fax_with_another_round_says_what_comes_next() -> None:
    failed = a_fax(status=FaxStatus.FAILED, failure=failure("busy"), finished_at=NOON)
    assert explain(failed, [], []).next == "Nothing: this is an end."
    more = replace(failed, rounds_left=1)
    then = NOON + timedelta(minutes=5)
    assert f"{then:%Y-%m-%d %H:%M:%S} UTC" in explain(more, [], []).next
    assert explain(replace(more, retried_as="fax_two"), [], []).next.endswith("as fax_two.")

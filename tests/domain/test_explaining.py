"""Every event and every status of a fax has its words."""

import pytest

from ffgateway.domain.events import EventType
from ffgateway.domain.explaining import HOLDS, STEPS, WHERE, explain
from ffgateway.domain.failures import CALL_PHASES, KINDS, call_phase, failure
from ffgateway.domain.faxes import FaxStatus, HoldReason
from tests.support.nouns import a_fax


def test_every_event_of_a_fax_has_its_sentence() -> None:
    assert {one.value for one in EventType if one.startswith("fax.")} - set(STEPS) == set()


def test_every_status_and_every_hold_has_its_words() -> None:
    assert set(WHERE) == set(FaxStatus)
    assert set(HOLDS) == set(HoldReason)


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

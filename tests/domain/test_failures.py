"""Every kind of failure says whose trouble it is, when to try again and what to do."""

import pytest

from ffgateway.domain.failures import (
    HANGUPS,
    KINDS,
    WORDS,
    Category,
    Hangup,
    RetryClass,
    code_for,
    failure,
)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_failure_is_complete(code: str) -> None:
    made = failure(code, attempts=2, device_text="raw")
    assert (made.code, made.attempts, made.device_text) == (code, 2, "raw")
    assert made.message.endswith(".")
    assert made.next_step.endswith(".")


def test_every_category_has_a_kind() -> None:
    assert {kind.category for kind in KINDS.values()} == set(Category)


def test_every_retry_class_is_used() -> None:
    assert {kind.retry for kind in KINDS.values()} == set(RetryClass)


@pytest.mark.parametrize(("phrase", "code"), WORDS)
def test_each_phrase_leads_to_its_code_in_any_case(phrase: str, code: str) -> None:
    assert code in KINDS
    assert phrase == phrase.casefold()
    assert code_for(f"Error: {phrase.upper()}!") == code


def test_every_hang_up_cause_leads_to_a_kind() -> None:
    assert {code for _, code in HANGUPS} <= set(KINDS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unclassified"),
        ("Something odd", "unclassified"),
        ("No dial tone", "no_dial_tone"),
        ("Line is busied out", "no_dial_tone"),
        ("Busy", "busy"),
        ("No answer", "no_answer"),
        ("No Carrier", "not_a_fax"),
        ("Page 3 failed", "page_failed"),
        ("number is on black list", "destination_blocked"),
    ],
)
def test_an_appliances_text_is_named(text: str, code: str) -> None:
    assert code_for(text) == code


def test_words_come_before_the_hang_up_cause_and_that_before_the_state() -> None:
    cause = Hangup(scheme="class2", code=4)
    assert code_for("Busy", hangup=cause) == "busy"
    assert code_for("", hangup=cause) == "no_answer"
    assert code_for("", state="dead", hangup=cause) == "no_answer"
    assert code_for("", state="dead") == "device_gave_up"
    assert code_for("", hangup=Hangup(scheme="class2", code=9999)) == "unclassified"


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("busy", True), ("number_invalid", False), ("destination_blocked", False), ("lost", True)],
)
def test_sending_again_helps_unless_something_must_change(code: str, retryable: bool) -> None:
    assert failure(code).retryable is retryable

"""What an appliance says of a failure is named by rules that are data, each of them tried on a text."""

from pathlib import Path

import pytest

from ffgateway.domain.classifying import CAUSES, CAUSES_2_1, WORDS, cause, code_for, hangup_in
from ffgateway.domain.failures import KINDS, Category, Hangup

SAMPLES = Path(__file__).parents[1] / "samples" / "failures" / "texts.tsv"
ROWS = [line.split("\t") for line in SAMPLES.read_text().splitlines() if not line.startswith("#")]

OURS = {"suppressed", "outside_hours", "device_unreachable", "device_auth_failed"} | {
    "device_user_refused",
    "device_rejected", "no_route", "expired", "lost", "document_lost", "internal",
}  # fmt: skip
"""Codes that follow from what the gateway does, and from no text."""


def facts(modem: str) -> tuple[tuple[str, str], ...]:
    """What a row says of the modem."""
    pairs = [one.partition("=") for one in modem.split("|") if one]
    return tuple((name, value) for name, _, value in pairs)


@pytest.mark.parametrize(
    ("code", "text", "modem", "state"),
    [(code, text, modem, state) for code, _, text, modem, state in ROWS],
)
def test_a_text_is_named(code: str, text: str, modem: str, state: str) -> None:
    assert code_for(text, modem=facts(modem), state=state) == code


def test_every_code_that_an_appliance_can_mean_has_a_sample() -> None:
    assert {row[0] for row in ROWS} == set(KINDS) - OURS


def test_every_phrase_decides_a_sample() -> None:
    """So that none stands behind another one that always comes before it."""
    first = {
        next((one for one in WORDS if one[0] in words.casefold()), None)
        for _, _, text, modem, _ in ROWS
        for words in (text, *(value for _, value in facts(modem)))
    }
    assert set(WORDS) - first == set()
    assert all(phrase == phrase.casefold() for phrase, _ in WORDS)


@pytest.mark.parametrize(
    ("number", "code"),
    [(number, code) for first, last, code in CAUSES for number in range(first, last + 1)],
)
def test_a_cause_means_the_same_in_either_list_and_is_printed_in_another_base(
    number: int, code: str
) -> None:
    newer = number if number < 100 else f"A{number - 100}"
    assert code_for(f"+FHNG: {number}") == code_for(f"+FHS: {newer}") == code
    assert hangup_in(f"+FHNG: {number}") == Hangup(scheme="class2", code=number)
    assert hangup_in(f"+FHS: {newer}") == Hangup(scheme="class2.1", code=int(str(newer), 16))


def test_a_cause_of_class_2_1_alone_means_nothing_in_class_2() -> None:
    for first, _, code in CAUSES_2_1:
        assert code_for("", hangup=Hangup(scheme="class2.1", code=first)) == code
        assert code_for("", hangup=Hangup(scheme="class2", code=first)) == "unclassified"
    assert code_for("", hangup=Hangup(scheme="class2.1", code=0x9F)) == "unclassified"
    assert code_for("", hangup=Hangup(scheme="class2", code=9999)) == "unclassified"


def test_the_latest_cause_counts_and_the_text_before_the_modem() -> None:
    modem = (("hangup", "20"), ("init_time", "2026-01-01T10:00:00"), ("hangup", "27"))
    assert cause("Fax failed", modem) == Hangup(scheme="", code=27)
    assert cause("+FHNG: 43", modem) == Hangup(scheme="class2", code=43)
    assert cause("Fax failed", modem[1:2]) is None


def test_a_text_that_names_a_document_of_ours_is_about_that_document() -> None:
    assert code_for("scheduling failed: a.doc", documents=["a.doc"]) == "conversion_failed"
    assert code_for("scheduling failed: a.doc", documents=["b.doc", ""]) == "unclassified"
    assert KINDS["conversion_failed"].category is Category.DOCUMENT

"""Whose entry is whose: what is certain, and what must be left alone until it is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import Fax, Recipient
from ffgateway.domain.matching import (
    NOTHING_LEARNT,
    Skew,
    alike,
    by_fax_key,
    found,
    may_be,
    paired,
    resembles,
    skew_of,
    told_apart,
)
from ffgateway.domain.submissions import Stage, Submission
from tests.support.clock import NOON
from tests.support.nouns import a_fax, a_submission

KEY = "00000005"


def entry(number: str, entry_key: int = 0, *, key: str = KEY, username: str = "admin") -> Sighting:
    return Sighting(
        fax_key=key,
        entry_key=f"{entry_key:04X}",
        status=None,
        state="pending",
        message="",
        try_number=1,
        pages=0,
        due_at=None,
        created_at=NOON,
        fax_number=number,
        username=username,
    )


def faxes(*numbers: str) -> tuple[Fax, ...]:
    return tuple(
        a_fax(str(index), index=index, recipient=Recipient(fax_number=number))
        for index, number in enumerate(numbers)
    )


def entries(*numbers: str, **more: Any) -> tuple[Sighting, ...]:
    return tuple(entry(number, index, **more) for index, number in enumerate(numbers))


@pytest.mark.parametrize(
    ("sent", "listed", "pairs", "faxes_left", "entries_left"),
    [
        (["1", "2"], ["1", "2"], {0: 0, 1: 1}, 0, 0),
        (["1", "2"], ["2", "1"], {0: 1, 1: 0}, 0, 0),
        (["1", "1"], ["1", "1"], {0: 0, 1: 1}, 0, 0),  # told apart by their order
        (["1-2", "+3 4"], ["12", "34"], {0: 0, 1: 1}, 0, 0),  # the digits decide
        (["1", "2"], ["1"], {0: 0}, 1, 0),
        (["1", "2"], [], {}, 2, 0),
        (["1"], ["1", "2"], {0: 0}, 0, 1),
        (["1", "2"], ["91", "92"], {0: 0, 1: 1}, 0, 0),  # written its own way
        (["1", "2"], ["92", "1"], {0: 1, 1: 0}, 0, 0),
        (["1", "2"], ["99"], {}, 2, 1),  # one of two: nobody knows which
        ([], [], {}, 0, 0),
    ],
)
def test_recipients_find_their_entries(
    sent: list[str], listed: list[str], pairs: dict[int, int], faxes_left: int, entries_left: int
) -> None:
    pairing = paired(faxes(*sent), entries(*listed))
    assert {fax.index: int(one.entry_key) for fax, one in pairing.pairs} == pairs
    assert (len(pairing.faxes), len(pairing.sightings)) == (faxes_left, entries_left)


numbers = st.lists(st.sampled_from(["1", "2", "3", "4"]), max_size=6)


@given(numbers, numbers)
def test_no_entry_is_given_twice_and_nothing_is_dropped(sent: list[str], listed: list[str]) -> None:
    given_faxes, given_entries = faxes(*sent), entries(*listed)
    pairing = paired(given_faxes, given_entries)
    placed = [one for _, one in pairing.pairs]
    assert len(set(placed)) == len(placed)
    assert {*placed, *pairing.sightings} == set(given_entries)
    assert {*(fax for fax, _ in pairing.pairs), *pairing.faxes} == set(given_faxes)
    assert len(pairing.pairs) + len(pairing.faxes) == len(given_faxes)


def doubt(stage: Stage = Stage.UNCERTAIN, **more: Any) -> Submission:
    return a_submission(stage=stage, device_id="dev_one", floor_key="00000004", **more)


@pytest.mark.parametrize(
    ("submission", "group", "is_it", "may_be_it"),
    [
        (doubt(), entries("1", "2"), True, True),
        (doubt(), entries("2", "1"), True, True),
        (doubt(), entries("1", "2", username=""), True, True),  # it does not say whose
        (doubt(), entries("1"), False, True),  # the rest may yet show
        (doubt(), entries("1", "1"), False, False),
        (doubt(), entries("1", "2", "3"), False, False),
        (doubt(), entries("3"), False, False),
        (doubt(), entries("1", "2", username="bob"), False, False),
        (doubt(), entries("1", "2", key="00000004"), False, False),  # it was there before
        # while the exchange goes on, the answer alone says what is ours
        (doubt(Stage.SUBMITTING), entries("3", username="bob"), False, True),
        (doubt(Stage.SUBMITTING), entries("1", "2", key="00000004"), False, False),
        # an answer named the key
        (doubt(fax_key=KEY), entries("3", username="bob"), False, True),
        (doubt(fax_key="00000006"), entries("1", "2"), True, False),
    ],
)
def test_what_a_request_may_have_made_is_left_alone(
    submission: Submission, group: tuple[Sighting, ...], is_it: bool, may_be_it: bool
) -> None:
    sent = faxes("1", "2")
    assert found(submission, sent, group, username="admin") is is_it
    assert may_be(submission, sent, group, username="admin") is may_be_it


@given(st.data(), numbers.filter(len))
def test_what_may_be_found_is_never_taken_in_before_not_even_in_part(
    data: st.DataObject, sent: list[str]
) -> None:
    group = entries(*data.draw(st.permutations(sent)))
    assert found(doubt(), faxes(*sent), group, username="admin")
    shown = data.draw(st.lists(st.sampled_from(group), min_size=1, unique=True))
    assert may_be(doubt(), faxes(*sent), tuple(shown), username="admin")


def test_entries_are_put_together_by_their_fax_the_lowest_key_first() -> None:
    late, early = entry("1", key="0000000A"), entry("2", key="00000009")
    assert by_fax_key([late, early]) == {"00000009": (early,), "0000000A": (late,)}
    assert list(by_fax_key([late, early])) == ["00000009", "0000000A"]


# Several that could be it


def at(moment: datetime, *, key: str = KEY, pages: int = 0) -> tuple[Sighting, ...]:
    return (replace(entry("1", key=key), created_at=moment, pages=pages),)


EXCHANGE = doubt(sent_at=NOON, ended_at=NOON + timedelta(seconds=5))
LATE, EARLY = NOON + timedelta(minutes=10), NOON - timedelta(minutes=10)
KNOWN = Skew(least=timedelta(minutes=9, seconds=58), most=timedelta(minutes=10, seconds=2))


@pytest.mark.parametrize(
    ("groups", "skew", "pages", "left"),
    [
        ((at(NOON, key="A"), at(LATE, key="B")), NOTHING_LEARNT, None, {"A"}),
        ((at(EARLY, key="A"), at(NOON, key="B")), NOTHING_LEARNT, None, {"B"}),
        ((at(NOON, key="A"), at(NOON, key="B")), NOTHING_LEARNT, None, {"A", "B"}),
        ((at(EARLY, key="A"), at(LATE, key="B")), NOTHING_LEARNT, None, {"A", "B"}),  # wrong clock
        ((at(NOON, key="A"), at(LATE, key="B")), KNOWN, None, {"B"}),  # ten minutes ahead
        ((at(EARLY, key="A"),), NOTHING_LEARNT, None, {"A"}),  # never the only one
        ((at(NOON, key="A", pages=2), at(NOON, key="B", pages=3)), NOTHING_LEARNT, 3, {"B"}),
        ((at(NOON, key="A", pages=2), at(NOON, key="B")), NOTHING_LEARNT, 3, {"A", "B"}),
        ((at(NOON, key="A", pages=2), at(NOON, key="B", pages=4)), NOTHING_LEARNT, 3, {"A", "B"}),
    ],
)
def test_times_and_then_pages_tell_several_apart(
    groups: tuple[tuple[Sighting, ...], ...], skew: Skew, pages: int | None, left: set[str]
) -> None:
    settle_after = timedelta(seconds=10)
    apart = told_apart(EXCHANGE, groups, skew=skew, settle_after=settle_after, pages=pages)
    assert {group[0].fax_key for group in apart} == left


def test_a_clock_is_learnt_from_what_is_known_to_be_ours() -> None:
    learnt = skew_of(at(LATE), EXCHANGE)
    assert learnt == Skew(
        least=timedelta(minutes=9, seconds=53), most=timedelta(minutes=10, seconds=2)
    )
    assert skew_of(at(LATE), doubt()) is None


@pytest.mark.parametrize(
    ("sent", "listed", "like"),
    [
        ("612-555-2001", "96125552001", True),  # a prefix for an outside line
        ("+44 20 7946 0958", "02079460958", True),  # a nought in place of the country
        ("612-555-2001", "612-555-2002", False),
    ],
)
def test_a_number_is_the_same_however_an_appliance_writes_what_comes_first(
    sent: str, listed: str, like: bool
) -> None:
    assert resembles(doubt(), faxes(sent), entries(listed), username="admin") is like
    assert may_be(doubt(), faxes(sent), entries(listed), username="admin") is like
    assert alike(faxes(sent)[0], entries(listed)[0]) is like

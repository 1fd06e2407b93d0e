"""When a line stands out from its siblings, and when it no longer does."""

import random
from datetime import timedelta

import pytest

from ffgateway.domain.line_health import (
    FEWEST,
    RECENT,
    WITHIN,
    LineRecord,
    LineTry,
    Verdict,
    fisher,
    judge,
    tells_of_line,
)
from tests.support.clock import NOON

MINUTE = timedelta(minutes=1)


def line(number: int, ended: str, *, degraded: int | None = None) -> LineRecord:
    """A line whose tries ended so, a minute apart: `.` went well, `x` failed."""
    tries = tuple(
        LineTry(at=NOON + minute * MINUTE, failed=end == "x") for minute, end in enumerate(ended)
    )
    since = None if degraded is None else NOON + degraded * MINUTE
    return LineRecord(device_id="dev_1", number=number, tries=tries, degraded_since=since)


@pytest.mark.parametrize(
    ("counts", "probability"),
    [
        ((3, 4, 1, 4), 17 / 70),  # the lady tasting tea (Fisher 1935): 16/70 and 1/70
        ((4, 4, 0, 4), 1 / 70),
        ((0, 10, 5, 30), 1.0),
        ((0, 0, 0, 0), 1.0),
        ((10, 10, 0, 10), 1 / 184_756),
    ],
)
def test_the_probability_is_fishers(counts: tuple[int, int, int, int], probability: float) -> None:
    assert fisher(*counts) == pytest.approx(probability)


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("xxxxxxxxxx", ["." * 10], Verdict.DEGRADED),
        ("x.x.x.x.x.", ["." * 40, "." * 40], Verdict.DEGRADED),
        ("xxxxxxxxxx", ["xxxxxxxxxx", "xxxxxxxxxx"], Verdict.NOTHING),  # all fail: not this line
        ("x" * (FEWEST - 1), ["." * 40], Verdict.NOTHING),  # too few of its own
        ("x" * 40, ["." * (FEWEST - 1)], Verdict.NOTHING),  # too few beside it
        ("x" * 40, [], Verdict.NOTHING),  # nothing to hold it against
        ("x.........", ["." * 40], Verdict.NOTHING),
    ],
)
def test_a_line_is_judged_by_its_siblings(mine: str, theirs: list[str], verdict: Verdict) -> None:
    siblings = [line(number, ended) for number, ended in enumerate(theirs, start=2)]
    assert judge(line(1, mine), siblings)[0] is verdict


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        ("." * FEWEST, Verdict.RECOVERED),
        ("." * (FEWEST - 1), Verdict.NOTHING),  # too soon to say
        ("xx........", Verdict.NOTHING),  # better, and not yet like the others
        ("x.........", Verdict.RECOVERED),  # one in ten happens to any line
        ("xxx.." + "." * FEWEST, Verdict.RECOVERED),  # the last ones decide
    ],
)
def test_a_line_is_well_by_what_it_did_since(since: str, verdict: Verdict) -> None:
    bad = line(1, "x" * 10 + since, degraded=9)
    assert judge(bad, [line(2, "." * 40), line(3, "." * 40)])[0] is verdict


def test_a_line_that_is_well_again_is_not_reproached_with_what_was_before() -> None:
    others = [line(2, "." * 40), line(3, "." * 40)]
    bad = line(1, "x" * 10)
    assert judge(bad, others)[0] is Verdict.DEGRADED
    bad = bad.judged(Verdict.DEGRADED, at=bad.tries[-1].at)
    told = []
    for minute in range(10, 40):
        bad = bad.with_try(LineTry(at=NOON + minute * MINUTE, failed=minute < 15))
        verdict, _ = judge(bad, others)
        bad = bad.judged(verdict, at=bad.tries[-1].at)
        told += [verdict] * (verdict is not Verdict.NOTHING)
    assert told == [Verdict.RECOVERED]


def test_a_degraded_sibling_is_no_measure() -> None:
    bad = line(2, "x" * 40, degraded=0)
    assert judge(line(1, "x" * 10), [bad, line(3, "." * 20)])[0] is Verdict.DEGRADED


def test_only_the_last_tries_and_the_young_ones_count() -> None:
    record = line(1, "x" * RECENT)
    after = record.with_try(LineTry(at=record.tries[-1].at + MINUTE, failed=False))
    assert (len(after.tries), after.tries[-1].failed) == (RECENT, False)
    late = LineTry(at=NOON + WITHIN + 60 * MINUTE, failed=False)
    assert after.with_try(late).tries == (late,)


@pytest.mark.parametrize(
    ("code", "failed"),
    [
        (None, False),
        ("no_dial_tone", True),
        ("dropped", True),
        ("training_failed", True),
        ("page_failed", True),
        ("unclassified", True),
        ("a_word_of_tomorrow", True),
        ("busy", None),
        ("no_answer", None),
        ("not_a_fax", None),
        ("unreadable", None),
        ("device_gave_up", None),
    ],
)
def test_what_an_end_says_of_the_line(code: str | None, failed: bool | None) -> None:
    assert tells_of_line(code) is failed


def test_equal_lines_seldom_raise_an_alarm() -> None:
    chance, alarms, tries = random.Random(1), 0, 8000
    lines = {number: line(number, "") for number in range(1, 5)}
    for minute in range(tries):
        number = chance.randrange(1, 5)
        one = LineTry(at=NOON + minute * MINUTE, failed=chance.random() < 0.1)
        lines[number] = lines[number].with_try(one)
        verdict, _ = judge(
            lines[number], [each for each in lines.values() if each.number != number]
        )
        alarms += verdict is Verdict.DEGRADED
        lines[number] = lines[number].judged(verdict, at=one.at)
    assert alarms <= 2

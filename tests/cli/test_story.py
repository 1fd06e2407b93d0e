"""The story of the demonstration, and the verdict over it: every way to go wrong is noticed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from ffgateway.cli.story import STORY, Part, ended, flaws, told
from ffgateway.cli.verdict import Evidence, missing, report
from ffgateway.domain.events import OF_STATUS, EventType
from ffgateway.domain.faxes import FINAL, MOVES, FaxStatus

IDS = {part.reference: f"fax_{part.reference}" for part in STORY}
STATUS_OF = {kind.value: status for status, kind in OF_STATUS.items()}


def as_expected(part: Part, first: int = 1) -> list[dict[str, Any]]:
    """The events that a part asks for, as webhooks bring them."""
    return [
        {
            "type": kind,
            "sequence": place,
            "position": first + place,
            "subject": IDS[part.reference],
            "data": {"failure": {"code": part.failure}} if kind == "fax.failed" else {},
        }
        for place, kind in enumerate(part.events, start=1)
    ]


def tally(part: Part) -> dict[str, int]:
    return {"accepted": 1, "dialled": part.dialled, "received": part.received}


def good() -> Evidence:
    events = {
        IDS[part.reference]: as_expected(part, first=100 * place)
        for place, part in enumerate(STORY)
    }
    marks = sorted(
        (event["position"], event["type"], event["subject"])
        for of_one in events.values()
        for event in of_one
        if event["type"] in STATUS_OF
    )
    count = sum(map(len, events.values()))
    return Evidence(
        faxes=IDS,
        events=events,
        received=count,
        verified=count,
        repeated=0,
        changes=[{"position": at, "type": kind, "fax": {"id": fax}} for at, kind, fax in marks],
        tallies={part.number.lstrip("+"): tally(part) for part in STORY},
        audit_lines=count,
    )


def without_first(evidence: Evidence) -> Evidence:
    reference = STORY[0].reference
    events = {**evidence.events, IDS[reference]: evidence.events[IDS[reference]][1:]}
    return replace(evidence, events=events)


def dialled_twice(evidence: Evidence) -> Evidence:
    number = STORY[0].number.lstrip("+")
    twice = {**evidence.tallies[number], "dialled": 2}
    return replace(evidence, tallies={**evidence.tallies, number: twice})


SPOILT: Mapping[str, Callable[[Evidence], Evidence]] = {
    "a webhook is missing": without_first,
    "a number is dialled once too often": dialled_twice,
    "an appliance never heard of a number": lambda one: replace(one, tallies={}),
    "a fax was never sent": lambda one: replace(one, faxes={}),
    "a webhook cannot be verified": lambda one: replace(one, received=one.received + 1),
    "the subscription misses a change": lambda one: replace(one, changes=one.changes[1:]),
    "the subscription tells in another order": lambda one: replace(
        one, changes=list(reversed(one.changes))
    ),
    "the audit log is too short": lambda one: replace(one, audit_lines=3),
}


def test_nothing_is_missing_when_all_was_as_expected() -> None:
    assert missing(good()) == []


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_goes_wrong_is_said_and_the_report_is_no(
    spoil: Callable[[Evidence], Evidence],
) -> None:
    told_to = StringIO()
    assert missing(spoil(good()))
    assert not report(spoil(good()), Console(file=told_to, width=200))
    assert "missing" in told_to.getvalue()


def test_the_report_of_a_good_end_is_yes() -> None:
    told_to = StringIO()
    assert report(good(), Console(file=told_to, width=200))
    assert "Everything was as expected." in told_to.getvalue()


@pytest.mark.parametrize("part", STORY, ids=lambda part: part.reference)
def test_each_part_is_a_way_that_a_fax_can_go(part: Part) -> None:
    statuses = [STATUS_OF[kind] for kind in part.events if kind in STATUS_OF]
    for before, after in pairwise(statuses):
        assert after in MOVES[before], f"{before} → {after}"
    assert FaxStatus(part.outcome) in FINAL
    assert {*part.events} <= {kind.value for kind in EventType}


def test_a_brief_state_may_be_seen_or_not_unless_its_part_asks_for_it() -> None:
    arrives, waits = STORY[0], STORY[-1]
    queued = {"type": "fax.device_queued"}
    events: Sequence[Mapping[str, Any]] = as_expected(arrives)
    assert told(arrives, [*events[:4], queued, *events[4:]]) == arrives.events
    without = [one for one in as_expected(waits) if one["type"] != "fax.device_queued"]
    assert told(waits, without) != waits.events


def test_arrival_in_another_order_is_a_flaw() -> None:
    part = STORY[0]
    events = as_expected(part)
    events[1]["sequence"], events[2]["sequence"] = 3, 2
    assert [flaw for flaw in flaws(part, events, tally(part)) if "order" in flaw]


def test_another_failure_is_a_flaw() -> None:
    part = next(one for one in STORY if one.failure)
    events = as_expected(part)
    events[-1]["data"] = {"failure": {"code": "no_answer"}}
    assert len(flaws(part, events, tally(part))) == 1


def test_only_the_three_ends_are_ends() -> None:
    assert not ended([])
    for kind in EventType:
        is_end = kind in {EventType.FAX_DELIVERED, EventType.FAX_FAILED, EventType.FAX_CANCELLED}
        assert ended([{"type": kind.value}]) is is_end


def test_the_numbers_of_the_story_differ_and_are_kept_for_fiction() -> None:
    numbers = [part.number for part in STORY]
    assert len({*numbers}) == len(numbers)
    assert all(number[-7:-2] == "55501" for number in numbers)

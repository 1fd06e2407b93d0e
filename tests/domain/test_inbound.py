"""Two looks at what comes in → which calls began, went on and ended, and how."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.inbound import (
    InboundCall,
    InboundFax,
    InboundStatus,
    LoggedCall,
    SettledBy,
    begun,
    compare,
    gone_on,
    logged,
    missed,
    settled_by_log,
    settled_by_status,
)
from tests.support.clock import NOON

START = "2026-11-23T12:00:00"
CALL = InboundCall(
    state="Receiving",
    line=2,
    extension="12",
    recipient="Orders",
    remote_id="555-7777",
    page=2,
    start=START,
    started_at=NOON,
)
BARE = InboundCall(state="Receiving", line=2, page=2)
LATER = NOON + timedelta(minutes=1)


def known(call: InboundCall = CALL, **changes: Any) -> InboundFax:
    fax = begun(call, fax_id="inb_one", device_id="dev_one", at=NOON)
    return replace(fax, **changes)


def entry(**changes: Any) -> LoggedCall:
    usual = LoggedCall(
        started_at=NOON,
        ended_at=LATER,
        complete=True,
        line=2,
        extension="12",
        recipient="Orders",
        remote_id="555-7777",
        pages=3,
        message="Successfully received fax",
    )
    return replace(usual, **changes)


def test_a_call_seen_for_the_first_time_began() -> None:
    assert compare((), [CALL]).begun == (CALL,)
    fax = known()
    assert (fax.status, fax.page, fax.pages) == (InboundStatus.RECEIVING, 2, None)
    assert fax.live
    assert not fax.settled


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CALL, CALL),
        (CALL, replace(CALL, page=3)),
        (BARE, BARE),
        (BARE, replace(BARE, page=3)),
        (BARE, replace(BARE, remote_id="555-7777")),  # it comes with the handshake
        (BARE, replace(BARE, extension="12")),
        (replace(BARE, page=None), BARE),
        (CALL, replace(CALL, page=1)),  # the same start: the same call, whatever its page
        (replace(CALL, start=""), CALL),
    ],
)
def test_a_call_is_recognised_by_what_it_has_said_so_far(
    before: InboundCall, after: InboundCall
) -> None:
    fax = known(before)
    assert compare([fax], [after]).going_on == ((fax, after),)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CALL, replace(CALL, start="2026-11-23T12:00:09")),
        (CALL, replace(CALL, line=3)),
        (CALL, replace(CALL, remote_id="555-8888")),
        (BARE, replace(BARE, page=1)),  # pages only rise
        (replace(BARE, extension="12"), replace(BARE, extension="13")),
    ],
)
def test_another_call_in_its_place_ends_it_and_begins_anew(
    before: InboundCall, after: InboundCall
) -> None:
    fax = known(before)
    difference = compare([fax], [after])
    assert (difference.over, difference.begun, difference.going_on) == ((fax,), (after,), ())


def test_two_calls_of_which_nothing_is_said_are_two() -> None:
    nameless = InboundCall(state="Receiving")
    difference = compare([known(nameless)], [nameless, nameless])
    assert (len(difference.going_on), len(difference.begun)) == (1, 1)


def test_a_look_that_says_nothing_new_changes_nothing() -> None:
    fax = known()
    assert gone_on(fax, CALL, at=LATER) is fax


def test_a_look_fills_in_what_is_said_and_takes_nothing_back() -> None:
    fax = gone_on(known(BARE), replace(CALL, page=4), at=LATER)
    assert (fax.remote_id, fax.extension, fax.page, fax.started_at) == ("555-7777", "12", 4, NOON)
    assert gone_on(fax, BARE, at=LATER).remote_id == "555-7777"
    assert gone_on(fax, replace(BARE, page=None), at=LATER).page == 4


def test_a_call_that_is_missed_is_over_and_not_settled() -> None:
    fax = missed(known(), at=LATER)
    assert (fax.ended_at, fax.live, fax.settled) == (LATER, False, False)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, InboundStatus.RECEIVED),
        ({"complete": False, "pages": 2}, InboundStatus.RECEIVED_PARTIAL),
        ({"complete": False, "pages": 0}, InboundStatus.FAILED),
        ({"complete": False, "pages": None}, InboundStatus.FAILED),
        ({"complete": True, "pages": None}, InboundStatus.RECEIVED),
        ({"complete": None, "pages": 2}, InboundStatus.RECEIVED),
        ({"complete": None, "pages": 0}, InboundStatus.FAILED),
    ],
)
def test_the_log_says_how_a_call_ended(changes: dict[str, Any], status: InboundStatus) -> None:
    fax = settled_by_log(missed(known(), at=LATER), entry(**changes), at=LATER)
    assert (fax.status, fax.settled_by) == (status, SettledBy.INBOUND_LOG)
    assert fax.pages == entry(**changes).pages


@pytest.mark.parametrize(
    ("page", "status"),
    [(3, InboundStatus.RECEIVED), (0, InboundStatus.FAILED), (None, InboundStatus.FAILED)],
)
def test_without_a_log_the_pages_that_were_seen_decide_and_it_says_so(
    page: int | None, status: InboundStatus
) -> None:
    fax = settled_by_status(missed(known(page=page), at=LATER), at=LATER)
    assert (fax.status, fax.settled_by, fax.pages) == (status, SettledBy.STATUS, None)


@pytest.mark.parametrize(
    "other",
    [
        {"line": 3},
        {"remote_id": "555-8888"},
        {"extension": "13"},
        {"started_at": NOON - timedelta(minutes=1), "ended_at": NOON},  # the one before it
        {"started_at": None},
    ],
)
def test_the_log_of_another_call_is_not_taken(other: dict[str, Any]) -> None:
    assert logged(missed(known(), at=LATER), [entry(**other)]) is None


@pytest.mark.parametrize("gap", [-45, -5, 0, 5])  # a line has one call at a time
def test_the_log_of_a_call_is_found_by_its_start(gap: float) -> None:
    found = entry(started_at=NOON + timedelta(seconds=gap), line=None, extension="")
    assert logged(missed(known(), at=LATER), [entry(line=3), found]) == found


def test_without_a_start_the_log_of_about_that_time_is_taken_the_nearest_first() -> None:
    fax = missed(known(BARE), at=LATER)
    near = entry(started_at=NOON - timedelta(seconds=10))
    far = entry(started_at=NOON - timedelta(seconds=90), ended_at=NOON - timedelta(seconds=60))
    old = entry(started_at=NOON - timedelta(hours=1), ended_at=NOON - timedelta(minutes=50))
    assert logged(fax, [old, far, near]) == near
    assert logged(fax, [old]) is None

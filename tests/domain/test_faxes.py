"""What may follow what in the life of a fax."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.errors import IllegalMove
from ffgateway.domain.events import OF_STATUS
from ffgateway.domain.faxes import (
    FINAL,
    IN_GATEWAY,
    MOVES,
    ON_DEVICE,
    PHASES,
    Fax,
    FaxStatus,
    HoldReason,
    Phase,
    given_up,
    moved,
    returned,
)
from tests.support.clock import NOON
from tests.support.nouns import a_fax

ALL = list(FaxStatus)
LATER = NOON.replace(hour=13)


@pytest.mark.parametrize("status", ALL)
def test_every_status_says_what_may_follow_has_a_phase_and_is_told(status: FaxStatus) -> None:
    assert status in MOVES
    assert status in PHASES
    assert status in OF_STATUS


def test_each_status_is_told_by_a_type_of_its_own() -> None:
    assert len(set(OF_STATUS.values())) == len(FaxStatus)


@pytest.mark.parametrize("end", sorted(FINAL))
def test_an_end_is_an_end(end: FaxStatus) -> None:
    assert MOVES[end] == frozenset()


@pytest.mark.parametrize("status", [one for one in ALL if one not in FINAL])
def test_from_everywhere_else_an_end_can_be_reached(status: FaxStatus) -> None:
    reached, frontier = {status}, {status}
    while frontier:
        frontier = {after for one in frontier for after in MOVES[one]} - reached
        reached |= frontier
    assert reached >= FINAL


def test_every_status_can_be_reached_from_the_first() -> None:
    reached, frontier = {FaxStatus.ACCEPTED}, {FaxStatus.ACCEPTED}
    while frontier:
        frontier = {after for one in frontier for after in MOVES[one]} - reached
        reached |= frontier
    assert reached == set(FaxStatus)


def test_the_phases_of_the_ends_are_named_like_them() -> None:
    assert {status: PHASES[status].value for status in FINAL} == {s: s.value for s in FINAL}
    assert {PHASES[status] for status in FaxStatus if status not in FINAL} == {
        Phase.WAITING,
        Phase.ACTIVE,
    }


def test_a_fax_is_handed_over_from_the_queue_alone() -> None:
    before = {status for status, after in MOVES.items() if FaxStatus.SUBMITTING in after}
    assert before == {FaxStatus.QUEUED}


def test_what_an_appliance_has_never_goes_back_to_the_queue_without_evidence() -> None:
    before = {status for status, after in MOVES.items() if FaxStatus.QUEUED in after}
    assert before == (IN_GATEWAY - {FaxStatus.QUEUED}) | {
        FaxStatus.SUBMITTING,
        FaxStatus.UNCERTAIN,
        FaxStatus.CANCELLING,  # to be sent at another time, once the appliance gave it up
    }


def test_no_status_follows_itself() -> None:
    assert {status for status in FaxStatus if status in MOVES[status]} == set()


@pytest.mark.parametrize("before", ALL)
@pytest.mark.parametrize("after", ALL)
def test_a_move_is_made_if_the_table_allows_it_and_refused_otherwise(
    before: FaxStatus, after: FaxStatus
) -> None:
    fax = a_fax(status=before)
    if after not in MOVES[before]:
        with pytest.raises(IllegalMove):
            moved(fax, after, at=LATER)
        return
    then = moved(fax, after, at=LATER, pages=3)
    assert (then.status, then.updated_at, then.pages) == (after, LATER, 3)
    assert then.finished_at == (LATER if after in FINAL else None)


def test_held_is_the_one_status_that_may_be_ours_or_the_appliances() -> None:
    assert {FaxStatus.HELD} == IN_GATEWAY & ON_DEVICE
    assert not a_fax(status=FaxStatus.HELD).on_device
    assert a_fax(status=FaxStatus.HELD, entry_key="0000").on_device
    assert not a_fax(status=FaxStatus.DELIVERED, entry_key="0000").on_device


OF_ITS_APPLIANCE: dict[str, Any] = {
    "device_id": "dev_one", "dialled": "9,15550100", "acted_as": "billing", "fax_key": "1", "entry_key": "2",
    "attempt": 2, "first_try": 1, "next_attempt_at": NOON, "hold_reason": HoldReason.APPROVAL,
    "device_state": "pending", "device_message": "Busy", "username": "bob", "agent": "FFWS",
    "missing_looks": 1, "placement": ("chosen one",), "stuck_as": "cancelling",
}  # fmt: skip
STAYS = frozenset(
    [
        "id",
        "submission_id",
        "index",
        "status",
        "created_at",
        "updated_at",
        "recipient",
        "created_by",
        "client_reference",
        "send_at",
        "pages",
        "deadline",
        "rounds_left",
        "retried_as",
        "hold_detail",
        "failure",
        "cancelled_by",
        "cancel_requested_at",
        "reschedule_to",
        "resend_of",
        "batch_id",
        "came_with",
        "corrected_as",
        "finished_at",
        "documents",
        "origin",
        "revision",
    ]
)
"""What is of the promise and not of the appliance."""


def test_a_fax_that_leaves_its_appliance_takes_nothing_of_it_along() -> None:
    assert {one.name for one in fields(Fax)} == OF_ITS_APPLIANCE.keys() | STAYS
    promised = a_fax(status=FaxStatus.CANCELLING)
    there = replace(promised, **OF_ITS_APPLIANCE)
    assert all(getattr(there, name) != getattr(promised, name) for name in OF_ITS_APPLIANCE)
    queued = replace(promised, status=FaxStatus.QUEUED, updated_at=LATER)
    assert returned(there, at=LATER) == queued
    tomorrow = LATER + timedelta(days=1)
    asked = replace(there, reschedule_to=tomorrow, cancel_requested_at=NOON)
    scheduled = replace(queued, status=FaxStatus.SCHEDULED, send_at=tomorrow)
    assert given_up(asked, at=LATER) == scheduled

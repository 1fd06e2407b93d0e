"""Two looks at an appliance → what happened between them, and nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ffgateway.domain.changes import Sighting, observe
from ffgateway.domain.faxes import (
    FINAL,
    CancelledBy,
    Fax,
    FaxStatus,
    HoldReason,
)
from tests.support.clock import NOON
from tests.support.nouns import a_fax

S = FaxStatus
LATER = NOON + timedelta(minutes=1)
KEYS = {"device_id": "dev_one", "fax_key": "00000001", "entry_key": "0000"}


def sighting(status: FaxStatus | None, *, tries: int = 1, **more: Any) -> Sighting:
    seen = Sighting(
        fax_key="00000001",
        entry_key="0000",
        status=status,
        state=status.value if status else "meditating",
        message="",
        try_number=tries,
        pages=0,
        due_at=LATER,
        created_at=NOON,
        fax_number="555-0101",
    )
    return replace(seen, **more)


def on_device(status: FaxStatus, *, attempt: int = 1, **more: Any) -> Fax:
    return a_fax(status=status, **(KEYS | {"attempt": attempt, "first_try": 1} | more))


@pytest.mark.parametrize("before", [S.CANCELLING, S.UNCERTAIN])
@pytest.mark.parametrize(
    ("to", "seen", "after"),
    [
        (LATER, S.CANCELLED, S.SCHEDULED),
        (NOON, S.CANCELLED, S.QUEUED),
        (LATER, S.DELIVERED, S.DELIVERED),
        (LATER, S.FAILED, S.FAILED),
        (LATER, S.SENDING, S.CANCELLING),  # it is still to be given up
        (None, S.DEVICE_QUEUED, S.CANCELLING),
        (None, S.CANCELLED, S.CANCELLED),
    ],
)
def test_what_is_taken_back_is_ours_again_once_that_is_proved(
    before: FaxStatus, to: datetime | None, seen: FaxStatus, after: FaxStatus
) -> None:
    fax = on_device(before, reschedule_to=to, cancel_requested_at=NOON, attempt=2)
    now = observe(fax, sighting(seen, tries=2), at=NOON).fax
    assert now.status is after
    if after in {S.SCHEDULED, S.QUEUED}:
        assert (now.entry_key, now.device_id, now.attempt, now.send_at) == ("", None, 0, to)
    assert now.reschedule_to == (to if after is S.CANCELLING else None)


@pytest.mark.parametrize(
    ("before", "seen", "tries", "after", "told"),
    [
        # step by step
        (S.SUBMITTING, S.PREPARING, 1, S.PREPARING, ["fax.submitted"]),
        (S.PREPARING, S.DEVICE_QUEUED, 1, S.DEVICE_QUEUED, ["fax.device_queued"]),
        (S.DEVICE_QUEUED, S.SENDING, 1, S.SENDING, ["fax.sending"]),
        (S.SENDING, S.DELIVERED, 1, S.DELIVERED, ["fax.delivered"]),
        (S.SENDING, S.FAILED, 1, S.FAILED, ["fax.failed"]),
        (S.PREPARING, S.HELD, 1, S.HELD, ["fax.held"]),
        (S.HELD, S.DEVICE_QUEUED, 1, S.DEVICE_QUEUED, ["fax.device_queued"]),
        # nothing new
        (S.SENDING, S.SENDING, 1, S.SENDING, []),
        (S.DEVICE_QUEUED, S.DEVICE_QUEUED, 1, S.DEVICE_QUEUED, []),
        # states that came and went between two looks are not invented
        (S.SUBMITTING, S.DELIVERED, 1, S.DELIVERED, ["fax.delivered"]),
        (S.PREPARING, S.SENDING, 1, S.SENDING, ["fax.sending"]),
        (S.UNCERTAIN, S.DELIVERED, 1, S.DELIVERED, ["fax.delivered"]),
        # a rise of the tries proves that one failed
        (
            S.SENDING,
            S.DEVICE_QUEUED,
            2,
            S.RETRY_WAIT,
            ["fax.attempt_failed", "fax.retry_scheduled"],
        ),
        (S.SENDING, S.SENDING, 2, S.SENDING, ["fax.attempt_failed"]),
        (S.SENDING, S.DELIVERED, 3, S.DELIVERED, ["fax.attempt_failed", "fax.delivered"]),
        # what is being cancelled stays so until there is an end
        (S.CANCELLING, S.SENDING, 1, S.CANCELLING, []),
        (S.CANCELLING, S.HELD, 1, S.CANCELLING, []),
        (S.CANCELLING, S.CANCELLED, 1, S.CANCELLED, ["fax.cancelled"]),
        (S.CANCELLING, S.DELIVERED, 1, S.DELIVERED, ["fax.delivered"]),
        # converted once more after a restart: no step back
        (S.SENDING, S.PREPARING, 1, S.SENDING, []),
        (S.DEVICE_QUEUED, S.PREPARING, 1, S.DEVICE_QUEUED, []),
        # interrupted and pending again without a failed try
        (S.SENDING, S.DEVICE_QUEUED, 1, S.DEVICE_QUEUED, ["fax.device_queued"]),
    ],
)
def test_what_a_look_says_of_a_fax(
    before: FaxStatus, seen: FaxStatus, tries: int, after: FaxStatus, told: list[str]
) -> None:
    observation = observe(on_device(before), sighting(seen, tries=tries), at=LATER)
    assert observation.fax.status is after
    assert [draft.type.value for draft in observation.news] == told


@pytest.mark.parametrize("end", sorted(FINAL))
@pytest.mark.parametrize("seen", [None, *FaxStatus])
def test_an_end_stays_as_it_is(end: FaxStatus, seen: FaxStatus | None) -> None:
    fax = on_device(end)
    observation = observe(fax, sighting(seen, tries=9, message="other"), at=LATER)
    assert (observation.fax, observation.news, observation.changed) == (fax, (), False)


def test_the_same_look_twice_says_nothing_new() -> None:
    first = observe(on_device(S.PREPARING), sighting(S.SENDING), at=NOON)
    assert first.changed
    again = observe(first.fax, sighting(S.SENDING), at=LATER)
    assert (again.changed, again.news, again.fax) == (False, (), first.fax)


def test_a_state_nobody_knows_is_told_once_and_moves_nothing() -> None:
    first = observe(on_device(S.SENDING), sighting(None), at=LATER)
    assert first.fax.status is S.SENDING
    (told,) = first.news
    assert told.type == "device.unrecognised_state"
    assert told.data["state"] == "meditating"
    again = observe(first.fax, sighting(None), at=LATER)
    assert (again.news, again.changed) == ((), False)


def test_tries_are_counted_from_where_the_appliance_began() -> None:
    fax = a_fax(status=S.SUBMITTING, device_id="dev_one")
    for first in (0, 1):
        placed = observe(fax, sighting(S.PREPARING, tries=first), at=NOON).fax
        assert (placed.first_try, placed.attempt) == (first, 1)
        second = observe(placed, sighting(S.DEVICE_QUEUED, tries=first + 1), at=LATER)
        assert second.fax.attempt == 2
        assert [draft.type.value for draft in second.news] == [
            "fax.attempt_failed",
            "fax.retry_scheduled",
        ]
        assert second.news[0].data["attempt"] == 1


def test_a_failed_try_is_told_with_its_number_and_the_reason() -> None:
    seen = sighting(S.DEVICE_QUEUED, tries=2, message="Busy")
    observation = observe(on_device(S.SENDING), seen, at=LATER)
    failed, waiting = observation.news
    assert (failed.data["attempt"], failed.data["code"]) == (1, "busy")
    assert failed.data["status"] == "sending"
    assert waiting.data["next_attempt_at"] == LATER.isoformat()
    assert observation.fax.next_attempt_at == LATER


def test_the_count_of_tries_never_falls() -> None:
    observation = observe(on_device(S.SENDING, attempt=3), sighting(S.SENDING, tries=1), at=LATER)
    assert observation.fax.attempt == 3


def test_a_failure_keeps_the_appliances_own_words() -> None:
    seen = sighting(S.FAILED, message="No Carrier", state="failed", pages=2)
    fax = observe(on_device(S.SENDING), seen, at=LATER).fax
    assert fax.failure is not None
    assert (fax.failure.code, fax.failure.device_text, fax.failure.device_state) == (
        "not_a_fax",
        "No Carrier",
        "failed",
    )
    assert (fax.failure.device_id, fax.finished_at, fax.pages) == ("dev_one", LATER, 2)


@pytest.mark.parametrize(
    ("asked", "by"), [(NOON, CancelledBy.API), (None, CancelledBy.DEVICE)], ids=["asked", "not"]
)
def test_who_cancelled_is_who_asked(asked: Any, by: CancelledBy) -> None:
    fax = on_device(S.SENDING, cancel_requested_at=asked)
    assert observe(fax, sighting(S.CANCELLED), at=LATER).fax.cancelled_by is by


def test_held_on_an_appliance_means_that_somebody_must_approve() -> None:
    held = observe(on_device(S.PREPARING), sighting(S.HELD), at=LATER).fax
    assert held.hold_reason is HoldReason.APPROVAL
    assert observe(held, sighting(S.SENDING), at=LATER).fax.hold_reason is None


def test_being_seen_again_ends_the_count_of_misses() -> None:
    fax = on_device(S.SENDING, missing_looks=1)
    assert observe(fax, sighting(S.SENDING), at=LATER).fax.missing_looks == 0


def test_pages_once_known_are_not_unlearnt() -> None:
    fax = on_device(S.SENDING, pages=4)
    assert observe(fax, sighting(S.DELIVERED, pages=0), at=LATER).fax.pages == 4


def test_what_is_told_holds_no_number_and_no_name() -> None:
    seen = sighting(S.DELIVERED, recipient_name="Ann", message="555-0101")
    (told,) = observe(on_device(S.SENDING), seen, at=LATER).news
    assert "555-0101" not in str(told.data)
    assert "Ann" not in str(told.data)

"""An entry that nobody knew becomes a fax: what is kept of it, what is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import (
    FINAL,
    CancelledBy,
    FaxStatus,
    HoldReason,
    Origin,
)
from ffgateway.domain.others import Newcomer, born, newcomer, request_of
from ffgateway.domain.submissions import Stage
from tests.support.clock import NOON

S = FaxStatus
SOON, LATER = NOON + timedelta(seconds=5), NOON + timedelta(hours=1)
REQUEST = request_of("00000009", submission_id="sub_x", device_id="dev_one", created_at=NOON)
SEEN = Sighting(
    fax_key="00000009",
    entry_key="001F",
    status=S.SENDING,
    state="sending",
    message="",
    try_number=1,
    pages=2,
    due_at=NOON,
    created_at=NOON - timedelta(minutes=1),
    fax_number="555-0101",
    username="bob",
    agent="WebClient",
    recipient_name="Zoe",
    organization="Zoo",
    phone_number="555-0199",
)


def come(*, silent: bool = False, resend_of: str | None = None, **seen: Any) -> Newcomer:
    return newcomer(
        replace(SEEN, **seen),
        fax_id="fax_x",
        submission=REQUEST,
        at=SOON,
        silent=silent,
        resend_of=resend_of,
    )


@pytest.mark.parametrize(
    ("status", "tries", "becomes", "told"),
    [
        (S.PREPARING, 1, S.PREPARING, "fax.submitted"),
        (S.HELD, 1, S.HELD, "fax.held"),
        (S.DEVICE_QUEUED, 1, S.DEVICE_QUEUED, "fax.device_queued"),
        (S.DEVICE_QUEUED, 3, S.RETRY_WAIT, "fax.retry_scheduled"),
        (S.SENDING, 1, S.SENDING, "fax.sending"),
        (S.DELIVERED, 1, S.DELIVERED, "fax.delivered"),
        (S.FAILED, 1, S.FAILED, "fax.failed"),
        (S.CANCELLED, 1, S.CANCELLED, "fax.cancelled"),
        (None, 1, S.UNCERTAIN, "device.unrecognised_state"),
    ],
)
def test_a_newcomer_is_told_from_where_it_is_seen(
    status: FaxStatus | None, tries: int, becomes: FaxStatus, told: str
) -> None:
    new = come(status=status, state=status.value if status else "parked", try_number=tries)
    assert new.fax.status is becomes
    (event,) = new.news
    assert (event.type.value, event.data["previous_status"]) == (told, None)
    assert event.data["origin"] == "appliance"
    quiet = come(status=status, state=new.fax.device_state, try_number=tries, silent=True)
    assert (quiet.fax, quiet.news) == (new.fax, ())


def test_a_newcomer_keeps_what_its_entry_says() -> None:
    fax = come().fax
    assert (fax.origin, fax.username, fax.agent) == (Origin.APPLIANCE, "bob", "WebClient")
    assert (fax.fax_key, fax.entry_key, fax.index) == ("00000009", "001F", 31)
    assert (fax.device_id, fax.submission_id) == ("dev_one", "sub_x")
    assert (fax.recipient.name, fax.recipient.organization) == ("Zoe", "Zoo")
    assert (fax.created_at, fax.updated_at, fax.pages) == (NOON - timedelta(minutes=1), SOON, 2)
    assert fax.foreign


def test_one_that_was_finished_before_names_what_it_was() -> None:
    assert come(resend_of="fax_before").fax.resend_of == "fax_before"


@pytest.mark.parametrize("status", sorted(FINAL))
def test_an_end_has_the_time_that_the_appliance_gives_it(status: FaxStatus) -> None:
    assert come(status=status, due_at=NOON).fax.finished_at == NOON
    assert come(status=status, due_at=None).fax.finished_at == SOON
    assert come(status=status, due_at=LATER).fax.finished_at == SOON  # its clock runs ahead


def test_what_ended_says_how() -> None:
    failed = come(status=S.FAILED, message="Busy").fax
    assert failed.failure is not None
    assert failed.failure.code == "busy"
    assert come(status=S.CANCELLED).fax.cancelled_by is CancelledBy.DEVICE
    assert come(status=S.HELD).fax.hold_reason is HoldReason.APPROVAL


@pytest.mark.parametrize(
    ("made", "read"),
    [
        (NOON, NOON),
        (None, SOON),
        (LATER, SOON),
        (datetime(1970, 1, 1, tzinfo=UTC), SOON),
        (datetime(1, 1, 1, tzinfo=UTC), SOON),
    ],
)
def test_a_clock_that_is_plainly_wrong_is_not_believed(
    made: datetime | None, read: datetime
) -> None:
    assert born(replace(SEEN, created_at=made), now=SOON) == read


def test_what_stands_for_a_request_of_others_has_nothing_to_hand_over() -> None:
    assert REQUEST.stage is Stage.PLACED
    assert (REQUEST.draft.recipients, REQUEST.draft.documents) == ((), ())

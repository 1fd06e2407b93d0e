"""Between the appliance's wall clock and our moments."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ffgateway.devices import translate
from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, FaxStatus, Recipient, Sender
from ffgateway.ffws import faxes as wire
from tests.support.clock import NOON


@pytest.mark.parametrize(
    ("wall", "zone", "moment"),
    [
        ("2026-03-02T12:00", "UTC", "2026-03-02T12:00+00:00"),
        ("2026-03-02T12:00", "America/Chicago", "2026-03-02T18:00+00:00"),
        ("2026-07-02T12:00", "America/Chicago", "2026-07-02T17:00+00:00"),
        ("2026-03-02T12:00", "Asia/Kathmandu", "2026-03-02T06:15+00:00"),
        # 1 November 2026: Chicago's 01:30 comes twice; the earlier one is meant
        ("2026-11-01T01:30", "America/Chicago", "2026-11-01T06:30+00:00"),
        ("2026-11-01T02:30", "America/Chicago", "2026-11-01T08:30+00:00"),
        # 8 March 2026: Chicago has no 02:30; the offset from before the jump counts
        ("2026-03-08T02:30", "America/Chicago", "2026-03-08T08:30+00:00"),
    ],
)
def test_a_wall_clock_means_a_moment(wall: str, zone: str, moment: str) -> None:
    read = translate.aware(datetime.fromisoformat(wall), zone)
    assert read == datetime.fromisoformat(moment)
    assert read is not None
    assert read.tzinfo is UTC


def test_no_time_stays_no_time() -> None:
    assert translate.aware(None, "UTC") is None


@pytest.mark.parametrize(
    ("wall", "zone"),
    [("0001-01-01T00:00", "Asia/Tokyo"), ("9999-12-31T23:59", "America/Chicago")],
)
def test_a_clock_at_the_end_of_time_means_nothing(wall: str, zone: str) -> None:
    assert translate.aware(datetime.fromisoformat(wall), zone) is None


def test_a_moment_is_written_in_utc_without_an_offset_in_whole_seconds() -> None:
    moment = datetime(2026, 3, 2, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert translate.naive_utc(moment).isoformat() == "2026-03-02T10:00:00"


@pytest.mark.parametrize("state", list(wire.WireState))
def test_every_state_of_the_appliance_means_a_status(state: wire.WireState) -> None:
    assert state in translate.STATUSES


def test_no_two_ends_are_mixed_up() -> None:
    assert translate.STATUSES[wire.WireState.SENT] is FaxStatus.DELIVERED
    assert translate.STATUSES[wire.WireState.ABORTED] is FaxStatus.CANCELLED
    assert translate.STATUSES[wire.WireState.DEAD] is FaxStatus.FAILED
    assert translate.STATUSES[wire.WireState.FAILED] is FaxStatus.FAILED


def test_a_draft_is_written_with_everything_in_it() -> None:
    draft = FaxDraft(
        recipients=(Recipient(fax_number="1"), Recipient(fax_number="2", name="B")),
        documents=(
            Document(name="a.pdf", content_type="application/pdf", size=3, sha256="a" * 64),
            Document(name="b", content_type="text/plain", url="https://files.example/b"),
        ),
        sender=Sender(name="S", email_address="s@o.example"),
        cover_page=CoverPage(enabled=True, name="default.pdf", subject="Hi", comments="There"),
        priority=0,
        max_tries=5,
        try_interval=60,
    )
    written = translate.request(draft, draft.recipients[1:], base_url="http://box")
    assert written == wire.ScheduleFax(
        recipients=(wire.Recipient(fax_number="2", name="B"),),
        attachments=(
            wire.InlineAttachment(name="a.pdf", content_type="application/pdf", size=3),
            wire.ExternalAttachment(url="https://files.example/b"),
        ),
        cover_page=wire.CoverPage(
            enabled=True,
            url="http://box/ffws/v1/data/cover_pages/default.pdf",
            subject="Hi",
            comments="There",
        ),
        sender=wire.Sender(name="S", email_address="s@o.example"),
        priority=0,
        max_tries=5,
        try_interval=60,
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-02T06:00:00", NOON),
        ("2026-03-02 06:00:00", NOON),
        ("", None),
        ("03/02/2026 06:00:00", None),
        ("2026-03-02", None),
        ("2026-03-02T06:00:00Z", None),
        ("2026-02-30T06:00:00", None),
    ],
)
def test_a_time_of_another_form_is_no_moment_and_no_error(
    text: str, meant: datetime | None
) -> None:
    assert translate.moment(text, "America/Chicago") == meant


@pytest.mark.parametrize(
    ("number", "kept"),
    [(None, None), (0, 0), (7, 7), (2**31 - 1, 2**31 - 1), (2**31, None), (-1, None)],
)
def test_a_count_that_no_database_holds_is_not_kept(number: int | None, kept: int | None) -> None:
    assert translate.count(number) == kept

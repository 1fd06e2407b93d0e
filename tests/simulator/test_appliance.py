"""What an appliance takes, shows and refuses, and to whom."""

import dataclasses

import pytest

from ffgateway.ffws.faxes import CoverPage, ExternalAttachment, ScheduleFax, Sender, WireState
from ffgateway.simulator.documents import small_pdf
from ffgateway.simulator.refusals import Refused
from tests.simulator.making import (
    ADMIN,
    ANN,
    BOB,
    appliance,
    at,
    attachment,
    fax,
    only,
    states,
    text,
    wall,
)


def refused(status: int) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, match=f"^{status} ")


def test_keys_rise_in_upper_case_hex_and_each_recipient_has_an_entry() -> None:
    box = appliance()
    for _ in range(26):
        box.schedule(ANN, fax("555-1234"))
    entries = box.schedule(ANN, fax(*(f"555-1{number:03}" for number in range(18))))
    assert {entry.fax_key for entry in entries} == {"0000001B"}
    assert [entry.entry_key for entry in entries][-3:] == ["000F", "0010", "0011"]
    assert [entry.recipient.fax_number for entry in entries][:2] == ["555-1000", "555-1001"]


def test_the_owner_is_whoever_asks() -> None:
    box = appliance()
    claimed = dataclasses.replace(fax("555-1234"), sender=Sender(username="bob", name="Ann A."))
    (entry,) = box.schedule(ANN, claimed)
    assert (entry.sender.username, entry.sender.name) == ("ann", "Ann A.")


def test_what_is_left_out_has_a_default() -> None:
    (entry,) = appliance().schedule(ANN, fax("555-1234"))
    assert (entry.max_tries, entry.priority, entry.try_interval) == (3, 3, 60)
    assert (entry.receipt, entry.receipt_attachment, entry.agent) == ("never", "none", "FFWS")


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-03-02T12:00:00"),
        ("America/Chicago", "2026-03-02T06:00:00"),
        ("Asia/Kolkata", "2026-03-02T17:30:00"),
    ],
)
def test_times_are_those_of_the_units_own_wall_clock(zone: str, shown: str) -> None:
    (entry,) = appliance(zone=zone).schedule(ANN, fax("555-1234"))
    assert entry.created is not None
    assert entry.created.tzinfo is None
    assert entry.created.isoformat() == shown


def test_a_requested_time_is_utc_whatever_the_zone() -> None:
    box = appliance(zone="America/Chicago")
    box.schedule(ANN, fax("555-1234", schedule_all_at=wall(3600)))
    box.advance(at(10))
    shown = only(box).stime
    assert shown is not None
    assert shown.isoformat() == "2026-03-02T07:00:00"
    box.advance(at(3600))
    assert only(box).state is WireState.SENDING


def test_a_cover_page_is_a_page_more() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", cover_page=CoverPage(enabled=True, subject="Hello")))
    box.advance(at(5))
    page = only(box).cover_page
    assert only(box).pages == 2
    assert (page.subject, page.url) == (
        "Hello",
        "https://ff440/ffws/v1/data/cover_pages/default.pdf",
    )


# What is refused


def test_nobody_to_send_to_and_nothing_to_send_are_an_internal_error() -> None:
    for request in (fax(), fax("555-1234", attachments=[]), fax("555-1234", " ")):
        with pytest.raises(Refused) as no:
            appliance().schedule(ANN, request)
        assert (no.value.status, no.value.message) == (400, "scheduling failed: internal error")


def test_four_hundred_recipients_are_taken_and_one_more_is_not() -> None:
    numbers = [f"555-{number:04}" for number in range(401)]
    box = appliance()
    assert len(box.schedule(ANN, fax(*numbers[:400]))) == 400
    with refused(400):
        box.schedule(ANN, fax(*numbers))


def test_what_is_refused_uses_no_key() -> None:
    box = appliance()
    with refused(400):
        box.schedule(ANN, fax())
    (entry,) = box.schedule(ANN, fax("555-1234"))
    assert entry.fax_key == "00000001"


# Who sees what


def test_a_user_sees_what_is_ones_own() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1111"))
    box.schedule(BOB, fax("555-2222"))
    assert [entry.fax_key for entry in box.listing(ANN)] == ["00000001"]
    assert [entry.fax_key for entry in box.listing(BOB, all_users=True)] == ["00000002"]
    with refused(404):
        box.view(ANN, "00000002")


def test_an_administrator_sees_everybodys_when_asking_for_it() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1111"))
    box.schedule(ADMIN, fax("555-2222"))
    assert len(box.listing(ADMIN)) == 1
    assert len(box.listing(ADMIN, all_users=True)) == 2
    assert len(box.view(ADMIN, "00000001")) == 1


def test_only_the_owner_and_an_administrator_may_change_a_fax() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1111", schedule_all_at=wall(9000)))
    with refused(400):
        box.abort(BOB, "00000001")
    with refused(400):
        box.reschedule(BOB, "00000001")
    box.reschedule(ADMIN, "00000001", at=wall(8000))
    box.abort(ADMIN, "00000001")
    box.advance(at(10))
    assert states(box) == [WireState.ABORTED]


def test_what_does_not_exist_is_404_to_see_and_400_to_change() -> None:
    box = appliance()
    with refused(404):
        box.view(ADMIN, "0000000F")
    with refused(400):
        box.abort(ADMIN, "0000000F")
    with refused(400):
        box.reschedule(ADMIN, "0000000F", "0000")


def test_what_is_complete_cannot_be_aborted() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1111"))
    box.advance(at(100))
    with refused(400):
        box.abort(ANN, "00000001")


# Lists


def test_the_ten_faxes_that_were_completed_last_are_listed_unless_told_otherwise() -> None:
    box = appliance("FF130")
    for number in range(12):
        box.schedule(ANN, fax(f"555-1{number:03}"))
    box.advance(at(10_000))
    keys = [int(entry.fax_key, 16) for entry in box.listing(ANN)]
    assert keys == list(range(3, 13))
    assert len(box.listing(ANN, complete_limit=12)) == 12
    assert len(box.listing(ANN, complete_limit=1)) == 1
    assert box.listing(ANN, complete_limit=0) == ()


def test_the_limit_does_not_touch_what_is_not_complete() -> None:
    box = appliance()
    box.schedule(ANN, fax(*(["555-0160"] * 30)))
    box.advance(at(10))
    assert len(box.listing(ANN, complete_limit=1)) == 30


@pytest.mark.parametrize(
    ("class_name", "suffixes"),
    [
        ("pending", ["0160", "0180"]),
        ("sending", ["0150"]),
        ("complete", ["0100", "0190"]),
        (None, ["0100", "0150", "0160", "0180", "0190"]),
    ],
)
def test_a_class_is_a_part_of_the_list(class_name: str | None, suffixes: list[str]) -> None:
    box = appliance()
    box.schedule(
        ANN, fax("555-0100", "555-0150", "555-0160", "555-0180", "555-0190")
    )  # fmt: skip
    box.advance(at(30))
    shown = [entry.recipient.fax_number[-4:] for entry in box.listing(ANN, class_name=class_name)]
    assert shown == suffixes


def test_an_unknown_class_is_refused() -> None:
    with refused(400):
        appliance().listing(ANN, class_name="done")


def test_outbound_shows_what_is_under_way_and_404_when_nothing_is() -> None:
    box = appliance()
    with refused(404):
        box.outbound(ADMIN)
    box.schedule(ANN, fax("555-1111", "555-0160"))
    box.advance(at(5))
    assert [entry.state for entry in box.outbound(ANN)] == [WireState.SENDING, WireState.PENDING]
    assert len(box.outbound(ADMIN)) == 2
    with refused(404):
        box.outbound(BOB)
    box.abort(ANN, "00000001")
    box.advance(at(100))
    with refused(404):
        box.outbound(ANN)


def test_outbound_has_classes_and_limits() -> None:
    box = appliance("FF840")
    box.schedule(ANN, fax(*(["555-0150"] * 8), *(["555-0160"] * 12)))
    box.advance(at(5))
    assert len(box.outbound(ANN)) == 8 + 10
    assert len(box.outbound(ANN, class_name="pending")) == 10
    assert len(box.outbound(ANN, class_name="pending", pending_limit=11)) == 11
    assert len(box.outbound(ANN, class_name="sending", sending_limit=3)) == 3
    with refused(400):
        box.outbound(ANN, class_name="complete")


def test_modem_info_is_there_after_one_whole_attempt() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-0186"))
    box.advance(at(5))
    assert only(box).modem_info == ()
    box.advance(at(10))
    assert only(box).modem_info == (
        ("init_time", "2026-03-02T12:00:02"),
        ("connect_time", "2026-03-02T12:00:08"),
    )


def test_a_reset_forgets_faxes_and_never_uses_a_key_again() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234"))
    box.advance(at(5))
    box.reset()
    assert states(box) == []
    assert all(use is None for _, use in box.lines)
    (entry,) = box.schedule(ANN, fax("555-1234"))
    assert entry.fax_key == "00000002"
    box.advance(at(100))
    assert states(box) == [WireState.SENT]


# People


@pytest.mark.parametrize(
    ("username", "password", "known"),
    [
        ("ann", "secret-a", True),
        ("ann", "secret-b", False),
        ("ann", "", False),
        ("eve", "secret-a", False),
        ("ann", "sécret", False),
    ],
)
def test_a_user_is_known_by_name_and_password(username: str, password: str, known: bool) -> None:
    found = appliance().users.authenticate(username, password)
    assert (found is not None) is known


def test_a_users_record_is_for_that_user_and_administrators() -> None:
    users = appliance().users
    assert users.seen_by(ANN, "ann") is ANN
    assert users.seen_by(ADMIN, "ann") is ANN
    for name in ("bob", "eve"):
        with refused(403):
            users.seen_by(ANN, name)
    with refused(404):
        users.seen_by(ADMIN, "eve")


# Data


def test_a_pdf_is_its_own_preview() -> None:
    pdf = small_pdf([["one"], ["two"]])
    box = appliance()
    box.schedule(
        ANN,
        fax(
            "555-1234",
            attachments=[attachment(pdf, name="a.pdf", content_type="application/pdf")],
        ),
    )
    box.advance(at(5))
    assert box.preview(ANN, "00000001", "0000") == pdf
    assert only(box).pages == 2


def test_a_preview_is_not_for_others() -> None:
    box = appliance()
    box.schedule(ANN, fax("555-1234", attachments=[text()]))
    with refused(404):
        box.preview(BOB, "00000001", "0000")
    with refused(404):
        box.preview(ANN, "00000001", "0001")


def test_the_previews_of_the_last_complete_faxes_are_kept() -> None:
    box = appliance("FF130")
    for _ in range(52):
        box.schedule(ANN, fax("555-0100"))
    box.advance(at(100))
    for gone in ("00000001", "00000002"):
        with refused(404):
            box.preview(ANN, gone, "0000")
    assert box.preview(ANN, "00000003", "0000")
    assert box.preview(ANN, "00000034", "0000")


def test_what_the_unit_would_have_to_fetch_counts_as_a_page() -> None:
    box = appliance()
    request = ScheduleFax(
        recipients=fax("555-1234").recipients,
        attachments=(ExternalAttachment(url="http://files/a.pdf"),),
    )
    box.schedule(ANN, request)
    box.advance(at(5))
    assert only(box).pages == 1


def test_an_unknown_model_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="FF440"):
        appliance("FF999")
    assert appliance("ff840").model.name == "FF840"

from datetime import UTC, datetime

import pytest

from ffgateway.domain.faxes import Fax, FaxStatus, Recipient, taken

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ON_THE_WAY = {"accepted", "queued", "submitting", "uncertain"}


def fax(status: FaxStatus, entry_key: str = "") -> Fax:
    return Fax(
        id="fax_1",
        submission_id="sub_1",
        index=0,
        status=status,
        created_at=NOW,
        updated_at=NOW,
        recipient=Recipient(fax_number="555-0100"),
        entry_key=entry_key,
    )


@pytest.mark.parametrize("status", FaxStatus)
def test_what_is_on_an_appliance_is_taken_whatever_became_of_it(status: FaxStatus) -> None:
    assert taken([fax(status, "0000")]) is True


@pytest.mark.parametrize("status", FaxStatus)
def test_what_is_on_no_appliance_is_on_its_way_or_will_not_be_soon(status: FaxStatus) -> None:
    expected = None if status.value in ON_THE_WAY else False
    assert taken([fax(status)]) is expected
    assert taken([fax(status), fax(FaxStatus.SENDING, "0000")]) is expected
    assert taken([fax(status), fax(FaxStatus.HELD)]) is False

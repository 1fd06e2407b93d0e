"""Entity tags of records, preferences of clients, and pages that count by offset."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from ffgateway.domain.errors import ChangedMeanwhile, InvalidRequest
from ffgateway.domain.pages import offset_of, page_from, write_cursor
from ffgateway.domain.preferences import LONGEST, LONGEST_WAIT, checked, wait
from ffgateway.domain.versions import etag_of, expect


@dataclass(frozen=True)
class Record:
    name: str
    tags: tuple[str, ...] = ()


ADA = Record("Ada", ("x",))


def test_equal_records_have_equal_tags_and_others_have_others() -> None:
    assert etag_of(ADA) == etag_of(Record("Ada", ("x",)))
    assert len({etag_of(one) for one in (ADA, Record("Ada"), Record("Bea", ("x",)))}) == 3


@pytest.mark.parametrize("seen", [None, "*", etag_of(ADA), f'"other", {etag_of(ADA)}'])
def test_whoever_saw_this_version_may_change_it(seen: str | None) -> None:
    expect(ADA, seen)


@pytest.mark.parametrize("seen", ["", '"other"', f"W/{etag_of(ADA)}", etag_of(Record("Bea"))])
def test_whoever_saw_another_may_not(seen: str) -> None:
    with pytest.raises(ChangedMeanwhile) as error:
        expect(ADA, seen)
    assert "If-Match" in (error.value.cure or "")


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ("Wait = 3; foo=bar", 3),
        ('wait="7"', 7),
        ("wait=0", 0),
        ("wait=86400", LONGEST_WAIT.total_seconds()),
    ],
)
def test_the_patience_of_a_client_is_read(prefer: str, seconds: float) -> None:
    assert wait(prefer) == timedelta(seconds=seconds)


@pytest.mark.parametrize("prefer", ["", "respond-async", "wait", "wait=soon", "await=5", "wait=-1"])
def test_what_cannot_be_read_is_no_preference(prefer: str) -> None:
    assert wait(prefer) is None


def test_pages_by_offset_lead_from_one_to_the_next() -> None:
    first = page_from([1, 2, 3], offset=0, limit=2)
    assert first.items == (1, 2)
    assert offset_of(first.next) == 2
    last = page_from([3], offset=2, limit=2)
    assert (last.items, last.next) == ((3,), None)
    assert offset_of(None) == 0


@pytest.mark.parametrize("cursor", ["nonsense!", write_cursor("dev_one"), write_cursor("offset:x")])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        offset_of(cursor)
    assert error.value.field == "cursor"


def test_preferences_that_are_too_long_are_refused() -> None:
    assert checked("x" * LONGEST) == "x" * LONGEST
    with pytest.raises(InvalidRequest) as refused:
        checked("x" * (LONGEST + 1))
    assert refused.value.field == "Prefer"

"""How a batch is cut, counted, and what is said of its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.domain.batches import (
    BATCH_PRIORITY,
    FEWEST,
    Addressee,
    BatchDraft,
    BatchStatus,
    Chunk,
    Tally,
    chunk_size,
    chunks,
    counted,
    pieces,
    status_of,
)
from ffgateway.domain.faxes import MAX_RECIPIENTS, CoverPage, FaxDraft, FaxStatus, Phase, Recipient

S, B = FaxStatus, BatchStatus


def people(count: int, **more: str) -> tuple[Addressee, ...]:
    return tuple(
        Addressee(recipient=Recipient(fax_number=f"555{row:05}"), client_reference=str(row), **more)
        for row in range(count)
    )


@given(total=st.integers(1, 20_000), lines=st.integers(0, 500))
def test_a_request_never_carries_more_than_the_appliances_take(total: int, lines: int) -> None:
    assert FEWEST <= chunk_size(total, lines=lines) <= MAX_RECIPIENTS


@pytest.mark.parametrize(
    ("total", "lines", "size"),
    [(20_000, 24, 400), (1_000, 8, 63), (1_000, 0, 400), (100, 4, 25), (3, 1, 25)],
)
def test_every_line_gets_something_to_do(total: int, lines: int, size: int) -> None:
    assert chunk_size(total, lines=lines) == size


@given(
    texts=st.lists(st.sampled_from([None, "a", "b"]), min_size=1, max_size=60),
    size=st.integers(1, 20),
)
def test_everybody_is_in_one_chunk_with_those_of_the_same_text(
    texts: list[str | None], size: int
) -> None:
    everyone = tuple(
        Addressee(recipient=Recipient(fax_number=str(row)), client_reference=str(row), subject=text)
        for row, text in enumerate(texts)
    )
    cut = list(chunks(everyone, size=size))
    assert [chunk.number for chunk in cut] == list(range(len(cut)))
    assert sorted(row for chunk in cut for row in chunk.rows) == list(range(len(texts)))
    for chunk in cut:
        assert len(chunk.rows) <= size
        assert {texts[row] for row in chunk.rows} == {chunk.subject}
        assert [one.fax_number for one in chunk.recipients] == list(chunk.references)
        assert chunk.references == tuple(str(row) for row in chunk.rows)


def test_a_chunk_has_its_own_cover_text_and_else_that_of_the_batch() -> None:
    cover = CoverPage(enabled=True, subject="Recall", comments="See page 2")
    common = FaxDraft(recipients=(), documents=(), cover_page=cover)
    (chunk,) = chunks(people(2, subject="Recall, ward 3"), size=400)
    draft = chunk.draft(common)
    assert (draft.cover_page.subject, draft.cover_page.comments) == ("Recall, ward 3", "See page 2")
    assert draft.recipients == chunk.recipients


@pytest.mark.parametrize(("given", "taken"), [(None, BATCH_PRIORITY), (0, 0), (5, 5)])
def test_a_batch_stands_behind_single_faxes_unless_it_says_otherwise(
    given: int | None, taken: int
) -> None:
    common = FaxDraft(recipients=(), documents=(), priority=given)
    assert BatchDraft(addressees=people(1), common=common).template().priority == taken


def test_whoever_is_no_fax_yet_is_counted_as_waiting() -> None:
    tally = counted({S.DELIVERED: 2, S.QUEUED: 3}, 4, total=10)
    assert tally.statuses == {S.DELIVERED: 2, S.QUEUED: 3, S.ACCEPTED: 5}
    assert (tally.total, tally.pages, tally.finished) == (10, 4, False)
    assert tally.phases[Phase.WAITING] == 8


@pytest.mark.parametrize(
    ("statuses", "called_off", "status"),
    [
        ({S.DELIVERED: 1, S.SENDING: 1}, False, B.IN_PROGRESS),
        ({S.DELIVERED: 2}, False, B.COMPLETED),
        ({S.DELIVERED: 2}, True, B.COMPLETED),
        ({S.DELIVERED: 1, S.FAILED: 1}, False, B.COMPLETED_WITH_FAILURES),
        ({S.DELIVERED: 1, S.CANCELLED: 1}, False, B.COMPLETED_WITH_FAILURES),
        ({S.DELIVERED: 1, S.CANCELLED: 1}, True, B.CANCELLED),
        ({S.FAILED: 2}, False, B.FAILED),
        ({S.FAILED: 1, S.CANCELLED: 1}, False, B.FAILED),
        ({S.CANCELLED: 2}, False, B.CANCELLED),
        ({S.CANCELLED: 1, S.CANCELLING: 1}, True, B.IN_PROGRESS),
    ],
)
def test_the_end_of_a_batch_is_that_of_its_faxes(
    statuses: dict[FaxStatus, int], called_off: bool, status: BatchStatus
) -> None:
    assert status_of(Tally(statuses=statuses), called_off=called_off) is status


def test_small_chunks_are_taken_together_and_a_big_one_alone() -> None:
    def chunk(size: int) -> Chunk:
        return next(chunks(people(size), size=400))

    assert [len(one.rows) for one in pieces(map(chunk, (1, 2, 3, 400)), most=400)] == [1, 2, 3]
    assert [len(one.rows) for one in pieces(map(chunk, (400, 1)), most=100)] == [400]
    assert pieces((), most=100) == ()

"""Batches: kept at once, expanded piece by piece, each recipient one fax with one end."""

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.batches import Addressee, BatchDraft, BatchStatus, Progress
from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.domain.errors import (
    Conflict,
    DeviceUnreachable,
    Forbidden,
    InvalidRecipients,
    InvalidRequest,
    NotFound,
    TooManyRecipients,
)
from ffgateway.domain.faxes import (
    CancelledBy,
    CoverPage,
    Document,
    Fax,
    FaxDraft,
    FaxStatus,
    Phase,
    Recipient,
)
from ffgateway.services.batches import BatchFilter
from ffgateway.services.batching import AT_ONCE, SOON
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.services.faxes import FaxFilter
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.support.clock import NOON
from tests.support.gateway import ANN, SETTLE, TEXT, House

READER = Caller(principal=Principal(id="key_r", name="R", scopes=frozenset({Scope.FAXES_READ})))


def people(count: int, first: int = 0) -> tuple[Addressee, ...]:
    return tuple(
        Addressee(recipient=Recipient(fax_number=f"555-{row:04}"), client_reference=f"row {row}")
        for row in range(first, first + count)
    )


async def promised(
    house: House, addressees: tuple[Addressee, ...] | int = 3, **common: Any
) -> Progress:
    """Promise a batch of one text."""
    document = await house.documents.keep(
        ANN,
        name="letter.txt",
        content_type="text/plain",
        chunks=chunks_of_bytes(TEXT),
        field="document",
    )
    draft = FaxDraft(recipients=(), documents=(document,), client_reference="recall")
    everyone = people(addressees) if isinstance(addressees, int) else addressees
    return await house.batches.send(
        ANN, BatchDraft(addressees=everyone, common=replace(draft, **common))
    )


async def expand(house: House) -> None:
    while await house.batching.step() == AT_ONCE:
        pass


async def faxes_of(house: House, progress: Progress) -> list[Fax]:
    found: list[Fax] = []
    cursor = None
    while True:
        filters = FaxFilter(batch_id=progress.batch.id)
        page = await house.faxes.list(ANN, filters, cursor=cursor, limit=100)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


async def now(house: House, progress: Progress) -> Progress:
    return await house.batches.get(ANN, progress.batch.id)


async def done(house: House, *boxes: tuple[Simulator, Any], rounds: int = 200) -> None:
    """Go on until every fax has ended."""
    for _ in range(rounds):
        while await house.submit():
            pass
        for box, device in boxes:
            box.advance(120)
            await house.look(device)
        wait = await house.batching.step()
        if wait is None:
            return
    raise AssertionError("it does not end")


async def test_a_batch_is_kept_before_it_is_expanded_and_counts_everybody_as_waiting(
    house: House,
) -> None:
    progress = await promised(house, 60)
    assert progress.batch.status is BatchStatus.IN_PROGRESS
    assert progress.tally.phases == dict.fromkeys(Phase, 0) | {Phase.WAITING: 60}
    assert await faxes_of(house, progress) == []
    assert await house.acts(progress.batch.id) == ["batch.send"]
    (told,) = await house.told(progress.batch.id)
    assert (told.type, told.data["total"]) == ("batch.accepted", 60)
    assert await house.batching.step() == AT_ONCE
    faxes = await faxes_of(house, progress)
    assert len(faxes) == 60
    assert await house.batching.step() == SOON
    after = await now(house, progress)
    assert (after.tally.total, after.tally.statuses) == (60, {FaxStatus.QUEUED: 60})


async def test_every_recipient_becomes_a_fax_with_its_own_reference(house: House) -> None:
    everyone = (*people(2), replace(people(1, first=2)[0], client_reference=""))
    progress = await promised(house, everyone)
    await expand(house)
    faxes = await faxes_of(house, progress)
    assert {(fax.recipient.fax_number, fax.client_reference) for fax in faxes} == {
        ("555-0000", "row 0"),
        ("555-0001", "row 1"),
        ("555-0002", "recall"),
    }
    assert {fax.batch_id for fax in faxes} == {progress.batch.id}
    told = await house.told(faxes[0].id)
    assert [event.data["batch_id"] for event in told] == [progress.batch.id] * 2
    assert [event.sequence for event in told] == [1, 2]
    assert await house.acts(faxes[0].id) == ["fax.send"]
    audited = await house.audit(faxes[0].id)
    assert (audited[0].principal_id, audited[0].request_id) == ("key_ann", "req_1")


async def test_a_batch_goes_out_over_several_appliances_and_ends_once(house: House) -> None:
    async with AsyncExitStack() as stack:
        boxes = []
        for name in ("one", "two"):
            box = await stack.enter_async_context(running(speed=0, start=NOON))
            boxes.append((box, await house.register(box, name)))
        progress = await promised(house, 60)
        await expand(house)
        await done(house, *boxes)
        accepted: Counter[str] = Counter()
        for box, _ in boxes:
            numbers = box.state()["numbers"]
            assert numbers  # both had their share
            accepted.update({number: told["accepted"] for number, told in numbers.items()})
    assert accepted == Counter({f"555-{row:04}": 1 for row in range(60)})
    after = await now(house, progress)
    assert (after.batch.status, after.tally.statuses) == (
        BatchStatus.COMPLETED,
        {FaxStatus.DELIVERED: 60},
    )
    assert after.tally.pages == 60
    assert after.batch.finished_at is not None
    assert [one.type for one in await house.told(progress.batch.id)] == [
        "batch.accepted",
        "batch.completed",
    ]
    assert await house.batching.step() is None


async def test_recipients_with_another_cover_text_are_in_another_request(home: House) -> None:
    own = replace(people(1)[0], subject="Recall, ward 3")
    cover = CoverPage(enabled=True, subject="Recall")
    progress = await promised(home, (own, *people(2, first=1)), cover_page=cover)
    await expand(home)
    subjects = {}
    for fax in await faxes_of(home, progress):
        submission = await home.submission(fax)
        subjects[fax.recipient.fax_number] = submission.draft.cover_page.subject
    assert subjects == {"555-0000": "Recall, ward 3", "555-0001": "Recall", "555-0002": "Recall"}


async def test_an_urgent_fax_overtakes_a_batch(house: House, box: Simulator) -> None:
    await house.register(box)
    progress = await promised(house, 120)
    await expand(house)
    house.clock.advance(60)
    (single,) = await house.send("555-9998")
    (urgent,) = await house.send("555-9999", priority=0)
    order = []
    while claimed := await house.claiming.claim():
        for handover in claimed:
            order.append(handover.faxes[0].id)
            await house.submitting.hand_over(handover)
    assert order[:2] == [urgent.id, single.id]
    assert len(order) > 3
    assert (await now(house, progress)).tally.phases[Phase.ACTIVE] == 120


async def test_what_was_overtaken_for_a_day_goes_before(house: House, box: Simulator) -> None:
    await house.register(box)
    (slow,) = await house.send("555-0001", priority=5)
    house.clock.advance(timedelta(days=1).total_seconds() + 1)
    (urgent,) = await house.send("555-0002", priority=0)
    (first,) = await house.claiming.claim()
    assert first.faxes[0].id == slow.id
    await house.submitting.hand_over(first)
    (second,) = await house.claiming.claim()
    assert second.faxes[0].id == urgent.id


async def test_many_that_wait_for_a_busy_appliance_hide_no_other(house: House) -> None:
    async with running(speed=0, start=NOON) as one, running(speed=0, start=NOON) as two:
        busy, free = await house.register(one), await house.register(two, "two")
        for number in range(30):
            await house.send(f"555-{number:04}", device_id=busy.id, priority=0)
        (behind,) = await house.send("555-9999", device_id=free.id, priority=5)
        claimed = await house.claiming.claim()
        assert {handover.device.id for handover in claimed} == {busy.id, free.id}
        assert behind.id in {handover.faxes[0].id for handover in claimed}


async def test_a_batch_that_nobody_can_take_is_held_bit_by_bit_and_hides_nothing(
    home: House, box: Simulator
) -> None:
    everyone = tuple(
        replace(one, recipient=Recipient(fax_number=f"6{row:07}"))
        for row, one in enumerate(people(1300))
    )
    gone = await home.register("http://127.0.0.1:9", "gone")
    there = await home.register(box, "there")
    progress = await promised(home, everyone, device_id=gone.id)
    await expand(home)
    await home.observing.note_trouble(gone.id, DeviceUnreachable(gone.id, "nobody there"))
    (single,) = await home.send(device_id=there.id, priority=5)
    (handover,) = await home.claiming.claim()
    assert handover.faxes[0].id == single.id
    held = (await now(home, progress)).tally.statuses[FaxStatus.HELD]
    assert 0 < held < 1300


async def test_what_is_on_its_way_is_called_off_before_the_rest_becomes_faxes(
    house: House, box: Simulator
) -> None:
    await house.register(box)
    progress = await promised(house, 450)
    await house.batching.step()  # a piece of it
    assert await house.submit() == 1
    there = len(box.state()["faxes"])
    waiting = (await now(house, progress)).tally.statuses[FaxStatus.ACCEPTED]
    assert 0 < waiting < 450 - there
    await house.batches.cancel(ANN, progress.batch.id)
    await house.batching.step()
    assert (await now(house, progress)).tally.statuses == {
        FaxStatus.ACCEPTED: waiting,
        FaxStatus.CANCELLED: 450 - waiting - there,
        FaxStatus.CANCELLING: there,
    }
    await expand(house)
    assert (await now(house, progress)).tally.statuses == {
        FaxStatus.CANCELLED: 450 - there,
        FaxStatus.CANCELLING: there,
    }


async def test_a_batch_is_called_off_whole(house: House, box: Simulator) -> None:
    device = await house.register(box)
    progress = await promised(house, 60)
    await expand(house)
    assert await house.submit() == 1
    there = len(box.state()["faxes"])  # a piece of it, whichever came first
    asked = await house.batches.cancel(ANN, progress.batch.id)
    assert asked.batch.cancel_requested_at is not None
    assert asked.batch.status is BatchStatus.IN_PROGRESS
    await expand(house)
    statuses = (await now(house, progress)).tally.statuses
    assert statuses == {FaxStatus.CANCELLED: 60 - there, FaxStatus.CANCELLING: there}
    for _ in range(4):
        box.advance(1)
        await house.look(device)
    await expand(house)
    after = await now(house, progress)
    assert (after.batch.status, after.tally.statuses) == (
        BatchStatus.CANCELLED,
        {FaxStatus.CANCELLED: 60},
    )
    assert await house.submit() == 0
    faxes = await faxes_of(house, progress)
    assert {fax.cancelled_by for fax in faxes} <= {CancelledBy.API, CancelledBy.DEVICE}
    assert [one.type for one in await house.told(progress.batch.id)] == [
        "batch.accepted",
        "batch.completed",
    ]
    assert (await house.acts(progress.batch.id)) == [
        "batch.send",
        "batch.cancel",
        "batch.completed",
    ]


async def test_nobody_is_dropped_who_was_no_fax_yet_when_a_batch_was_called_off(
    house: House,
) -> None:
    progress = await promised(house, 60)
    await house.batches.cancel(ANN, progress.batch.id)
    again = await house.batches.cancel(ANN, progress.batch.id)  # changes nothing
    assert again.tally.phases[Phase.WAITING] == 60
    await expand(house)
    faxes = await faxes_of(house, progress)
    assert [fax.status for fax in faxes] == [FaxStatus.CANCELLED] * 60
    assert [one.type for one in await house.told(faxes[0].id)] == [
        "fax.accepted",
        "fax.queued",
        "fax.cancelled",
    ]
    assert (await now(house, progress)).batch.status is BatchStatus.CANCELLED


async def test_a_batch_that_has_ended_is_not_called_off(home: House, box: Simulator) -> None:
    device = await home.register(box)
    progress = await promised(home)
    await expand(home)
    await done(home, (box, device))
    with pytest.raises(Conflict, match="completed"):
        await home.batches.cancel(ANN, progress.batch.id)


async def test_an_answer_with_one_of_400_entries_leaves_none_lost_and_none_twice(
    home: House, box: Simulator
) -> None:
    everyone = tuple(
        replace(one, recipient=Recipient(fax_number=f"612{row:04}5000"))
        for row, one in enumerate(people(800))
    )
    box.put(Fault(kind=Kind.PARTIAL, method="POST"))
    progress = await promised(home, everyone)  # no appliance yet: two requests
    device = await home.register(box)
    await expand(home)
    assert await home.submit() == 1
    phases = (await now(home, progress)).tally.statuses
    assert (phases[FaxStatus.UNCERTAIN], phases[FaxStatus.QUEUED]) == (399, 400)
    for _ in range(3):
        home.clock.advance(SETTLE)
        await home.look(device)
    assert FaxStatus.UNCERTAIN not in (await now(home, progress)).tally.statuses
    await done(home, (box, device))
    assert (await now(home, progress)).tally.statuses == {FaxStatus.DELIVERED: 800}
    numbers = box.state()["numbers"]
    assert {told["accepted"] for told in numbers.values()} == {1}
    assert len(numbers) == 800


@pytest.mark.parametrize(
    ("addressees", "common", "error", "field"),
    [
        ((), {}, InvalidRequest, "recipients"),
        (people(20_001), {}, TooManyRecipients, "recipients"),
        (people(1), {"documents": ()}, InvalidRequest, "documents"),
        ((replace(people(1)[0], subject="x"),), {}, InvalidRequest, "recipients[0].subject"),
        (people(1), {"device_id": "dev_none"}, NotFound, "device_id"),
        (people(1), {"pool": "nowhere"}, NotFound, "pool"),
    ],
)
async def test_a_batch_that_cannot_be_sent_is_refused_whole(
    home: House,
    addressees: tuple[Addressee, ...],
    common: dict[str, Any],
    error: type[InvalidRequest],
    field: str,
) -> None:
    with pytest.raises(error) as no:
        await promised(home, addressees, **common)
    assert no.value.field == field
    assert (await home.batches.list(ANN, BatchFilter(), cursor=None, limit=10)).items == ()


async def test_bad_numbers_are_told_by_their_place_in_the_whole_batch(home: House) -> None:
    everyone = list(people(60))
    for row in (3, 4, 40):
        everyone[row] = Addressee(recipient=Recipient(fax_number="none"))
    with pytest.raises(InvalidRecipients) as no:
        await promised(home, tuple(everyone))
    assert [place for place, _ in no.value.errors] == [
        "recipients[3].fax_number",
        "recipients[4].fax_number",
        "recipients[40].fax_number",
    ]


async def test_numbers_that_no_appliance_could_dial_are_told_as_well(
    home: House, box: Simulator
) -> None:
    bad = (Addressee(recipient=Recipient(fax_number="12345")),)
    await home.register(box, region="US")
    with pytest.raises(InvalidRecipients) as no:
        await promised(home, (*people(2), *bad))
    assert [place for place, _ in no.value.errors] == ["recipients[2].fax_number"]
    await home.register(box, "at home", region="DE")
    await promised(home, bad)


async def test_a_batch_that_no_appliance_takes_is_refused(home: House, box: Simulator) -> None:
    await home.register(box, model="FF130")
    large = Document(name="a", content_type="text/plain", size=1_500_000, sha256="a" * 64)
    with pytest.raises(DocumentTooLarge):
        await promised(home, 3, documents=(large,))


async def test_batches_are_listed_the_newest_first_by_what_is_asked_for(house: House) -> None:
    first = await promised(house)
    house.clock.advance(1)
    second = await promised(house, client_reference="other")
    page = await house.batches.list(ANN, BatchFilter(), cursor=None, limit=1)
    assert [one.batch.id for one in page.items] == [second.batch.id]
    rest = await house.batches.list(ANN, BatchFilter(), cursor=page.next, limit=1)
    assert [one.batch.id for one in rest.items] == [first.batch.id]
    for filters, found in (
        (BatchFilter(client_reference="other"), [second]),
        (BatchFilter(status=(BatchStatus.COMPLETED,)), []),
    ):
        page = await house.batches.list(ANN, filters, cursor=None, limit=10)
        assert [one.batch.id for one in page.items] == [one.batch.id for one in found]


async def test_who_may_only_read_sends_and_cancels_no_batch(home: House) -> None:
    progress = await promised(home)
    with pytest.raises(Forbidden):
        await home.batches.send(
            READER, BatchDraft(addressees=people(1), common=progress.batch.template)
        )
    with pytest.raises(Forbidden):
        await home.batches.cancel(READER, progress.batch.id)
    assert (await home.batches.get(READER, progress.batch.id)).batch == progress.batch


async def test_documents_of_a_batch_are_kept_while_it_goes_on(home: House) -> None:
    progress = await promised(home)
    home.clock.advance(timedelta(days=60).total_seconds())
    await home.keeping.purge()
    (document,) = progress.batch.template.documents
    assert await home.spool.has(document.sha256)

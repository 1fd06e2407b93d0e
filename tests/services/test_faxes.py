"""What people do with faxes: send, cancel, reschedule, send again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.batches import Addressee, BatchDraft
from ffgateway.domain.document_errors import DocumentPurged, DocumentTooLarge, UnsupportedDocument
from ffgateway.domain.errors import (
    Conflict,
    DeviceSilent,
    FaxFinished,
    FaxUncertain,
    Forbidden,
    InvalidNumber,
    InvalidRequest,
    NotFound,
    TooManyRecipients,
)
from ffgateway.domain.faxes import CancelledBy, Document, FaxDraft, FaxStatus, Recipient
from ffgateway.services.documents import LARGEST, chunks_of_bytes
from ffgateway.services.keeping import Keeping
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from ffgateway.store.faxes import FaxFilter
from tests.support.gateway import ANN, RETENTION, House

READER = Caller(
    principal=Principal(id="key_eve", name="Eve", scopes=frozenset({Scope.FAXES_READ})),
    request_id="req_2",
    address="192.0.2.2",
)
ONE = (Recipient(fax_number="555-0110"),)
PAGE = (Document(name="a", content_type="text/plain", size=1, sha256="a" * 64),)
HOUR = timedelta(hours=1)
FULL = {"name": "N" * 200, "organization": "O" * 200, "phone_number": "1" * 200}


async def test_who_may_only_read_may_not_send_and_that_is_on_record(house: House) -> None:
    with pytest.raises(Forbidden):
        await house.faxes.send(READER, FaxDraft(recipients=ONE, documents=PAGE))
    (line,) = await house.audit()
    assert (line.action, line.outcome, line.principal_id) == ("fax.send", Outcome.DENIED, "key_eve")
    assert (line.request_id, line.address) == ("req_2", "192.0.2.2")
    assert line.detail == {"needed": "faxes:send"}


@pytest.mark.parametrize(
    ("draft", "error", "field"),
    [
        (FaxDraft(recipients=(), documents=PAGE), InvalidRequest, "recipients"),
        (FaxDraft(recipients=ONE * 401, documents=PAGE), TooManyRecipients, "recipients"),
        (
            FaxDraft(recipients=(*ONE, Recipient(fax_number="call me")), documents=PAGE),
            InvalidNumber,
            "recipients[1].fax_number",
        ),
        (
            FaxDraft(recipients=(Recipient(fax_number="555-0110\n"),), documents=PAGE),
            InvalidNumber,
            "recipients[0].fax_number",
        ),
        (
            FaxDraft(recipients=(Recipient(fax_number="٥٥٥٠١١٠"),), documents=PAGE),
            InvalidNumber,
            "recipients[0].fax_number",
        ),
        (FaxDraft(recipients=ONE, documents=()), InvalidRequest, "documents"),
        (
            FaxDraft(recipients=ONE, documents=(replace(PAGE[0], url="https://a.example/"),)),
            InvalidRequest,
            "documents[0].url",
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_nothing_is_kept(
    home: House, draft: FaxDraft, error: type[InvalidRequest], field: str
) -> None:
    with pytest.raises(error) as refused:
        await home.faxes.send(ANN, draft)
    assert refused.value.field == field
    assert refused.value.cure
    assert await home.audit() == []


async def test_a_fax_for_a_device_that_is_not_there_is_refused(home: House) -> None:
    with pytest.raises(NotFound) as missing:
        await home.send(device_id="dev_nobody")
    assert missing.value.field == "device_id"


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/pdf", b"no PDF"),
        ("text/plain", b"a\0b"),
        ("image/png", b"\x89PNG"),
        ("", b"x"),
    ],
)
async def test_a_document_must_be_what_it_is_said_to_be(
    home: House, content_type: str, content: bytes
) -> None:
    with pytest.raises(UnsupportedDocument) as refused:
        await home.documents.keep(
            ANN, name="x", content_type=content_type, chunks=chunks_of_bytes(content), field="f[0]"
        )
    assert refused.value.field == "f[0]"


# Cancelling


@pytest.mark.parametrize("later", [None, HOUR], ids=["queued", "scheduled"])
async def test_a_fax_that_no_appliance_has_is_cancelled_at_once(
    house: House, box: Simulator, later: timedelta | None
) -> None:
    await house.register(box)
    (fax,) = await house.send(send_at=house.clock.now() + later if later else None)
    done = await house.faxes.cancel(ANN, fax.id)
    assert (done.status, done.cancelled_by) == (FaxStatus.CANCELLED, CancelledBy.API)
    house.clock.advance(2 * HOUR)
    assert await house.submit() == 0
    assert box.state()["faxes"] == []
    assert (await house.story(fax))[-1] == "fax.cancelled"


async def test_a_fax_that_waits_for_an_appliance_is_cancelled_at_once(home: House) -> None:
    (fax,) = await home.send()
    await home.submit()
    assert (await home.fax(fax)).status is FaxStatus.HELD
    assert (await home.faxes.cancel(ANN, fax.id)).status is FaxStatus.CANCELLED


async def test_a_fax_that_is_being_handed_over_cannot_be_touched(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    (fax,) = await home.send()
    await home.claiming.claim()
    with pytest.raises(FaxUncertain):
        await home.faxes.cancel(ANN, fax.id)
    with pytest.raises(FaxUncertain):
        await home.faxes.reschedule(ANN, fax.id, None)


async def test_a_fax_on_an_appliance_is_cancelled_when_the_appliance_says_so(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send("555-0160")
    await house.submit()
    asked = await house.faxes.cancel(ANN, fax.id)
    assert asked.status is FaxStatus.CANCELLING
    assert await house.faxes.cancel(ANN, fax.id) == await house.fax(fax)  # again: nothing changes
    await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.CANCELLING
    box.advance(2)
    await house.look(device)
    done = await house.fax(fax)
    assert (done.status, done.cancelled_by) == (FaxStatus.CANCELLED, CancelledBy.API)
    assert (await house.acts(fax.id))[-3:] == ["fax.cancel", "fax.abort", "fax.cancelled"]
    assert (await house.story(fax)).count("fax.cancelled") == 1


async def test_an_abort_that_comes_too_late_leaves_the_end_that_was_reached(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0100")
    await home.submit()
    box.advance(5)  # sent, and nobody has looked
    assert (await home.faxes.cancel(ANN, fax.id)).status is FaxStatus.CANCELLING
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED


async def test_an_abort_that_got_lost_is_asked_for_again(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0160")
    await home.submit()
    await home.faxes.cancel(ANN, fax.id)
    box.put(Fault(kind=Kind.CUT_BEFORE, method="DELETE", times=2))  # the client tries these twice
    with pytest.raises(DeviceSilent):
        await home.look(device)
    for _ in range(3):
        home.clock.advance(60)
        await home.look(device)
        box.advance(2)
    assert (await home.fax(fax)).status is FaxStatus.CANCELLED


async def test_an_end_cannot_be_cancelled_or_rescheduled(home: House) -> None:
    (fax,) = await home.send()
    await home.faxes.cancel(ANN, fax.id)
    with pytest.raises(FaxFinished):
        await home.faxes.reschedule(ANN, fax.id, None)
    assert (await home.faxes.cancel(ANN, fax.id)).status is FaxStatus.CANCELLED


# Another time


async def test_a_fax_for_later_leaves_when_its_time_has_come(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send(send_at=home.clock.now() + HOUR)
    assert fax.status is FaxStatus.SCHEDULED
    assert await home.submit() == 0
    home.clock.advance(HOUR)
    assert await home.submit() == 1
    story = await home.story(fax)
    assert story[:4] == ["fax.accepted", "fax.scheduled", "fax.queued", "fax.submitting"]


async def test_a_fax_is_given_another_time_and_then_none(house: House, box: Simulator) -> None:
    await house.register(box)
    (fax,) = await house.send(send_at=house.clock.now() + HOUR)
    later = house.clock.now() + 3 * HOUR
    moved = await house.faxes.reschedule(ANN, fax.id, later)
    assert (moved.status, moved.send_at) == (FaxStatus.SCHEDULED, later)
    house.clock.advance(2 * HOUR)
    assert await house.submit() == 0
    assert (await house.faxes.reschedule(ANN, fax.id, None)).status is FaxStatus.QUEUED
    assert await house.submit() == 1


async def test_a_queued_fax_can_be_put_off(house: House, box: Simulator) -> None:
    await house.register(box)
    (fax,) = await house.send()
    put_off = await house.faxes.reschedule(ANN, fax.id, house.clock.now() + HOUR)
    assert put_off.status is FaxStatus.SCHEDULED
    assert await house.submit() == 0


async def test_a_fax_that_waits_for_another_try_is_taken_back_and_begins_anew(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0187", max_tries=3, try_interval=600)
    await home.submit()
    for _ in range(4):
        box.advance(8)
        await home.look(device)
    waiting = await home.fax(fax)
    assert waiting.status is FaxStatus.RETRY_WAIT
    assert waiting.next_attempt_at is not None
    await home.faxes.reschedule(ANN, fax.id, None)
    for _ in range(6):
        box.advance(2)
        await home.look(device)
        await home.submit()
    anew = await home.fax(fax)
    assert (anew.status, anew.attempt) == (FaxStatus.SENDING, 1)
    assert "fax.reschedule" in await home.acts(fax.id)


# Sending again


async def test_a_finished_fax_is_sent_again_as_a_new_one(house: House, box: Simulator) -> None:
    await house.register(box)
    first, second = await house.send("555-0110", "555-0111", client_reference="PO-1")
    with pytest.raises(Conflict):
        await house.faxes.resend(ANN, second.id)
    await house.faxes.cancel(ANN, second.id)
    again = await house.faxes.resend(ANN, second.id)
    assert again.id not in {first.id, second.id}
    assert (again.resend_of, again.recipient, again.client_reference) == (
        second.id,
        second.recipient,
        "PO-1",
    )
    assert again.status is FaxStatus.QUEUED


async def test_what_was_for_a_retired_appliance_alone_is_not_sent_again(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (bound,) = await home.send("555-0111", device_id=device.id)
    await home.faxes.cancel(ANN, bound.id)
    await home.devices.retire(ANN, device.id)
    with pytest.raises(Conflict) as refused:
        await home.faxes.resend(ANN, bound.id)
    assert refused.value.cure == "Send the document anew with POST /v1/faxes, by another one."


async def test_a_document_that_was_purged_cannot_be_sent_again(home: House) -> None:
    (fax,) = await home.send()
    await home.faxes.cancel(ANN, fax.id)
    assert await home.keeping.purge() == 0
    home.clock.advance(RETENTION + HOUR)
    assert await home.keeping.purge() == 1
    with pytest.raises(DocumentPurged):
        await home.faxes.resend(ANN, fax.id)
    assert await home.acts(fax.documents[0].sha256) == ["document.purge"]


async def test_what_is_promised_has_its_document_however_soon_that_is_purged(house: House) -> None:
    at_once = Keeping(
        house.store, house.spool, house.clock, retention=timedelta(0), events_kept=HOUR
    )
    document = await house.documents.keep(
        ANN, name="a", content_type="text/plain", chunks=chunks_of_bytes(b"a"), field="documents[0]"
    )
    house.clock.advance(1)
    assert await at_once.purge() == 1  # while the rest of the request is still coming in
    common = FaxDraft(recipients=(Recipient(fax_number="555-0123"),), documents=(document,))
    addressees = tuple(Addressee(recipient=one) for one in common.recipients)
    with pytest.raises(DocumentPurged):
        await house.faxes.send(ANN, common)
    with pytest.raises(DocumentPurged):
        await house.batches.send(ANN, BatchDraft(addressees=addressees, common=common))
    assert (await house.faxes.list(ANN, FaxFilter(), cursor=None, limit=1)).items == ()


async def test_a_fax_that_the_appliance_has_sent_meanwhile_is_not_given_another_time(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send()
    await home.submit()
    box.advance(600)  # it is sent, and no look has shown that yet
    with pytest.raises(Conflict, match="sent"):
        await home.faxes.reschedule(ANN, fax.id, None)
    box.advance(600)
    await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    (told,) = box.state()["numbers"].values()
    assert told == {"accepted": 1, "dialled": 1, "received": 1}


# What fits ----------------------------------------------------------------------------------------


async def of_size(home: House, size: int) -> FaxDraft:
    document = await home.documents.keep(
        ANN, name="a", content_type="text/plain", chunks=chunks_of_bytes(b"Hello"), field="document"
    )
    return FaxDraft(recipients=ONE, documents=(replace(document, size=size),))


async def test_what_no_appliance_takes_in_base64_is_not_promised(
    home: House, box: Simulator
) -> None:
    await home.register(box, model="FF130")
    await home.faxes.send(ANN, await of_size(home, 1_490_000))  # 1,986,668 bytes in base64
    draft = await of_size(home, 1_500_000)
    with pytest.raises(DocumentTooLarge) as refused:
        await home.faxes.send(ANN, draft)
    assert (refused.value.field, "2000000" in refused.value.detail) == ("documents", True)
    await home.register(box, "larger", model="FF440")
    await home.faxes.send(ANN, draft)


async def test_what_fits_for_one_recipient_may_not_fit_for_four_hundred(
    home: House, box: Simulator
) -> None:
    await home.register(box)
    draft = await of_size(home, LARGEST)
    await home.faxes.send(ANN, draft)
    many = tuple(Recipient(fax_number="555-0110", **FULL) for _ in range(400))
    with pytest.raises(DocumentTooLarge):
        await home.faxes.send(ANN, replace(draft, recipients=many))

"""Faxes and submissions: what goes in comes out, in pages, filtered, locked."""

import asyncio
from dataclasses import MISSING, fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ffgateway.domain.errors import InvalidRequest, NotFound
from ffgateway.domain.failures import Hangup, failure
from ffgateway.domain.faxes import (
    CancelledBy,
    CoverPage,
    Document,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Origin,
    Recipient,
    Sender,
)
from ffgateway.domain.others import FAR, lost_sight
from ffgateway.domain.submissions import Contender, Stage, Submission
from ffgateway.store.faxes import FaxFilter
from ffgateway.store.standing import Load
from ffgateway.store.transaction import Store
from tests.support.clock import NOON
from tests.support.nouns import a_device, a_fax, a_submission

LATER = NOON + timedelta(hours=1, microseconds=250)
DOCUMENTS = (
    Document(name="Brief Ä.pdf", content_type="application/pdf", size=7, sha256="b" * 64),
    Document(name="page", content_type="text/plain", url="https://files.example/page"),
)
FULL_FAX = Fax(
    id="fax_full",
    submission_id="sub_full",
    index=3,
    status=FaxStatus.FAILED,
    created_at=NOON,
    updated_at=LATER,
    recipient=Recipient(
        fax_number="+1 555 0101", name="Ä", organization="O", phone_number="555-0199"
    ),
    created_by="key_ann",
    client_reference="PO-4711",
    send_at=LATER,
    device_id="dev_one",
    fax_key="0000001A",
    entry_key="0002",
    attempt=2,
    first_try=1,
    pages=9,
    next_attempt_at=LATER,
    hold_reason=HoldReason.APPROVAL,
    hold_detail="one: disabled",
    deadline=NOON,
    stuck_as="sending",
    rounds_left=2,
    retried_as="fax_after",
    dialled="9,15550101",
    placement=("chosen one: 0 faxes", "two: disabled"),
    failure=failure(
        "busy",
        attempts=2,
        pages_confirmed=1,
        device_id="dev_one",
        device_state="failed",
        device_text="Busy",
        hangup=Hangup(scheme="class2", code=4),
    ),
    cancelled_by=CancelledBy.DEVICE,
    cancel_requested_at=LATER,
    reschedule_to=NOON + timedelta(days=1),
    came_with="sub_before",
    corrected_as=FaxStatus.DELIVERED,
    device_state="failed",
    device_message="Busy",
    missing_looks=1,
    batch_id="bat_1",
    resend_of="fax_before",
    finished_at=LATER,
    documents=DOCUMENTS,
    origin=Origin.APPLIANCE,
    acted_as="ann@example.org",
    username="bob",
    agent="WebClient",
    revision=4,
)
FULL_DRAFT = FaxDraft(
    recipients=(FULL_FAX.recipient,),
    documents=(replace(DOCUMENTS[0], sha256=""), DOCUMENTS[1]),
    sender=Sender(
        name="S", organization="O", phone_number="1", fax_number="2", email_address="s@o.example"
    ),
    cover_page=CoverPage(enabled=True, name="default.pdf", subject="S", comments="<&>"),
    client_reference="PO-4711",
    priority=0,
    max_tries=5,
    try_interval=120,
    send_at=LATER,
    device_id="dev_one",
    pool="lab",
    deadline=NOON,
    rounds=2,
    despite_suppression=True,
    resend_of="fax_before",
    acts_as="ann@example.org",
    acts_as_only=True,
)
FULL_SUBMISSION = Submission(
    id="sub_full",
    draft=FULL_DRAFT,
    created_at=NOON,
    created_by="key_ann",
    due_at=LATER,
    stage=Stage.UNCERTAIN,
    device_id="dev_one",
    fax_key="0000001A",
    floor_key="00000019",
    sent_at=NOON,
    ended_at=LATER,
    absent_looks=1,
    last_look_at=LATER,
    tries=3,
    refused_by=("dev_two",),
    epoch=3,
    missed=("dev_z",),
    holder="gateway-0:8080#1f2e3d4c",
    contenders=(
        Contender(
            fax_key="0000001B", entry_keys=("0000",), created_at=NOON, pages=2, states=("sent",)
        ),
    ),
    acted_as="ann@example.org",
    username="ann",
)


@pytest.mark.parametrize(
    "noun", [FULL_FAX, FULL_SUBMISSION, FULL_DRAFT], ids=lambda noun: type(noun).__name__
)
def test_the_examples_leave_no_field_at_its_default(noun: Any) -> None:
    defaults = {one.name for one in fields(noun) if getattr(noun, one.name) == one.default}
    assert defaults - {one.name for one in fields(noun) if one.default is MISSING} == set()


async def test_a_fax_comes_back_with_every_field(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.submissions.add(FULL_SUBMISSION)
        await tx.faxes.add(FULL_FAX)
    async with store.reading() as tx:
        assert await tx.faxes.get("fax_full") == FULL_FAX
        assert await tx.submissions.get("sub_full") == FULL_SUBMISSION


async def test_a_fax_that_is_saved_takes_what_may_change_and_the_next_revision(
    store: Store,
) -> None:
    fixed = ("created_at", "created_by", "client_reference", "documents", "batch_id", "resend_of")
    before = a_fax("full", of="full")
    as_it_was = {name: getattr(before, name) for name in (*fixed, "origin")}
    async with store.transaction() as tx:
        await tx.submissions.add(a_submission("full"))
        await tx.faxes.add(before)
    async with store.transaction() as tx:
        await tx.faxes.save(FULL_FAX)
        await tx.submissions.save(FULL_SUBMISSION)
    async with store.reading() as tx:
        assert await tx.faxes.get("fax_full") == replace(FULL_FAX, revision=5, **as_it_was)
        assert await tx.submissions.get("sub_full") == FULL_SUBMISSION


async def test_what_is_not_there_is_not_found(store: Store) -> None:
    async with store.reading() as tx:
        with pytest.raises(NotFound):
            await tx.faxes.get("fax_nobody")
        with pytest.raises(NotFound):
            await tx.submissions.get("sub_nobody")


async def keep(store: Store, *faxes: Fax, submission: Submission | None = None) -> None:
    async with store.transaction() as tx:
        await tx.submissions.add(submission or a_submission())
        for fax in faxes:
            await tx.faxes.add(fax)


async def test_pages_run_from_the_newest_to_the_oldest_and_end(store: Store) -> None:
    await keep(store, *(a_fax(f"{n}") for n in range(5)))
    seen: list[list[str]] = []
    cursor: str | None = None
    async with store.reading() as tx:
        while True:
            page = await tx.faxes.page(FaxFilter(), cursor=cursor, limit=2)
            seen.append([fax.id for fax in page.items])
            cursor = page.next
            if cursor is None:
                break
    assert seen == [["fax_4", "fax_3"], ["fax_2", "fax_1"], ["fax_0"]]


async def test_a_page_that_is_just_full_is_the_last_one(store: Store) -> None:
    await keep(store, a_fax("0"), a_fax("1"))
    async with store.reading() as tx:
        page = await tx.faxes.page(FaxFilter(), cursor=None, limit=2)
    assert (len(page.items), page.next) == (2, None)


async def test_a_fax_that_arrives_meanwhile_does_not_move_the_pages(store: Store) -> None:
    await keep(store, a_fax("0"), a_fax("1"), a_fax("2"))
    async with store.reading() as tx:
        first = await tx.faxes.page(FaxFilter(), cursor=None, limit=2)
    async with store.transaction() as tx:
        await tx.faxes.add(a_fax("9"))
    async with store.reading() as tx:
        second = await tx.faxes.page(FaxFilter(), cursor=first.next, limit=2)
    assert [fax.id for fax in second.items] == ["fax_0"]


@pytest.mark.parametrize("cursor", ["", "!", "bm8", "eyJ4IjoxfQ", "ä"])
async def test_the_audit_log_refuses_a_cursor_of_another_list(store: Store, cursor: str) -> None:
    async with store.reading() as tx:
        with pytest.raises(InvalidRequest) as refused:
            await tx.audit.page(cursor=cursor, limit=2)
    assert refused.value.field == "cursor"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (FaxFilter(), ["fax_b", "fax_a"]),
        (FaxFilter(status=(FaxStatus.QUEUED,)), ["fax_a"]),
        (FaxFilter(status=(FaxStatus.QUEUED, FaxStatus.SENDING)), ["fax_b", "fax_a"]),
        (FaxFilter(device_id="dev_x"), ["fax_b"]),
        (FaxFilter(client_reference="PO"), ["fax_a"]),
        (FaxFilter(submission_id="sub_one"), ["fax_b", "fax_a"]),
        (FaxFilter(submission_id="sub_two"), []),
        (FaxFilter(created_after=LATER), ["fax_b"]),
        (FaxFilter(created_before=LATER), ["fax_a"]),
        (FaxFilter(device_id="dev_x", client_reference="PO"), []),
    ],
)
async def test_a_list_shows_what_the_filter_says(
    store: Store, filters: FaxFilter, found: list[str]
) -> None:
    await keep(
        store,
        a_fax("a", client_reference="PO"),
        a_fax("b", FaxStatus.SENDING, device_id="dev_x", created_at=LATER),
    )
    async with store.reading() as tx:
        page = await tx.faxes.page(filters, cursor=None, limit=10)
    assert [fax.id for fax in page.items] == found


async def test_open_on_a_device_is_what_it_has_and_has_not_ended(store: Store) -> None:
    there = {"device_id": "dev_x", "fax_key": "00000001"}
    await keep(
        store,
        a_fax("open", FaxStatus.SENDING, **there, entry_key="0000"),
        a_fax("done", FaxStatus.DELIVERED, **there, entry_key="0001"),
        a_fax("leaving", FaxStatus.SUBMITTING, device_id="dev_x"),
        a_fax("elsewhere", FaxStatus.SENDING, device_id="dev_y", fax_key="2", entry_key="0000"),
    )
    async with store.transaction() as tx:
        assert [fax.id for fax in await tx.faxes.open_on("dev_x", lock=True)] == ["fax_open"]
        known = await tx.entries.known(a_device("x"), ["00000001", "00000002"])
        assert {place: (one.fax_id, one.ended_at) for place, one in known.items()} == {
            ("00000001", "0000"): ("fax_open", None),
            ("00000001", "0001"): ("fax_done", NOON),
        }
        assert {one.origin for one in known.values()} == {Origin.GATEWAY}
        anew = a_device("x", keys_since=NOON + timedelta(seconds=1))
        assert await tx.entries.known(anew, ["00000001"]) == {}
        loads = await tx.standing.loads(guessed=3)
        assert loads == {"dev_x": Load(faxes=2, pages=6), "dev_y": Load(faxes=1, pages=3)}
        (standing,) = await tx.standing.on("dev_x")
        assert (standing.id, standing.place, standing.lost) == (
            "fax_open",
            ("00000001", "0000"),
            False,
        )
        assert await tx.standing.on("dev_x", fax_keys=["00000002"]) == ()
        assert (await tx.faxes.count_by_status())["sending"] == 2


@pytest.mark.parametrize(
    ("origin", "status", "due", "worth"),
    [
        (Origin.APPLIANCE, FaxStatus.SENDING, None, True),
        (Origin.APPLIANCE, FaxStatus.DEVICE_QUEUED, NOON + FAR, True),
        (Origin.APPLIANCE, FaxStatus.DEVICE_QUEUED, NOON + 2 * FAR, False),
        (Origin.APPLIANCE, FaxStatus.UNCERTAIN, None, False),
        (Origin.GATEWAY, FaxStatus.DEVICE_QUEUED, NOON + 2 * FAR, True),
        (Origin.GATEWAY, FaxStatus.UNCERTAIN, None, True),
        (Origin.GATEWAY, FaxStatus.DELIVERED, None, False),
    ],
)
async def test_others_faxes_that_wait_for_long_do_not_have_us_look_each_second(
    store: Store, origin: Origin, status: FaxStatus, due: datetime | None, worth: bool
) -> None:
    there = {"device_id": "dev_x", "fax_key": "00000001", "entry_key": "0000"}
    fax = a_fax("one", status, **there, origin=origin, next_attempt_at=due)
    await keep(store, fax)
    async with store.reading() as tx:
        assert await tx.standing.pressing("dev_x", now=NOON) is worth
        assert not await tx.standing.pressing("dev_y", now=NOON)
        assert [one.lost for one in await tx.standing.on("dev_x")] == (
            [] if fax.finished else [lost_sight(fax)]
        )


async def test_the_oldest_due_submission_comes_first(store: Store) -> None:
    hour = timedelta(hours=1)
    async with store.transaction() as tx:
        await tx.submissions.add(a_submission("b", due_at=NOON))
        await tx.submissions.add(a_submission("a", due_at=NOON))
        await tx.submissions.add(a_submission("c", due_at=NOON - hour))
        await tx.submissions.add(a_submission("later", due_at=NOON + hour))
        await tx.submissions.add(a_submission("gone", stage=Stage.PLACED))
    async with store.transaction() as tx:
        due = await tx.submissions.due(at=NOON, limit=10)
        assert [one.id for one in due] == ["sub_c", "sub_a", "sub_b"]
        assert await tx.submissions.next_due() == NOON - hour
        assert [one.id for one in await tx.submissions.in_stage(Stage.PLACED)] == ["sub_gone"]


RETENTION = timedelta(days=1)


@pytest.mark.parametrize(
    ("stored", "finished", "goes"),
    [
        (NOON - 3 * RETENTION, NOON - 2 * RETENTION, True),
        (NOON - 3 * RETENTION, NOON, False),
        (NOON - 3 * RETENTION, None, False),
        (NOON, NOON - 2 * RETENTION, False),
    ],
    ids=["settled long ago", "settled just now", "still under way", "stored anew"],
)
async def test_a_document_goes_when_nothing_needs_it(
    store: Store, stored: Any, finished: Any, goes: bool
) -> None:
    sha256 = "c" * 64
    draft = replace(FULL_DRAFT, documents=(replace(DOCUMENTS[0], sha256=sha256),))
    async with store.transaction() as tx:
        await tx.submissions.note_document(sha256, size=7, at=stored)
    await keep(
        store,
        a_fax("x", FaxStatus.DELIVERED, finished_at=finished),
        submission=a_submission(draft=draft),
    )
    async with store.transaction() as tx:
        gone = await tx.submissions.purgeable(before=NOON - RETENTION, limit=10)
    assert gone == ((sha256,) if goes else ())


async def test_a_document_that_nobody_used_goes_too_and_once(store: Store) -> None:
    sha256 = "d" * 64
    async with store.transaction() as tx:
        await tx.submissions.note_document(sha256, size=7, at=NOON)
        assert not await tx.submissions.purged([sha256])
        await tx.submissions.mark_purged(sha256, at=NOON)
        assert await tx.submissions.purged([sha256])
        later = NOON + RETENTION
        assert await tx.submissions.purgeable(before=later, limit=10) == ()
        await tx.submissions.note_document(sha256, size=7, at=NOON)
        assert not await tx.submissions.purged([sha256])


async def test_a_document_may_be_brought_by_many_at_the_same_moment(store: Store) -> None:
    async def bring() -> None:
        async with store.transaction() as tx:
            await tx.submissions.note_document("e" * 64, size=1, at=NOON)

    await asyncio.gather(*(bring() for _ in range(10)))
    async with store.reading() as tx:
        assert not await tx.submissions.purged(["e" * 64])


async def test_many_faxes_saved_at_once_are_read_as_they_are_now(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.submissions.add(FULL_SUBMISSION)
        await tx.faxes.add_all([replace(FULL_FAX, id=f"fax_{number}") for number in range(3)])
    async with store.transaction() as tx:
        faxes = await tx.faxes.of_submission(FULL_SUBMISSION.id, lock=True)
        await tx.faxes.save(*[replace(fax, pages=77) for fax in faxes])
        again = await tx.faxes.of_submission(FULL_SUBMISSION.id)
    assert [(fax.pages, fax.revision) for fax in again] == [(77, FULL_FAX.revision + 1)] * 3

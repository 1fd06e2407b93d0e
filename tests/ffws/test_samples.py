"""Documents nobody here wrote: what is read from each, and that it survives our own writing."""

from datetime import datetime

import pytest

from ffgateway.ffws.elements import read_message
from ffgateway.ffws.faxes import (
    CoverPage,
    ExternalAttachment,
    FaxEntry,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    Sender,
    WireState,
    read_fax_entries,
    read_schedule_fax,
    write_fax_entries,
)
from ffgateway.ffws.paths import OPERATIONS
from ffgateway.ffws.status import (
    ChannelStatus,
    CombinedStatus,
    InboundEntry,
    ModemStatus,
    SystemStatus,
    read_channel_status,
    read_combined_status,
    read_inbound_status,
    read_modem_status,
    write_channel_status,
    write_combined_status,
    write_inbound_status,
    write_modem_status,
)
from tests.ffws.samples import PROVENANCE, names, sample

SENDER = Sender(
    name="Sender Name",
    organization="Sender Org",
    phone_number="218-555-3333",
    fax_number="218-555-3334",
    email_address="sender@example.com",
)
RECIPIENT = Recipient(
    fax_number="218-555-3335",
    name="Rcpt 1 Name",
    organization="Rcpt 1 Org",
    phone_number="218-555-3336",
)
COVER_PAGE = CoverPage(
    enabled=True,
    url="https://192.168.2.1/ffws/v1/data/cover_pages/default.pdf",
    subject="Test Subject",
    comments="Test Message",
)


@pytest.mark.parametrize("name", names())
def test_every_sample_says_where_it_comes_from(name: str) -> None:
    assert f"`{name}`" in PROVENANCE


@pytest.mark.parametrize("name", names())
def test_every_sample_is_of_an_operation_and_an_answer_that_it_gives(name: str) -> None:
    operation, _, status, _ = name.split("/")[1].rsplit(".", 3)
    found = OPERATIONS[operation]
    assert status in {"request", "400"} or int(status) in found.success


ENTRY_SAMPLES = [
    ("ff240-3.0.4/fax.schedule.created.201", "0000001B/0000", WireState.PREPROCESSING, 0),
    ("ff240-3.0.4/fax.list.aborted.200", "0000001B/0000", WireState.ABORTED, 1),
    ("ff240-3.0.4/fax.entry.sent.200", "00000FD1/0000", WireState.SENT, 1),
    ("ff240ip-2/fax.entry.sent.200", "00000FD1/0000", WireState.SENT, 1),
    ("ff240-3.0.4/outbound_status.list.sending.200", "00000109/0001", WireState.SENDING, 1),
]


@pytest.mark.parametrize(("name", "key", "state", "pages"), ENTRY_SAMPLES)
def test_an_entry_of_the_guide_is_read(name: str, key: str, state: WireState, pages: int) -> None:
    (entry,) = read_fax_entries(sample(name))
    assert f"{entry.fax_key}/{entry.entry_key}" == key
    assert (entry.state, entry.pages, entry.try_number) == (state, pages, 1)
    assert (entry.max_tries, entry.priority, entry.try_interval) == (3, 3, 30)
    assert (entry.receipt, entry.receipt_attachment) == ("failure", "none")
    assert entry.recipient == RECIPIENT
    assert entry.sender.username == "admin"


@pytest.mark.parametrize("name", [name for name, *_ in ENTRY_SAMPLES])
def test_an_entry_of_the_guide_survives_our_own_writing(name: str) -> None:
    entries = read_fax_entries(sample(name))
    assert read_fax_entries(write_fax_entries(entries, base_url="https://dot10")) == entries


def test_a_scheduled_fax_is_read_in_full() -> None:
    (entry,) = read_fax_entries(sample("ff240-3.0.4/fax.schedule.created.201"))
    assert entry == FaxEntry(
        fax_key="0000001B",
        entry_key="0000",
        state=WireState.PREPROCESSING,
        raw_state="preprocessing",
        recipient=RECIPIENT,
        schedule_message="New fax entry",
        created=datetime.fromisoformat("2008-08-01T08:43:29"),
        stime=datetime.fromisoformat("2008-08-01T08:52:29"),
        try_number=1,
        agent="FFWS",
        cover_page=COVER_PAGE,
        sender=Sender(
            username="admin",
            name="Sender Name",
            organization="Sender Org",
            phone_number="218-555-3333",
            fax_number="218-555-3334",
            email_address="sender@example.com",
        ),
        max_tries=3,
        priority=3,
        try_interval=30,
        receipt="failure",
        receipt_attachment="none",
        pages=0,
    )


def test_both_families_read_alike_but_for_the_form_of_time() -> None:
    (new,) = read_fax_entries(sample("ff240-3.0.4/fax.entry.sent.200"))
    (old,) = read_fax_entries(sample("ff240ip-2/fax.entry.sent.200"))
    assert new.created == datetime.fromisoformat("2009-01-30T04:43:26")
    assert old.created == datetime.fromisoformat("2008-08-01T08:43:29")
    assert (new.cover_page, new.sender, new.state) == (old.cover_page, old.sender, old.state)


def test_the_request_of_the_guide_is_read_in_full() -> None:
    assert read_schedule_fax(sample("ff240-3.0.4/fax.schedule.guide.request")) == ScheduleFax(
        recipients=(
            Recipient(
                fax_number="-218-555-3335",
                name="Rcpt 1 Name",
                organization="Rcpt 1 Org",
                phone_number="218-555-3336",
            ),
        ),
        attachments=(
            InlineAttachment(
                name="attachment1.txt", content_type="text/plain", size=4, content=b"test"
            ),
        ),
        cover_page=COVER_PAGE,
        sender=SENDER,
        max_tries=3,
        priority=3,
        try_interval=30,
        receipt="failure",
        receipt_attachment="none",
        schedule_all_at=datetime.fromisoformat("2008-08-07T20:30:00"),
    )


def test_a_client_may_name_an_attachment_twice_and_leave_the_time_empty() -> None:
    fax = read_schedule_fax(sample("clients/fax.schedule.external-attachment.request"))
    assert fax.attachments == (ExternalAttachment(url="https://files.example.com/letter.pdf"),)
    assert fax.cover_page == CoverPage(enabled=False)
    assert fax.schedule_all_at is None


def test_a_client_may_leave_out_the_declaration_and_break_lines() -> None:
    fax = read_schedule_fax(sample("clients/fax.schedule.no-declaration.request"))
    (attachment,) = fax.attachments
    assert isinstance(attachment, InlineAttachment)
    assert (attachment.content, attachment.size) == (b"test", 4)
    assert fax.cover_page.comments == "first line\nsecond line"


def test_a_client_may_put_a_line_feed_before_the_declaration() -> None:
    fax = read_schedule_fax(sample("clients/fax.schedule.line-feed-first.request"))
    assert (fax.max_tries, fax.priority, fax.try_interval) == (1, 2, 180)
    assert fax.receipt_attachment == "pdf"
    assert fax.cover_page.enabled  # it did not say, so it gets one


def test_a_client_may_quote_the_declaration_singly() -> None:
    fax = read_schedule_fax(sample("clients/fax.schedule.single-quotes.request"))
    assert (fax.receipt, fax.attachments) == ("always", ())


def test_the_one_captured_answer_says_why() -> None:
    refusal = sample("ff240-3.5.2/fax.schedule.refused.400")
    assert read_message(refusal) == "scheduling failed: internal error"


@pytest.mark.parametrize("folder", ["ff240-3.0.4", "ff240ip-3.0.4"])
def test_a_status_in_which_everything_is_empty_is_no_error(folder: str) -> None:
    status = read_combined_status(sample(f"{folder}/status.combined.empty.200"))
    assert status == CombinedStatus(system=SystemStatus())
    assert read_combined_status(write_combined_status(status)) == status


def test_the_modem_of_the_guide_waits() -> None:
    modems = read_modem_status(sample("ff240-3.0.4/modem_status.get.waiting.200"))
    assert modems == (ModemStatus(modem_number=8, state="Waiting For Ring"),)
    assert modems[0].waiting
    assert read_modem_status(write_modem_status(modems)) == modems


def test_the_channel_of_the_guide_waits() -> None:
    channels = read_channel_status(sample("ff240ip-3.0.4/channel_status.get.waiting.200"))
    assert channels == (ChannelStatus(channel_number=1, state="Waiting for Ring"),)
    assert channels[0].waiting
    assert read_channel_status(write_channel_status(channels)) == channels


@pytest.mark.parametrize("folder", ["ff240-3.0.4", "ff240ip-3.0.4"])
def test_the_inbound_fax_of_the_guide_is_being_received(folder: str) -> None:
    entries = read_inbound_status(sample(f"{folder}/inbound_status.list.receiving.200"))
    assert entries == (InboundEntry(state="Receiving"),)
    by_channel = folder == "ff240ip-3.0.4"
    assert read_inbound_status(write_inbound_status(entries, channels=by_channel)) == entries


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "ff240-3.0.4/modem_status.get.waiting.200",
            lambda document: write_modem_status(read_modem_status(document)),
        ),
        (
            "ff240ip-3.0.4/channel_status.get.waiting.200",
            lambda document: write_channel_status(read_channel_status(document)),
        ),
        (
            "ff240-3.0.4/fax.schedule.created.201",
            lambda document: write_fax_entries(
                read_fax_entries(document), base_url="https://192.168.2.1"
            ),
        ),
    ],
)
def test_we_write_the_elements_that_the_guide_has_in_its_order(name: str, written: object) -> None:
    assert callable(written)
    document = sample(name)
    assert outline(written(document)) == outline(document)


def outline(document: bytes) -> list[str]:
    """Every opening tag in document order."""
    text = document.decode().partition("?>")[2]
    return [part.partition(">")[0] for part in text.split("<") if part and part[0] not in "/!\n"]

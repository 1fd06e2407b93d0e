"""Outbound faxes: what one half writes the other half reads, and what appliances do besides."""

import base64
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.faxes import (
    BASE64_UNIT,
    CLASSES,
    CoverPage,
    ExternalAttachment,
    FaxEntry,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    ScheduleFaxDocument,
    Sender,
    WireState,
    in_class,
    keys_of,
    read_fax_entries,
    read_fax_entry,
    read_schedule_fax,
    write_fax_entries,
    write_schedule_fax,
)
from tests.ffws import strategies

BASE_URL = "https://dot10"
properties = settings(max_examples=40, deadline=None)


def entry(**changes: object) -> FaxEntry:
    plain = FaxEntry(
        fax_key="0000001B",
        entry_key="0000",
        state=WireState.PENDING,
        raw_state="pending",
        recipient=Recipient(fax_number="218-555-3335"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def streamed(document: ScheduleFaxDocument, fax: ScheduleFax) -> bytes:
    """What a client puts on the wire: base64 in pieces, as it would from a file."""
    out = b""
    for segment in document.segments:
        if isinstance(segment, bytes):
            out += segment
            continue
        attachment = fax.attachments[segment.attachment]
        assert isinstance(attachment, InlineAttachment)
        for start in range(0, attachment.size, BASE64_UNIT):
            out += base64.b64encode(attachment.content[start : start + BASE64_UNIT])
    return out


def shuffled(document: bytes, order: random.Random) -> bytes:
    """The same document with the children of every element in another order.

    Recipients, attachments and entries keep their order among themselves: it means something.
    """
    root = etree.fromstring(document)
    for node in list(root.iter()):
        places: dict[str, list[etree._Element]] = {}
        for child in node:
            places.setdefault(str(child.tag), []).append(child)
        tags = [str(child.tag) for child in node]
        order.shuffle(tags)
        node[:] = [places[tag].pop(0) for tag in tags]
    return etree.tostring(root)


def with_strangers(document: bytes) -> bytes:
    """The same document with elements that nobody knows, at the start and end of every level."""
    root = etree.fromstring(document)
    for node in [each for each in root.iter() if len(each)]:
        stranger = etree.Element("stranger", lang="en")
        stranger.text = "7"
        etree.SubElement(stranger, "state").text = "sent"
        node.insert(0, stranger)
        etree.SubElement(node, "stranger")
    return etree.tostring(root)


class TestARequest:
    @given(fax=strategies.requests)
    @properties
    def test_survives_the_wire_whatever_it_says(self, fax: ScheduleFax) -> None:
        document = write_schedule_fax(fax)
        body = streamed(document, fax)
        assert len(body) == document.length
        assert read_schedule_fax(body) == fax

    @given(fax=strategies.requests, order=st.randoms(use_true_random=False))
    @properties
    def test_may_have_its_children_in_any_order(
        self, fax: ScheduleFax, order: random.Random
    ) -> None:
        body = streamed(write_schedule_fax(fax), fax)
        assert read_schedule_fax(shuffled(body, order)) == fax

    @given(fax=strategies.requests)
    @properties
    def test_may_have_elements_nobody_knows(self, fax: ScheduleFax) -> None:
        body = streamed(write_schedule_fax(fax), fax)
        assert read_schedule_fax(with_strangers(body)) == fax

    @pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 100_000])
    def test_tells_its_exact_length_before_the_pages_are_read(self, size: int) -> None:
        def letter(content: bytes) -> ScheduleFax:
            page = InlineAttachment(
                name="a.pdf", content_type="application/pdf", size=size, content=content
            )
            return ScheduleFax(recipients=(Recipient(fax_number="1"),), attachments=(page, page))

        full = letter(bytes(range(256)) * (size // 256 + 1))
        assert write_schedule_fax(letter(b"")).length == len(
            streamed(write_schedule_fax(letter(b"")), letter(b"x" * size))
        )
        assert write_schedule_fax(letter(b"")) == write_schedule_fax(full)

    def test_of_36_megabytes_is_read(self) -> None:
        content = random.Random(7).randbytes(26_900_000)
        page = InlineAttachment(
            name="a.pdf", content_type="application/pdf", size=len(content), content=content
        )
        fax = ScheduleFax(recipients=(Recipient(fax_number="1"),), attachments=(page,))
        document = write_schedule_fax(fax)
        head, _, tail = document.segments
        assert isinstance(head, bytes)
        assert isinstance(tail, bytes)
        assert read_schedule_fax(head + base64.b64encode(content) + tail) == fax

    def test_always_says_whether_there_is_a_cover_page(self) -> None:
        written = write_schedule_fax(ScheduleFax(recipients=()))
        assert b"<enabled>false</enabled>" in streamed(written, ScheduleFax(recipients=()))

    def test_never_says_who_owns_it(self) -> None:
        fax = ScheduleFax(recipients=(), sender=Sender(username="someone", name="Some One"))
        written = streamed(write_schedule_fax(fax), fax)
        assert b"username" not in written
        assert b"<name>Some One</name>" in written

    def test_leaves_out_what_the_appliance_has_a_default_for(self) -> None:
        fax = ScheduleFax(recipients=())
        written = streamed(write_schedule_fax(fax), fax)
        for name in (b"max_tries", b"priority", b"try_interval", b"receipt", b"schedule_all_at"):
            assert name not in written

    def test_without_a_cover_page_asks_for_one(self) -> None:
        for document in (b"<schedule_fax/>", b"<schedule_fax><cover_page/></schedule_fax>"):
            assert read_schedule_fax(document).cover_page == CoverPage(enabled=True)

    def test_has_whole_seconds_in_its_times(self) -> None:
        fax = ScheduleFax(
            recipients=(), schedule_all_at=datetime.fromisoformat("2026-11-23T10:00:00.999")
        )
        written = streamed(write_schedule_fax(fax), fax)
        assert b"<schedule_all_at>2026-11-23T10:00:00</schedule_all_at>" in written

    def test_takes_no_time_with_a_zone(self) -> None:
        fax = ScheduleFax(recipients=(), schedule_all_at=datetime(2026, 11, 23, tzinfo=UTC))
        with pytest.raises(UnwritableText) as error:
            write_schedule_fax(fax)
        assert error.value.element == "schedule_fax/schedule_all_at"

    @pytest.mark.parametrize(
        ("fax", "element"),
        [
            (
                ScheduleFax(recipients=(Recipient(fax_number="1", name="\0"),)),
                "schedule_fax/recipient/name",
            ),
            (
                ScheduleFax(recipients=(), cover_page=CoverPage(comments="\ud800")),
                "schedule_fax/cover_page/comments",
            ),
            (
                ScheduleFax(recipients=(), attachments=(ExternalAttachment(url="\ufffe"),)),
                "schedule_fax/attachment/url",
            ),
        ],
    )
    def test_names_the_text_that_xml_cannot_carry(self, fax: ScheduleFax, element: str) -> None:
        with pytest.raises(UnwritableText) as error:
            write_schedule_fax(fax)
        assert error.value.element == element

    @pytest.mark.parametrize(
        ("inside", "element"),
        [
            ("<content>dGVzd</content>", "content"),
            ("<content>dGVz!A==</content>", "content"),
            ("<content>dA==dGVzdA==</content>", "content"),
            pytest.param(
                f"<content>dA=={' ' * 100_000}dGVzdA==</content>", "content", id="goes on later"
            ),
            ("<content>caf\u00e9</content>", "content"),
            (
                "<content_transfer_encoding>8bit</content_transfer_encoding>",
                "content_transfer_encoding",
            ),
            ("<location>elsewhere</location>", "location"),
        ],
    )
    def test_with_an_attachment_that_cannot_be_read_is_malformed(
        self, inside: str, element: str
    ) -> None:
        body = f"<schedule_fax><attachment><location>inline</location>{inside}</attachment></schedule_fax>"
        if element == "location":
            body = body.replace("<location>inline</location>", "")
        with pytest.raises(MalformedDocument) as error:
            read_schedule_fax(body.encode())
        assert error.value.element == f"schedule_fax/attachment/{element}"

    def test_may_break_its_base64_anywhere(self) -> None:
        content = bytes(range(200)) * 5
        text = base64.b64encode(content).decode()
        lines = "\r\n  ".join(text[start : start + 7] for start in range(0, len(text), 7))
        body = f"<schedule_fax><attachment><content>\n{lines}</content></attachment></schedule_fax>"
        (attachment,) = read_schedule_fax(body.encode()).attachments
        assert isinstance(attachment, InlineAttachment)
        assert attachment.content == content
        assert attachment.content_type == ""  # never guessed

    def test_keeps_attachments_of_both_kinds_in_order(self) -> None:
        body = (
            b"<schedule_fax><attachment><name>a</name><content>YQ==</content></attachment>"
            b"<attachment><url>https://files.example.com/b</url></attachment>"
            b"<attachment><location>INLINE</location><name>c</name><content>Yw==</content></attachment>"
            b"</schedule_fax>"
        )
        a, b, c = read_schedule_fax(body).attachments
        assert isinstance(a, InlineAttachment)
        assert isinstance(c, InlineAttachment)
        assert (a.content, b, c.content) == (
            b"a",
            ExternalAttachment(url="https://files.example.com/b"),
            b"c",
        )


class TestAnEntry:
    @given(entries=st.lists(strategies.entries(), max_size=3))
    @properties
    def test_survives_the_wire_whatever_it_says(self, entries: list[FaxEntry]) -> None:
        assert read_fax_entries(write_fax_entries(entries, base_url=BASE_URL)) == tuple(entries)

    @given(written=strategies.entries(), order=st.randoms(use_true_random=False))
    @properties
    def test_may_have_its_children_in_any_order(
        self, written: FaxEntry, order: random.Random
    ) -> None:
        document = write_fax_entries([written], base_url=BASE_URL)
        assert read_fax_entries(shuffled(document, order)) == (written,)

    @given(written=strategies.entries())
    @properties
    def test_may_have_elements_nobody_knows(self, written: FaxEntry) -> None:
        document = write_fax_entries([written], base_url=BASE_URL)
        assert read_fax_entries(with_strangers(document)) == (written,)

    def test_needs_nothing_but_its_url(self) -> None:
        piece = b"<fax_entry><fax_entry_url>https://h/ffws/v1/ofax/1B/0</fax_entry_url></fax_entry>"
        read = read_fax_entry(piece)
        assert (read.fax_key, read.entry_key, read.state, read.raw_state) == ("1B", "0", None, "")
        assert (read.try_number, read.pages, read.max_tries, read.created) == (1, 0, None, None)
        assert read.cover_page == CoverPage(enabled=False)

    def test_in_a_state_we_do_not_know_keeps_the_word(self) -> None:
        document = write_fax_entries([entry(state=None, raw_state="paused")], base_url=BASE_URL)
        (read,) = read_fax_entries(document)
        assert (read.state, read.raw_state) == (None, "paused")

    def test_in_a_state_in_capitals_is_understood(self) -> None:
        document = write_fax_entries([entry(raw_state="PENDING")], base_url=BASE_URL)
        assert read_fax_entries(document)[0].state is WireState.PENDING

    @pytest.mark.parametrize("number", ["try_number", "pages"])
    def test_is_never_written_with_an_empty_number(self, number: str) -> None:
        document = write_fax_entries([entry()], base_url=BASE_URL)
        read = etree.fromstring(document).findtext(f"fax_entry/{number}")
        assert read
        assert read.isdigit()
        for name in (b"max_tries", b"priority", b"try_interval"):
            assert b"<" + name not in document

    def test_is_written_with_absolute_urls_and_the_t_form(self) -> None:
        at = datetime.fromisoformat("2013-07-16T21:25:17")
        document = write_fax_entries([entry(created=at)], base_url=f"{BASE_URL}/")
        assert b">https://dot10/ffws/v1/ofax/0000001B/0000<" in document
        assert b">https://dot10/ffws/v1/ofax/0000001B<" in document
        assert b">https://dot10/ffws/v1/data/preview/0000001B-0000.pdf<" in document
        assert b"<created>2013-07-16T21:25:17</created>" in document

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("fax_entry_url", "https://dot10/ffws/v1/ofax/"),
            ("try_number", "once"),
            ("max_tries", "3.5"),
            ("created", "today"),
            ("pages", "-"),
        ],
    )
    def test_that_cannot_be_read_names_the_element(self, name: str, text: str) -> None:
        url = "<fax_entry_url>https://h/ffws/v1/ofax/1B/0</fax_entry_url>"
        piece = f"<fax_entry>{url}<{name}>{text}</{name}></fax_entry>".encode()
        with pytest.raises(MalformedDocument) as error:
            read_fax_entry(piece)
        assert error.value.element == f"fax_entry/{name}"

    def test_that_cannot_be_written_names_the_element(self) -> None:
        broken = entry(sender=Sender(username="\x1b[0m"))
        with pytest.raises(UnwritableText) as error:
            write_fax_entries([broken], base_url=BASE_URL)
        assert error.value.element == "fax_entry/sender/username"


class TestModemInfo:
    TRIED = (("init_time", "12"), ("connect_time", "40"), ("hangup_code", "0"))

    def test_is_written_when_asked_for_and_there_was_a_try(self) -> None:
        tried = entry(modem_info=self.TRIED)
        with_it = write_fax_entries([tried], base_url=BASE_URL, modem_info=True)
        assert read_fax_entries(with_it) == (tried,)
        without = write_fax_entries([tried], base_url=BASE_URL)
        assert read_fax_entries(without)[0].modem_info == ()
        assert b"modem_info" not in write_fax_entries([entry()], base_url=BASE_URL, modem_info=True)

    @pytest.mark.parametrize(
        "inside",
        [
            "<modem_info>{}</modem_info>",
            "<modem_information>{}</modem_information>",
            "<modem><init_time>12</init_time></modem><modem><connect_time>40</connect_time>"
            "<hangup_code>0</hangup_code></modem>",
        ],
    )
    def test_is_known_by_what_it_holds(self, inside: str) -> None:
        times = "".join(f"<{name}>{text}</{name}>" for name, text in self.TRIED)
        url = "<fax_entry_url>https://h/ffws/v1/ofax/1B/0</fax_entry_url>"
        piece = f"<fax_entry>{url}{inside.format(times)}</fax_entry>".encode()
        assert read_fax_entry(piece).modem_info == self.TRIED

    def test_may_stand_in_the_entry_itself(self) -> None:
        url = "<fax_entry_url>https://h/ffws/v1/ofax/1B/0</fax_entry_url>"
        piece = f"<fax_entry>{url}<init_time>12</init_time></fax_entry>".encode()
        assert read_fax_entry(piece).modem_info == (("init_time", "12"),)

    def test_takes_no_name_that_is_no_element(self) -> None:
        broken = entry(modem_info=(("a><b", "0"),))
        with pytest.raises(UnwritableText):
            write_fax_entries([broken], base_url=BASE_URL, modem_info=True)


class TestKeys:
    @pytest.mark.parametrize(
        "url",
        [
            "https://192.168.2.1/ffws/v1/ofax/0000001B/0000",
            "http://dot10:8080/ffws/v1/ofax/0000001B/0000",
            "https://dot10/ffws/v1/ofax/0000001b/0000",
            "https://dot10/ffws/v1/ofax/0000001B/0000/",
            "\n https://dot10/ffws/v1/\n  ofax/0000001B/0000 \n",
            "/ffws/v1/ofax/0000001B/0000",
        ],
    )
    def test_are_the_last_two_parts_of_a_url_in_upper_case(self, url: str) -> None:
        assert keys_of(url) == ("0000001B", "0000")

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "/",
            "https://dot10/ffws/v1/ofax/0000001B",
            "a/0000001G/0000",
            "x/1/",
            "1/2",
            "a" * 10**5,
        ],
    )
    def test_are_not_guessed(self, url: str) -> None:
        with pytest.raises(MalformedDocument) as error:
            keys_of(url)
        assert error.value.element == "fax_entry/fax_entry_url"


class TestClasses:
    def test_take_every_state_once(self) -> None:
        states = [state for group in CLASSES.values() for state in group]
        assert sorted(states) == sorted(WireState)

    @pytest.mark.parametrize(
        ("name", "states"),
        [
            ("pending", {"preprocessing", "approval_pending", "pending"}),
            ("sending", {"sending"}),
            ("complete", {"sent", "aborted", "failed", "dead"}),
        ],
    )
    def test_are_chosen_by_name(self, name: str, states: set[str]) -> None:
        every = [entry(state=state, raw_state=state.value) for state in WireState]
        chosen = in_class([*every, entry(state=None, raw_state="paused")], name)
        assert {each.raw_state for each in chosen} == states

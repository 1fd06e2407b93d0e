"""A request to send: what is written, what is read, and how long it will be."""

import base64
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.faxes import (
    BASE64_UNIT,
    CoverPage,
    ExternalAttachment,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    ScheduleFaxDocument,
    Sender,
    read_schedule_fax,
    recipients_length,
    write_schedule_fax,
)
from tests.ffws import strategies
from tests.ffws.disorder import shuffled, with_strangers

properties = settings(max_examples=40, deadline=None)


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

    @given(fax=strategies.requests)
    @properties
    def test_tells_what_its_recipients_add_without_writing_them(self, fax: ScheduleFax) -> None:
        alone = write_schedule_fax(replace(fax, recipients=())).length
        texts = [
            one.name + one.organization + one.fax_number + one.phone_number
            for one in fax.recipients
        ]
        assert alone + recipients_length(texts) == write_schedule_fax(fax).length

    @pytest.mark.parametrize("text", ["\x00", "a\ud800", "\uffff"])
    def test_of_what_xml_cannot_carry_has_no_length(self, text: str) -> None:
        with pytest.raises(UnwritableText):
            recipients_length(["Ada", text])

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

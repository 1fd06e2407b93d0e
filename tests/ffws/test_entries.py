"""One recipient's copy of a fax: what one half writes the other reads, and what else occurs."""

import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.faxes import (
    CLASSES,
    CoverPage,
    FaxEntry,
    Recipient,
    Sender,
    WireState,
    in_class,
    keys_of,
    read_fax_entries,
    read_fax_entry,
    write_fax_entries,
)
from tests.ffws import strategies
from tests.ffws.disorder import shuffled, with_strangers

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

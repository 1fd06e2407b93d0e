"""The inbound log, a stand-in of our own: both halves of the codec, and what may be missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.inbound_log import InboundLogEntry, read_inbound_log, write_inbound_log
from tests.ffws.strategies import moments, numbers, texts

seconds = st.none() | moments
entries = st.builds(
    InboundLogEntry,
    id=texts,
    start_time=seconds,
    end_time=seconds,
    state=texts,
    line=st.none() | numbers,
    extension=texts,
    recipient=texts,
    remote_id=texts,
    pages=st.none() | numbers,
    duration=st.none() | numbers,
    baud_rate=texts,
    message=texts,
)


@given(found=st.lists(entries, max_size=3), by_channel=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_log_survives_the_wire(found: list[InboundLogEntry], by_channel: bool) -> None:
    assert read_inbound_log(write_inbound_log(found, channels=by_channel)) == tuple(found)


@pytest.mark.parametrize(
    ("by_channel", "line"), [(False, b"<line_number>2<"), (True, b"<channel>2<")]
)
def test_each_family_spells_a_line_its_own_way(by_channel: bool, line: bytes) -> None:
    entry = InboundLogEntry(id="1", start_time=None, end_time=None, state="received", line=2)
    assert line in write_inbound_log([entry], channels=by_channel)


def response(inside: str) -> bytes:
    return f"<response><message>Success</message>{inside}</response>".encode()


@pytest.mark.parametrize("inside", ["", "<inbound_log_entry/>"])
def test_what_is_missing_is_empty(inside: str) -> None:
    bare = InboundLogEntry(id="", start_time=None, end_time=None, state="")
    assert read_inbound_log(response(inside)) == ((bare,) if inside else ())


@pytest.mark.parametrize(
    ("element", "text"), [("pages", "many"), ("start_time", "yesterday"), ("line_number", "1.5")]
)
def test_what_cannot_be_read_is_named(element: str, text: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        read_inbound_log(
            response(f"<inbound_log_entry><{element}>{text}</{element}></inbound_log_entry>")
        )
    assert error.value.element == f"response/inbound_log_entry/{element}"

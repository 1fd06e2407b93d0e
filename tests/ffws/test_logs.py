"""The outbound log, the call log and counts: read back as written, in any order."""

import random
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.logs import (
    CallLogEntry,
    OutboundLogEntry,
    read_call_log,
    read_count,
    read_outbound_log,
    write_call_log,
    write_count,
    write_outbound_log,
)
from tests.ffws.disorder import shuffled, with_strangers
from tests.ffws.strategies import numbers, texts

properties = settings(max_examples=25, deadline=None)
orders = st.randoms(use_true_random=False)
some = st.none() | numbers
EARLIEST, LATEST = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01")
times = st.none() | st.datetimes(min_value=EARLIEST, max_value=LATEST).map(
    lambda moment: moment.replace(microsecond=0)
)

outbound = st.builds(
    OutboundLogEntry,
    id=texts,
    fax_entry_url=st.sampled_from(["", "https://dot10/ffws/v1/ofax/00000109/0001"]),
    start_time=times,
    end_time=times,
    state=texts,
    line=some,
    fax_number=texts,
    remote_id=texts,
    username=texts,
    pages=some,
    duration=some,
    baud_rate=texts,
    message=texts,
)
calls = st.builds(
    CallLogEntry,
    id=texts,
    direction=texts,
    start_time=times,
    duration=some,
    line=some,
    number=texts,
    remote_id=texts,
    result=texts,
)


@given(found=st.lists(outbound, max_size=3), channels=st.booleans(), order=orders)
@properties
def test_tries_survive_the_wire(
    found: list[OutboundLogEntry], channels: bool, order: random.Random
) -> None:
    written = write_outbound_log(found, channels=channels)
    assert read_outbound_log(with_strangers(shuffled(written, order))) == tuple(found)


@given(found=st.lists(calls, max_size=3), channels=st.booleans(), order=orders)
@properties
def test_calls_survive_the_wire(
    found: list[CallLogEntry], channels: bool, order: random.Random
) -> None:
    written = write_call_log(found, channels=channels)
    assert read_call_log(with_strangers(shuffled(written, order))) == tuple(found)


def test_a_count_is_a_number() -> None:
    assert read_count(write_count(1234)) == 1234


@pytest.mark.parametrize("text", [b"", b"many", b"-", b"1 000"])
def test_what_is_no_count_is_an_error_that_names_it(text: bytes) -> None:
    document = b"<response><message>Success</message><count>" + text + b"</count></response>"
    with pytest.raises(MalformedDocument, match="count"):
        read_count(document)

"""Status: what an appliance says of its lines, itself and the faxes on their way in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.status import (
    ChannelStatus,
    CombinedStatus,
    InboundEntry,
    LineCounts,
    ModemStatus,
    PrinterStatus,
    ShareStatus,
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
from tests.ffws.strategies import numbers, texts

properties = settings(max_examples=30, deadline=None)

printers = st.builds(PrinterStatus, name=texts, status=texts, jobs=texts).filter(
    lambda printer: printer != PrinterStatus()
)
shares = st.builds(ShareStatus, share=texts, status=texts).filter(
    lambda share: share != ShareStatus()
)
statuses = st.builds(
    CombinedStatus,
    lines=st.none()
    | st.builds(
        LineCounts,
        kind=st.sampled_from(["modem", "channel"]),
        inbound=numbers,
        outbound=numbers,
        idle=numbers,
    ),
    system=st.none() | st.builds(SystemStatus, uptime=texts, current_time=texts, time_server=texts),
    printers=st.lists(printers, max_size=2).map(tuple),
    shares=st.lists(shares, max_size=2).map(tuple),
)
modems = st.builds(
    ModemStatus,
    modem_number=numbers,
    state=texts,
    page=numbers,
    vertical_resolution=texts,
    baud_rate=texts,
    width=texts,
    height=texts,
    connect_time=texts,
    elapsed_time=texts,
    fax_number=texts,
    remote_id=texts,
)
channels = st.builds(
    ChannelStatus,
    channel_number=numbers,
    state=texts,
    pages=numbers,
    baud_rate=texts,
    fax_number=texts,
    ecm=texts,
    line_encoding=texts,
    resolution=texts,
    remote_id=texts,
    modulation=texts,
)
inbound = st.builds(
    InboundEntry,
    state=texts,
    start_time=texts,
    line=st.none() | numbers,
    extension=texts,
    recipient=texts,
    remote_id=texts,
    page=st.none() | numbers,
)


@given(status=statuses)
@properties
def test_a_combined_status_survives_the_wire(status: CombinedStatus) -> None:
    assert read_combined_status(write_combined_status(status)) == status


@given(found=st.lists(modems, max_size=3))
@properties
def test_modems_survive_the_wire(found: list[ModemStatus]) -> None:
    assert read_modem_status(write_modem_status(found)) == tuple(found)


@given(found=st.lists(channels, max_size=3))
@properties
def test_channels_survive_the_wire(found: list[ChannelStatus]) -> None:
    assert read_channel_status(write_channel_status(found)) == tuple(found)


@given(found=st.lists(inbound, max_size=3), by_channel=st.booleans())
@properties
def test_inbound_faxes_survive_the_wire(found: list[InboundEntry], by_channel: bool) -> None:
    assert read_inbound_status(write_inbound_status(found, channels=by_channel)) == tuple(found)


def response(payload: str) -> bytes:
    return f"<response><message>Success</message>{payload}</response>".encode()


@pytest.mark.parametrize("payload", ["", "<status/>", "<status><other>1</other></status>"])
def test_a_status_without_sections_is_empty(payload: str) -> None:
    assert read_combined_status(response(payload)) == CombinedStatus()


def test_a_section_alone_fills_its_own_part() -> None:
    status = read_combined_status(
        response(
            "<status><printer><name>HP</name></printer><printer><jobs>2</jobs></printer></status>"
        )
    )
    assert status == CombinedStatus(printers=(PrinterStatus(name="HP"), PrinterStatus(jobs="2")))


def test_a_single_count_makes_the_others_zero() -> None:
    status = read_combined_status(
        response("<status><channel><number_idle>4</number_idle></channel></status>")
    )
    assert status.lines == LineCounts(kind="channel", inbound=0, outbound=0, idle=4)


def test_elapsed_time_is_written_as_the_guide_misspells_it_and_read_either_way() -> None:
    written = write_modem_status([ModemStatus(modem_number=1, state="", elapsed_time="17")])
    assert b"<elasped_time>17</elasped_time>" in written
    right = written.replace(b"elasped", b"elapsed")
    assert read_modem_status(written) == read_modem_status(right)


@pytest.mark.parametrize("state", ["Waiting For Ring", "Waiting for Ring", "WAITING FOR RING"])
def test_waiting_is_waiting_however_it_is_capitalised(state: str) -> None:
    assert ModemStatus(modem_number=1, state=state).waiting
    assert ChannelStatus(channel_number=1, state=state).waiting


def test_a_busy_line_is_not_waiting() -> None:
    assert not ModemStatus(modem_number=1, state="Sending Page").waiting
    assert not ChannelStatus(channel_number=1, state="").waiting


@pytest.mark.parametrize(
    ("by_channel", "line", "page"),
    [(False, b"<line_number>2<", b"<current_page>3<"), (True, b"<channel>2<", b"<pages_recd>3<")],
)
def test_each_family_spells_an_inbound_fax_its_own_way(
    by_channel: bool, line: bytes, page: bytes
) -> None:
    written = write_inbound_status(
        [InboundEntry(state="Receiving", line=2, page=3)], channels=by_channel
    )
    assert line in written
    assert page in written


@pytest.mark.parametrize(
    ("inside", "element"),
    [
        ("<modem_status><state>x</state></modem_status>", "modem_number"),
        ("<modem_status><modem_number>one</modem_number></modem_status>", "modem_number"),
        ("<modem_status><modem_number>1</modem_number><page>x</page></modem_status>", "page"),
    ],
)
def test_a_number_that_cannot_be_read_is_named(inside: str, element: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        read_modem_status(response(inside))
    assert error.value.element == f"response/modem_status/{element}"


def test_a_text_that_cannot_be_written_is_named() -> None:
    with pytest.raises(UnwritableText) as error:
        write_combined_status(CombinedStatus(system=SystemStatus(uptime="\0")))
    assert error.value.element == "status/system/uptime"

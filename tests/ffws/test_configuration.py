"""Routes, settings and what an appliance says of itself: read back as written, in any order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws import configuration as wire
from ffgateway.ffws.errors import MalformedDocument
from tests.ffws.disorder import shuffled, with_strangers
from tests.ffws.strategies import numbers, texts

BASE = "https://dot10"
properties = settings(max_examples=25, deadline=None)
orders = st.randoms(use_true_random=False)
flags = st.booleans()
some = st.none() | numbers

routes = st.builds(
    wire.InboundRoute,
    name=texts,
    scope=texts,
    line_number=some,
    extension=texts,
    destinations=st.lists(st.builds(wire.Destination, type=texts, value=texts), max_size=3).map(
        tuple
    ),
    id=st.integers(1, 999_999),
)
t37 = st.builds(
    wire.T37Settings,
    enabled=flags,
    domain=texts,
    allowed_senders=st.lists(texts.filter(bool), max_size=3).map(tuple),
    cover_page_enabled=flags,
    cover_page_name=texts,
    priority=some,
    receipt=texts,
    receipt_attachment=texts,
)
modems = st.builds(
    wire.ModemSettings,
    modem_number=numbers,
    enabled=flags,
    country_code=texts,
    answer_on=some,
    max_extension_digits=some,
    routing=texts,
    init_string=texts,
    block_inbound=flags,
    block_outbound=flags,
)
abouts = st.builds(
    wire.About,
    product=texts,
    model=texts,
    firmware_version=texts,
    serial_number=texts,
    mac_address=texts,
    uptime=some,
)


@given(found=st.lists(routes, max_size=3))
@properties
def test_routes_survive_the_wire(found: list[wire.InboundRoute]) -> None:
    assert wire.read_inbound_routes(wire.write_inbound_routes(found, base_url=BASE)) == tuple(found)


@given(settings=t37, order=orders)
@properties
def test_mail_settings_survive_the_wire(settings: wire.T37Settings, order: random.Random) -> None:
    answer = with_strangers(shuffled(wire.write_t37_answer(settings), order))
    assert wire.read_t37_settings(answer) == settings
    assert wire.read_t37_request(wire.write_t37_settings(settings)) == settings


@given(found=st.lists(modems, max_size=3), order=orders)
@properties
def test_modem_settings_survive_the_wire(
    found: list[wire.ModemSettings], order: random.Random
) -> None:
    answer = with_strangers(wire.write_modem_settings(found))
    assert wire.read_modem_settings(answer) == tuple(found)
    for one in found:
        assert wire.read_modem_request(shuffled(wire.write_modem_setting(one), order)) == one


@given(about=abouts, order=orders)
@properties
def test_what_it_says_of_itself_survives_the_wire(about: wire.About, order: random.Random) -> None:
    assert wire.read_about(with_strangers(shuffled(wire.write_about(about), order))) == about


@pytest.mark.parametrize("enabled", [True, False])
def test_who_may_add_global_contacts_survives_the_wire(enabled: bool) -> None:
    assert wire.read_global_contacts(wire.write_global_contacts(enabled=enabled)) is enabled


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (
            b"<response><inbound_route><name>x</name></inbound_route></response>",
            "inbound_route_url",
        ),
        (
            b"<response><inbound_route><inbound_route_url>https://x/a</inbound_route_url>"
            b"</inbound_route></response>",
            "inbound_route_url",
        ),
        (b"<response><message>Success</message></response>", "inbound_route"),
        (b"<inbound_route/>", "response"),
    ],
)
def test_what_is_no_route_is_an_error_that_says_where(document: bytes, complaint: str) -> None:
    with pytest.raises(MalformedDocument, match=complaint):
        wire.read_inbound_route(document)


@pytest.mark.parametrize(
    "read",
    [wire.read_t37_settings, wire.read_about, wire.read_modem_setting, wire.read_global_contacts],
)
def test_an_answer_without_its_element_is_an_error(read: object) -> None:
    assert callable(read)
    with pytest.raises(MalformedDocument, match="is missing"):
        read(b"<response><message>Success</message></response>")

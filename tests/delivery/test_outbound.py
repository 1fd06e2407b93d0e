"""Which addresses are called, and which are not, however they are spelled."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.delivery.outbound import METADATA, REFUSED, AddressGuard
from ffgateway.domain.errors import AddressRefused

GUARD = AddressGuard()


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "2620:4f:7fff::1",
    ],
)
def test_public_addresses_are_called(address: str) -> None:
    assert GUARD.refusal(address) is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104
        ("0.1.2.3", "unspecified"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.9", "IETF"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "reserved"),
        ("192.168.1.1", "private"),
        ("192.31.196.1", "DNS"),
        ("192.52.193.1", "multicast"),
        ("192.175.48.1", "DNS"),
        ("198.18.0.1", "benchmarks"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.9", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "reserved"),
        ("64:ff9b:1::1", "NAT64"),
        ("100::1", "discards"),
        ("2001::1", "unspecified"),  # Teredo that carries 0.0.0.0
        ("2001:2::1", "benchmarks"),
        ("2001:10::1", "IETF"),
        ("2001:db8::1", "documentation"),
        ("2620:4f:8000::1", "DNS"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("5f00::1", "segment routing"),
        ("8000::1", "reserved"),
        ("fc00::1", "unique local"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link-local"),
        ("fe80::1%2", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ],
)
def test_other_addresses_are_refused_with_a_reason(address: str, reason: str) -> None:
    assert reason in str(GUARD.refusal(address))


def carriers(address: IPv4Address) -> dict[str, IPv6Address]:
    """The IPv6 addresses that lead to this IPv4 one."""
    number, public = int(address), int(IPv4Address("8.8.8.8"))
    return {
        "mapped": IPv6Address((0xFFFF << 32) | number),
        "NAT64": IPv6Address((0x0064FF9B << 96) | number),
        "6to4": IPv6Address((0x2002 << 112) | (number << 80) | 1),
        "Teredo client": IPv6Address((0x20010000 << 96) | (public << 64) | (~number & 0xFFFFFFFF)),
        "Teredo server": IPv6Address((0x20010000 << 96) | (number << 64) | (~public & 0xFFFFFFFF)),
    }


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1"])
def test_an_address_is_judged_by_the_one_it_carries(inner: str) -> None:
    for way, outer in carriers(IPv4Address(inner)).items():
        assert GUARD.refusal(outer) == GUARD.refusal(inner), way


def test_an_address_that_carries_a_public_one_is_called() -> None:
    for way, outer in carriers(IPv4Address("8.8.4.4")).items():
        assert GUARD.refusal(outer) is None, way


def test_allowing_a_private_network_holds_for_what_carries_its_addresses() -> None:
    guard = AddressGuard(allow=["10.0.0.0/8"])
    for way, outer in carriers(IPv4Address("10.1.2.3")).items():
        assert guard.refusal(outer) is None, way
    assert guard.refusal("192.168.0.1") == "private"


def test_allowing_all_of_ipv6_does_not_allow_the_ipv4_addresses_within() -> None:
    guard = AddressGuard(allow=["::/0"])
    assert guard.refusal("fd00::1") is None
    for way, outer in carriers(IPv4Address("127.0.0.1")).items():
        assert guard.refusal(outer) == "loopback", way


@pytest.mark.parametrize("service", METADATA, ids=str)
def test_a_metadata_service_is_called_only_when_it_is_named_itself(
    service: IPv4Address | IPv6Address,
) -> None:
    everything = AddressGuard(allow=["0.0.0.0/0", "::/0", "169.254.0.0/16", "fd00::/8"])
    assert everything.refusal(service) == "the metadata service of a cloud"
    assert AddressGuard(allow=[str(service)]).refusal(service) is None


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_every_ipv4_address_is_refused_exactly_when_the_table_has_it(number: int) -> None:
    address = IPv4Address(number)
    listed = address in METADATA or any(address in network for network, _ in REFUSED)
    assert (GUARD.refusal(address) is not None) is listed


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_only_global_unicast_is_called_over_ipv6(number: int) -> None:
    address = IPv6Address(number)
    if GUARD.refusal(address) is None:
        assert address in ip_network("2000::/3") or address in ip_network("::/32")


@pytest.mark.parametrize("wrong", ["10.1.2.3/8", "10.0.0.0/33", "intranet", ""])
def test_only_networks_can_be_allowed(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"host bits|does not appear"):
        AddressGuard(allow=[wrong])


def test_what_is_not_an_address_is_refused() -> None:
    assert GUARD.refusal("receiver.example") == "not an address"


# URLs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example",
        "https://receiver.example/faxes?tenant=7&at=a@b",
        "http://receiver.example:8080/",
        "HTTPS://Receiver.Example./faxes",
        "https://my_host.receiver.example/",
        "https://1.receiver.example/",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]:8443/",
        "https://localhost.example/",
        "https://127.0.0.1.receiver.example/",
    ],
)
def test_public_urls_pass(url: str) -> None:
    GUARD.check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.0.0.1..",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "１２７.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "ⓛocalhost",
        "deep.localhost",
    ],
)
def test_no_spelling_hides_the_loopback(host: str) -> None:
    with pytest.raises(AddressRefused, match="loopback") as refused:
        GUARD.check_url(f"http://{host}/")
    assert refused.value.field == "url"
    assert refused.value.cure


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://receiver.example/", "http and https"),
        ("file:///etc/passwd", "http and https"),
        ("javascript:alert(1)", "http and https"),
        ("//receiver.example/", "http and https"),
        ("receiver.example", "http and https"),
        ("", "http and https"),
        ("https:///faxes", "no host"),
        ("https:faxes", "no host"),
        ("https://user@receiver.example/", "user name or password"),
        ("https://user:password@receiver.example/", "user name or password"),
        ("https://@receiver.example/", "user name or password"),
        ("https://:@receiver.example/", "user name or password"),
        ("https://receiver.example/#top", "fragment"),
        ("https://receiver.example/#", "fragment"),
        ("https://receiver.example:0/", "Port 0"),
        ("https://receiver.example:65536/", "not a URL"),
        ("https://receiver.example:http/", "not a URL"),
        ("https://::1/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://[127.0.0.1]/", "not a URL"),
        ("https://[v1.name]/", "Brackets|not a URL"),
        ("https://[fe80::1%25eth0]/", "percent sign"),
        ("https://[fe80::1%eth0]/", "percent sign"),
        ("https://127%2e0.0.1/", "percent sign"),
        ("https://%31%32%37.0.0.1/", "percent sign"),
        ("https://127.0.0.1%00.receiver.example/", "percent sign"),
        ("https://receiver .example/", "blank"),
        ("https://receiver.example\\@127.0.0.1/", "backslash"),
        ("https://recei\tver.example/", "control character"),
        ("https://receiver.example/\r\nHost: 127.0.0.1", "control character"),
        ("https://recei\xadver.example/", "control character"),
        ("https://receiver.example/\ud800", "control character"),
        ("https://4294967296/", "neither an address nor a name"),
        ("https://1.2.3.4.5/", "neither an address nor a name"),
        ("https://receiver.0x7f/", "neither an address nor a name"),
        ("https://134744072/", "unusual spelling"),
        ("https://010.8.8.8/", "unusual spelling"),
        ("https://8.8.8.8./", "unusual spelling"),
        ("https://receiver..example/", "not the name of a host"),
        ("https://-receiver.example/", "not the name of a host"),
        ("https://receiver;example/", "not the name of a host"),
        (f"https://{'a' * 64}.example/", "not the name of a host"),
        (f"https://{'a.' * 127}example/", "not the name of a host"),
        (f"https://receiver.example/{'a' * 2048}", "too long"),
        ("https://169.254.169.254/latest/meta-data/", "metadata service"),
        ("https://192.168.1.1/", "private"),
    ],
)
def test_urls_that_cannot_be_called_are_refused_with_a_cure(url: str, complaint: str) -> None:
    with pytest.raises(AddressRefused, match=complaint) as refused:
        GUARD.check_url(url)
    assert refused.value.field == "url"
    assert refused.value.cure


def test_what_the_operator_allows_passes_by_address_and_by_name() -> None:
    guard = AddressGuard(allow=["127.0.0.0/8"])
    guard.check_url("http://127.0.0.1:8080/")
    guard.check_url("http://localhost:8080/")
    with pytest.raises(AddressRefused):
        guard.check_url("http://[::1]:8080/")


@given(st.text(max_size=60))
def test_any_text_either_passes_or_is_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://[{text}]/", f"https://receiver.example/{text}"):
        with suppress(AddressRefused):  # and nothing else may be raised
            GUARD.check_url(url)

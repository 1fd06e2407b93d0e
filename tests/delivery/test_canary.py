"""A canary on this host's loopback hears nothing, whatever a subscriber writes or a name server says.

The guard is that of `ffgateway serve` without settings; every case goes the whole way of a delivery.
"""

import socket
from collections.abc import Iterator

import pytest

from ffgateway.delivery.destinations import Destinations
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.domain.errors import AddressRefused
from ffgateway.settings import Settings
from tests.support.receiver import receiving
from tests.support.sending import LOOPBACK, SOON, NameServer, delivering, send

_ADDRESSES = """
    0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.100.100.200
    100.127.255.255 127.0.0.1 127.0.0.2 127.1.1.1 127.255.255.255 168.63.129.16 169.254.0.1
    169.254.169.254 169.254.170.2 169.254.170.23 172.16.0.0 172.17.0.1 172.31.255.255 192.0.0.1
    192.0.0.8 192.0.0.9 192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
    192.88.99.2 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:0.0.0.0 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1
    64:ff9b::169.254.169.254 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:1::1 2001:2::1 2001:3::1
    2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1
    2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fe80::1%1 febf::1
    fec0::1 ff01::1 ff02::1 ff0e::1
"""
ADDRESSES = _ADDRESSES.split()

_SPELLINGS = """
    127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 017700000001 0x7f000001 0X7F.0.0.1 0x7f.1
    0177.0.0.1 127.0.0.01 127%2e0.0.1 %31%32%37.0.0.1 １２７.0.0.1 ①②⑦.⓪.⓪.① 127。0。0。1
    0.0.0.0 0 0x0 000 [::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [64:ff9b::127.0.0.1] [2002:7f00:1::] [::1%25lo] localhost LOCALHOST. ⓛocalhost deep.localhost
    innocent@127.0.0.1 innocent.example@127.0.0.1 innocent.example:80@127.0.0.1
"""
SPELLINGS = _SPELLINGS.split()
"""Ways to write the loopback, this very host, or one of them behind something innocent."""

PUBLIC = "93.184.216.34"


class Canary:
    """Listens on every address of this host, over IPv4 and IPv6, on one port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True
        )
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]

    def heard(self) -> bool:
        """Whether somebody connected, though it may be over already."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()


@pytest.fixture
def strict() -> AddressGuard:
    """The guard as it is when nobody configured anything."""
    return AddressGuard(Settings(_env_file=None).allowed_networks)


def test_the_tables_are_as_long_as_they_should_be() -> None:
    assert len(set(ADDRESSES)) >= 60
    assert len(set(SPELLINGS)) >= 12


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_the_canary_sings(canary: Canary, host: str) -> None:
    guard, names = AddressGuard(["0.0.0.0/0", "::/0"]), NameServer(["127.0.0.1"])
    async with delivering(guard, resolver=names, deadline=SOON) as sink:
        await send(sink, f"http://{host}:{canary.port}/")
    assert canary.heard()


async def test_no_name_leads_to_an_address_that_is_refused(
    canary: Canary, strict: AddressGuard
) -> None:
    async with delivering(strict, resolver=NameServer(*([one] for one in ADDRESSES))) as sink:
        for number, address in enumerate(ADDRESSES):
            outcome = await send(sink, f"http://innocent{number}.example:{canary.port}/")
            assert (outcome.error, outcome.address) == ("address-refused", address)
            assert not canary.heard(), address


async def test_no_address_that_is_refused_can_be_saved_or_called(
    canary: Canary, strict: AddressGuard
) -> None:
    names = NameServer([PUBLIC])  # whatever is taken for a name could be saved
    async with delivering(strict, resolver=names) as sink:
        for address in ADDRESSES:
            host = f"[{address}]" if ":" in address else address
            with pytest.raises(AddressRefused):
                await Destinations(strict, names).check(f"http://{host}:{canary.port}/")
            assert (await send(sink, f"http://{host}:{canary.port}/")).error == "address-refused"
            assert not canary.heard(), address
    assert names.asked == 0


async def test_no_spelling_is_saved_or_called(canary: Canary, strict: AddressGuard) -> None:
    names = NameServer([PUBLIC])
    async with delivering(strict, resolver=names) as sink:
        for spelling in SPELLINGS:
            with pytest.raises(AddressRefused):
                await Destinations(strict, names).check(f"http://{spelling}:{canary.port}/")
            outcome = await send(sink, f"http://{spelling}:{canary.port}/")
            assert outcome.error == "address-refused", spelling
            assert not canary.heard(), spelling
    assert names.asked == 0


async def test_a_name_that_is_public_when_saved_and_loopback_when_called(
    canary: Canary, strict: AddressGuard
) -> None:
    names = NameServer([PUBLIC], ["127.0.0.1"])
    url = f"http://rebinding.example:{canary.port}/"
    await Destinations(strict, names).check(url)
    async with delivering(strict, resolver=names) as sink:
        for _ in range(3):
            outcome = await send(sink, url)
            assert (outcome.error, outcome.address) == ("address-refused", "127.0.0.1")
    assert not canary.heard()
    assert names.asked > 1


async def test_a_name_that_is_public_and_loopback_in_one_answer(canary: Canary) -> None:
    unreachable = "255.255.255.255"  # stands for a public address where nobody answers
    names = NameServer([unreachable, "127.0.0.1", "::1"])
    async with delivering(AddressGuard([f"{unreachable}/32"]), resolver=names) as sink:
        outcome = await send(sink, f"http://both.example:{canary.port}/")
    assert not outcome.delivered
    assert not canary.heard()


# Registration -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1", "fd00::1"], ["::ffff:169.254.169.254"]],
    ids=["one", "several", "metadata"],
)
async def test_a_name_that_leads_only_inside_is_not_saved(
    addresses: list[str], strict: AddressGuard
) -> None:
    with pytest.raises(AddressRefused, match="leads only to") as refused:
        await Destinations(strict, NameServer(addresses)).check("https://inside.example/")
    assert refused.value.field == "url"
    assert all(address in refused.value.detail for address in addresses)


@pytest.mark.parametrize(
    "addresses",
    [[PUBLIC], ["10.0.0.1", PUBLIC], []],
    ids=["public", "one of them public", "no such name"],
)
async def test_any_other_name_is_saved(addresses: list[str], strict: AddressGuard) -> None:
    names = NameServer(addresses)
    await Destinations(strict, names).check("https://outside.example/")
    assert names.asked == 1


async def test_a_name_server_that_does_not_answer_keeps_nobody_from_saving(
    strict: AddressGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ffgateway.delivery.destinations.PATIENCE", 0.01)
    await Destinations(strict, NameServer(None)).check("https://silent.example/")


async def test_what_the_operator_allows_is_saved() -> None:
    await Destinations(LOOPBACK, NameServer(["127.0.0.1"])).check("https://inside.example/")


# A proxy ----------------------------------------------------------------------------------------


async def test_with_a_proxy_everything_goes_there_and_urls_are_judged_as_they_are_written(
    canary: Canary, strict: AddressGuard
) -> None:
    names = NameServer([])
    async with (
        receiving() as proxy,
        delivering(strict, proxy=proxy.url.replace("//", "//me:secret@"), resolver=names) as sink,
    ):
        assert (await send(sink, "http://receiver.example/faxes")).delivered
        (call,) = proxy.received
        assert call.path == "http://receiver.example/faxes"
        assert call.headers["proxy-authorization"].startswith("Basic ")
        assert not (
            await send(sink, "https://receiver.example/")
        ).delivered  # it has no TLS behind it
        assert (proxy.received[-1].method, proxy.received[-1].path) == (
            "CONNECT",
            "receiver.example:443",
        )
        through = len(proxy.received)
        for host in (*SPELLINGS, "10.0.0.1", "169.254.169.254", "[fd00::1]"):
            outcome = await send(sink, f"http://{host}:{canary.port}/")
            assert outcome.error == "address-refused", host
    assert len(proxy.received) == through
    assert (names.asked, canary.heard()) == (0, False)

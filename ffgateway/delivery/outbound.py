"""Which addresses we refuse to call.

A webhook's URL comes from outside, so it could point the gateway at its own network. It is judged
as written and by what its name leads to, when somebody saves it (`check_url`; `destinations.py`
looks the name up), and as the concrete socket address, at the moment of connecting (`refusal`):
a name may resolve to anything, and differently each time.

The networks are a table of our own and not `ipaddress.is_private` and its kin, whose answers
differ between patch releases of Python. Sources: the IANA special-purpose address registries for
IPv4 and IPv6, with those that are reachable from everywhere and yet are no place for a receiver,
and the vendors' manuals for the metadata addresses. An IPv6 address that carries an
IPv4 one is judged by what it carries; the translation prefix of an operator's own NAT64
(RFC 6052, section 2.2) cannot be told from the outside and is not recognised.
"""

import re
import socket
from collections.abc import Callable, Iterable, Iterator
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from yarl import URL

from ffgateway.domain.errors import AddressRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2048
"""Characters; longer ones are refused by many servers anyway."""

LONGEST_NAME = 253
"""Characters of a host name (RFC 1035, section 2.3.4, less the length bytes at its ends)."""

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
"""RFC 1123, section 2.1, and the underscore that is found in practice."""

NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A host whose last label is one of these is a number and not a name (WHATWG URL, "ends in a number")."""

METADATA: dict[Address, str] = {
    ip_address(address): "the metadata service of a cloud"
    for address in (
        "169.254.169.254",  # AWS, Azure, Google, DigitalOcean, OpenStack, Oracle
        "169.254.170.2",  # AWS ECS task credentials
        "169.254.170.23",  # AWS EKS pod identity
        "168.63.129.16",  # Azure's wire server, on a public address
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle, the older one
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS EKS pod identity
        "fd20:ce::254",  # Google
    )
}
"""Machines that hand out credentials to whoever asks. Allowing a network that holds one does not
allow it: only naming the very address does."""

REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "unspecified: it means this very host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols of the IETF"),
        ("192.0.2.0/24", "for documentation"),
        ("192.31.196.0/24", "reserved: a sink for stray DNS questions"),
        ("192.52.193.0/24", "reserved for tunnels of multicast"),
        ("192.88.99.0/24", "reserved: the former 6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved: a sink for stray DNS questions"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified: it means this very host"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "private: a local NAT64"),
        ("100::/64", "reserved: it discards"),
        ("100:0:0:1::/64", "reserved: a dummy"),
        ("2001:2::/48", "for benchmarks"),
        ("2001:db8::/32", "for documentation"),
        ("2001::/23", "reserved for protocols of the IETF"),
        ("2620:4f:8000::/48", "reserved: a sink for stray DNS questions"),
        ("3fff::/20", "for documentation"),
        ("5f00::/16", "reserved for segment routing"),
        ("fc00::/7", "private: unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private: site-local"),
        ("ff00::/8", "multicast"),
        # Whatever else lies outside 2000::/3 is not global unicast today (RFC 4291, IANA).
        ("::/3", "reserved"),
        ("4000::/2", "reserved"),
        ("8000::/1", "reserved"),
    )
)
"""The first match gives the reason."""


def _low_32(address: int) -> tuple[int, ...]:
    return (address & 0xFFFFFFFF,)


def _6to4(address: int) -> tuple[int, ...]:
    return ((address >> 80) & 0xFFFFFFFF,)


def _teredo(address: int) -> tuple[int, ...]:
    return (
        (address >> 64) & 0xFFFFFFFF,
        ~address & 0xFFFFFFFF,
    )  # its server, and its client inverted


CARRIERS: tuple[tuple[IPv6Network, Callable[[int], tuple[int, ...]]], ...] = (
    (IPv6Network("::ffff:0:0/96"), _low_32),  # v4-mapped, RFC 4291 section 2.5.5.2
    (IPv6Network("64:ff9b::/96"), _low_32),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), _6to4),  # RFC 3056
    (IPv6Network("2001::/32"), _teredo),  # RFC 4380
)
"""Where IPv6 addresses carry IPv4 ones."""

CURE = "Give a public address, or ask the operator to allow this one for webhooks in the gateway's settings."


class AddressGuard:
    """Says no to addresses that are not public, save those that the operator allows."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        """Allow networks in CIDR notation (`10.1.0.0/16`). Raises `ValueError` for what is not one."""
        self._allowed = tuple(ip_network(network) for network in allow)

    def refusal(self, address: str | Address) -> str | None:
        """Say why this address, as a socket would connect to it, is not called; None when it may be."""
        try:
            concrete = ip_address(address) if isinstance(address, str) else address
        except ValueError:
            return "not an address"
        if isinstance(concrete, IPv6Address):
            concrete = IPv6Address(int(concrete))  # without the zone, which would spoil comparisons
        for judged in (*_carried(concrete), concrete):
            reason = self._refusal(judged)
            if reason is not None:
                return reason
        return None

    def _refusal(self, address: Address) -> str | None:
        if address in METADATA and not any(
            network.num_addresses == 1 and address in network for network in self._allowed
        ):
            return METADATA[address]
        if any(address in network for network in self._allowed):
            return None
        if any(address in network for network, _ in CARRIERS):
            return None  # what it carries was judged by itself
        return next((reason for network, reason in REFUSED if address in network), None)

    def check_url(self, url: str) -> URL:
        """Return the URL as the connector will read it. Raises `AddressRefused` for what is never called.

        Names are not resolved here: what they lead to is judged at each connect.
        """
        parsed = _read(url)
        host = parsed.raw_host
        if not host:
            raise _refused(
                "The URL names no host.", "Write it like https://receiver.example/faxes."
            )
        address = _literal(host)
        reason = self._refused_name(host) if address is None else self.refusal(address)
        if reason is not None:
            raise _refused(f"The address {address or host} is {reason}.", CURE)
        if isinstance(address, IPv4Address) and str(address) != host:
            # The connector refuses these spellings too, later and with fewer words.
            raise _refused(f"{host} is an unusual spelling of an address.", f"Write {address}.")
        return parsed

    def _refused_name(self, host: str) -> str | None:
        """`localhost` is loopback whatever a resolver says (RFC 6761, section 6.3)."""
        if host.removesuffix(".").rpartition(".")[2] != "localhost":
            return None
        reasons = [self.refusal(address) for address in ("127.0.0.1", "::1")]
        return None if None in reasons else reasons[0]


def _carried(address: Address) -> Iterator[IPv4Address]:
    if isinstance(address, IPv6Address):
        for network, read in CARRIERS:
            if address in network:
                yield from map(IPv4Address, read(int(address)))


def _refused(detail: str, cure: str) -> AddressRefused:
    return AddressRefused(detail, field="url", cure=cure)


def _read(url: str) -> URL:
    """Take the URL apart with the connector's own parser, so that both see the same host."""
    if len(url) > LONGEST_URL:
        raise _refused("The URL is too long.", f"Use at most {LONGEST_URL} characters.")
    if not url.isprintable() or " " in url or "\\" in url:
        raise _refused(
            "The URL holds a blank, a backslash or a control character.",
            "Write such characters percent-encoded, in the path or query only.",
        )
    try:
        parsed, authority = URL(url), urlsplit(url).netloc
    except ValueError as flaw:
        raise _refused(f"That is not a URL: {flaw}.", "Correct it.") from flaw
    if parsed.scheme not in {"http", "https"}:
        raise _refused("Only http and https are called.", "Begin the URL with https://.")
    if "@" in authority:
        raise _refused(
            "The URL holds a user name or password.",
            "Leave it out: every delivery is signed, so the receiver can verify who sends.",
        )
    if "#" in url:
        raise _refused(
            "The URL has a fragment, which is never sent.", "Leave out `#` and what follows."
        )
    if "[" in authority and ":" not in (parsed.raw_host or ""):
        raise _refused("Brackets hold an IPv6 address only.", "Correct the host.")
    if parsed.port == 0:
        raise _refused("Port 0 cannot be called.", "Give another port, or none.")
    return parsed


def _literal(host: str) -> Address | None:
    """Return the address that the host spells, None when it is a name.

    Besides the dotted quad, resolvers read `2130706433`, `0x7f.1`, `0177.0.0.1` and `127.1` as
    addresses; `inet_aton` is what they read them with. The parser has already folded digits of
    other scripts to ASCII.
    """
    if "%" in host:
        raise _refused(
            "The host holds a percent sign.",
            "Write the host plainly, without percent-encoding and without an IPv6 zone.",
        )
    if ":" in host:
        try:
            return IPv6Address(host)
        except AddressValueError as flaw:
            raise _refused(f"That is not an IPv6 address: {flaw}.", "Correct it.") from flaw
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        _check_name(host.removesuffix("."))
        return None


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > LONGEST_NAME or not all(map(LABEL.fullmatch, labels)):
        raise _refused(f"{host} is not the name of a host.", "Correct the name.")
    if NUMBER.fullmatch(labels[-1]):
        raise _refused(f"{host} is neither an address nor a name.", "Correct the address.")

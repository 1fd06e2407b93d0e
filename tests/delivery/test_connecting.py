"""The way to a receiver: names, addresses, certificates; and where it ends."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ffgateway.delivery.calls import trusted
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.sink import Times
from ffgateway.delivery.webhooks import WebhookSink
from tests.support.receiver import Receiver, closed_port, receiving
from tests.support.sending import LOOPBACK, SOON, NameServer, delivering, send

# Names and addresses --------------------------------------------------------------------------


async def test_nobody_listens(sink: WebhookSink) -> None:
    outcome = await send(sink, f"http://127.0.0.1:{closed_port()}/")
    assert (outcome.status, outcome.error) == (None, "connection-refused")
    assert outcome.address == "127.0.0.1"


async def test_no_way_leads_there() -> None:
    everyone = AddressGuard(allow=["255.255.255.255/32"])  # TCP knows no broadcast
    async with delivering(everyone) as sink:
        outcome = await send(sink, "http://255.255.255.255/")
    assert (outcome.status, outcome.error) == (None, "unreachable")


async def test_a_name_that_does_not_exist() -> None:
    async with delivering(resolver=NameServer([])) as sink:
        outcome = await send(sink, "http://receiver.example/")
    assert (outcome.status, outcome.error, outcome.address) == (None, "dns", "")


async def test_a_name_server_that_does_not_answer_is_on_the_deadline() -> None:
    async with delivering(resolver=NameServer(None), deadline=SOON) as sink:
        outcome = await send(sink, "http://receiver.example/")
    assert (outcome.status, outcome.error, outcome.address) == (None, "timeout", "")


async def test_localhost_is_refused_unless_it_is_allowed(receiver: Receiver) -> None:
    url = f"http://localhost:{receiver.port}/"
    async with delivering(AddressGuard()) as strict:
        outcome = await send(strict, url)
    assert (outcome.delivered, outcome.error) == (False, "address-refused")
    assert receiver.connections == 0
    async with delivering(LOOPBACK) as lenient:
        assert (await send(lenient, url)).delivered


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::ffff:127.0.0.1"], ["127.0.0.1", "::1", "127.0.0.2"]],
    ids=["one", "mapped", "several"],
)
async def test_a_name_that_leads_inside_is_refused_before_connecting(
    receiver: Receiver, addresses: list[str]
) -> None:
    url = f"http://innocent.example:{receiver.port}/"
    AddressGuard().check_url(url)  # it could be saved
    async with delivering(AddressGuard(), resolver=NameServer(addresses)) as sink:
        outcome = await send(sink, url)
    assert (outcome.status, outcome.error) == (None, "address-refused")
    assert outcome.address in addresses
    assert receiver.connections == 0


async def test_a_name_with_one_address_inside_is_called_at_the_others(receiver: Receiver) -> None:
    resolver = NameServer(["10.0.0.1", "127.0.0.1"])
    async with delivering(AddressGuard(allow=["127.0.0.1/32"]), resolver=resolver) as sink:
        outcome = await send(sink, f"http://mixed.example:{receiver.port}/")
    assert (outcome.delivered, outcome.address) == (True, "127.0.0.1")


@pytest.mark.parametrize(
    "url",
    ["ftp://receiver.example/", "http://2130706433/", "http://user@127.0.0.1/", "http://[::1"],
)
async def test_a_url_that_would_not_be_saved_is_not_called_either(
    sink: WebhookSink, url: str
) -> None:
    assert (await send(sink, url)).error == "address-refused"


# TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    signed = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "receiver.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[Receiver]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with receiving(tls=context) as running:
        yield running


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: Receiver, sink: WebhookSink
) -> None:
    outcome = await send(sink, secure.url)
    assert (outcome.status, outcome.error, outcome.address) == (None, "tls", "127.0.0.1")
    assert not secure.received


async def test_a_trusted_certificate_is_accepted(secure: Receiver, certificate: Path) -> None:
    async with delivering(tls=ssl.create_default_context(cafile=certificate)) as sink:
        assert (await send(sink, secure.url)).delivered


async def test_a_trusted_certificate_for_another_name_is_refused(
    secure: Receiver, certificate: Path
) -> None:
    context = ssl.create_default_context(cafile=certificate)
    async with delivering(tls=context, resolver=NameServer(["127.0.0.1"])) as sink:
        outcome = await send(sink, f"https://other.example:{secure.port}/")
    assert outcome.error == "tls"


async def test_a_peer_without_tls_is_told_apart(sink: WebhookSink) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = await send(sink, f"https://127.0.0.1:{port}/")
    assert (outcome.status, outcome.error) == (None, "tls")


async def test_a_try_shows_where_its_time_went(
    receiver: Receiver, secure: Receiver, certificate: Path
) -> None:
    trust = trusted()
    trust.load_verify_locations(certificate)
    async with delivering(tls=trust, resolver=NameServer(["127.0.0.1"])) as sink:
        first = (await send(sink, f"http://receiver.example:{receiver.port}/")).times
        kept = (await send(sink, f"http://receiver.example:{receiver.port}/")).times
        tls = (await send(sink, f"https://127.0.0.1:{secure.port}/")).times
        nobody = (await send(sink, f"http://127.0.0.1:{closed_port()}/")).times
    assert _shown(first) == {"dns_ms", "connect_ms", "first_byte_ms"}
    assert _shown(kept) == {"first_byte_ms"}
    assert _shown(tls) == {"connect_ms", "tls_ms", "first_byte_ms"}
    assert _shown(nobody) == set()


def _shown(times: Times) -> set[str]:
    known = {name: took for name, took in asdict(times).items() if took is not None}
    assert all(0 <= took < 10_000 for took in known.values())
    return set(known)

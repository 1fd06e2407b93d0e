"""HTTPS towards an appliance: self-signed, and still known."""

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ffgateway.domain.devices import Trust
from ffgateway.domain.errors import (
    DeviceUntrusted,
)
from ffgateway.store.spool import Spool
from tests.devices.speaking import EMPTY, fails, opened
from tests.support.receiver import Answer, receiving


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A self-signed one, as appliances have."""

    pem: str
    fingerprint: str
    server: ssl.SSLContext


def certificate(folder: Path, name: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both = folder / f"{name}.pem"
    both.write_bytes(private + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    der = made.public_bytes(serialization.Encoding.DER)
    return Certificate(pem=pem.decode(), fingerprint=hashlib.sha256(der).hexdigest(), server=server)


@pytest.fixture
def own(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, "own")


@pytest.fixture
def another(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, "another")


async def meet(own: Certificate, trust: Trust) -> int:
    """Look at an appliance behind `own`; return how many requests reached it."""
    async with receiving(tls=own.server) as peer, opened(peer.url, trust=trust) as appliance:
        peer.answer(Answer(body=EMPTY))
        try:
            await appliance.look()
        finally:
            reached = len(peer.received)
    return reached


async def test_a_self_signed_certificate_is_refused_unless_it_was_said_to_be_right(
    own: Certificate, spool: Spool
) -> None:
    async with receiving(tls=own.server) as peer, opened(peer.url) as appliance:
        with pytest.raises(DeviceUntrusted):
            await appliance.look()
        assert isinstance(await fails(appliance, spool), DeviceUntrusted)
        assert len(peer.received) == 0  # neither a password nor a document went out


async def test_it_is_accepted_with_its_ca(own: Certificate) -> None:
    assert await meet(own, Trust(ca_pem=own.pem)) == 1


async def test_it_is_accepted_with_its_fingerprint(own: Certificate) -> None:
    assert await meet(own, Trust(fingerprint=own.fingerprint)) == 1
    assert await meet(own, Trust(fingerprint=own.fingerprint.upper())) == 1


async def test_it_is_refused_with_another_ca(own: Certificate, another: Certificate) -> None:
    with pytest.raises(DeviceUntrusted):
        await meet(own, Trust(ca_pem=another.pem))


async def test_it_is_refused_with_another_fingerprint(
    own: Certificate, another: Certificate
) -> None:
    async with receiving(tls=own.server) as peer:
        trust = Trust(fingerprint=another.fingerprint)
        async with opened(peer.url, trust=trust) as appliance:
            with pytest.raises(DeviceUntrusted):
                await appliance.look()
        assert len(peer.received) == 0

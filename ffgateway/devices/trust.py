"""TLS towards one appliance: a CA of its own, a pinned certificate, or the public CAs."""

import hashlib
import socket
import ssl
from functools import cache

import aiohttp
import certifi

from ffgateway.domain.devices import Trust


@cache
def public_cas() -> ssl.SSLContext:
    """The one context that all appliances without a CA of their own share: making one takes 20 ms."""
    return ssl.create_default_context(cafile=certifi.where())


def verifier(trust: Trust) -> ssl.SSLContext | aiohttp.Fingerprint:
    """What a connection must satisfy. Raises `ssl.SSLError` or `ValueError` for a PEM that is none."""
    if trust.fingerprint:
        return aiohttp.Fingerprint(bytes.fromhex(trust.fingerprint))
    if not trust.ca_pem:
        return public_cas()
    if not trust.ca_pem.isascii():
        raise ValueError("a certificate in PEM form is ASCII (RFC 7468)")
    return ssl.create_default_context(cadata=trust.ca_pem)


def secured(line: socket.socket, trust: Trust, *, host: str) -> ssl.SSLSocket:
    """TLS over a connection that was made, with what `verifier` asks for. It blocks.

    Raises `ssl.SSLCertVerificationError` for another certificate than was expected; other `OSError`s
    when it came to none.
    """
    context = verifier(trust)
    if isinstance(context, ssl.SSLContext):
        return context.wrap_socket(line, server_hostname=host)
    tls = _unverified().wrap_socket(line, server_hostname=host)
    shown = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").digest()
    if shown != context.fingerprint:
        tls.close()
        raise ssl.SSLCertVerificationError("That is not the certificate that was pinned.")
    return tls


@cache
def _unverified() -> ssl.SSLContext:
    """For a certificate that is compared as a whole."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

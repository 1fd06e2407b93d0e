"""TLS towards one appliance: a CA of its own, a pinned certificate, or the public CAs."""

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

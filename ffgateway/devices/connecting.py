"""The connections to one appliance: how they are opened, and what it means that one was lost.

`DeviceUnreachable` means that nothing reached the appliance, `DeviceSilent` that something may have.
That difference is what keeps a fax from being lost or sent twice, so it is made from the kind of
the transport's failure and from nothing else.
"""

from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from ffgateway.devices.trust import public_cas, verifier
from ffgateway.devices.uploading import BrokenOff, NotConnected, NotTrusted
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError, DeviceSilent, DeviceUnreachable, DeviceUntrusted

CONNECT = 5.0
"""Seconds to reach an appliance on its own network."""

LOST: Final = (httpx.HTTPError, aiohttp.ClientError, OSError)
"""How these clients say that an exchange came to nothing."""

_UNTRUSTED: Final = (
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientConnectorCertificateError,
    NotTrusted,
)
_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, NotConnected)


def opened(device: Device, auth: httpx.Auth, *, silence: float, keep: bool) -> httpx.AsyncClient:
    """A client for one appliance, whose connections are kept between requests or made for each."""

    def session() -> aiohttp.ClientSession:
        tls = verifier(device.trust)
        connector = (
            aiohttp.TCPConnector(ssl=tls, limit=4, keepalive_timeout=4)
            if keep
            else aiohttp.TCPConnector(ssl=tls, limit=2, force_close=True)
        )
        return aiohttp.ClientSession(
            connector=connector, trust_env=False, middlewares=(_with_colons_encoded,)
        )

    return httpx.AsyncClient(
        base_url=device.url,
        transport=AiohttpTransport(verify=public_cas(), client=session),
        auth=auth,
        timeout=httpx.Timeout(silence, connect=CONNECT),
        trust_env=False,
        headers={"User-Agent": "ffgateway", "Accept-Encoding": "identity"},
    )


async def sent(
    device: Device, client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth
) -> httpx.Response:
    """The head of an answer. Who comes when the appliance was let go of, for another record, got nowhere."""
    if client.is_closed:
        raise DeviceUnreachable(device.id, f"{device.name} was changed or retired meanwhile.")
    return await client.send(request, stream=True, auth=auth)


def lost(device: Device, gone: Exception) -> DeviceError:
    """Tell "it never got there" from "it may have"."""
    cause = gone.__cause__ if isinstance(gone, httpx.HTTPError) else gone
    if isinstance(cause, _UNTRUSTED):
        return DeviceUntrusted(
            device.id,
            f"The certificate of {device.name} is not the one that was expected.",
            cure="Register its CA or the SHA-256 fingerprint of its certificate.",
        )
    if isinstance(cause, _NEVER_SENT):
        return DeviceUnreachable(device.id, f"No connection to {device.name}.")
    reason = str(gone) if isinstance(gone, BrokenOff) else type(cause or gone).__name__
    return DeviceSilent(device.id, f"{device.name} gave no whole answer ({reason}).")


async def _with_colons_encoded(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Write `:` in a query as `%3A`, which the guide asks for and the library takes back."""
    url = request.url
    if ":" in url.raw_query_string:
        request.url = URL.build(
            scheme=url.scheme,
            authority=url.raw_authority,
            path=url.raw_path,
            query_string=url.raw_query_string.replace(":", "%3A"),
            encoded=True,
        )
    return await send(request)

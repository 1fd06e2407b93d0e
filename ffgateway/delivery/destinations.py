"""Whether a URL may be saved: judged as it is written, and by where its name leads just now.

This spares people an endpoint that could never be told anything. It is not what keeps the gateway
out of its own network: names change, so each connect is judged again, by the address itself.
"""

import asyncio
import socket

from aiohttp.abc import AbstractResolver
from yarl import URL

from ffgateway.delivery.outbound import CURE, AddressGuard
from ffgateway.domain.errors import AddressRefused

PATIENCE = 2.0
"""Seconds that a name server has for it. Somebody waits for the answer to their request."""


class Destinations:
    """Says of URLs that are to be saved whether they lead to where the gateway may call."""

    def __init__(self, guard: AddressGuard, names: AbstractResolver) -> None:
        self._guard = guard
        self._names = names

    async def check(self, url: str) -> URL:
        """Return the URL as the connector will read it. Raises `AddressRefused`.

        A name is refused when every address that it leads to is. One that leads nowhere yet, or
        whose name server is down or slow, passes: that is for the tries to show, and may be mended
        without touching the endpoint.
        """
        parsed = self._guard.check_url(url)
        host = parsed.raw_host or ""
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._names.resolve(host, parsed.port or 0, socket.AF_UNSPEC)
        except (OSError, TimeoutError):
            return parsed
        reasons = {one["host"]: self._guard.refusal(one["host"]) for one in found}
        if reasons and None not in reasons.values():
            which = ", ".join(f"{address} ({reason})" for address, reason in reasons.items())
            raise AddressRefused(
                f"{host} leads only to addresses that are not called: {which}.",
                field="url",
                cure=CURE,
            )
        return parsed

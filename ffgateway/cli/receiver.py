"""The demonstration's own webhook receiver: every delivery is verified before it is believed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from ffgateway.webhooks import ReplayGuard, WebhookError, verify


class Receiver:
    """Receives webhooks, and keeps each fax's events in the order of their arrival.

    The secret is known only once the endpoint was registered; before that, nothing is genuine.
    """

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        self.secret = ""
        self.url = ""
        self.received = 0
        self.verified = 0
        self.repeated = 0
        self.events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._told = told
        self._guard = ReplayGuard()
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        """Answer one delivery: 204 for what is genuine, new or not, and 400 for the rest."""
        self.received += 1
        body = await request.read()
        try:
            event = verify(body, request.headers, self.secret)
        except (WebhookError, ValueError) as no:
            return web.Response(status=400, text=str(no))
        self.verified += 1
        if not self._guard.first_time(event["id"]):
            self.repeated += 1
            return web.Response(status=204)
        self.events[event["subject"]].append(event)
        self._told(event)
        async with self._changed:
            self._changed.notify_all()
        return web.Response(status=204)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until what was received satisfies `seen`; how long is up to the caller."""
        async with self._changed:
            await self._changed.wait_for(seen)


@asynccontextmanager
async def receiving(told: Callable[[dict[str, Any]], None]) -> AsyncIterator[Receiver]:
    """Listen on a free port of 127.0.0.1; each new event is `told` as it comes in."""
    receiver = Receiver(told)
    app = web.Application()
    app.router.add_post("/webhooks", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        receiver.url = f"http://{host}:{port}/webhooks"
        yield receiver
    finally:
        await runner.cleanup()

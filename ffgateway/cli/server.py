"""The server itself: it settles down once it serves, and lets listeners go when it stops."""

import asyncio
import gc
import socket
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ffgateway.cli.serving import patient

MEANWHILE = 0.05
"""Seconds in which WebSockets are closed before streams end."""

SEARCHES = (10_000, 20, 20)
"""How much is made between two searches for garbage. Python's own 700 is for small programs."""


class Server(uvicorn.Server):
    """Settles down once it serves; tells the application that it stops before it waits for answers."""

    def __init__(self, config: uvicorn.Config, *, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve. What was made until then stays to the end, and is searched for garbage no more.

        A search through all of it would hold up everybody for a good part of a second, again and
        again while a batch is on its way.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SEARCHES)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. Streams end by themselves, as a whole, once WebSockets were told to come back.

        That first: a subscription that ended by itself would be complete, and nobody would come back.
        """
        asyncio.get_running_loop().call_later(MEANWHILE, self._stopping)
        await super().shutdown(sockets)


def configured(
    app: ASGIApp,
    *,
    patience: float,
    message_within: float,
    proxies: Sequence[str] = (),
    **more: Any,
) -> uvicorn.Config:
    """How an application is served, with so many seconds of patience. `more` goes on to the library.

    Whom a request comes from is who holds the connection: what `X-Forwarded-For` says of that, anybody
    may write. `proxies` are the networks of those alone that are believed: theirs is the last address in
    it that is none of them.
    """
    web, sockets = patient(patience, message_within=message_within)
    return uvicorn.Config(
        app,
        http=web,
        ws=sockets,
        ws_per_message_deflate=False,  # its buffers are most of what an idle WebSocket would cost
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        log_config=None,
        **more,
    )

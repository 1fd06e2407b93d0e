"""Opens and closes what `wiring` puts together. Two lifetimes: process and request.

`running` opens the database, starts the loops and gives the services; `surface`, a module of its own, puts
REST and GraphQL in front of them; `create_app` does both within the lifespan of an ASGI server.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ffgateway.clock import Clock
from ffgateway.domain.identity import new_id
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings
from ffgateway.store.engines import engines
from ffgateway.store.migrating import upgrade
from ffgateway.store.signals import Signals
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from ffgateway.surface import surface as surface  # noqa: PLC0414  # and for who looks for it here
from ffgateway.wiring.parts import Parts


@asynccontextmanager
async def parts(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Open the database, bring it up to date, and wire everything; nothing runs."""
    clock = clock or Clock()
    async with engines(settings.database_url) as opened:
        await upgrade(opened)
        vault = Vault(*settings.service_keys())
        sender = new_id("rep", at=clock.now(), entropy=os.urandom(10))
        signals = Signals(opened.writing, sender=sender)
        store = Store(opened, vault, clock, signals=signals)
        wired = Parts(settings, store, clock, vault=vault, signals=signals)
        if settings.bootstrap_key is not None:
            await wired.keys.bootstrap(settings.bootstrap_key.get_secret_value())
        try:
            yield wired
        finally:
            await wired.stop()


@asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Gateway]:
    """A gateway at work."""
    async with parts(settings, clock=clock) as wired:
        await wired.start()
        yield wired.gateway


@asynccontextmanager
async def tools(settings: Settings) -> AsyncIterator[Gateway]:
    """The services alone, for commands that work on the database beside a running gateway."""
    async with parts(settings) as wired:
        yield wired.gateway


async def migrate(settings: Settings) -> None:
    """Bring the database up to date and leave."""
    async with engines(settings.database_url) as opened:
        await upgrade(opened)


class Application(Router):
    """The whole gateway as one ASGI application; the server's lifespan starts and stops it.

    Not mounted: a mount's pattern ends at a line end, and a path may hold one as %0A.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(default=self._forward, lifespan=self._lifespan)
        self._settings = settings
        self._inner: tuple[Gateway, ASGIApp] | None = None

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[None]:
        async with running(self._settings) as gateway:
            self._inner = gateway, surface(gateway, self._settings)
            yield
            self._inner = None

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._inner is not None:
            await self._inner[1](scope, receive, send)

    def stopping(self) -> None:
        """Let listeners go: whoever waits for what happens would keep the server from its end."""
        if self._inner is not None:
            self._inner[0].history.close()


def create_app(settings: Settings) -> Application:
    """The whole gateway for a server."""
    return Application(settings)

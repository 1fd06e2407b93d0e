"""The simulator on a real socket: for tests and demonstrations, and for the command line."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.box import Box
from ffgateway.simulator.control import state_of
from ffgateway.simulator.faults import Fault
from ffgateway.simulator.gate import CONNECTION
from ffgateway.simulator.people import FACTORY_USERS, User
from ffgateway.simulator.sending import Timing
from ffgateway.simulator.server import create_app

WATCHED = Timing(queueing=timedelta(seconds=8))
"""For people who watch: a fax is pending long enough to be seen so, also at twenty times the speed."""


class CuttableProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which also lets an application drop its connection below HTTP."""

    def on_message_begin(self) -> None:
        """Begin a request whose scope knows how to drop the connection."""
        super().on_message_begin()
        drops: dict[object, object] = {"abort": self.transport.abort, "close": self.transport.close}
        self.scope["extensions"] = {CONNECTION: drops}


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running appliance."""

    url: str  # http://127.0.0.1:port, without a slash at the end
    app: Starlette
    box: Box

    @property
    def appliance(self) -> Appliance:
        """The appliance itself, to look into."""
        return self.box.appliance

    @property
    def requests(self) -> tuple[tuple[str, str], ...]:
        """Method and path of the last requests of the web service, in order."""
        return tuple(self.box.requests)

    def advance(self, seconds: float) -> None:
        """Jump over simulated seconds; everything in between happens."""
        self.box.advance(timedelta(seconds=seconds))

    def put(self, fault: Fault) -> None:
        """Put a fault in wait, or let it befall the appliance at once."""
        self.box.put(fault)

    def state(self) -> dict[str, Any]:
        """Return what `/_control/state` does: every fax, and how often each number was dialled."""
        self.box.catch_up()
        return state_of(self.appliance)


@asynccontextmanager
async def running(
    *,
    model: str = "FF440",
    host: str = "127.0.0.1",
    port: int = 0,
    users: Iterable[User] = FACTORY_USERS,
    speed: float = 1.0,
    zone: str = "UTC",
    seed: int | None = None,
    timing: Timing | None = None,
    firmware: tuple[int, ...] = (),
    calls_itself: str = "",
    start: datetime | None = None,
    control: bool = True,
) -> AsyncIterator[Simulator]:
    """Run an appliance in this process, on this loop; port 0 takes any free one.

    `speed` 0 leaves time to `advance`. `start` is the simulated present to begin with, the real
    one if left out. On the way out every connection is dropped and every request ended.
    """
    appliance = Appliance(
        model,
        now=start or datetime.now(UTC),
        users=users,
        zone=zone,
        timing=timing,
        firmware=firmware,
        calls_itself=calls_itself,
        seed=seed,
    )
    app = create_app(appliance, clock=time.monotonic, speed=speed, control=control)
    config = uvicorn.Config(app, http=CuttableProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: CuttableProtocol(config, state, {}, loop), host=host, port=port
    )
    try:
        taken = server.sockets[0].getsockname()[1]
        yield Simulator(url=f"http://{_bracketed(host)}:{taken}", app=app, box=app.state.box)
    finally:
        server.close()
        await _end(state)


async def _end(state: ServerState) -> None:
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    for connection in list(state.connections):
        if isinstance(connection, CuttableProtocol):
            connection.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def serve(
    *,
    model: str = "FF440",
    host: str = "127.0.0.1",
    port: int = 8440,
    users: Iterable[User] = FACTORY_USERS,
    speed: float = 1.0,
    zone: str = "UTC",
    seed: int | None = None,
    control: bool = True,
    spoilt: Iterable[int] = (),
    clock_off: timedelta = timedelta(0),
    certificate: str | None = None,
    private_key: str | None = None,
) -> None:
    """Run an appliance until the process is told to stop; this is what the command line calls.

    With a certificate and its key (PEM files) it speaks HTTPS, as a real one does too.
    """
    appliance = Appliance(
        model, now=datetime.now(UTC), users=users, zone=zone, seed=seed, timing=WATCHED
    )
    appliance.lines.spoilt, appliance.clock_off = set(spoilt), clock_off
    app = create_app(appliance, clock=time.monotonic, speed=speed, control=control)
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )

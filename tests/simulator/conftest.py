"""A simulated unit behind HTTP, whose time the tests own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from ffgateway.simulator.box import Box
from ffgateway.simulator.server import create_app
from tests.simulator.making import ADMIN, ANN, BOB, appliance


class HandClock:
    """Real seconds, moved by hand; sleeping moves it too."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Unit:
    """One unit: the box itself, and clients of each of its users."""

    box: Box
    clock: HandClock
    admin: httpx.AsyncClient
    ann: httpx.AsyncClient
    bob: httpx.AsyncClient
    nobody: httpx.AsyncClient


def unit_of(model: str = "FF440", *, control: bool = True, speed: float = 1.0) -> Unit:
    clock = HandClock()
    app = create_app(appliance(model), clock=clock, speed=speed, control=control, sleep=clock.sleep)

    def client(auth: tuple[str, str] | None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://unit/ffws/v1", auth=auth
        )

    return Unit(
        box=app.state.box,
        clock=clock,
        admin=client((ADMIN.username, ADMIN.password)),
        ann=client((ANN.username, ANN.password)),
        bob=client((BOB.username, BOB.password)),
        nobody=client(None),
    )


@pytest.fixture
async def unit() -> AsyncIterator[Unit]:
    made = unit_of()
    async with made.admin, made.ann, made.bob, made.nobody:
        yield made

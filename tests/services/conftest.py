"""A gateway on each database, and appliances whose time stands still until a test moves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ffgateway.simulator.running import Simulator, running
from ffgateway.store.transaction import Store
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import House, gateway


@pytest.fixture
async def house(store: Store, clock: OwnClock, tmp_path: Path) -> AsyncIterator[House]:
    """The services on each database in turn."""
    async with gateway(store, clock, tmp_path) as built:
        yield built


@pytest.fixture
async def home(sqlite_store: Store, clock: OwnClock, tmp_path: Path) -> AsyncIterator[House]:
    """The services on SQLite, for tests whose point is not the database."""
    async with gateway(sqlite_store, clock, tmp_path) as built:
        yield built


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    """An appliance."""
    async with running(speed=0, start=NOON) as simulator:
        yield simulator


@pytest.fixture
async def second() -> AsyncIterator[Simulator]:
    """Another appliance."""
    async with running(speed=0, start=NOON) as simulator:
        yield simulator

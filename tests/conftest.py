"""What several rooms' tests share: a fresh, migrated database of each kind, and a store on it.

Each kind is migrated once for each test process. Every test gets a copy of the SQLite file of its own;
the PostgreSQL database is given back its first rows before each.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import SubprocessError

import pytest
from sqlalchemy.engine import URL

from ffgateway.store.engines import Engines, engines
from ffgateway.store.migrating import upgrade
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from tests.support.clock import OwnClock
from tests.support.databases import (
    create_database,
    drop_database,
    postgres_server,
    remember,
    renew,
)

SERVICE_KEY = bytes(range(32))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """One PostgreSQL for the whole test process. That there is none fails the test: it is half the promise."""
    server = postgres_server()
    try:
        url = server.__enter__()
    except (ImportError, OSError, RuntimeError, SubprocessError) as reason:
        pytest.fail(
            f"No PostgreSQL could be started for the tests ({reason}). Install the `dev` extra, or "
            "name a server of your own in FFGATEWAY_TEST_POSTGRES.",
            pytrace=False,
        )
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgresql_migrated(postgresql_server: URL) -> Iterator[URL]:
    """A migrated PostgreSQL database, one test's after another's."""
    made = asyncio.run(create_database(postgresql_server))
    asyncio.run(migrate(made.render_as_string(hide_password=False)))
    asyncio.run(remember(made))
    yield made
    asyncio.run(drop_database(postgresql_server, made))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


async def migrate(url: str) -> None:
    """Bring an empty database up to this version."""
    async with engines(url) as opened:
        await upgrade(opened)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a single table, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: URL = request.getfixturevalue("postgresql_server")
    made = asyncio.run(create_database(server))
    yield made.render_as_string(hide_password=False)
    asyncio.run(drop_database(server, made))


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh migrated SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh migrated database, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    migrated: URL = request.getfixturevalue("postgresql_migrated")
    asyncio.run(renew(migrated))
    yield migrated.render_as_string(hide_password=False)


@pytest.fixture
def clock() -> OwnClock:
    """A clock that stands still until a test moves it."""
    return OwnClock()


@pytest.fixture
def vault() -> Vault:
    """A vault under the tests' own key."""
    return Vault(SERVICE_KEY)


@pytest.fixture
async def opened(database: str) -> AsyncIterator[Engines]:
    """The engines on a fresh migrated database of each kind."""
    async with engines(database) as both:
        yield both


@pytest.fixture
async def store(opened: Engines, vault: Vault, clock: OwnClock) -> Store:
    """A store on a fresh migrated database of each kind."""
    return Store(opened, vault, clock)


@pytest.fixture
async def sqlite_store(sqlite_database: str, vault: Vault, clock: OwnClock) -> AsyncIterator[Store]:
    """A store on SQLite alone, for tests whose point is not the database."""
    async with engines(sqlite_database) as both:
        yield Store(both, vault, clock)

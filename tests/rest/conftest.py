import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from ffgateway.app import parts
from ffgateway.rest.middleware import Frame
from ffgateway.rest.problems import handlers
from ffgateway.rest.routes import routes
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings

ADMIN = "ffgw_for-tests-0123456789"


@pytest.fixture
def open_settings(sqlite_database: str, tmp_path: Path) -> Settings:
    """A gateway of its own: a database file, a spool, and a key for its administrator."""
    return Settings(
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        secret_key=SecretStr(base64.b64encode(os.urandom(32)).decode()),
        bootstrap_key=SecretStr(ADMIN),
    )


@pytest.fixture
def admin() -> str:
    return ADMIN


def surface(gateway: Gateway) -> Frame:
    return Frame(
        Starlette(routes=routes(gateway, metrics_open=False), exception_handlers=handlers())
    )


def client_of(app: Frame, key: str | None = ADMIN) -> httpx.AsyncClient:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)


@pytest.fixture
async def gateway(open_settings: Settings) -> AsyncIterator[Gateway]:
    """Every service on a database of its own; no loop runs, so a fax stays where it is put."""
    async with parts(open_settings) as wired:
        yield wired.gateway


@pytest.fixture
async def app(gateway: Gateway) -> Frame:
    return surface(gateway)


@pytest.fixture
async def client(app: Frame) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened


@pytest.fixture
async def stranger(app: Frame) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with client_of(app, key=None) as opened:
        yield opened

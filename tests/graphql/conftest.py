"""A whole gateway on SQLite, with its loops at work and no appliance, behind GraphQL."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ffgateway.app import running, surface
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings
from tests.conftest import SERVICE_KEY

ADMIN = "ffgw_an-administrator-of-these-tests"


@dataclass(frozen=True, kw_only=True)
class Client:
    """Posts operations with a key."""

    http: httpx.AsyncClient
    gateway: Gateway

    async def post(self, query: str, *, key: str = ADMIN, **variables: Any) -> httpx.Response:
        """Post an operation."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def ask(self, query: str, *, key: str = ADMIN, **variables: Any) -> dict[str, Any]:
        """Post an operation that must succeed as a whole; give its data."""
        answer = await self.post(query, key=key, **variables)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def fail(self, query: str, *, key: str = ADMIN, **variables: Any) -> dict[str, Any]:
        """Post an operation that must fail with one error; give the error."""
        answer = await self.post(query, key=key, **variables)
        (error,) = answer.json()["errors"]
        assert isinstance(error, dict)
        return error

    async def key(self, *scopes: str) -> str:
        """Make a key with these scopes."""
        made = await self.ask(
            'mutation ($scopes: [Scope!]!) { createKey(name: "k", scopes: $scopes) { token } }',
            scopes=list(scopes),
        )
        return str(made["createKey"]["token"])


@pytest.fixture
def settings(sqlite_database: str, tmp_path: Path) -> Settings:
    """Settings that read no environment file."""
    return Settings(
        _env_file=None,
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        secret_key=SecretStr(base64.b64encode(SERVICE_KEY).decode()),
        bootstrap_key=SecretStr(ADMIN),
    )


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """The services, their loops at work."""
    async with running(settings) as services:
        yield services


@pytest.fixture
async def client(gateway: Gateway, settings: Settings) -> AsyncIterator[Client]:
    """A client in front of the whole surface."""
    transport = httpx.ASGITransport(app=surface(gateway, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http:
        yield Client(http=http, gateway=gateway)

"""The whole application behind its one door."""

from pathlib import Path

import httpx
import pytest

from ffgateway.app import create_app
from ffgateway.settings import Settings
from tests.support.processes import KEY


@pytest.mark.parametrize("path", ["/v1/devices/a%0Ab", "/%0Ax", "/nothing"])
async def test_every_path_is_answered_by_the_gateway_itself(tmp_path: Path, path: str) -> None:
    settings = Settings.model_validate(
        {
            "database_url": f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}",
            "spool_dir": tmp_path / "spool",
            "key_file": tmp_path / "service.key",
            "bootstrap_key": KEY,
        }
    )
    app = create_app(settings)
    async with app.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as asking:
            answer = await asking.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]

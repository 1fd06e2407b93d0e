"""What cannot be done is refused by name, with a cure, and leaves nothing half-done behind."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ffgateway.app import running, surface
from ffgateway.settings import Settings
from ffgateway.simulator.running import running as simulating
from tests.support.documents import pdf
from tests.support.processes import KEY, free_port

GOOD = ("referral.pdf", pdf(1), "application/pdf")


@pytest.fixture
async def client(sqlite_database: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
        bootstrap_key=KEY,
    )
    async with (
        running(settings) as gateway,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(surface(gateway, settings)),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {KEY}"},
        ) as asking,
    ):
        yield asking


def _json(**changes: Any) -> dict[str, Any]:
    document = {
        "name": "a.pdf",
        "content_type": "application/pdf",
        "content": base64.b64encode(pdf(1)).decode(),
    }
    return {"recipients": [{"fax_number": "612-555-2001"}], "documents": [document]} | changes


FORMS: list[tuple[str, str, tuple[str, bytes, str], int, str, str]] = [
    ("a wrong type", "6125552001", ("a.exe", b"MZ", "application/x-msdownload"), 422,
     "unsupported-document", "documents[0]"),
    ("bytes that are something else", "6125552001", ("a.pdf", b"hello", "application/pdf"), 422,
     "unsupported-document", "documents[0]"),
    ("an empty file", "6125552001", ("a.pdf", b"", "application/pdf"), 422,
     "empty-document", "documents[0]"),
    ("40 MB", "6125552001", ("a.pdf", b"%PDF-1.4\n" + bytes(40_000_000), "application/pdf"), 413,
     "document-too-large", "documents"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "file", "status", "code", "field"),
    [row[1:] for row in FORMS],
    ids=[row[0] for row in FORMS],
)
async def test_a_document_that_cannot_be_faxed(
    client: httpx.AsyncClient,
    tmp_path: Path,
    *,
    to: str,
    file: tuple[str, bytes, str],
    status: int,
    code: str,
    field: str,
) -> None:
    answer = await client.post("/v1/faxes", data={"to": to}, files={"documents": file})
    problem = _problem(answer, status, code)
    assert problem["field"] == field
    assert problem["cure"]
    await _nothing_is_left(client, tmp_path)


BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("a bad number", _json(recipients=[{"fax_number": "call me"}]), "recipients[0].fax_number"),
    ("an unknown field", _json(colour="blue"), "colour"),
    ("no recipient", _json(recipients=[]), "recipients"),
    ("too many", _json(recipients=[{"fax_number": "6125552001"}] * 401), "recipients"),
    ("nothing to send", _json(documents=[]), "documents"),
]


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
async def test_a_request_that_cannot_be_right(
    client: httpx.AsyncClient, tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    answer = await client.post("/v1/faxes", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field
    await _nothing_is_left(client, tmp_path)


async def test_an_empty_body_is_said_to_be_one(client: httpx.AsyncClient, tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/faxes", content=b"", headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    await _nothing_is_left(client, tmp_path)


async def test_an_appliance_that_is_down(client: httpx.AsyncClient) -> None:
    device = await _registered(client, f"http://127.0.0.1:{free_port()}", "admin")
    _problem(await client.post(f"/v1/devices/{device}/check"), 503, "device-unreachable")
    shown = (await client.get(f"/v1/devices/{device}")).json()
    assert shown["health"] == "offline"


async def test_a_wrong_device_password(client: httpx.AsyncClient) -> None:
    async with simulating(model="FF440") as box:
        device = await _registered(client, box.url, "not the password")
        answer = await client.post(f"/v1/devices/{device}/check")
        problem = _problem(answer, 502, "device-auth-failed")
        assert "password" in problem["cure"]
        assert "not the password" not in answer.text
        faxed = await client.post(
            "/v1/faxes", data={"to": "612-555-2001"}, files={"documents": GOOD}
        )
        assert faxed.status_code == 202
        assert box.state()["faxes"] == []


async def _registered(client: httpx.AsyncClient, url: str, password: str) -> str:
    given = {"name": "desk", "url": url, "username": "admin", "password": password}
    answer = await client.post("/v1/devices", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    return problem


async def _nothing_is_left(client: httpx.AsyncClient, tmp_path: Path) -> None:
    assert (await client.get("/v1/faxes")).json()["items"] == []
    spool = tmp_path / "spool"
    incoming = list(spool.rglob("incoming-*")) if spool.exists() else []
    assert incoming == []

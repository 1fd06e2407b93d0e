"""What no database keeps (NUL, halves of surrogate pairs, half a letter) is refused, wherever it is put.

Every path of the table and every parameter of the OpenAPI document, on each database.
"""

import base64
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ffgateway.app import parts, surface
from ffgateway.rest.openapi import document
from ffgateway.settings import Settings

KEY = "ffgw_for-tests-0123456789"
HOSTILE = ("%00", "a%ED%A0%80", "%FF%FE", "%F0%9F%98%80%00%0D%0AX:y")
RAW = ('"\\u0000"', '"a\\ud800"', '"\\udfff\\ud800"')

QUERY = """query($s: String!, $i: ID!) { one: faxes(filter: {clientReference: $s}) { nodes { id } }
  two: fax(id: $i) { id } three: device(id: $i) { id } four: webhook(id: $i) { id } }"""


@pytest.fixture
async def client(database: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway on a database of each kind, and its administrator."""
    given = Settings(
        database_url=database,
        spool_dir=tmp_path / "spool",
        secret_key=SecretStr(base64.b64encode(bytes(32)).decode()),
        bootstrap_key=SecretStr(KEY),
        quota_per_minute=0,
    )
    async with parts(given) as wired:
        transport = httpx.ASGITransport(app=surface(wired.gateway, given))
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://gateway", headers=headers
        ) as made:
            yield made


def _requests() -> Iterator[tuple[str, str]]:
    """Method and target of each operation with something hostile in one of its places."""
    number = 0
    for path, item in document()["paths"].items():
        for method, one in item.items():
            if method not in {"get", "post", "patch", "delete", "put"} or path.endswith("/stream"):
                continue
            plain = re.sub(r"\{[^}]*\}", "1", path)
            places = [p["name"] for p in one.get("parameters", ()) if p.get("in") == "query"]
            for name in places:
                number += 1
                yield method, f"{plain}?{name}={HOSTILE[number % len(HOSTILE)]}"
            if plain != path:
                number += 1
                yield method, re.sub(r"\{[^}]*\}", HOSTILE[number % len(HOSTILE)], path)


async def test_what_no_database_keeps_is_taken_nowhere(client: httpx.AsyncClient) -> None:
    await _places(client)
    for text in RAW:
        await _bodies(client, text)
    for value in (b"a\x00b", b"\xff\xfe", b'"\xed\xa0\x80"'):
        await _headers(client, value)


async def _places(client: httpx.AsyncClient) -> None:
    flaws, asked = [], 0
    for method, target in _requests():
        answer = await client.request(method.upper(), target)
        asked += 1
        # half a letter is read as the sign for one; that may be looked for, and is not found
        taken = "%00" in target and answer.status_code < 400
        if answer.status_code >= 500 or taken:
            flaws.append((method, target, answer.status_code, answer.text[:100]))
    assert flaws == []
    assert asked > 150


async def _bodies(client: httpx.AsyncClient, text: str) -> None:
    bodies = {
        "/v1/devices": '{"name": %s, "url": "http://a", "username": "a", "password": "a"}',
        "/v1/webhooks": '{"url": "https://a.example", "description": %s}',
        "/v1/keys": '{"name": %s, "scopes": ["faxes:read"]}',
        "/v1/suppressions": '{"fax_number": "555-0100", "reason": %s}',
        "/v1/faxes": '{"client_reference": %s}',
        "/v1/audit-holds": '{"subject": %s, "reason": "r"}',
        "/v1/fleet/plan": '{"devices": {%s: {}}}',
    }
    for path, body in bodies.items():
        headers = {"Content-Type": "application/json"}
        content = (body % text).encode()
        answer = await client.post(path, content=content, headers=headers)
        assert answer.status_code in {400, 404, 405, 422}, (path, answer.text)
    variables = f'{{"s": {text}, "i": {text}}}'
    content = f'{{"query": {_quoted(QUERY)}, "variables": {variables}}}'.encode()
    answer = await client.post(
        "/graphql", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {200, 400}, answer.text
    assert "INTERNAL" not in answer.text.upper()


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", " ") + '"'


async def _headers(client: httpx.AsyncClient, value: bytes) -> None:
    headers: Any = [
        (b"idempotency-key", value),
        (b"content-type", b"application/json"),
        (b"x-request-id", value),
    ]
    answer = await client.post("/v1/keys", content=b"{}", headers=headers)
    assert answer.status_code in {400, 422}, answer.text

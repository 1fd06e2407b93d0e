"""The three kinds of bodies that a fax comes in, and what becomes of one that does not come whole."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from ffgateway.rest.bodies import LARGEST_FAX
from ffgateway.rest.examples import ONE_PAGE
from ffgateway.rest.middleware import Frame
from ffgateway.rest.reading import LARGEST
from ffgateway.services.documents import LARGEST as LARGEST_DOCUMENT
from ffgateway.store.spool import AT_ONCE, CHUNK
from tests.support.documents import pdf

PDF = pdf(1)
NUMBER = {"to": "555-0100"}


async def raw(
    client: httpx.AsyncClient,
    query: Any,
    content: Any = PDF,
    kind: str = "application/pdf",
) -> httpx.Response:
    return await client.post(
        "/v1/faxes", params=query, content=content, headers={"Content-Type": kind}
    )


def spooled(open_settings: Any) -> list[Path]:
    return [one for one in Path(open_settings.spool_dir).rglob("*") if one.is_file()]


# The document itself ----------------------------------------------------------------------------


async def test_a_document_as_the_body_has_its_settings_in_the_query(
    client: httpx.AsyncClient,
) -> None:
    query = {
        "to": ["555-0101", "555-0102"],
        "name": "Befund Ä.pdf",
        "client_reference": "PO-1",
        "priority": "2",
        "max_tries": "3",
        "send_at": "2099-01-01T10:00:00+02:00",
        "cover_page": '{"enabled": true, "subject": "Hello"}',
        "sender": '{"name": "Ann"}',
    }
    answer = await raw(client, query)
    assert answer.status_code == 202, answer.text
    one, two = answer.json()["faxes"]
    assert (one["recipient"]["fax_number"], two["recipient"]["fax_number"]) == (
        "555-0101",
        "555-0102",
    )
    assert (one["documents"][0]["name"], one["documents"][0]["size"]) == ("Befund Ä.pdf", len(PDF))
    assert (one["client_reference"], one["status"]) == ("PO-1", "scheduled")


async def test_recipients_in_the_query_are_json(client: httpx.AsyncClient) -> None:
    query = {"recipients": '[{"fax_number": "5550100", "name": "Ada"}]'}
    answer = await raw(client, query, b"Hello", "text/plain; charset=utf-8")
    assert answer.status_code == 202, answer.text
    (fax,) = answer.json()["faxes"]
    assert fax["recipient"]["name"] == "Ada"
    assert fax["documents"][0]["content_type"] == "text/plain"
    assert fax["documents"][0]["name"] == "document"


@pytest.mark.parametrize(
    ("query", "content", "problem"),
    [
        ({}, PDF, (422, "invalid-request", "to")),
        ({"to": "12"}, PDF, (422, "invalid-number", "to[0]")),
        ({"to": ["5550100"] * 401}, PDF, (422, "too-many-recipients", "to")),
        ({"to": "5550100", "recipients": '[{"fax_number": "5550100"}]'}, PDF,
         (422, "invalid-request", "to")),
        ({"recipients": "["}, PDF, (422, "invalid-request", "recipients")),
        ({"recipients": "[]"}, PDF, (422, "invalid-request", "recipients")),
        ({"recipients": '[{"fax_number": "1"}]'}, PDF,
         (422, "invalid-number", "recipients[0].fax_number")),
        (NUMBER | {"priority": "high"}, PDF, (422, "invalid-request", "priority")),
        (NUMBER | {"priority": ["1", "2"]}, PDF, (422, "invalid-request", "priority")),
        (NUMBER | {"colour": "red"}, PDF, (422, "invalid-request", "colour")),
        (NUMBER | {"name": ""}, PDF, (422, "invalid-request", "name")),
        (NUMBER | {"device_id": "dev_01KARTX5RB4PSM9QE3V7Z0H2CD"}, PDF,
         (404, "not-found", "device_id")),
        (NUMBER, b"no PDF", (422, "unsupported-document", "body")),
        (NUMBER, b"", (422, "empty-document", "body")),
    ],
)  # fmt: skip
async def test_a_flawed_request_with_a_document_as_its_body_is_refused_by_field(
    client: httpx.AsyncClient, query: Any, content: bytes, problem: tuple[int, str, str]
) -> None:
    answer = await raw(client, query, content)
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"]) == problem
    assert (await client.get("/v1/faxes")).json()["items"] == []


async def test_settings_in_the_query_of_another_body_are_refused(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/v1/faxes", params=NUMBER, json={})
    assert (answer.status_code, answer.json()["field"]) == (422, "to")


async def test_a_document_that_fits_into_no_request_is_cut_off_while_it_is_read(
    client: httpx.AsyncClient, open_settings: Any
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield PDF
        while True:
            taken += 1 << 20
            yield b" " * (1 << 20)

    answer = await raw(client, NUMBER, endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "document-too-large")
    assert taken <= LARGEST_DOCUMENT + (2 << 20)
    assert spooled(open_settings) == []


# JSON -------------------------------------------------------------------------------------------


async def test_a_content_may_come_before_its_name_and_its_type(client: httpx.AsyncClient) -> None:
    body = (
        b'{"documents": [{"content": "SGVsbG8\\u003d", "content_type": "text\\/plain", "name": "a"},'
        b' {"name": "b", "content": "'
        + ONE_PAGE.encode()
        + b'", "content_type": "application/pdf"}],'
        b' "recipients": [{"fax_number": "5550100"}]}'
    )
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/faxes", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    documents = answer.json()["faxes"][0]["documents"]
    assert [(one["name"], one["size"]) for one in documents] == [("a", 5), ("b", 303)]


def fax(**document: Any) -> dict[str, Any]:
    whole = {"name": "a", "content_type": "text/plain", "content": "QQ=="} | document
    return {"documents": [whole], "recipients": [{"fax_number": "5550100"}]}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (fax(content=""), 422, "documents[0].content"),
        (fax(content=1), 422, "documents[0].content"),
        (fax(content="QQ==\n"), 422, "documents[0].content"),
        (fax(content="A" * 2_000_002 + "\n" + "A" * 2_000_000), 422, "documents[0].content"),
        (fax(content=["QQ=="]), 422, "documents[0].content"),
        (fax(url="https://a.example/"), 422, "documents[0].content"),
        (fax(name=7), 422, "documents[0].name"),
        (fax(name="a" * 201), 422, "documents[0].name"),
        (fax(content_type=None), 422, "documents[0].content_type"),
        (fax() | {"content": "QQ=="}, 422, "content"),
        ({"documents": {"content": "QQ=="}, "recipients": []}, 422, "recipients"),
        ({"documents": fax()["documents"] * 21, "recipients": [{"fax_number": "5550100"}]}, 422,
         "documents"),
        (fax() | {"client_reference": "a" * LARGEST}, 413, None),
        (fax() | {"documents": [{"url": "a" * LARGEST}]}, 413, None),
        (fax(content="?") | {"priority": 9}, 422, "priority"),
    ],
)  # fmt: skip
async def test_what_is_wrong_beside_or_in_a_content_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await client.post("/v1/faxes", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


@pytest.mark.parametrize(
    ("twice", "field"),
    [
        (b'{"documents": [], "documents": [], "recipients": [{"fax_number": "5550100"}]}', "documents"),
        (b'{"documents": [{"content": "QQ==", "name": "a", "content_type": "text/plain", "content": "Qg=="}],'
         b' "recipients": [{"fax_number": "5550100"}]}', "documents[0].content"),
    ],
)  # fmt: skip
async def test_a_key_that_says_twice_what_is_sent_is_refused(
    client: httpx.AsyncClient, twice: bytes, field: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/faxes", content=twice, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("end", [b"", b'"', b'"}', b'\x07"}]}', b'\\x"}]}', b'"}]} x', b'\xff"}]}'])
async def test_a_content_in_what_is_no_json_is_never_taken_for_a_document(
    client: httpx.AsyncClient, end: bytes
) -> None:
    body = (
        b'{"recipients": [{"fax_number": "5550100"}], "documents": [{"name": "a", "content": "QQ=='
    )
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/faxes", content=body + end, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


# Forms ------------------------------------------------------------------------------------------


async def test_fields_of_a_form_may_come_behind_its_files(client: httpx.AsyncClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="documents"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + PDF + b"\r\n--x\r\n"
        b'Content-Disposition: form-data; name="to"\r\n\r\n555-0100\r\n--x--\r\n'
    )

    async def in_bytes() -> AsyncIterator[bytes]:
        for sign in body:
            yield bytes([sign])

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await client.post("/v1/faxes", content=in_bytes(), headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["faxes"][0]["documents"][0]["size"] == len(PDF)


async def test_a_form_is_refused_for_its_fields_before_its_files(client: httpx.AsyncClient) -> None:
    files = {"documents": ("a.pdf", b"no PDF", "application/pdf")}
    answer = await client.post("/v1/faxes", data={"to": "1"}, files=files)
    assert answer.json()["field"] == "recipients[0].fax_number"
    answer = await client.post("/v1/faxes", data={"to": "5550100"}, files=files)
    assert (answer.json()["code"], answer.json()["field"]) == (
        "unsupported-document",
        "documents[0]",
    )


@pytest.mark.parametrize(
    ("form", "files", "status", "field"),
    [
        (NUMBER, [("documents", ("a", PDF, "application/pdf"))] * 21, 400, None),
        (NUMBER, [("letter", ("a", PDF, "application/pdf"))], 422, "letter"),
        (NUMBER, [("documents", ("a" * 201, PDF, "application/pdf"))], 422, "documents[0]"),
        (NUMBER | {"client_reference": "a" * LARGEST}, [], 413, None),
        ({str(n): "" for n in range(1001)}, [], 400, None),
    ],
)
async def test_a_form_has_its_limits(
    client: httpx.AsyncClient, form: Any, files: Any, status: int, field: str | None
) -> None:
    answer = await client.post("/v1/faxes", data=form, files=files or {"x": ("x", b"")})
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


# Bodies that do not come whole, or slowly -------------------------------------------------------

BODIES = {
    "raw": (b"%PDF-", b" " * 65_536, "application/pdf", "to=5550100"),
    "form": (
        b'--x\r\nContent-Disposition: form-data; name="to"\r\n\r\n5550100\r\n--x\r\n'
        b'Content-Disposition: form-data; name="documents"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF-",
        b" " * 65_536,
        "multipart/form-data; boundary=x",
        "",
    ),
    "json": (
        b'{"recipients": [{"fax_number": "5550100"}], "documents": [{"name": "a",'
        b' "content_type": "application/pdf", "content": "JVBERi0x',
        base64.b64encode(b" " * 49_152),
        "application/json",
        "",
    ),
}


WAYS = [("/v1/faxes", kind) for kind in BODIES] + [("/v1/batches", "form"), ("/v1/batches", "json")]


class Slow:
    """A client on the other side of ASGI: it says what it sends when, and sees what was asked for."""

    def __init__(self, app: Frame, admin: str, path: str, kind: str) -> None:
        self.begin, self.more, media, query = BODIES[kind]
        self.asked = 0
        self.answers: list[Message] = []
        self._given: asyncio.Queue[Message] = asyncio.Queue()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [
                (b"host", b"gateway"),
                (b"content-type", media.encode()),
                (b"authorization", f"Bearer {admin}".encode()),
            ],
            "client": ("192.0.2.1", 1),
            "server": ("gateway", 80),
        }
        self.run = app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        self.asked += 1
        return await self._given.get()

    async def _send(self, message: Message) -> None:
        self.answers.append(message)

    def give(self, piece: bytes) -> None:
        self._given.put_nowait({"type": "http.request", "body": piece, "more_body": True})

    def hang_up(self) -> None:
        self._given.put_nowait({"type": "http.disconnect"})


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
async def test_a_body_cut_in_the_middle_promises_nothing_and_leaves_nothing(
    app: Frame, client: httpx.AsyncClient, admin: str, open_settings: Any, way: tuple[str, str]
) -> None:
    slow = Slow(app, admin, *way)
    slow.give(slow.begin)
    for _ in range(20):
        slow.give(slow.more)
    slow.hang_up()
    await slow.run
    assert all(one.get("status", 500) >= 400 for one in slow.answers)
    assert (await client.get(way[0])).json()["items"] == []
    assert spooled(open_settings) == []


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
async def test_no_more_of_a_body_is_asked_for_than_is_stored(
    app: Frame, admin: str, open_settings: Any, way: tuple[str, str]
) -> None:
    """Backpressure: what was not asked for waits in the client's own memory."""
    slow = Slow(app, admin, *way)
    running = asyncio.ensure_future(slow.run)
    slow.give(slow.begin)
    for given in range(100):
        while slow.asked <= given:  # noqa: ASYNC110
            await asyncio.sleep(0)
        slow.give(slow.more)
    while slow.asked < 102:  # noqa: ASYNC110
        await asyncio.sleep(0)
    (part,) = spooled(open_settings)
    given_bytes = 100 * (65_536 if way[1] != "json" else 49_152)
    waiting = given_bytes - part.stat().st_size
    assert waiting < 3 * AT_ONCE * CHUNK  # one handful fills while one is written
    slow.hang_up()
    await running
    assert spooled(open_settings) == []


async def test_all_of_a_request_is_bounded(client: httpx.AsyncClient) -> None:
    headers = {"Content-Length": str(LARGEST_FAX + 1), "Content-Type": "application/pdf"}
    answer = await client.post("/v1/faxes", params=NUMBER, content=b"", headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (413, "body")

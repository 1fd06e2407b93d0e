"""Cover pages and previews over HTTP: passed on as they come, never held whole, never half a file."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from ffgateway.cli.api import Api
from ffgateway.cli.output import Trouble
from ffgateway.rest.middleware import Frame
from ffgateway.simulator.running import Simulator, running
from tests.rest.conftest import ADMIN

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PIECE, PIECES = 64 * 1024, 320  # 20 MiB
PREVIEW = "/faxes/00000001/0000/preview"


async def registered(client: httpx.AsyncClient, url: str, **more: str) -> str:
    body = {"name": "one", "url": url, "username": "admin", "password": "admin", **more}
    answer = await client.post("/v1/devices", json=body)
    return f"/v1/devices/{answer.json()['id']}"


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(model="FF440", start=NOON) as started:
        yield started


async def test_a_cover_page_is_a_pdf_with_its_length(
    client: httpx.AsyncClient, box: Simulator
) -> None:
    base = await registered(client, box.url)
    for name in ("default", "default.pdf"):
        answer = await client.get(f"{base}/cover-pages/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert answer.headers["x-ffws-evidence"] == "documented"
        assert answer.headers["content-disposition"] == 'inline; filename="default.pdf"'
    assert (await client.get(f"{base}/cover-pages/none")).status_code == 404
    assert (await client.get(f"{base}/cover-pages/..%2Fx")).status_code == 404


async def test_who_looked_at_what_is_on_record(client: httpx.AsyncClient, box: Simulator) -> None:
    base = await registered(client, box.url)
    await client.get(f"{base}/cover-pages/default")
    await client.get(f"{base}{PREVIEW}")
    lines = (await client.get("/v1/audit")).json()["items"]
    seen = [(one["action"], one["outcome"]) for one in lines if one["action"].endswith("view")]
    assert seen == [("fax.preview", "failed"), ("cover_page.view", "done")]


async def test_a_fax_that_is_on_no_appliance_has_no_preview(client: httpx.AsyncClient) -> None:
    form = {"to": "312-555-0110"}
    files = {"documents": ("a.txt", b"Hello\n", "text/plain")}
    sent = await client.post("/v1/faxes", data=form, files=files)
    fax = sent.json()["faxes"][0]["id"]
    answer = await client.get(f"/v1/faxes/{fax}/preview")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


# An appliance that sends as the test lets it


Send = Callable[[bytes], Awaitable[None]]


@dataclass
class Sender:
    """Answers every request with a PDF of 20 MiB: the first piece, then the rest once it may."""

    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    breaks_off: bool = False
    url: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/data/" not in head:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        else:
            size = PIECE * PIECES
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"
                b"Content-Length: %d\r\n\r\n" % size
            )
            writer.write(b"%PDF".ljust(PIECE, b"x"))
            await writer.drain()
            await self.may_go_on.wait()
            with suppress(ConnectionError):  # whoever asked may have seen enough
                for _ in range(1 if self.breaks_off else PIECES - 1):
                    writer.write(b"x" * PIECE)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[Sender]:
    server = await asyncio.start_server(sender.answer, "127.0.0.1", 0)
    sender.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield sender


async def got(app: Frame, path: str, send: Callable[[Message], Awaitable[None]]) -> None:
    """Send one GET through the surface itself, so that each piece is seen as it comes."""

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"gateway"), (b"authorization", f"Bearer {ADMIN}".encode())],
        "client": ("192.0.2.1", 1),
        "server": ("gateway", 80),
        "scheme": "http",
        "root_path": "",
    }
    async with asyncio.timeout(30):
        await app(scope, receive, send)


async def test_a_piece_is_passed_on_before_the_next_is_there(
    client: httpx.AsyncClient, app: Frame
) -> None:
    async with sending(Sender()) as sender:
        base = await registered(client, sender.url)
        size = 0

        async def send(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size:
                sender.may_go_on.set()  # only now does the appliance send the rest

        await got(app, f"{base}{PREVIEW}", send)
    assert size == PIECE * PIECES


async def test_a_document_that_breaks_off_is_never_told_as_whole(
    client: httpx.AsyncClient, app: Frame
) -> None:
    sender = Sender(breaks_off=True)
    sender.may_go_on.set()
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async with sending(sender):
        base = await registered(client, sender.url)
        with pytest.raises(RuntimeError, match="response already started"):
            await got(app, f"{base}{PREVIEW}", send)
    assert messages[0]["status"] == 200
    assert all(message.get("more_body", True) for message in messages[1:])


async def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """The command's own part of it: what was there before stays when a download breaks off."""
    sender, kept = Sender(breaks_off=True), tmp_path / "fax.pdf"
    sender.may_go_on.set()
    kept.write_bytes(b"older")
    async with sending(sender):
        with Api(sender.url, "key") as api, pytest.raises(Trouble):
            await asyncio.to_thread(api.download, "/data/x", to=kept)
    assert kept.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [kept]


async def test_a_disk_that_takes_no_more_leaves_what_was_there(tmp_path: Path) -> None:
    sender, kept = Sender(), tmp_path / "fax.pdf"
    sender.may_go_on.set()
    kept.write_bytes(b"older")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with sending(sender):
        resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE * 2, hard))
        try:
            with Api(sender.url, "key") as api, pytest.raises(Trouble, match="cannot be written"):
                await asyncio.to_thread(api.download, "/data/x", to=kept)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert kept.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [kept]


async def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    async with sending(Sender()) as sender:
        with Api(sender.url, "key") as api, pytest.raises(Trouble, match="cannot be written"):
            await asyncio.to_thread(api.download, "/data/x", to=tmp_path / "none" / "fax.pdf")

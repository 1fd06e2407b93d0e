"""Checkpoints on their way to syslog, over each transport, to a receiver that is really there."""

import asyncio
import json
import re
import socket
from pathlib import Path

import pytest

from ffgateway.delivery.outlets import CheckpointFile, Syslog, outlets
from ffgateway.domain.sealing import SignedHead
from tests.support.clock import NOON

HEAD = SignedHead(size=7, root=b"\x00" * 32, at=NOON, note="log/ä\n7\nAAAA\n\n— log/ä AAAA\n")
OTHER = SignedHead(size=8, root=b"\x01" * 32, at=NOON, note="log/ä\n8\nAAAA\n\n— log/ä AAAA\n")

FORM = re.compile(
    r"<109>1 2026-03-02T12:00:00\.000000Z \S+ ffgateway \d+ audit\.checkpoint - (\{.*\})"
)
"""RFC 5424: priority, version, time, host, name, process, message id, no structured data."""


def told(message: bytes) -> object:
    """The note in a message, which is all that it is."""
    found = FORM.fullmatch(message.decode())
    assert found is not None, message
    return json.loads(found[1])["checkpoint"]


def counted(stream: bytes) -> list[bytes]:
    """The messages of a stream, by their octet counts (RFC 6587, 3.4.1), with nothing between them."""
    messages = []
    while stream:
        count, _, rest = stream.partition(b" ")
        assert re.fullmatch(rb"[1-9][0-9]*", count), stream
        assert len(rest) >= int(count)
        messages.append(rest[: int(count)])
        stream = rest[int(count) :]
    return messages


async def test_over_tcp_each_message_is_framed_by_its_octets() -> None:
    heard: list[bytes] = []
    ended = asyncio.Semaphore(0)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(-1))
        writer.close()
        ended.release()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        (syslog,) = outlets(None, f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for head in (HEAD, OTHER):
            await syslog.hand(head)
            await asyncio.wait_for(ended.acquire(), 10)
    assert [told(one) for one in counted(b"".join(heard))] == [HEAD.note, OTHER.note]


@pytest.mark.parametrize("scheme", ["unix", "udp"])
async def test_a_datagram_is_one_message(scheme: str, tmp_path: Path) -> None:
    family = socket.AF_UNIX if scheme == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "log") if scheme == "unix" else ("127.0.0.1", 0))
        listening.settimeout(10)
        place = tmp_path / "log" if scheme == "unix" else f"127.0.0.1:{listening.getsockname()[1]}"
        (syslog,) = outlets(None, f"{scheme}://{place}")
        for head in (HEAD, OTHER):
            await syslog.hand(head)
        assert [told(listening.recv(65536)) for _ in range(2)] == [HEAD.note, OTHER.note]


@pytest.mark.parametrize("scheme", ["unix", "tcp"])
async def test_a_server_that_is_not_there_is_an_error(scheme: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    place = tmp_path / "none" if scheme == "unix" else f"127.0.0.1:{port}"
    with pytest.raises(OSError, match=r"refused|No such file"):
        await Syslog(f"{scheme}://{place}").hand(HEAD)


def test_there_are_as_many_as_were_asked_for(tmp_path: Path) -> None:
    assert outlets(None, "") == []
    kinds = [type(one) for one in outlets(tmp_path / "kept", "unix:///dev/log")]
    assert kinds == [CheckpointFile, Syslog]

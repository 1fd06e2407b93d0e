"""Where checkpoints of the audit log go beside webhooks: a file, and syslog (RFC 5424).

Whoever keeps one elsewhere can show later whether the log was changed behind it.
"""

import asyncio
import base64
import json
import os
import socket
from datetime import UTC
from pathlib import Path
from urllib.parse import urlsplit

from ffgateway.domain.sealing import SignedHead

PATIENCE = 5.0
"""Seconds that a syslog server may take to be reached."""

PRIORITY = 13 * 8 + 5
"""Facility log audit, severity notice."""


class CheckpointFile:
    """A file that grows by a signed note for each checkpoint."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def hand(self, head: SignedHead) -> None:
        """Append it, on the disk when this returns. Raises `OSError`."""
        await asyncio.to_thread(self._append, head.note + "\n")

    def _append(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


class Syslog:
    """A syslog server: `udp://HOST:PORT`, `tcp://HOST:PORT` or `unix:///dev/log`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    async def hand(self, head: SignedHead) -> None:
        """Send it as one message. Raises `OSError`."""
        await asyncio.to_thread(self._send, message(head))

    def _send(self, text: bytes) -> None:
        if self._url.scheme == "unix":
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local:
                local.settimeout(PATIENCE)
                local.sendto(text, self._url.path)
            return
        place = (self._url.hostname or "", self._url.port or 514)
        if self._url.scheme == "tcp":
            with socket.create_connection(place, timeout=PATIENCE) as stream:
                stream.sendall(b"%d %s" % (len(text), text))  # octet counting (RFC 6587, 3.4.1)
            return
        family, kind, _, _, address = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as datagram:
            datagram.sendto(text, address)


def outlets(file: Path | None, syslog: str) -> list[CheckpointFile | Syslog]:
    """Those that were asked for."""
    return [*([CheckpointFile(file)] if file else []), *([Syslog(syslog)] if syslog else [])]


def message(head: SignedHead) -> bytes:
    """A checkpoint as a message of syslog: its note in JSON, on one line."""
    at = head.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    root = base64.b64encode(head.root).decode()
    told = json.dumps({"size": head.size, "root": root, "checkpoint": head.note})
    host = socket.gethostname() or "-"
    return f"<{PRIORITY}>1 {at} {host} ffgateway {os.getpid()} audit.checkpoint - {told}".encode()

"""A conversation with one appliance: requests out, judged answers in, every failure in our words.

`connecting` tells what never reached it from what may have; here an answer that says no is judged.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import httpx

from ffgateway.devices.connecting import CONNECT, LOST, lost, opened, sent
from ffgateway.devices.lacking import Lacking
from ffgateway.devices.uploading import Bounds, BrokenOff, NotConnected, NotTrusted, upload
from ffgateway.domain.devices import Device
from ffgateway.domain.downloads import Download
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceNotThere,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
    DeviceUserRefused,
)
from ffgateway.domain.evidence import Evidence, Known
from ffgateway.domain.exchange import Reply
from ffgateway.ffws import errors as ffws
from ffgateway.ffws.dialects import dialect_named, with_overrides
from ffgateway.ffws.exchange import WireRequest, check, renamed, request_for, spelt_for

SILENCE = timedelta(seconds=30)
"""How long without a byte until an exchange is given up."""

LOOK = timedelta(seconds=30)
"""How long a read may take in all."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer that are read; more is not an answer of an appliance's."""

LARGEST_DOWNLOAD = 512 * 1024 * 1024
"""Bytes of a document; a preview has at most what a fax may have, and room for its pictures."""

OWN_USER = "Correct the device's username and password."

RESTED = 60.0
"""Seconds for which looks leave a user alone that the appliance has refused: it may lock one out."""

Parsed = TypeVar("Parsed")


class Conversation:
    """Speaks to one appliance. Reads keep a connection; a change makes one of its own.

    With `acting` its user is one that somebody acts as: that it is refused says nothing of others.

    A connection that was kept may be closed from the other side just as a request goes out, and
    then nobody knows whether it was read. A fresh one fails to connect, or did connect.
    """

    def __init__(
        self,
        device: Device,
        password: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        silence: timedelta = SILENCE,
        acting: bool = False,
    ) -> None:
        self.device = device
        self._acting = acting
        self._monotonic = monotonic
        self._refused_at: float | None = None
        self._silence = silence.total_seconds()
        self.dialect = with_overrides(dialect_named(device.dialect), device.overrides)
        self._lacking = Lacking(device, self.dialect, monotonic)
        self._auth = httpx.BasicAuth(device.username, password)
        self._reading = opened(device, self._auth, silence=self._silence, keep=True)
        self._writing = opened(device, self._auth, silence=self._silence, keep=False)
        # downloads take their time: no look waits for one
        self._fetching = opened(device, self._auth, silence=self._silence, keep=False)

    @property
    def refused_lately(self) -> bool:
        """Whether a user that somebody acts as was refused just now: who may as well ask later leaves it alone.

        Of the device's own account never: every look asks as that anyway, and is what finds out.
        """
        at = self._refused_at if self._acting else None
        return at is not None and self._monotonic() - at < RESTED

    async def close(self) -> None:
        """Let go of every connection."""
        await self._reading.aclose()
        await self._writing.aclose()
        await self._fetching.aclose()

    async def ask(
        self,
        name: str,
        read: Callable[[bytes], Parsed],
        /,
        *,
        query: dict[str, str] | None = None,
        **places: str | int,
    ) -> Known[Parsed]:
        """Read by a function of the dialect, `contact.list`; `read` makes a noun of the answer.

        Raises `DeviceOperationUnsupported` before any request for what this appliance has not.
        """
        body = await self._ask(name, query=query, **places)
        return self._known(name, self._understood(lambda: read(body)))

    async def tell(
        self,
        name: str,
        read: Callable[[bytes], Parsed],
        /,
        *,
        content: bytes = b"",
        query: dict[str, str] | None = None,
        **places: str | int,
    ) -> Known[Parsed]:
        """Change something, once: on a fresh connection, never repeated.

        Raises `DeviceSilent` when nobody can say whether it was done.
        """
        wire = self._request(name, query, places)
        content = spelt_for(self.dialect, name, content)
        body = await self._exchange(
            self._writing,
            wire,
            content=_whole(content) if content else None,
            length=len(content),
        )
        body = self._ours(name, body)
        return self._known(name, self._understood(lambda: read(body)))

    def must_have(self, name: str) -> None:
        """Raise `DeviceOperationUnsupported` for what this appliance has not.

        Whoever reads first in order to change asks this before: nothing is sent in vain.
        """
        if reason := self.lacks(name):
            raise DeviceOperationUnsupported(
                self.device.id,
                f"{self.device.name}: {reason}.",
                cure=f"Correct its model or firmware, or override {name} if it was seen there.",
            )

    async def exchange(
        self, wire: WireRequest, *, content: bytes = b"", most: int = LARGEST_ANSWER
    ) -> Reply:
        """Send what is given, once and on a fresh connection, and judge nothing.

        An answer longer than `most` bytes is cut off there.
        """
        headers = dict(wire.headers)
        request = self._writing.build_request(
            wire.method, wire.target, headers=headers, content=content or None
        )
        try:
            async with asyncio.timeout(LOOK.total_seconds()):
                answer = await sent(self.device, self._writing, request, self._auth)
                try:
                    pieces, size = [], 0
                    async for piece in answer.aiter_raw():
                        pieces.append(piece)
                        size += len(piece)
                        if size > most:
                            break
                finally:
                    await answer.aclose()
        except LOST as gone:
            raise lost(self.device, gone) from gone
        return Reply(
            status=answer.status_code,
            content_type=answer.headers.get("content-type", ""),
            body=b"".join(pieces)[:most],
            limited=size > most,
        )

    async def verify(self, username: str, password: str) -> Known[bool]:
        """Whether these are the credentials of a user: asked as that user, on a fresh connection."""
        wire = self._request("user.verify", None, {"username": username})
        credentials = httpx.BasicAuth(username, password)
        try:
            await self._exchange(self._writing, wire, auth=credentials)
        except DeviceAuthFailed:
            return self._known("user.verify", False)
        return self._known("user.verify", True)

    @asynccontextmanager
    async def stream(self, name: str, /, **places: str | int) -> AsyncIterator[Known[Download]]:
        """Open a data resource; its bytes come as the appliance sends them.

        The refusals are those of `ask`. The stream itself raises `DeviceSilent` when it breaks off.
        """
        wire = self._request(name, None, places)
        request = self._fetching.build_request(wire.method, wire.target, headers=dict(wire.headers))
        try:
            async with asyncio.timeout(LOOK.total_seconds()):
                answer = await sent(self.device, self._fetching, request, self._auth)
        except LOST as gone:
            raise lost(self.device, gone) from gone
        try:
            if answer.status_code not in wire.operation.success:
                self._judge(wire, answer.status_code, await self._body(answer))
            yield self._known(name, self._download(answer))
        finally:
            await answer.aclose()

    def _download(self, answer: httpx.Response) -> Download:
        async def pieces() -> AsyncIterator[bytes]:
            size = 0
            try:
                async for piece in answer.aiter_raw():
                    size += len(piece)
                    if size > LARGEST_DOWNLOAD:
                        raise DeviceSilent(self.device.id, "The document does not come to an end.")
                    yield piece
            except LOST as gone:
                raise lost(self.device, gone) from gone

        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > LARGEST_DOWNLOAD:
            raise DeviceSilent(self.device.id, "The document is too large to be one.")
        return Download(
            content_type=answer.headers.get("content-type", ""),
            length=int(length) if length.isdecimal() else None,
            pieces=pieces(),
        )

    def _known(self, name: str, value: Parsed) -> Known[Parsed]:
        grade = self.dialect.operations[name].evidence
        return Known(value=value, evidence=Evidence(grade.value), function=name)

    async def _ask(
        self, name: str, *, query: dict[str, str] | None = None, **places: str | int
    ) -> bytes:
        wire = self._request(name, query, places)
        return self._ours(name, await self._exchange(self._reading, wire))

    def _ours(self, name: str, body: bytes) -> bytes:
        """An answer in our spelling."""
        return self._understood(lambda: renamed(self.dialect, name, body)) if body else body

    async def _tell(
        self, name: str, *, query: dict[str, str] | None = None, **places: str | int
    ) -> bytes:
        wire = self._request(name, query, places)
        return await self._exchange(self._writing, wire)

    async def _upload(
        self, name: str, content: Iterable[bytes], *, length: int, within: timedelta
    ) -> bytes:
        """Change something by a long body, once, from a thread that may block on `content`."""
        wire = self._request(name, None, {})
        headers = {**dict(wire.headers), "Content-Length": str(length), "Connection": "close"}
        request = self._writing.build_request(wire.method, wire.target, headers=headers)
        request = next(self._auth.sync_auth_flow(request))
        bounds = Bounds(
            connect=CONNECT,
            silence=self._silence,
            within=within.total_seconds(),
            answer=LARGEST_ANSWER,
        )
        try:
            status, body = await upload(request, content, trust=self.device.trust, bounds=bounds)
        except (NotConnected, NotTrusted, BrokenOff) as gone:
            raise lost(self.device, gone) from gone
        return self._judge(wire, status, body)

    def _request(
        self, name: str, query: dict[str, str] | None, places: dict[str, str | int]
    ) -> WireRequest:
        """Lay a request out. Raises before anything is sent for what this appliance has not."""
        self.must_have(name)
        return request_for(self.dialect, name, query=query, **places)

    def lacks(self, name: str, *, learnt: bool = True) -> str | None:
        """Why this appliance has not got an operation, or None.

        Its dialect, model or firmware says so or, unless `learnt` is false, its own answer to an
        earlier request did.
        """
        return self._lacking.reason(name, learnt=learnt)

    def runs(self, firmware: str) -> None:
        """Take the appliance's own word for its firmware, where the record has none."""
        self._lacking.runs(firmware)

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        wire: WireRequest,
        *,
        content: AsyncIterator[bytes] | None = None,
        length: int = 0,
        auth: httpx.Auth | None = None,
    ) -> bytes:
        headers = dict(wire.headers)
        if content is not None:
            headers["Content-Length"] = str(length)
        request = client.build_request(wire.method, wire.target, headers=headers, content=content)
        try:
            async with asyncio.timeout(LOOK.total_seconds()):
                answer = await sent(self.device, client, request, auth or self._auth)
                try:
                    body = await self._body(answer)
                finally:
                    await answer.aclose()
        except LOST as gone:
            raise lost(self.device, gone) from gone
        return self._judge(wire, answer.status_code, body)

    async def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > LARGEST_ANSWER:
                body.clear()  # whoever keeps the error keeps this frame
                raise DeviceSilent(self.device.id, "The appliance's answer is too long to be one.")
        return bytes(body)

    def _judge(self, wire: WireRequest, status: int, body: bytes) -> bytes:
        """Turn the appliance's no into ours."""
        name = self.device.name
        try:
            return check(wire.operation, status, body)
        except ffws.BadCredentials:
            self._refused_at = self._monotonic()
            refused = DeviceUserRefused if self._acting else DeviceAuthFailed
            cure = "Set its present password." if self._acting else OWN_USER
            raise refused(
                self.device.id,
                f"{name} refuses the user {self.device.username}.",
                cure=cure,
            ) from None
        except ffws.Unsupported as no:
            self._lacking.learn(wire.operation.name)
            raise DeviceOperationUnsupported(
                self.device.id,
                f"{name} does not have {wire.operation.name}.",
                cure=f"Override {wire.operation.name} in a dialect file if it is spelt otherwise.",
            ) from no
        except ffws.NotThere as no:
            raise DeviceNotThere(self.device.id, f"{name}: {no}") from None
        except ffws.ApplianceTrouble as trouble:
            raise DeviceSilent(self.device.id, f"{name} is in trouble: {trouble}") from None
        except ffws.ApplianceRefusal as no:
            raise DeviceRefused(self.device.id, no.message or f"{no.status}") from None

    def _understood(self, read: Callable[[], Parsed]) -> Parsed:
        try:
            return read()
        except ffws.MalformedDocument as nonsense:
            raise DeviceSilent(
                self.device.id, f"{self.device.name} answered what is not FFWS: {nonsense}"
            ) from nonsense


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content

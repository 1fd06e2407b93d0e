"""One appliance as plain method calls, in our nouns and our errors.

`DeviceUnreachable` means that nothing reached it; `DeviceSilent` that something may have. That
difference is what keeps a fax from being lost or sent twice, so it is made from the kind of the
transport's failure and from nothing else.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from ffgateway.devices import translate
from ffgateway.devices.trust import public_cas, verifier
from ffgateway.domain.changes import Sighting
from ffgateway.domain.devices import Device, DeviceStatus
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceError,
    DeviceNotThere,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
)
from ffgateway.domain.faxes import FaxDraft, Recipient
from ffgateway.ffws import errors as ffws
from ffgateway.ffws import status as wire_status
from ffgateway.ffws.dialects import MODELS, dialect_named
from ffgateway.ffws.exchange import WireRequest, check, renamed, request_for
from ffgateway.ffws.faxes import (
    Base64Of,
    ScheduleFaxDocument,
    read_fax_entries,
    read_fax_entry,
    split_fax_entries,
    write_schedule_fax,
)

CONNECT = 5.0
"""Seconds to reach an appliance on its own network."""

SILENCE = 30.0
"""Seconds without a byte after which an exchange is given up."""

LOOK = timedelta(seconds=30)
"""How long a read may take in all."""

HAND_OVER = timedelta(minutes=5)
"""How long a fax may take to hand over: 36 MB over a slow line, and its conversion."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer that are read; more is not an answer of an appliance's."""

SHOWN = 100
"""Finished faxes asked for in a look (`complete_limit`); the appliance's own default, 10, is soon full."""

Parsed = TypeVar("Parsed")

Read = Callable[[str], AsyncIterator[bytes]]
"""Streams a document of the spool, given its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The faxes that an appliance lists. `unchanged`: byte for byte as at the last look."""

    sightings: tuple[Sighting, ...]
    changed: tuple[Sighting, ...]
    unchanged: bool


class Appliance:
    """One appliance. Reads keep a connection; a hand-over makes one of its own.

    A connection that was kept may be closed from the other side just as a request goes out, and
    then nobody knows whether it was read. A fresh one fails to connect, or did connect.
    """

    def __init__(self, device: Device, password: str) -> None:
        self.device = device
        self._dialect = dialect_named(device.dialect)
        self._auth = httpx.BasicAuth(device.username, password)
        self._reading = self._open(keep=True)
        self._writing = self._open(keep=False)
        self._last: bytes | None = None  # None and not empty: an empty body is not a list
        self._shown: tuple[Sighting, ...] = ()
        self._pieces: dict[bytes, Sighting] = {}

    def _open(self, *, keep: bool) -> httpx.AsyncClient:
        def session() -> aiohttp.ClientSession:
            tls = verifier(self.device.trust)
            connector = (
                aiohttp.TCPConnector(ssl=tls, limit=4, keepalive_timeout=4)
                if keep
                else aiohttp.TCPConnector(ssl=tls, limit=2, force_close=True)
            )
            return aiohttp.ClientSession(connector=connector, trust_env=False)

        return httpx.AsyncClient(
            base_url=self.device.url,
            transport=AiohttpTransport(verify=public_cas(), client=session),
            auth=self._auth,
            timeout=httpx.Timeout(SILENCE, connect=CONNECT),
            trust_env=False,
            headers={"User-Agent": "ffgateway"},
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self._reading.aclose()
        await self._writing.aclose()

    def forget(self) -> None:
        """Take the next look as the first: what the last one said was not kept."""
        self._last, self._shown, self._pieces = None, (), {}

    async def look(self) -> Look:
        """List the faxes of our user. Only what changed since the last look is parsed."""
        body = await self._ask("fax.list", query={"complete_limit": str(SHOWN)})
        if body == self._last:
            return Look(sightings=self._shown, changed=(), unchanged=True)
        pieces = split_fax_entries(body)
        if pieces is None:  # an empty list, or one that cannot be cut safely
            entries = self._understood(lambda: read_fax_entries(body))
            found = tuple(translate.sighting(entry, self.device.zone) for entry in entries)
            self._last, self._shown, self._pieces = body, found, {}
            return Look(sightings=found, changed=found, unchanged=False)
        seen = {piece: self._pieces.get(piece) or self._sight(piece) for piece in pieces}
        changed = tuple(one for piece, one in seen.items() if piece not in self._pieces)
        self._last, self._shown, self._pieces = body, tuple(seen.values()), seen
        return Look(sightings=self._shown, changed=changed, unchanged=False)

    def _sight(self, piece: bytes) -> Sighting:
        entry = self._understood(lambda: read_fax_entry(piece))
        return translate.sighting(entry, self.device.zone)

    async def entry(self, fax_key: str, entry_key: str) -> Sighting | None:
        """One entry by its keys; None when the appliance knows it no more."""
        try:
            body = await self._ask("fax.entry", fax_key=fax_key, entry_key=entry_key)
        except DeviceNotThere:
            return None
        found = self._understood(lambda: read_fax_entries(body))
        return translate.sighting(found[0], self.device.zone) if found else None

    async def schedule(
        self, draft: FaxDraft, recipients: tuple[Recipient, ...], read: Read
    ) -> tuple[Sighting, ...]:
        """Hand a fax over, its documents streamed; return the entries it became."""
        request = translate.request(draft, recipients, base_url=self.device.url)
        document = write_schedule_fax(request)
        sources = [one.sha256 for one in draft.documents]
        body = await self._tell(
            "fax.schedule",
            content=_stream(document, sources, read),
            length=document.length,
            within=HAND_OVER,
        )
        entries = self._understood(lambda: read_fax_entries(body))
        if not entries:
            raise DeviceSilent(
                self.device.id, "The appliance took the fax and did not say under which key."
            )
        return tuple(translate.sighting(entry, self.device.zone) for entry in entries)

    async def abort(self, fax_key: str, entry_key: str) -> None:
        """Ask for an entry to be aborted; 202 promises no more than a try."""
        await self._tell("fax.abort_entry", fax_key=fax_key, entry_key=entry_key)

    async def reschedule(self, fax_key: str, entry_key: str, at: datetime | None) -> None:
        """Ask for another time, or now."""
        when = "now" if at is None else translate.naive_utc(at).isoformat()
        await self._tell("fax.reschedule", query={"at": when}, fax_key=fax_key, entry_key=entry_key)

    async def status(self) -> DeviceStatus:
        """Ask for the counts, the lines and what is being received."""
        combined = wire_status.read_combined_status(await self._ask("status.combined"))
        receiving = wire_status.read_inbound_status(await self._ask("inbound_status.list"))
        lines: tuple[wire_status.ModemStatus, ...] | tuple[wire_status.ChannelStatus, ...] = ()
        channels = combined.lines is not None and combined.lines.kind == "channel"
        try:
            if channels:
                body = await self._ask("channel_status.list")
                lines = wire_status.read_channel_status(body)
            else:
                lines = wire_status.read_modem_status(await self._ask("modem_status.list"))
        except DeviceOperationUnsupported:
            lines = ()  # FFx30: the counts are all there is
        return translate.device_status(self.device.id, combined, lines, receiving)

    async def _ask(
        self, name: str, *, query: dict[str, str] | None = None, **places: str | int
    ) -> bytes:
        wire = self._request(name, query, places)
        return renamed(self._dialect, name, await self._exchange(self._reading, wire, within=LOOK))

    async def _tell(
        self,
        name: str,
        *,
        content: AsyncIterator[bytes] | None = None,
        length: int = 0,
        within: timedelta = LOOK,
        query: dict[str, str] | None = None,
        **places: str | int,
    ) -> bytes:
        wire = self._request(name, query, places)
        return await self._exchange(
            self._writing, wire, within=within, content=content, length=length
        )

    def _request(
        self, name: str, query: dict[str, str] | None, places: dict[str, str | int]
    ) -> WireRequest:
        try:
            return request_for(self._dialect, name, query=query, **places)
        except ffws.Unsupported as missing:
            raise DeviceOperationUnsupported(
                self.device.id, f"{self.device.name}: {missing}"
            ) from None

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        wire: WireRequest,
        *,
        within: timedelta,
        content: AsyncIterator[bytes] | None = None,
        length: int = 0,
    ) -> bytes:
        headers = dict(wire.headers)
        if content is not None:
            headers["Content-Length"] = str(length)
        request = client.build_request(wire.method, wire.target, headers=headers, content=content)
        try:
            async with asyncio.timeout(within.total_seconds()):
                answer = await client.send(request, stream=True)
                try:
                    body = await self._body(answer)
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as gone:
            raise self._lost(gone) from gone
        return self._judge(wire, answer.status_code, body)

    async def _body(self, answer: httpx.Response) -> bytes:
        pieces, size = [], 0
        async for piece in answer.aiter_raw():
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise DeviceSilent(self.device.id, "The appliance's answer is too long to be one.")
            pieces.append(piece)
        return b"".join(pieces)

    def _lost(self, gone: Exception) -> DeviceError:
        """Tell "it never got there" from "it may have"."""
        cause = gone.__cause__ if isinstance(gone, httpx.HTTPError) else gone
        name = self.device.name
        if isinstance(
            cause, aiohttp.ServerFingerprintMismatch | aiohttp.ClientConnectorCertificateError
        ):
            return DeviceUntrusted(
                self.device.id,
                f"The certificate of {name} is not the one that was expected.",
                cure="Register its CA or the SHA-256 fingerprint of its certificate.",
            )
        never = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
        if isinstance(cause, never):
            return DeviceUnreachable(self.device.id, f"No connection to {name}.")
        reason = type(cause or gone).__name__
        return DeviceSilent(self.device.id, f"{name} gave no whole answer ({reason}).")

    def _judge(self, wire: WireRequest, status: int, body: bytes) -> bytes:
        """Turn the appliance's no into ours."""
        name = self.device.name
        try:
            return check(wire.operation, status, body)
        except ffws.BadCredentials:
            raise DeviceAuthFailed(
                self.device.id,
                f"{name} refuses the user {self.device.username}.",
                cure="Correct the device's username and password.",
            ) from None
        except ffws.Unsupported as no:
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


def capacity(device: Device) -> int:
    """The most bytes that an appliance takes in one request; 36 MB for a model nobody named."""
    model = MODELS.get(device.model)
    return model.request_limit if model else 36_000_000


def line_count(device: Device) -> int:
    """How many lines to count on; 1 where no public text says."""
    model = MODELS.get(device.model)
    return (model.lines if model else None) or 1


async def _stream(
    document: ScheduleFaxDocument, sources: list[str], read: Read
) -> AsyncIterator[bytes]:
    for segment in document.segments:
        if isinstance(segment, Base64Of):
            # the spool reads in multiples of 3 bytes, so the pieces join without padding
            async for piece in read(sources[segment.attachment]):
                yield base64.b64encode(piece)
        else:
            yield segment

"""One appliance as plain method calls about faxes, in our nouns and our errors."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pybase64 import b64encode

from ffgateway.clock import by_turns
from ffgateway.devices import translate
from ffgateway.devices.conversation import SILENCE, Conversation
from ffgateway.domain.changes import Sighting
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    DeviceRefused,
    DeviceSilent,
)
from ffgateway.domain.faxes import FaxDraft, Recipient
from ffgateway.ffws.dialects import model_of
from ffgateway.ffws.faxes import (
    Base64Of,
    ScheduleFaxDocument,
    read_fax_entries,
    read_fax_entry,
    recipients_length,
    split_fax_entries,
    write_schedule_fax,
)

HAND_OVER = timedelta(minutes=5)
"""How long a fax may take to hand over: 36 MB over a slow line, and its conversion."""

SHOWN = 100
"""Finished faxes asked for in a look (`complete_limit`); the appliance's own default, 10, is soon full."""

PREFIX = 32
"""Bytes that a line may need before each number: to get out of the house and of the country."""

_LONGEST_URL = "x" * 255

Read = Callable[[str, Callable[[memoryview], bytes]], Iterator[bytes]]
"""Streams a document of the spool, given its SHA-256 and what each piece of it goes through. It blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The faxes that an appliance lists. `unchanged`: byte for byte as at the last look.

    `everyone`: it was asked for everybody's and did not refuse. That one which may not show them
    shows our account's instead is inferred.
    """

    sightings: tuple[Sighting, ...]
    changed: tuple[Sighting, ...]
    unchanged: bool
    everyone: bool


class Appliance(Conversation):
    """One appliance: the faxes it lists and takes."""

    def __init__(
        self,
        device: Device,
        password: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        silence: timedelta = SILENCE,
        acting: bool = False,
    ) -> None:
        super().__init__(device, password, monotonic=monotonic, silence=silence, acting=acting)
        self._last: bytes | None = None  # None and not empty: an empty body is not a list
        self._shown: tuple[Sighting, ...] = ()
        self._pieces: dict[bytes, Sighting] = {}
        self._own_only = False  # it refused to list everybody's faxes to our account

    def forget(self) -> None:
        """Take the next look as the first: what the last one said was not kept."""
        self._last, self._shown, self._pieces = None, (), {}

    async def look(self) -> Look:
        """List everybody's faxes, or our account's where the appliance refuses the others.

        Only what changed since the last look is parsed.
        """
        body = await self._list()
        everyone = not self._own_only
        if body == self._last:
            return Look(sightings=self._shown, changed=(), unchanged=True, everyone=everyone)
        pieces = split_fax_entries(body)
        if pieces is None:  # an empty list, or one that cannot be cut safely
            found = self._sights(body)
            self._last, self._shown, self._pieces = body, found, {}
            return Look(sightings=found, changed=found, unchanged=False, everyone=everyone)
        known = self._pieces
        new = [piece for piece in dict.fromkeys(pieces) if piece not in known]
        fresh = {piece: self._sight(piece) async for piece in by_turns(new)}
        seen = {piece: known.get(piece) or fresh[piece] for piece in pieces}
        changed = tuple(fresh.values())
        self._last, self._shown, self._pieces = body, tuple(seen.values()), seen
        return Look(sightings=self._shown, changed=changed, unchanged=False, everyone=everyone)

    async def _list(self) -> bytes:
        """The list as bytes. `all_users` is for accounts of level Admin (guide); a no is remembered."""
        limit = {"complete_limit": str(SHOWN)}
        if self._own_only:
            return await self._ask("fax.list", query=limit)
        try:
            return await self._ask("fax.list", query={"all_users": "true", **limit})
        except DeviceRefused:
            body = await self._ask("fax.list", query=limit)
        self._own_only = True
        return body

    async def own(self, *, complete_limit: int) -> tuple[Sighting, ...]:
        """The faxes of our account alone, with so many finished ones."""
        query = {"complete_limit": str(complete_limit)}
        return self._sights(await self._ask("fax.list", query=query))

    async def entries(self, fax_key: str, *, modem: bool = False) -> tuple[Sighting, ...] | None:
        """The entries of a fax by its key; None when the appliance shows it no more.

        `modem` asks for what its modem told of the calls as well.
        """
        query = {"include_modem_info": "true"} if modem else None
        try:
            body = await self._ask("fax.get", query=query, fax_key=fax_key)
        except DeviceRefused:  # 404 and 400 for an unknown key are both inferred
            return None
        return self._sights(body) or None

    def _sights(self, body: bytes) -> tuple[Sighting, ...]:
        entries = self._understood(lambda: read_fax_entries(body))
        return tuple(translate.sighting(entry, self.device.zone) for entry in entries)

    def _sight(self, piece: bytes) -> Sighting:
        entry = self._understood(lambda: read_fax_entry(piece))
        return translate.sighting(entry, self.device.zone)

    async def entry(self, fax_key: str, entry_key: str) -> Sighting | None:
        """One entry by its keys; None when the appliance shows it no more."""
        try:
            body = await self._ask("fax.entry", fax_key=fax_key, entry_key=entry_key)
        except DeviceRefused:  # 404 and 400 for an unknown key are both inferred
            return None
        found = self._sights(body)
        return found[0] if found else None

    async def schedule(
        self, draft: FaxDraft, recipients: tuple[Recipient, ...], read: Read
    ) -> tuple[Sighting, ...]:
        """Hand a fax over, its documents streamed; return the entries it became."""
        request = translate.request(draft, recipients, base_url=self.device.url)
        document = write_schedule_fax(request)
        sources = [one.sha256 for one in draft.documents]
        body = await self._upload(
            "fax.schedule",
            _stream(document, sources, read),
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


def capacity(device: Device) -> int:
    """The most bytes that an appliance takes in one request; 36 MB for a model nobody named."""
    model = model_of(device.model)
    return model.request_limit if model else 36_000_000


def request_size(draft: FaxDraft) -> int:
    """The most bytes that the request to send a draft may have, its documents in base64."""
    alone = write_schedule_fax(translate.request(draft, (), base_url=_LONGEST_URL)).length
    people = recipients_length(
        one.name + one.organization + one.fax_number + one.phone_number for one in draft.recipients
    )
    return alone + people + len(draft.recipients) * PREFIX


def line_count(device: Device) -> int:
    """How many lines to count on; 1 where no public text says."""
    model = model_of(device.model)
    return (model.lines if model else None) or 1


def _stream(document: ScheduleFaxDocument, sources: list[str], read: Read) -> Iterator[bytes]:
    for segment in document.segments:
        if isinstance(segment, Base64Of):
            # the spool reads in multiples of 3 bytes, so the pieces join without padding
            yield from read(sources[segment.attachment], b64encode)
        else:
            yield segment

"""What people do with batches: promise them, look how far they are, call them off.

A batch is kept as it came, in one short transaction; `batching` makes faxes of it afterwards.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

from ffgateway.clock import Clock
from ffgateway.devices.client import line_count
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.batches import (
    MAX_BATCH,
    Asker,
    Batch,
    BatchDraft,
    Chunk,
    Progress,
    chunk_size,
    chunks,
)
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import (
    Conflict,
    Forbidden,
    InvalidRecipients,
    InvalidRequest,
    TooManyRecipients,
)
from ffgateway.domain.events import EventType, batch_event
from ffgateway.domain.faxes import FaxDraft
from ffgateway.domain.pages import Page
from ffgateway.domain.recipient_files import MOST_FLAWS
from ffgateway.services import bounds
from ffgateway.services.accepting import Accepting, check_kept
from ffgateway.services.audited import Gate, line
from ffgateway.store.batches import BatchFilter
from ffgateway.store.transaction import Store

__all__ = ["BatchFilter", "Batches"]


class Batches:
    """The batches, for whoever may."""

    def __init__(
        self,
        store: Store,
        gate: Gate,
        clock: Clock,
        *,
        accepting: Accepting,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._accepting = accepting
        self._wake = wake

    async def send(self, caller: Caller, draft: BatchDraft) -> Progress:
        """Promise to send to every recipient: all are kept before this returns, or none."""
        await self._gate.require(caller, Scope.FAXES_SEND, "batch.send")
        limits = caller.principal.limits
        draft = replace(draft, common=bounds.bound(limits, draft.common))
        async with self._store.reading() as tx:
            devices = await self._accepting.eligible(tx, caller, draft.common)
        lines = sum(line_count(one) for one in devices if one.usable)
        size = chunk_size(len(draft.addressees), lines=lines)
        cut = tuple(chunks(draft.addressees, size=size))
        # twenty thousand numbers take a while: meanwhile others are served
        await asyncio.to_thread(self._check, draft, cut, devices)
        numbers = [one.recipient.fax_number for one in draft.addressees]
        await asyncio.to_thread(bounds.check_numbers, limits, devices, numbers)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            count = len(numbers)
            await bounds.spend(tx, caller.principal, draft.common, count=count, now=now)
            batch = Batch(
                id=tx.identify("bat"),
                created_at=now,
                template=draft.template(),
                total=len(draft.addressees),
                asked_by=_asker(caller),
            )
            await tx.batches.add(batch, cut)
            await check_kept(tx, draft.common.documents)
            if caller.claim is not None:  # with the promise or not at all: a retry goes by this
                await tx.idempotency.bind(caller.claim, effect=batch.id)
            (progress,) = await tx.batches.progress([batch])
            tx.tell(batch_event(EventType.BATCH_ACCEPTED, progress, at=now))
            sent = [one.sha256 for one in draft.common.documents if one.sha256]
            made = changed(None, {"recipients": batch.total, "documents": sent})
            tx.note(line(caller, "batch.send", batch.id, at=now, changed=made))
        self._wake()
        return progress

    def _check(
        self, draft: BatchDraft, cut: tuple[Chunk, ...], devices: tuple[Device, ...]
    ) -> None:
        """Raise what is wrong with a batch: every recipient at fault, up to a number, by its place."""
        count = len(draft.addressees)
        if not 1 <= count <= MAX_BATCH:
            error = TooManyRecipients if count else InvalidRequest
            raise error(
                f"There are {count} recipients; a batch has 1 to {MAX_BATCH}.",
                field="recipients",
                cure=f"Send to at most {MAX_BATCH} at a time.",
            )
        texts = [row for row, one in enumerate(draft.addressees) if one.subject or one.comments]
        if texts and not draft.common.cover_page.enabled:
            raise InvalidRequest(
                "A subject or comments of a recipient go onto a cover page, and there is none.",
                field=f"recipients[{texts[0]}].subject",
                cure="Enable the cover page of the batch, or leave them out.",
            )
        template = draft.template()
        flaws = [flaw for chunk in cut for flaw in self._flaws(chunk, template, devices)]
        if flaws:
            raise InvalidRecipients(tuple(flaws[:MOST_FLAWS]), count=len(flaws))
        longest = max(cut, key=lambda chunk: len(chunk.rows))
        self._accepting.check_size(devices, longest.draft(template))

    def _flaws(
        self, chunk: Chunk, template: FaxDraft, devices: tuple[Device, ...]
    ) -> Iterator[tuple[str, str]]:
        """What is wrong with recipients of a chunk. Raises what is wrong with the whole batch."""
        draft = chunk.draft(template)
        if self._wrong(draft, devices) is None:
            return
        for row, recipient in zip(chunk.rows, chunk.recipients, strict=True):
            flaw = self._wrong(replace(draft, recipients=(recipient,)), devices)
            if flaw is not None:
                field = (flaw.field or "").partition("]")[2]
                yield f"recipients[{row}]{field}", flaw.detail

    def _wrong(self, draft: FaxDraft, devices: tuple[Device, ...]) -> InvalidRequest | None:
        try:
            self._accepting.check(draft)
            self._accepting.check_numbers(devices, draft)
        except InvalidRequest as no:
            if not (no.field or "").startswith("recipients["):
                raise
            return no
        return None

    async def get(self, caller: Caller, batch_id: str) -> Progress:
        """One batch, and how far it is. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_READ, "batch.get", batch_id)
        async with self._store.reading() as tx:
            return (await tx.batches.progress([await tx.batches.get(batch_id)]))[0]

    async def list(
        self, caller: Caller, filters: BatchFilter, *, cursor: str | None, limit: int
    ) -> Page[Progress]:
        """A page of batches, the newest first."""
        await self._gate.require(caller, Scope.FAXES_READ, "batch.list")
        if caller.principal.limits.pools:
            filters = replace(filters, created_by=caller.principal.id)
        async with self._store.reading() as tx:
            page = await tx.batches.page(filters, cursor=cursor, limit=limit)
            return Page(items=await tx.batches.progress(page.items), next=page.next)

    async def cancel(self, caller: Caller, batch_id: str) -> Progress:
        """Call a batch off: what has not ended is stopped from now on, fax by fax.

        Whoever is no fax yet becomes a cancelled one, so that nobody is dropped without a word.
        Calling off what is called off changes nothing. Raises `Conflict` when it has ended, and
        `Forbidden` for who acts as another user of the appliances than it goes out as.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "batch.cancel", batch_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            batch = await tx.batches.get(batch_id, lock=True)
            sender, whom = batch.asked_by.principal_id, batch.template.acts_as
            if bounds.acts_as_another(caller.principal, created_by=sender, acts_as=whom):
                raise Forbidden(
                    "The batch goes out as other users of the appliances than the key acts as.",
                    cure="Cancel its faxes one by one: each appliance says whether that may be.",
                )
            if batch.cancel_requested_at is None:
                if batch.finished:
                    raise Conflict(f"The batch is {batch.status.value}, and an end never changes.")
                called_off = changed({}, {"cancel_requested_at": now})
                batch = replace(batch, cancel_requested_at=now, called_off_by=_asker(caller))
                await tx.batches.save(batch)
                tx.note(line(caller, "batch.cancel", batch.id, at=now, changed=called_off))
            (progress,) = await tx.batches.progress([batch])
        self._wake()
        return progress


def _asker(caller: Caller) -> Asker:
    return Asker(
        principal_id=caller.principal.id,
        name=caller.principal.name,
        request_id=caller.request_id,
        address=caller.address,
    )

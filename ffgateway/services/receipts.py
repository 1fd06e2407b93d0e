"""Receipts of faxes that have ended: signed, and proved by the sealed log."""

import asyncio
import base64

from ffgateway.delivery import receipt_pdf
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditEntry
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import FaxOpen, NotFound, NotSealed
from ffgateway.domain.faxes import Fax
from ffgateway.domain.merkle import inclusion
from ffgateway.domain.receipts import Receipt, body_of, of_the_end, wanted_of
from ffgateway.domain.sealing import Proof
from ffgateway.receipt_verify import signed_text
from ffgateway.services.audited import Gate
from ffgateway.store.signing_keys import signed
from ffgateway.store.transaction import Store, Transaction

MOST = 500
"""Rows of one fax in the moment of its end, or of the kinds beside that."""


class Receipts:
    """Receipts, for whoever may read the fax."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    async def get(self, caller: Caller, fax_id: str) -> Receipt:
        """The receipt of a fax.

        Raises `FaxOpen` before its end, `NotSealed` in the seconds after it, and `NotFound` for
        one whose rows were purged: nothing proves it any more.
        """
        await self._gate.require(caller, Scope.FAXES_READ, "fax.receipt", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
            if not fax.finished:
                raise FaxOpen(
                    f"The fax is {fax.status.value}; a receipt is of its end.",
                    cure="Ask again when it is delivered, failed or cancelled.",
                )
            rows = of_the_end(fax, await _rows(tx, fax))
            if not rows:
                raise NotFound("What was on record of this fax's end was purged.", field="id")
            proofs = await _proofs(tx, rows)
            device = await _device(tx, fax)
            events = await tx.events.of_subject(fax_id)
            keys = await tx.seals.keys()
        body = body_of(fax, device, events, proofs)
        key, made = signed(keys[-1], signed_text(body))
        return Receipt(said=body, signer=key, signature=base64.b64encode(made).decode())

    async def pdf(self, caller: Caller, fax_id: str) -> bytes:
        """The same for people to file, with the JSON as its attachment. Raises what `get` does."""
        return await asyncio.to_thread(receipt_pdf.written, await self.get(caller, fax_id))


async def _rows(tx: Transaction, fax: Fax) -> tuple[AuditEntry, ...]:
    """The rows of a fax among which those of its end are, in order."""
    found = dict[int, AuditEntry]()
    for wanted in wanted_of(fax):
        page = await tx.audit.page(wanted, cursor=None, limit=MOST)
        found |= {row.number: row for row in page.items}
    return tuple(row for _, row in sorted(found.items()))


async def _proofs(tx: Transaction, rows: tuple[AuditEntry, ...]) -> tuple[Proof, ...]:
    """Where the rows are in the log of the first checkpoint that has them all."""
    try:
        leaves = [await tx.seals.leaf_of(row.number) for row in rows]
    except NotFound:
        raise NotSealed from None
    head = await tx.seals.covering(max(leaf.index for leaf in leaves))
    if head is None:
        raise NotSealed
    paths = [await tx.seals.join(inclusion(leaf.index, head.size)) for leaf in leaves]
    return tuple(
        Proof(leaf=leaf, entry=row, head=head, path=path)
        for leaf, row, path in zip(leaves, rows, paths, strict=True)
    )


async def _device(tx: Transaction, fax: Fax) -> Device | None:
    try:
        return await tx.devices.get(fax.device_id) if fax.device_id else None
    except NotFound:
        return None

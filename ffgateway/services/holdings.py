"""What is held of a document: the proof that it went, and what the appliances let one see."""

from dataclasses import replace
from datetime import timedelta

from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditFilter
from ffgateway.domain.errors import DeviceError, NotFound
from ffgateway.domain.faxes import Fax
from ffgateway.domain.holdings import Copy, Holding
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store

MOST = 20
"""Copies that are told, and looked for; the newest."""


class Holdings:
    """Documents by their SHA-256, for whoever may read faxes. `retention` is how long they are kept."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        appliances: Appliances,
        gate: Gate,
        *,
        retention: timedelta,
    ) -> None:
        self._store = store
        self._spool = spool
        self._appliances = appliances
        self._gate = gate
        self._retention = retention

    async def get(self, caller: Caller, sha256: str, *, look: bool = False) -> Holding:
        """What is held of a document; with `look`, appliances are asked. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_READ, "document.get", sha256)
        async with self._store.reading() as tx:
            kept = await tx.submissions.document(sha256)
            went = AuditFilter(resource=sha256, action="document.purge")
            rows = (await tx.audit.page(went, cursor=None, limit=1)).items
            faxes, count = await tx.submissions.placed_with(sha256, limit=MOST)
        copies = [_copy(fax) for fax in faxes]
        if look:
            copies = [await self._looked(copy) for copy in copies]
        return Holding(
            kept=kept,
            present=await self._spool.has(sha256),
            place=self._spool.place,
            retention=self._retention,
            purge=rows[0] if rows and kept.purged_at else None,
            copies=tuple(copies),
            further=count - len(copies),
        )

    async def _looked(self, copy: Copy) -> Copy:
        """The copy as its appliance lets one see it now."""
        try:
            appliance = await self._appliances.of(copy.device_id, copy.acted_as)
            seen = await appliance.entry(copy.fax_key, copy.entry_key)
        except NotFound:
            return replace(copy, trouble="the appliance was retired")
        except DeviceError as no:
            return replace(copy, trouble=no.detail)
        return replace(copy, listed=seen is not None, state=seen.state if seen else copy.state)


def _copy(fax: Fax) -> Copy:
    return Copy(
        fax_id=fax.id,
        device_id=str(fax.device_id),
        fax_key=fax.fax_key,
        entry_key=fax.entry_key,
        state=fax.device_state,
        acted_as=fax.acted_as,
    )

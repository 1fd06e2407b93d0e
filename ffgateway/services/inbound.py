"""Faxes that came in, for whoever may look: the record that `receiving` keeps."""

from dataclasses import replace

from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.inbound import InboundFax
from ffgateway.domain.pages import Page
from ffgateway.services.audited import Gate
from ffgateway.services.bounds import own_devices
from ffgateway.store.inbound import InboundFilter
from ffgateway.store.transaction import Store

__all__ = ["Inbound", "InboundFilter"]


class Inbound:
    """The calls that came in to any appliance of the fleet."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    async def get(self, caller: Caller, fax_id: str) -> InboundFax:
        """One call. Raises `NotFound`."""
        await self._gate.require(caller, Scope.FAXES_READ, "inbound.get", fax_id)
        async with self._store.reading() as tx:
            return await tx.inbound.get(fax_id)

    async def list(
        self, caller: Caller, filters: InboundFilter, *, cursor: str | None, limit: int
    ) -> Page[InboundFax]:
        """A page of calls, the newest first."""
        await self._gate.require(caller, Scope.FAXES_READ, "inbound.list")
        async with self._store.reading() as tx:
            own = await own_devices(tx, caller.principal)
            filters = replace(filters, devices=own)
            return await tx.inbound.page(filters, cursor=cursor, limit=limit)

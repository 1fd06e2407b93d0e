"""Documents that an appliance keeps: cover pages, and what its faxes look like.

They pass through: nothing is kept, and no more of one is held than is on its way. Every look is on
record. That `GET` answers these URLs with a PDF is inferred; the URLs themselves are documented.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.downloads import Download
from ffgateway.domain.errors import Conflict
from ffgateway.domain.evidence import Known
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.store.transaction import Store


class Resources:
    """Documents to look at, for whoever may read faxes."""

    def __init__(self, store: Store, asking: Asking, gate: Gate) -> None:
        self._store = store
        self._asking = asking
        self._gate = gate

    def cover_page(
        self, caller: Caller, device_id: str, name: str
    ) -> AbstractAsyncContextManager[Known[Download]]:
        """Open a cover page, by its name with or without `.pdf`. Raises `DeviceNotThere`."""
        plain = name.removesuffix(".pdf")

        def call(box: Appliance) -> AbstractAsyncContextManager[Known[Download]]:
            return box.stream("data.cover_page", name=plain)

        return self._asking.opened(
            caller, Scope.FAXES_READ, "cover_page.view", device_id, call, cover_page=plain
        )

    def preview(
        self,
        caller: Caller,
        device_id: str,
        fax_key: str,
        entry_key: str,
        *,
        otherwise: str = "",
    ) -> AbstractAsyncContextManager[Known[Download]]:
        """Open what an entry of the appliance looks like. Raises `DeviceNotThere` once it is gone.

        An appliance forgets complete faxes as others take their place in its list.
        """

        def call(box: Appliance) -> AbstractAsyncContextManager[Known[Download]]:
            return box.stream("data.preview", fax_key=fax_key, entry_key=entry_key)

        return self._asking.opened(
            caller,
            Scope.FAXES_READ,
            "fax.preview",
            device_id,
            call,
            otherwise=otherwise,
            fax_key=fax_key,
            entry_key=entry_key,
        )

    @asynccontextmanager
    async def fax_preview(self, caller: Caller, fax_id: str) -> AsyncIterator[Known[Download]]:
        """Open what a fax looks like on its appliance. Raises `Conflict` while it is on none."""
        await self._gate.require(caller, Scope.FAXES_READ, "fax.preview", fax_id)
        async with self._store.reading() as tx:
            fax = await tx.faxes.get(fax_id)
        if not fax.device_id or not fax.entry_key:
            raise Conflict(
                "The fax is not on an appliance.",
                cure="Look again once an appliance has taken it.",
            )
        owner = fax.acted_as
        place = (fax.device_id, fax.fax_key, fax.entry_key)
        async with self.preview(caller, *place, otherwise=owner) as known:
            yield known

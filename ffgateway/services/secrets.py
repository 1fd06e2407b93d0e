"""The keys that secrets are sealed under: what needs which, and the change from one to another.

A change is done while gateways serve. It is carried on from anywhere, since what is done shows it;
nothing is left that would have to be undone.
"""

from typing import Any

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.secrets import Kept, Rewrapped, Vaulted
from ffgateway.services.audited import Gate, line
from ffgateway.store.rewrapping import PLACES, Place
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault

AT_ONCE = 200
"""Rows in one transaction: some ten milliseconds, which is what a writer of SQLite may have to wait."""

DOCUMENTS = "document keys"


class Secrets:
    """The secrets at rest, for whoever may see to them."""

    def __init__(self, store: Store, spool: Spool, vault: Vault, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._spool = spool
        self._vault = vault
        self._gate = gate
        self._clock = clock

    async def status(self, caller: Caller) -> Vaulted:
        """How many secrets of each kind are under which key. Looks into every document's header."""
        await self._gate.require(caller, Scope.ADMIN, "secrets.status")
        async with self._store.reading() as tx:
            kinds = [
                Kept(kind=place.kind, under=await tx.rewrapping.under(place)) for place in PLACES
            ]
        kinds.append(Kept(kind=DOCUMENTS, under=await self._spool.keys.under()))
        return Vaulted(keys=self._vault.keys, kinds=tuple(kinds))

    async def rotate(self, caller: Caller) -> tuple[Rewrapped, ...]:
        """Bring every secret under the key that seals now, on record.

        One that a gateway with other keys seals meanwhile may be missed: doing it again, once they
        all have these, finds it.
        """
        await self._gate.require(caller, Scope.ADMIN, "secrets.rotate")
        kinds = [await self._rotate(place) for place in PLACES]
        done, lost = await self._spool.keys.rewrap()
        kinds.append(Rewrapped(kind=DOCUMENTS, done=done, lost=lost))
        counts: Any = {one.kind.replace(" ", "_"): one.done for one in kinds}
        lost = sum(one.lost for one in kinds)
        async with self._store.transaction() as tx:
            now, key = self._clock.now(), self._vault.active
            tx.note(line(caller, "secrets.rotate", "", at=now, key=key, lost=lost, **counts))
        return tuple(kinds)

    async def _rotate(self, place: Place) -> Rewrapped:
        done, lost, after = 0, 0, None
        while True:
            async with self._store.transaction() as tx:
                batch = await tx.rewrapping.rewrap(place, after=after, limit=AT_ONCE)
            done, lost, after = done + batch.done, lost + batch.lost, batch.last
            if after is None:
                return Rewrapped(kind=place.kind, done=done, lost=lost)

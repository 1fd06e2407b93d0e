"""Which of several gateways does what only one should: look at an appliance, keep house.

Each process has a name that outlives it and a mark that does not. It shows that it lives by
renewing its leases; one that stopped loses them after `LEASE`. One that comes back under its name
need not wait for that: what its former self held was given up by dying.
"""

import logging
import os
from collections.abc import Collection, Iterable
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.sharing import quota
from ffgateway.store.transaction import Store, Transaction

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
"""How long a lease lasts unless it is renewed: how long a dead process is missed."""

BEAT = timedelta(seconds=5)
"""How often leases are renewed."""

MARGIN = timedelta(seconds=3)
"""How long before its end a lease no longer counts for beginning something new."""

CLOCKS_AGREE = timedelta(seconds=10)
"""More than the clocks of two gateways on one database may differ by."""

PROCESS = "process/"
DEVICE = "device/"
ENDPOINT = "endpoint/"


class Leasing:
    """The leases of this process. Until it joins it holds nothing and trusts itself: a test, a tool."""

    def __init__(self, store: Store, clock: Clock, *, name: str) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._sure_until: float | None = None
        self._mine: dict[str, frozenset[str]] = {}
        self.holder = f"{name}#{os.urandom(4).hex()}"

    async def join(self) -> None:
        """Come to life, and take over what a former self of the same name left."""
        began, now = self._clock.monotonic(), self._clock.now()
        async with self._store.transaction() as tx:
            living = (await tx.leases.held(PROCESS, at=now)).values()
            former = [one for one in living if one.rpartition("#")[0] == self._name]
            await tx.leases.evict(former)
            await tx.leases.take(self._own, self.holder, at=now, until=now + LEASE)
        self._renewed(began)

    @property
    def _own(self) -> str:
        return PROCESS + self.holder

    def _renewed(self, began: float) -> None:
        self._sure_until = began + (LEASE - MARGIN).total_seconds()

    async def beat(self) -> None:
        """Renew what is held. A process that was thought dead begins anew with nothing."""
        began, now = self._clock.monotonic(), self._clock.now()
        async with self._store.transaction() as tx:
            kept = await tx.leases.renew(self.holder, at=now, until=now + LEASE)
            if self._own not in kept:
                log.warning("replica.overtaken", extra={"holder": self.holder})
                await tx.leases.take(self._own, self.holder, at=now, until=now + LEASE)
        self._mine = {kind: mine & kept for kind, mine in self._mine.items()}
        self._renewed(began)

    def sure(self) -> bool:
        """Whether nobody can have taken this process for dead yet."""
        return self._sure_until is None or self._clock.monotonic() < self._sure_until

    async def living(self) -> frozenset[str]:
        """The holders that are alive, this one among them once it has joined."""
        async with self._store.reading() as tx:
            return frozenset((await tx.leases.held(PROCESS, at=self._clock.now())).values())

    async def share(
        self, ids: Iterable[str], *, kind: str = DEVICE, busy: Collection[str] = ()
    ) -> frozenset[str]:
        """Take a fair part of the appliances, or things of another kind; return those that are ours
        until the next beat.

        What is more than our part is given back, so that a process that came later gets its own;
        but not now what is `busy`.
        """
        wanted = {kind + one for one in ids}
        unready = {kind + one for one in busy}
        now = self._clock.now()
        async with self._store.transaction() as tx:
            processes = len(await tx.leases.held(PROCESS, at=now))
            held = await tx.leases.held(kind, at=now)
            mine = [name for name, holder in held.items() if holder == self.holder]
            mine.sort(key=lambda name: (name not in unready, name))
            most = quota(len(wanted), processes)
            keep = [name for name in mine if name in wanted][: max(most, len(unready))]
            await tx.leases.release(self.holder, set(mine) - set(keep))
            for name in sorted(wanted - held.keys()):
                if len(keep) >= most:
                    break
                if await tx.leases.take(name, self.holder, at=now, until=now + LEASE):
                    keep.append(name)
        self._mine[kind] = frozenset(keep)
        return frozenset(name.removeprefix(kind) for name in keep)

    def looks_at(self, device_id: str) -> bool:
        """Whether this process is the one that looks at an appliance, as far as it knows."""
        return self.holds(device_id, kind=DEVICE)

    def holds(self, thing: str, *, kind: str) -> bool:
        """Whether something is ours, as far as this process knows."""
        return kind + thing in self._mine.get(kind, ())

    async def still(self, tx: Transaction, things: Iterable[str], *, kind: str) -> frozenset[str]:
        """Which of the things that were ours are so still, as a transaction sees it."""
        names = await tx.leases.of(self.holder, [kind + one for one in things])
        return frozenset(name.removeprefix(kind) for name in names)

    @property
    def alone(self) -> bool:
        """Whether everything is ours: nobody else can be there, or this process has not joined."""
        return self._store.embedded or self._sure_until is None

    async def leave(self) -> None:
        """Give everything back, so that nobody waits for it."""
        if self._sure_until is None:
            return
        async with self._store.transaction() as tx:
            await tx.leases.release(self.holder)
        self._sure_until, self._mine = None, {}

"""Open a transaction; it carries the stores.

Whatever happened within it is told, audited and put into the outbox by its commit, or not at all.
No transaction is ever open across the network.
"""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.clock import Clock
from ffgateway.domain.audit import AuditEntry, Call, Kind
from ffgateway.domain.events import EventDraft
from ffgateway.domain.identity import new_id
from ffgateway.domain.told import Told
from ffgateway.store.acting import ActingStore
from ffgateway.store.audit import AuditStore
from ffgateway.store.batches import BatchStore
from ffgateway.store.deliveries import DeliveryStore
from ffgateway.store.details import DetailStore
from ffgateway.store.devices import DeviceStore
from ffgateway.store.engines import Engines
from ffgateway.store.entries import EntryStore
from ffgateway.store.events import EventStore
from ffgateway.store.faxes import FaxStore
from ffgateway.store.fleet import FleetStore
from ffgateway.store.idempotency import IdempotencyStore
from ffgateway.store.inbound import InboundStore
from ffgateway.store.leases import LeaseStore
from ffgateway.store.ledger import Ledger
from ffgateway.store.lines import LineStore
from ffgateway.store.outbox import Outbox
from ffgateway.store.overseen import OverseenStore
from ffgateway.store.pen import Pen
from ffgateway.store.receivers import ReceiverStore
from ffgateway.store.records import KeyStore
from ffgateway.store.replays import ReplayStore
from ffgateway.store.rewrapping import Rewrapping
from ffgateway.store.sealing import SealStore
from ffgateway.store.signals import Signals
from ffgateway.store.spending import SpendingStore
from ffgateway.store.standing import StandingStore
from ffgateway.store.submissions import SubmissionStore
from ffgateway.store.subscriptions import SubscriptionStore
from ffgateway.store.suppressions import SuppressionStore
from ffgateway.store.telling import Telling, tell
from ffgateway.store.troubles import database_told
from ffgateway.store.vault import Vault


class Transaction:
    """The stores of one transaction, and what it will tell when it commits."""

    def __init__(self, session: AsyncSession, vault: Vault, clock: Clock) -> None:
        self.session = session
        self.faxes = FaxStore(session)
        self.standing = StandingStore(session)
        self.entries = EntryStore(session)
        self.overseen = OverseenStore(session)
        self.submissions = SubmissionStore(session)
        self.batches = BatchStore(session)
        self.devices = DeviceStore(session, vault)
        self.acting = ActingStore(session, vault)
        self.subscriptions = SubscriptionStore(session)
        self.receivers = ReceiverStore(session, vault)
        self.details = DetailStore(session)
        self.events = EventStore(session)
        self.outbox = Outbox(session)
        self.deliveries = DeliveryStore(session)
        self.replays = ReplayStore(session)
        self.audit = AuditStore(session)
        self.seals = SealStore(session, vault)
        self.rewrapping = Rewrapping(session, vault)
        self.keys = KeyStore(session)
        self.spending = SpendingStore(session)
        self.inbound = InboundStore(session)
        self.fleet = FleetStore(session)
        self.leases = LeaseStore(session)
        self.lines = LineStore(session)
        self.suppressions = SuppressionStore(session)
        self.idempotency = IdempotencyStore(session, vault)
        self._clock = clock
        self._told: list[tuple[str, EventDraft]] = []
        self._addressed: dict[str, str] = {}
        self._noted: list[AuditEntry] = []
        self.told = self.queued = False  # what the commit brought: events, deliveries
        self.brought = Told()

    def tell(self, *drafts: EventDraft) -> None:
        """Say what happened; the commit gives it its place and sends it to whoever asked."""
        self._told += [(self.identify("evt"), draft) for draft in drafts]

    def tell_one(self, draft: EventDraft, subscription_id: str) -> str:
        """Say something to one endpoint alone, whatever it subscribed to; return the event's id."""
        event_id = self.identify("evt")
        self._told.append((event_id, draft))
        self._addressed[event_id] = subscription_id
        return event_id

    def queue(self) -> None:
        """Say that there is something to deliver, though nothing happened."""
        self.queued = True

    def note(self, *entries: AuditEntry) -> None:
        """Put lines on record; the commit writes them."""
        self._noted += entries

    def committed(self) -> None:
        """It is on record: the calls whose rows were among what was noted leave no other."""
        for entry in self._noted:
            if entry.call is not None:
                entry.call.recorded = True

    def identify(self, prefix: str, *, at: datetime | None = None) -> str:
        """Make an id for something new, or for something that is older and was not known."""
        return new_id(prefix, at=at or self._clock.now(), entropy=os.urandom(10))

    async def flush(self, *, word: str = "") -> None:
        """Write what was noted and told; with that say a word to other gateways."""
        if self._noted:
            await self.audit.append(settled(self._noted))
        if not self._told:
            return
        await self.session.flush()
        telling = Telling(
            drafts=self._told, addressed=self._addressed, at=self._clock.now(), word=word
        )
        self.brought = await tell(await self.session.connection(), telling)
        self.told, self.queued = True, self.queued or bool(self.brought.deliveries)


def settled(noted: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Say which rows are those of calls: the first of each that has none yet. Others are acts."""
    seen: set[Call] = set()
    rows = []
    for entry in noted:
        own = entry.call is not None and not entry.call.recorded and entry.call not in seen
        if entry.call is not None and own:
            seen.add(entry.call)
        rows.append(replace(entry, kind=Kind.CALL) if own else entry)
    return rows


Wake = Callable[[Told], None]


class Store:
    """The database. Who is woken by `when_told` hears of each commit that told something, by
    `when_queued` of each that left something to deliver.

    With `signals` so do other processes.
    """

    def __init__(
        self, engines: Engines, vault: Vault, clock: Clock, *, signals: Signals | None = None
    ) -> None:
        self._engines = engines
        self._signals = signals
        self._vault = vault
        self._clock = clock
        self._told: list[Wake] = []
        self._pen = Pen() if engines.sqlite else None
        self.ledger = Ledger(engines)
        self._queued: list[Wake] = []

    @property
    def embedded(self) -> bool:
        """Whether this is SQLite, and hence one process."""
        return self._engines.sqlite

    def when_told(self, wake: Wake) -> None:
        """Have `wake` called after each commit that told something, with that."""
        self._told.append(wake)

    def when_queued(self, wake: Wake) -> None:
        """Have `wake` called after each commit that left something to deliver, with what it told."""
        self._queued.append(wake)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Change things: all of it is kept, with its events and its record, or none.

        Raises `StorageUnavailable` when the database cannot.
        """
        with database_told():
            async with self._changing() as opened:
                yield opened
        opened.committed()
        for wake in (*self._told * opened.told, *self._queued * opened.queued):
            wake(opened.brought)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Transaction]:
        async with (
            self._pen.held() if self._pen else nullcontext(),
            AsyncSession(self._engines.writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            opened = Transaction(session, self._vault, self._clock)
            yield opened
            signals = None if self._engines.sqlite else self._signals
            await opened.flush(word=signals.word("told") if signals else "")
            if signals and opened.queued and not opened.told:
                await session.exec(signals.saying("told"))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Look at things as they are at one moment; nothing is changed or told.

        Raises `StorageUnavailable` when the database cannot.
        """
        with database_told():
            # begun by what is asked first, and ended by closing, which nobody's leaving breaks off
            async with AsyncSession(self._engines.reading, expire_on_commit=False) as session:
                yield Transaction(session, self._vault, self._clock)

    async def ready(self) -> None:
        """Ask the database for a sign of life. Raises `StorageUnavailable` when there is none."""
        async with self.reading() as tx:
            await tx.events.head()

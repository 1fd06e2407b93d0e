"""The parts of a process, wired; what `app` opens and closes."""

from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.delivery.broadcast import Tail
from ffgateway.delivery.destinations import Destinations
from ffgateway.delivery.issuer import IssuerKeys
from ffgateway.delivery.names import Names
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.outlets import outlets
from ffgateway.delivery.webhooks import WebhookSink
from ffgateway.devices.fleet import Fleet
from ffgateway.domain.devices import Device
from ffgateway.services.accepting import Accepting
from ffgateway.services.appliances import Appliances
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.services.batching import Batching
from ffgateway.services.bearer_tokens import BearerTokens
from ffgateway.services.breakers import Breakers
from ffgateway.services.claiming import Claiming
from ffgateway.services.clocks import Clocks
from ffgateway.services.consenting import Consenting
from ffgateway.services.delivering import Delivering
from ffgateway.services.drifting import Drifting
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.fresh import Fresh
from ffgateway.services.history import History
from ffgateway.services.keeping import Keeping
from ffgateway.services.keys import Keys
from ffgateway.services.leasing import Leasing
from ffgateway.services.line_watching import LineWatching
from ffgateway.services.observing import Observing
from ffgateway.services.once import Once
from ffgateway.services.overseeing import Overseeing
from ffgateway.services.pdfs import Pdfs
from ffgateway.services.placing import Placing
from ffgateway.services.receiving import Receiving
from ffgateway.services.reconciling import Reconciling
from ffgateway.services.recording import Recording
from ffgateway.services.replaying import Replaying
from ffgateway.services.retaining import Retaining
from ffgateway.services.sealing import Sealing
from ffgateway.services.signing import Signing
from ffgateway.services.submitting import Submitting
from ffgateway.services.wrong_keys import PAUSE
from ffgateway.settings import Settings
from ffgateway.store.pen import Rank, take_rank
from ffgateway.store.signals import Signals
from ffgateway.store.spool import Spool, remote_store
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from ffgateway.wiring.bells import Bells, Loops
from ffgateway.wiring.offered import offered
from ffgateway.workers.loops import (
    Batcher,
    Comparer,
    Dispatcher,
    Heart,
    Janitor,
    Overseer,
    Replayer,
    Sealer,
    Stamper,
    Submitter,
    Tailer,
)
from ffgateway.workers.poller import Poller
from ffgateway.workers.supervisor import Supervisor

CHORES = frozenset({"batcher", "replayer", "overseer", "sealer", "janitor", "stamper", "comparer"})
"""The loops that nobody waits for to the second."""


def _rank(loop: str) -> None:
    """Who of the loops writes first."""
    take_rank(Rank.CHORE if loop in CHORES else Rank.LOOP)


class Parts:
    """Everything of one process, wired. Nothing runs before `start`.

    Made in the order in which each needs the ones before it: what everybody uses, the appliances,
    the faxes, the webhooks, the record, the loops, and last what the surfaces are given.
    """

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, *, vault: Vault, signals: Signals
    ) -> None:
        self.settings = settings
        self.store, self.clock, self.vault, self.signals = store, clock, vault, signals
        self.leasing = Leasing(store, clock, name=settings.replica_name)
        self.bells = Bells(self.leasing, signals)
        self.gate = Gate(store, clock)
        self.spool = Spool(settings.spool_dir, vault, store=remote_store(settings.spool_url))
        self.pdfs = Pdfs()
        self._wire_appliances()
        self._wire_faxes()
        self._wire_webhooks()
        self._wire_record()
        self._wire_access()
        self._wire_loops()
        self.gateway = offered(self)

    def _wire_appliances(self) -> None:
        settings, store, clock = self.settings, self.store, self.clock
        self.fleet = Fleet()
        fresh = Fresh(clock, keep=timedelta(seconds=settings.fresh_seconds))
        self.appliances = Appliances(store, self.fleet, fresh)
        self.asking = Asking(store, self.appliances, self.gate, clock)
        self.free_lines = FreeLines(clock)
        self.observing = Observing(
            store,
            self.appliances,
            Reconciling(settle_after=timedelta(seconds=settings.settle_seconds)),
            clock,
            receiving=Receiving(store, clock),
            breakers=Breakers(store, clock),
            free_lines=self.free_lines,
            line_watching=LineWatching(store, clock),
            clocks=Clocks(store, clock, too_far=settings.clock_too_far),
            settled=self.bells.settled,
        )
        self.drifting = Drifting(store, self.asking, clock, every=settings.drift_every)

    def _wire_faxes(self) -> None:
        settings, store, clock = self.settings, self.store, self.clock
        self.placing = Placing(self.free_lines, most=settings.faxes_per_line)
        self.accepting = Accepting(
            clock,
            external=settings.external_documents,
            within=timedelta(hours=settings.fax_deadline_hours),
            rounds=settings.retry_rounds,
        )
        self.claiming = Claiming(
            store,
            clock,
            leasing=self.leasing,
            placing=self.placing,
            held=self.bells.faxes_changed,
        )
        self.submitting = Submitting(
            store,
            self.spool,
            self.appliances,
            self.observing,
            clock,
            leasing=self.leasing,
            claiming=self.claiming,
            placing=self.placing,
            placed=self.bells.taken,
            look=self.bells.look_at,
        )
        self.overseeing = Overseeing(
            store,
            self.spool,
            self.appliances,
            clock,
            accepting=self.accepting,
            changed=self.bells.faxes_changed,
        )
        self.batching = Batching(
            store,
            clock,
            accepting=self.accepting,
            queued=self.bells.settled,
            stopping=self.bells.faxes_changed,
        )

    def _wire_webhooks(self) -> None:
        settings, store, clock = self.settings, self.store, self.clock
        guard, names = AddressGuard(settings.allowed_networks), Names()
        self.destinations = Destinations(guard, names)
        self.sink = WebhookSink(
            guard,
            clock=clock,
            deadline=timedelta(seconds=settings.webhook_deadline_seconds),
            resolver=names,
            proxy=settings.proxy,
        )
        self.delivering = Delivering(store, self.sink, clock, leasing=self.leasing)
        self.signing = Signing(store, self.gate, clock, wake=self.bells.webhooks_changed)
        self.consenting = Consenting(
            store,
            self.sink,
            self.gate,
            clock,
            origin=settings.webhook_origin,
            wake=self.bells.webhooks_changed,
        )

    def _wire_record(self) -> None:
        """What is written down of all that happens, and how long it is kept."""
        settings, store, clock = self.settings, self.store, self.clock
        self.recording = Recording(store.ledger, clock)
        self.tail = Tail()
        self.history = History(store, self.tail, self.gate, self.recording)
        self.sealing = Sealing(
            store,
            clock,
            holder=self.leasing.holder,
            origin=settings.audit_origin,
            outlets=outlets(settings.audit_checkpoint_file, settings.audit_syslog),
        )
        self.retaining = Retaining(store, self.gate, clock, keep=settings.audit_keep)
        self.keeping = Keeping(
            store,
            self.spool,
            clock,
            retention=settings.document_retention,
            events_kept=settings.events_kept,
        )

    def _wire_access(self) -> None:
        settings, store, clock = self.settings, self.store, self.clock
        self.once = Once(store, clock, keep=settings.idempotency_keep)
        self.issuer = IssuerKeys(settings.oidc_issuer, clock) if settings.oidc_issuer else None
        self.keys = Keys(
            store,
            self.gate,
            clock,
            tokens=self._tokens(),
            wrong_per_minute=settings.wrong_keys_per_minute,
            wrong_pause=PAUSE,
        )

    def _tokens(self) -> BearerTokens | None:
        if self.issuer is None:
            return None
        settings = self.settings
        return BearerTokens(
            self.issuer,
            self.clock,
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            algorithms=settings.oidc_allowed,
            claim=settings.oidc_scope_claim,
            grants=settings.oidc_granted,
        )

    def _wire_loops(self) -> None:
        clock = self.clock
        self.loops = Loops(
            submitter=Submitter(self.claiming, self.submitting, clock),
            poller=Poller(self.observing, self._devices),
            overseer=Overseer(self.overseeing, clock),
            batcher=Batcher(self.batching, self.clock),
            replayer=Replayer(Replaying(self.store, clock)),
            dispatcher=Dispatcher(self.delivering, clock),
            tailer=Tailer(self.history, self.tail.begin, self.tail.append),
        )
        self.bells.hang(self.loops)
        self.supervisor = Supervisor(clock, begin=_rank)

    async def _devices(self) -> tuple[Device, ...]:
        """The appliances that are ours to look at."""
        devices = await self.appliances.roster()
        mine = await self.leasing.share(one.id for one in devices)
        return tuple(one for one in devices if one.id in mine)

    async def start(self) -> None:
        """Take up what an earlier process left, then run the loops."""
        await self.leasing.join()
        await self.claiming.recover()
        await self.once.recover()
        await self.sealing.begin()
        self.store.when_queued(self.loops.dispatcher.wake)
        self.store.when_told(self.loops.tailer.wake)
        run = self.supervisor.start
        run("heart", Heart(self.leasing, self.claiming, self.clock).run)
        if not self.store.embedded:
            run("ear", lambda: self.signals.listen(self.bells.heard))
            run("voice", self.signals.speak)
        run("tailer", self.loops.tailer.run)
        run("dispatcher", self.loops.dispatcher.run)
        run("replayer", self.loops.replayer.run)
        run("submitter", self.loops.submitter.run)
        run("batcher", self.loops.batcher.run)
        run("poller", self.loops.poller.run)
        run("overseer", self.loops.overseer.run)
        run("sealer", Sealer(self.sealing, self.clock).run)
        run("janitor", self._janitor().run)
        run("stamper", Stamper(self.keys, self.clock).run)
        if every := self.settings.drift_every:
            run("comparer", Comparer(self.drifting, self.clock, every=every).run)

    def _janitor(self) -> Janitor:
        chores = (self.keeping.purge, self.once.purge, self.signing.purge, self.retaining.purge)
        lots = (self.keeping.purge_events, self.keeping.retire_events)
        return Janitor(chores, lots, self.recording, clock=self.clock)

    async def stop(self) -> None:
        """End the loops, then let go of every connection."""
        self.tail.close()
        await self.supervisor.stop()
        await self.leasing.leave()
        await self.fleet.close()
        await self.sink.close()
        if self.issuer is not None:
            await self.issuer.close()
        self.pdfs.close()

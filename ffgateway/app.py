"""Puts the parts together; the only place that builds anything. Two lifetimes: process and request.

`running` opens the database, starts the loops and gives the services; `surface`, a module of its own, puts
REST and GraphQL in front of them; `create_app` does both within the lifespan of an ASGI server.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

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
from ffgateway.domain.identity import new_id
from ffgateway.services.accepting import Accepting
from ffgateway.services.appliances import Appliances
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.services.batches import Batches
from ffgateway.services.batching import Batching
from ffgateway.services.bearer_tokens import BearerTokens
from ffgateway.services.breakers import Breakers
from ffgateway.services.clocks import Clocks
from ffgateway.services.configuration import Configuration
from ffgateway.services.consenting import Consenting
from ffgateway.services.deciding import Deciding
from ffgateway.services.delivering import Delivering
from ffgateway.services.devices import Devices
from ffgateway.services.directory import Directory
from ffgateway.services.documents import Documents
from ffgateway.services.drifting import Drifting
from ffgateway.services.entries import Entries
from ffgateway.services.event_types import EventTypes
from ffgateway.services.everywhere import Everywhere
from ffgateway.services.exchange import Exchange
from ffgateway.services.exporting import Exporting
from ffgateway.services.faxes import Faxes
from ffgateway.services.fleet import FleetDocuments
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.fresh import Fresh
from ffgateway.services.gateway import Gateway
from ffgateway.services.groups import Groups
from ffgateway.services.history import History
from ffgateway.services.holdings import Holdings
from ffgateway.services.inbound import Inbound
from ffgateway.services.keeping import Keeping
from ffgateway.services.keys import Keys
from ffgateway.services.leasing import Leasing
from ffgateway.services.line_watching import LineWatching
from ffgateway.services.lines import Lines
from ffgateway.services.logs import DeviceLogs
from ffgateway.services.observing import Observing
from ffgateway.services.once import Once
from ffgateway.services.overseeing import Overseeing
from ffgateway.services.pdfs import Pdfs
from ffgateway.services.placing import Placing
from ffgateway.services.previewing import Previewing
from ffgateway.services.probing import Probing
from ffgateway.services.proving import Proving
from ffgateway.services.quotas import Quotas
from ffgateway.services.receipts import Receipts
from ffgateway.services.receiving import Receiving
from ffgateway.services.reconciling import Reconciling
from ffgateway.services.recording import Recording
from ffgateway.services.replaying import Replaying
from ffgateway.services.replays import Replays
from ffgateway.services.resources import Resources
from ffgateway.services.retaining import Retaining
from ffgateway.services.sealing import Sealing
from ffgateway.services.secrets import Secrets
from ffgateway.services.signing import Signing
from ffgateway.services.spreading import Spreading
from ffgateway.services.submitting import Submitting
from ffgateway.services.subscriptions import Subscriptions
from ffgateway.services.suppressing import Suppressing
from ffgateway.services.taking import Taking
from ffgateway.settings import Settings
from ffgateway.store.engines import engines
from ffgateway.store.migrating import upgrade
from ffgateway.store.signals import LOST, Signals
from ffgateway.store.spool import Spool, remote_store
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from ffgateway.surface import surface as surface  # noqa: PLC0414  # and for who looks for it here
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


class Parts:
    """Everything of one process, wired. Nothing runs yet."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, *, vault: Vault, signals: Signals
    ) -> None:
        self.store, self.clock, self.signals = store, clock, signals
        self.leasing = Leasing(store, clock, name=settings.replica_name)
        remote = remote_store(settings.spool_url)
        self.spool = Spool(settings.spool_dir, vault, store=remote)
        self.vault, self.pdfs = vault, Pdfs()
        self.fleet = Fleet()
        self.tail = Tail()
        guard = AddressGuard(settings.allowed_networks)
        names = Names()
        self.destinations = Destinations(guard, names)
        self.sink = WebhookSink(
            guard,
            clock=clock,
            deadline=timedelta(seconds=settings.webhook_deadline_seconds),
            resolver=names,
            proxy=settings.proxy,
        )
        gate = Gate(store, clock)
        self.recording = Recording(store.ledger, clock)
        self.appliances = appliances = Appliances(
            store, self.fleet, Fresh(clock, keep=timedelta(seconds=settings.fresh_seconds))
        )
        self.asking = Asking(store, appliances, gate, clock)
        reconciling = Reconciling(settle_after=timedelta(seconds=settings.settle_seconds))
        free_lines = FreeLines(clock)
        self.placing = Placing(free_lines, most=settings.faxes_per_line)
        self.observing = Observing(
            store,
            appliances,
            reconciling,
            clock,
            receiving=Receiving(store, clock),
            breakers=Breakers(store, clock),
            free_lines=free_lines,
            line_watching=LineWatching(store, clock),
            clocks=Clocks(store, clock, too_far=settings.clock_too_far),
            settled=self._settled,
        )
        self.submitting = Submitting(
            store,
            self.spool,
            appliances,
            self.observing,
            clock,
            leasing=self.leasing,
            placing=self.placing,
            placed=self._taken,
            look=self._look_at,
            held=self._faxes_changed,
        )
        self.accepting = Accepting(
            clock,
            external=settings.external_documents,
            within=timedelta(hours=settings.fax_deadline_hours),
            rounds=settings.retry_rounds,
        )
        overseeing = Overseeing(
            store,
            self.spool,
            appliances,
            clock,
            accepting=self.accepting,
            changed=self._faxes_changed,
        )
        self.overseer = Overseer(overseeing, clock)
        self.batching = Batching(
            store,
            clock,
            accepting=self.accepting,
            queued=self._settled,
            stopping=self._faxes_changed,
        )
        self.delivering = Delivering(store, self.sink, clock, leasing=self.leasing)
        self.sealing = Sealing(
            store,
            clock,
            holder=self.leasing.holder,
            origin=settings.audit_origin,
            outlets=outlets(settings.audit_checkpoint_file, settings.audit_syslog),
        )
        self.retaining = Retaining(store, gate, clock, keep=settings.audit_keep)
        self.history = History(store, self.tail, gate, self.recording)
        self.keeping = Keeping(
            store,
            self.spool,
            clock,
            retention=settings.document_retention,
            events_kept=settings.events_kept,
        )
        self.once = Once(store, clock, keep=settings.idempotency_keep)
        self.issuer = IssuerKeys(settings.oidc_issuer, clock) if settings.oidc_issuer else None
        self.keys = Keys(
            store,
            gate,
            clock,
            tokens=self._tokens(settings),
            wrong_per_minute=settings.wrong_keys_per_minute,
        )
        self.signing = Signing(store, gate, clock, wake=self._webhooks_changed)
        self.consenting = Consenting(
            store,
            self.sink,
            gate,
            clock,
            origin=settings.webhook_origin,
            wake=self._webhooks_changed,
        )
        self.drift_every = settings.drift_every
        self.drifting = Drifting(store, self.asking, clock, every=self.drift_every)
        self.poller = Poller(self.observing, self._devices)
        self.submitter = Submitter(self.submitting, clock)
        self.batcher = Batcher(self.batching)
        self.dispatcher = Dispatcher(self.delivering, clock)
        self.tailer = Tailer(self.history, self.tail.begin, self.tail.append)
        self.replayer = Replayer(Replaying(store, clock))
        self.supervisor = Supervisor(clock)
        self.gateway = self._services(settings, gate, appliances)

    def _tokens(self, settings: Settings) -> BearerTokens | None:
        if self.issuer is None:
            return None
        return BearerTokens(
            self.issuer,
            self.clock,
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            algorithms=settings.oidc_allowed,
            claim=settings.oidc_scope_claim,
            grants=settings.oidc_granted,
        )

    def _services(self, settings: Settings, gate: Gate, appliances: Appliances) -> Gateway:
        """What the surfaces are given: the services that people call."""
        store, clock = self.store, self.clock
        return Gateway(
            keys=self.keys,
            faxes=Faxes(
                store,
                self.spool,
                appliances,
                gate,
                clock,
                accepting=self.accepting,
                taking=Taking(store, self.tail),
                wake=self._promised,
                look=self._faxes_changed,
            ),
            previewing=Previewing(
                store, gate, clock, accepting=self.accepting, placing=self.placing
            ),
            suppressing=Suppressing(store, gate, clock, wake=self._let_go),
            deciding=Deciding(store, appliances, gate, clock, wake=self._faxes_changed),
            batches=Batches(store, gate, clock, accepting=self.accepting, wake=self.batcher.wake),
            documents=Documents(store, self.spool, self.pdfs, gate, clock),
            devices=Devices(
                store,
                appliances,
                self.observing,
                gate,
                clock,
                asking=self.asking,
                changed=self._fleet_changed,
            ),
            directory=Directory(self.asking),
            groups=Groups(self.asking),
            configuration=Configuration(self.asking),
            logs=DeviceLogs(self.asking),
            resources=Resources(store, self.asking, gate),
            everywhere=Everywhere(Spreading(store, self.asking, gate)),
            subscriptions=Subscriptions(
                store,
                self.destinations,
                gate,
                clock,
                consenting=self.consenting,
                wake=self._webhooks_changed,
            ),
            replays=Replays(store, gate, clock, wake=self._webhooks_changed),
            event_types=EventTypes(gate),
            signing=self.signing,
            consenting=self.consenting,
            history=self.history,
            lines=Lines(self.asking),
            inbound=Inbound(store, gate),
            entries=Entries(store, self.asking, clock, changed=self._look_at),
            fresh=appliances.fresh,
            fleet=FleetDocuments(store, self.asking, gate, clock),
            exchange=Exchange(self.asking),
            probing=Probing(self.asking),
            once=self.once,
            quotas=Quotas(clock, per_minute=settings.quota_per_minute),
            recording=self.recording,
            proving=Proving(store, gate, clock),
            exporting=Exporting(store, gate),
            receipts=Receipts(store, gate),
            holdings=Holdings(
                store, self.spool, appliances, gate, retention=settings.document_retention
            ),
            retaining=self.retaining,
            secrets=Secrets(store, self.spool, self.vault, gate, clock),
            clock=clock,
            ready=store.ready,
            workers=self.supervisor.report,
        )

    async def _devices(self) -> tuple[Device, ...]:
        """The appliances that are ours to look at."""
        devices = await self.appliances.roster()
        mine = await self.leasing.share(one.id for one in devices if one.enabled)
        return tuple(one for one in devices if one.id in mine)

    def _settled(self) -> None:
        self.submitter.wake()  # an appliance may be free, or known again

    def _taken(self, device_id: str) -> None:
        if self.leasing.looks_at(device_id):
            self.poller.look_often(device_id)
        else:
            self.signals.say("look", device_id)

    def _look_at(self, device_id: str) -> None:
        self.poller.look_soon(device_id)
        if not self.leasing.looks_at(device_id):
            self.signals.say("look", device_id)

    def _promised(self) -> None:
        self.submitter.wake()
        self.signals.say("promised")

    def _faxes_changed(self) -> None:
        self._see_to_faxes()
        self.signals.say("faxes")

    def _let_go(self) -> None:
        self.overseer.wake()
        self._promised()

    def _see_to_faxes(self) -> None:
        self.submitter.wake()
        self.poller.look_everywhere()  # one may be to be stopped there, another wait for it

    def _webhooks_changed(self) -> None:
        self.replayer.wake()
        self.dispatcher.endpoints_changed()
        self.signals.say("webhooks")

    def _fleet_changed(self) -> None:
        self._see_to_fleet()
        self.signals.say("fleet")

    def _see_to_fleet(self) -> None:
        self.poller.fleet_changed()
        self.submitter.wake()

    def _heard(self, topic: str, about: str) -> None:
        """Another gateway on this database did something; or (`LOST`) it may have."""
        if topic in {"told", LOST}:
            self.dispatcher.wake()
            self.tailer.wake()
        if topic == "look":
            self.poller.look_soon(about)
        if topic == "promised":
            self.submitter.wake()
        if topic in {"webhooks", LOST}:
            self.dispatcher.endpoints_changed()
        if topic in {"faxes", LOST}:
            self._see_to_faxes()
        if topic in {"fleet", LOST}:
            self._see_to_fleet()

    async def start(self) -> None:
        """Take up what an earlier process left, then run the loops."""
        await self.leasing.join()
        await self.submitting.recover()
        await self.once.recover()
        await self.sealing.begin()
        self.store.when_queued(self.dispatcher.wake)
        self.store.when_told(self.tailer.wake)
        heart = Heart(self.leasing, self.submitting, self.clock)
        self.supervisor.start("heart", heart.run)
        if not self.store.embedded:
            self.supervisor.start("ear", lambda: self.signals.listen(self._heard))
            self.supervisor.start("voice", self.signals.speak)
        self.supervisor.start("tailer", self.tailer.run)
        self.supervisor.start("dispatcher", self.dispatcher.run)
        self.supervisor.start("replayer", self.replayer.run)
        self.supervisor.start("submitter", self.submitter.run)
        self.supervisor.start("batcher", self.batcher.run)
        self.supervisor.start("poller", self.poller.run)
        self.supervisor.start("overseer", self.overseer.run)
        self.supervisor.start("sealer", Sealer(self.sealing, self.clock).run)
        chores = (self.keeping.purge, self.once.purge, self.signing.purge, self.retaining.purge)
        lots = (self.keeping.purge_events, self.keeping.retire_events)
        janitor = Janitor(chores, lots, self.recording, clock=self.clock)
        self.supervisor.start("janitor", janitor.run)
        self.supervisor.start("stamper", Stamper(self.keys, self.clock).run)
        if self.drift_every:
            comparer = Comparer(self.drifting, self.clock, every=self.drift_every)
            self.supervisor.start("comparer", comparer.run)

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


@asynccontextmanager
async def parts(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Open the database, bring it up to date, and wire everything; nothing runs."""
    clock = clock or Clock()
    async with engines(settings.database_url) as opened:
        await upgrade(opened)
        vault = Vault(*settings.service_keys())
        sender = new_id("rep", at=clock.now(), entropy=os.urandom(10))
        signals = Signals(opened.writing, sender=sender)
        store = Store(opened, vault, clock, signals=signals)
        wired = Parts(settings, store, clock, vault=vault, signals=signals)
        if settings.bootstrap_key is not None:
            await wired.keys.bootstrap(settings.bootstrap_key.get_secret_value())
        try:
            yield wired
        finally:
            await wired.stop()


@asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Gateway]:
    """A gateway at work."""
    async with parts(settings, clock=clock) as wired:
        await wired.start()
        yield wired.gateway


@asynccontextmanager
async def tools(settings: Settings) -> AsyncIterator[Gateway]:
    """The services alone, for commands that work on the database beside a running gateway."""
    async with parts(settings) as wired:
        yield wired.gateway


async def migrate(settings: Settings) -> None:
    """Bring the database up to date and leave."""
    async with engines(settings.database_url) as opened:
        await upgrade(opened)


class Application(Router):
    """The whole gateway as one ASGI application; the server's lifespan starts and stops it.

    Not mounted: a mount's pattern ends at a line end, and a path may hold one as %0A.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(default=self._forward, lifespan=self._lifespan)
        self._settings = settings
        self._inner: tuple[Gateway, ASGIApp] | None = None

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[None]:
        async with running(self._settings) as gateway:
            self._inner = gateway, surface(gateway, self._settings)
            yield
            self._inner = None

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._inner is not None:
            await self._inner[1](scope, receive, send)

    def stopping(self) -> None:
        """Let listeners go: whoever waits for what happens would keep the server from its end."""
        if self._inner is not None:
            self._inner[0].history.close()


def create_app(settings: Settings) -> Application:
    """The whole gateway for a server."""
    return Application(settings)

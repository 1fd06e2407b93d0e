"""The services put together without loops, so that a test takes each step itself.

async with gateway(store, clock, folder) as house, running(...) as box:
    device = await house.register(box)
    fax = await house.send()
    await house.submit()
    await house.look(device)
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ffgateway.delivery.broadcast import Tail
from ffgateway.delivery.destinations import Destinations
from ffgateway.delivery.names import Names
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.webhooks import WebhookSink
from ffgateway.devices.conversation import SILENCE
from ffgateway.devices.fleet import Fleet
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import AuditEntry, AuditFilter
from ffgateway.domain.devices import Device, DeviceDraft
from ffgateway.domain.events import Event
from ffgateway.domain.faxes import Fax, FaxDraft, Recipient
from ffgateway.domain.inbound import InboundFax
from ffgateway.domain.submissions import Submission
from ffgateway.services.accepting import Accepting
from ffgateway.services.acting import Acting
from ffgateway.services.appliances import Appliances
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.services.batches import Batches
from ffgateway.services.batching import Batching
from ffgateway.services.breakers import Breakers
from ffgateway.services.claiming import Claiming
from ffgateway.services.clocks import Clocks
from ffgateway.services.consenting import Consenting
from ffgateway.services.deciding import Deciding
from ffgateway.services.delivering import Delivering
from ffgateway.services.devices import Devices
from ffgateway.services.documents import Documents, chunks_of_bytes
from ffgateway.services.drifting import Drifting
from ffgateway.services.entries import Entries
from ffgateway.services.everywhere import Everywhere
from ffgateway.services.exporting import Exporting
from ffgateway.services.faxes import Faxes
from ffgateway.services.fleet import FleetDocuments
from ffgateway.services.free_lines import FreeLines
from ffgateway.services.groups import Groups
from ffgateway.services.history import History
from ffgateway.services.holdings import Holdings
from ffgateway.services.inbound import Inbound
from ffgateway.services.keeping import Keeping
from ffgateway.services.keys import Keys
from ffgateway.services.leasing import Leasing
from ffgateway.services.line_watching import LineWatching
from ffgateway.services.lines import Lines
from ffgateway.services.observing import Observing
from ffgateway.services.once import Once
from ffgateway.services.overseeing import Overseeing
from ffgateway.services.pdfs import Pdfs
from ffgateway.services.placing import Placing
from ffgateway.services.previewing import Previewing
from ffgateway.services.proving import Proving
from ffgateway.services.receipts import Receipts
from ffgateway.services.receiving import Receiving
from ffgateway.services.reconciling import Reconciling
from ffgateway.services.recording import Recording
from ffgateway.services.replaying import Replaying
from ffgateway.services.replays import Replays
from ffgateway.services.retaining import Retaining
from ffgateway.services.sealing import Outlet, Sealing
from ffgateway.services.signing import Signing
from ffgateway.services.spreading import Spreading
from ffgateway.services.submitting import Submitting
from ffgateway.services.subscriptions import Subscriptions
from ffgateway.services.suppressing import Suppressing
from ffgateway.services.taking import Taking
from ffgateway.simulator.running import Simulator
from ffgateway.store.spool import Spool
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from tests.support.clock import OwnClock

SETTLE = timedelta(seconds=30)
"""How long an appliance may go on with a request whose connection has ended, in these tests."""

EVERY = timedelta(hours=1)
"""How often appliances are compared with their documents, in these tests."""

MOST = 400
"""Unfinished faxes that an appliance is given for each line, in these tests."""

RETENTION = timedelta(days=30)
SERVICE_KEY = bytes(range(32))
"""What documents are sealed under in these tests."""

REMEMBERED = timedelta(days=7)
"""How long idempotency keys are kept, in these tests."""

SIX_YEARS = timedelta(days=2192)
"""How long audit rows are kept."""

ORIGIN = "gateway.example/audit"
"""What the audit log is called in these tests."""

TEXT = b"Dear colleague,\n"
NUMBER = "555-0100"

ANN = Caller(
    principal=Principal(id="key_ann", name="Ann", scopes=frozenset({Scope.ADMIN})),
    request_id="req_1",
    address="192.0.2.1",
)


def nothing(*_: object) -> None:
    """What loops would be woken by; here the test takes the next step itself."""


def listening(house: "House") -> History:
    """The logs of a house, with a listener's sign of life after everything there is."""
    recording = Recording(house.store.ledger, house.clock)
    return History(house.store, Tail(), house.gate, recording, heartbeat=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The services, and the steps of the loops one at a time."""

    store: Store
    clock: OwnClock
    leasing: Leasing
    spool: Spool
    appliances: Appliances
    asking: Asking
    observing: Observing
    claiming: Claiming
    submitting: Submitting
    delivering: Delivering
    keeping: Keeping
    gate: Gate
    keys: Keys
    faxes: Faxes
    previewing: Previewing
    deciding: Deciding
    suppressing: Suppressing
    overseeing: Overseeing
    batches: Batches
    batching: Batching
    documents: Documents
    devices: Devices
    acting: Acting
    groups: Groups
    everywhere: Everywhere
    subscriptions: Subscriptions
    signing: Signing
    replays: Replays
    replaying: Replaying
    consenting: Consenting
    lines: Lines
    inbound: Inbound
    entries: Entries
    fleet: FleetDocuments
    drifting: Drifting
    once: Once
    recording: Recording
    sealing: Sealing
    proving: Proving
    exporting: Exporting
    receipts: Receipts
    holdings: Holdings
    retaining: Retaining

    async def register(
        self, box: Simulator | str, name: str = "one", *, password: str = "admin", **more: Any
    ) -> Device:
        """Take a simulator, or whatever is at a URL, into the fleet; the first one is the oldest."""
        self.clock.advance(1)
        url = box if isinstance(box, str) else box.url
        more = {"model": "FF440"} | more
        draft = DeviceDraft(name=name, url=url, username="admin", password=password, **more)
        return await self.devices.register(ANN, draft)

    async def send(
        self, *numbers: str, content: bytes = TEXT, caller: Caller = ANN, **more: Any
    ) -> tuple[Fax, ...]:
        """Promise a fax of one text to each number."""
        document = await self.documents.keep(
            ANN,
            name="letter.txt",
            content_type="text/plain",
            chunks=chunks_of_bytes(content),
            field="document",
        )
        recipients = tuple(Recipient(fax_number=number) for number in numbers or (NUMBER,))
        draft = FaxDraft(recipients=recipients, documents=(document,))
        return await self.faxes.send(caller, replace(draft, **more))

    async def submit(self) -> int:
        """One round of handing over; return how many requests left."""
        claimed = await self.claiming.claim()
        for handover in claimed:
            await self.submitting.hand_over(handover)
        return len(claimed)

    async def look(self, device: Device) -> bool:
        """One look, a second later."""
        self.clock.advance(1)
        return await self.observing.look(device.id)

    async def deliver(self) -> int:
        """One round of delivering; return how many tries were made."""
        self.delivering.look_again()
        await self.delivering.read()
        parcels = self.delivering.take()
        for parcel in parcels:
            await self.delivering.send(parcel)
        await self.delivering.acknowledge()
        return len(parcels)

    async def fax(self, fax: Fax) -> Fax:
        """The fax as it is now."""
        async with self.store.reading() as tx:
            return await tx.faxes.get(fax.id)

    async def device(self, device: Device) -> Device:
        """The device as it is now."""
        async with self.store.reading() as tx:
            return await tx.devices.get(device.id)

    async def submission(self, fax: Fax) -> Submission:
        """The request of a fax as it is now."""
        async with self.store.reading() as tx:
            return await tx.submissions.get(fax.submission_id)

    async def story(self, thing: Fax | Device | InboundFax) -> list[str]:
        """The types of everything that was told of one thing, in order."""
        return [event.type for event in await self.told(thing.id)]

    async def told(self, subject: str) -> tuple[Event, ...]:
        """Everything that was told of one subject, in order."""
        async with self.store.reading() as tx:
            return await tx.events.of_subject(subject)

    async def audit(self, resource: str | None = None) -> list[AuditEntry]:
        """The audit log, the oldest line first."""
        async with self.store.reading() as tx:
            page = await tx.audit.page(AuditFilter(resource=resource), cursor=None, limit=1000)
        return list(reversed(page.items))

    async def acts(self, resource: str) -> list[str]:
        """What was done to one thing, in order."""
        return [line.action for line in await self.audit(resource)]


@asynccontextmanager
async def gateway(
    store: Store,
    clock: OwnClock,
    folder: Path,
    *,
    name: str = "house",
    silence: timedelta = SILENCE,
    settle_after: timedelta = SETTLE,
    clock_too_far: timedelta = timedelta(0),
    outlets: Sequence[Outlet] = (),
) -> AsyncIterator[House]:
    """Put the services together on a store; close every connection at the end.

    It holds no lease until a test has it join: to others it is dead.
    """
    accepting = Accepting(clock, external=False)
    spool = Spool(folder / "spool", Vault(SERVICE_KEY))
    fleet, gate = Fleet(silence=silence), Gate(store, clock)
    guard, names = AddressGuard(["127.0.0.0/8"]), Names()
    sink = WebhookSink(guard, clock=clock, resolver=names)
    appliances, leasing = Appliances(store, fleet), Leasing(store, clock, name=name)
    asking = Asking(store, appliances, gate, clock)
    free_lines = FreeLines(clock)
    placing = Placing(free_lines, most=MOST)
    claiming = Claiming(store, clock, leasing=leasing, placing=placing)
    observing = Observing(
        store,
        appliances,
        Reconciling(settle_after=settle_after),
        clock,
        receiving=Receiving(store, clock),
        breakers=Breakers(store, clock),
        free_lines=free_lines,
        line_watching=LineWatching(store, clock),
        clocks=Clocks(store, clock, too_far=clock_too_far),
        settled=nothing,
    )
    pdfs = Pdfs()
    consenting = Consenting(store, sink, gate, clock, origin="faxes.example", wake=nothing)
    try:
        yield House(
            store=store,
            clock=clock,
            leasing=leasing,
            spool=spool,
            appliances=appliances,
            asking=asking,
            observing=observing,
            claiming=claiming,
            submitting=Submitting(
                store,
                spool,
                appliances,
                observing,
                clock,
                leasing=leasing,
                claiming=claiming,
                placing=placing,
                placed=observing.stir,
                look=observing.stir,
            ),
            delivering=Delivering(store, sink, clock, leasing=leasing),
            keeping=Keeping(store, spool, clock, retention=RETENTION, events_kept=RETENTION),
            gate=gate,
            keys=Keys(store, gate, clock),
            faxes=Faxes(
                store,
                spool,
                appliances,
                gate,
                clock,
                accepting=accepting,
                taking=Taking(store, Tail()),
                wake=nothing,
                look=nothing,
            ),
            previewing=Previewing(store, gate, clock, accepting=accepting, placing=placing),
            suppressing=Suppressing(store, gate, clock, wake=nothing),
            overseeing=Overseeing(
                store, spool, appliances, clock, accepting=accepting, changed=nothing
            ),
            deciding=Deciding(store, appliances, gate, clock, wake=nothing),
            batches=Batches(store, gate, clock, accepting=accepting, wake=nothing),
            batching=Batching(store, clock, accepting=accepting, queued=nothing, stopping=nothing),
            documents=Documents(store, spool, pdfs, gate, clock),
            devices=Devices(
                store, appliances, observing, gate, clock, asking=asking, changed=nothing
            ),
            acting=Acting(store, appliances, gate, clock, changed=nothing),
            groups=Groups(asking),
            everywhere=Everywhere(Spreading(store, asking, gate)),
            subscriptions=Subscriptions(
                store,
                Destinations(guard, names),
                gate,
                clock,
                consenting=consenting,
                wake=nothing,
            ),
            signing=Signing(store, gate, clock, wake=nothing),
            replays=Replays(store, gate, clock, wake=nothing),
            replaying=Replaying(store, clock),
            consenting=consenting,
            lines=Lines(asking),
            inbound=Inbound(store, gate),
            entries=Entries(store, asking, clock, changed=observing.stir),
            fleet=FleetDocuments(store, asking, gate, clock),
            drifting=Drifting(store, asking, clock, every=EVERY),
            once=Once(store, clock, keep=REMEMBERED),
            recording=Recording(store.ledger, clock),
            sealing=Sealing(store, clock, holder=leasing.holder, origin=ORIGIN, outlets=outlets),
            proving=Proving(store, gate, clock),
            exporting=Exporting(store, gate),
            receipts=Receipts(store, gate),
            holdings=Holdings(store, spool, appliances, gate, retention=RETENTION),
            retaining=Retaining(store, gate, clock, keep=SIX_YEARS),
        )
    finally:
        await fleet.close()
        await sink.close()
        pdfs.close()

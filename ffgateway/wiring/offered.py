"""What the surfaces are given: the services that people call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ffgateway.services.acting import Acting
from ffgateway.services.batches import Batches
from ffgateway.services.configuration import Configuration
from ffgateway.services.deciding import Deciding
from ffgateway.services.devices import Devices
from ffgateway.services.directory import Directory
from ffgateway.services.documents import Documents
from ffgateway.services.entries import Entries
from ffgateway.services.event_types import EventTypes
from ffgateway.services.everywhere import Everywhere
from ffgateway.services.exchange import Exchange
from ffgateway.services.exporting import Exporting
from ffgateway.services.faxes import Faxes
from ffgateway.services.fleet import FleetDocuments
from ffgateway.services.gateway import Gateway
from ffgateway.services.groups import Groups
from ffgateway.services.holdings import Holdings
from ffgateway.services.inbound import Inbound
from ffgateway.services.lines import Lines
from ffgateway.services.logs import DeviceLogs
from ffgateway.services.previewing import Previewing
from ffgateway.services.probing import Probing
from ffgateway.services.proving import Proving
from ffgateway.services.quotas import Quotas
from ffgateway.services.receipts import Receipts
from ffgateway.services.replays import Replays
from ffgateway.services.resources import Resources
from ffgateway.services.secrets import Secrets
from ffgateway.services.spreading import Spreading
from ffgateway.services.subscriptions import Subscriptions
from ffgateway.services.suppressing import Suppressing
from ffgateway.services.taking import Taking

if TYPE_CHECKING:
    from ffgateway.wiring.parts import Parts


def offered(parts: Parts) -> Gateway:
    """The services by name; those that loops also use are the very same."""
    store, gate, clock, asking = parts.store, parts.gate, parts.clock, parts.asking
    appliances, bells = parts.appliances, parts.bells
    return Gateway(
        keys=parts.keys,
        faxes=_faxes(parts),
        previewing=Previewing(store, gate, clock, accepting=parts.accepting, placing=parts.placing),
        suppressing=Suppressing(store, gate, clock, wake=bells.let_go),
        deciding=Deciding(store, appliances, gate, clock, wake=bells.faxes_changed),
        batches=Batches(store, gate, clock, accepting=parts.accepting, wake=bells.batched),
        documents=Documents(store, parts.spool, parts.pdfs, gate, clock),
        devices=_devices(parts),
        directory=Directory(asking),
        groups=Groups(asking),
        configuration=Configuration(asking),
        logs=DeviceLogs(asking),
        resources=Resources(store, asking, gate),
        acting=Acting(store, appliances, gate, clock, changed=bells.fleet_changed),
        everywhere=Everywhere(Spreading(store, asking, gate)),
        subscriptions=_subscriptions(parts),
        replays=Replays(store, gate, clock, wake=bells.webhooks_changed),
        event_types=EventTypes(gate),
        signing=parts.signing,
        consenting=parts.consenting,
        history=parts.history,
        lines=Lines(asking),
        inbound=Inbound(store, gate),
        entries=Entries(store, asking, clock, changed=bells.look_at),
        fresh=appliances.fresh,
        fleet=FleetDocuments(store, asking, gate, clock),
        exchange=Exchange(asking),
        probing=Probing(asking),
        once=parts.once,
        quotas=Quotas(clock, per_minute=parts.settings.quota_per_minute),
        recording=parts.recording,
        proving=Proving(store, gate, clock),
        exporting=Exporting(store, gate),
        receipts=Receipts(store, gate),
        holdings=_holdings(parts),
        retaining=parts.retaining,
        secrets=Secrets(store, parts.spool, parts.vault, gate, clock),
        clock=clock,
        ready=store.ready,
        workers=parts.supervisor.report,
    )


def _faxes(parts: Parts) -> Faxes:
    return Faxes(
        parts.store,
        parts.spool,
        parts.appliances,
        parts.gate,
        parts.clock,
        accepting=parts.accepting,
        taking=Taking(parts.store, parts.tail),
        wake=parts.bells.promised,
        look=parts.bells.faxes_changed,
    )


def _devices(parts: Parts) -> Devices:
    return Devices(
        parts.store,
        parts.appliances,
        parts.observing,
        parts.gate,
        parts.clock,
        asking=parts.asking,
        changed=parts.bells.fleet_changed,
    )


def _subscriptions(parts: Parts) -> Subscriptions:
    return Subscriptions(
        parts.store,
        parts.destinations,
        parts.gate,
        parts.clock,
        consenting=parts.consenting,
        wake=parts.bells.webhooks_changed,
    )


def _holdings(parts: Parts) -> Holdings:
    return Holdings(
        parts.store,
        parts.spool,
        parts.appliances,
        parts.gate,
        retention=parts.settings.document_retention,
    )

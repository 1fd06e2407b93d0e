"""What the surfaces are given: every service, put together once by `app`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ffgateway.clock import Clock
from ffgateway.services.acting import Acting
from ffgateway.services.batches import Batches
from ffgateway.services.configuration import Configuration
from ffgateway.services.consenting import Consenting
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
from ffgateway.services.fresh import Fresh
from ffgateway.services.groups import Groups
from ffgateway.services.history import History
from ffgateway.services.holdings import Holdings
from ffgateway.services.inbound import Inbound
from ffgateway.services.keys import Keys
from ffgateway.services.lines import Lines
from ffgateway.services.logs import DeviceLogs
from ffgateway.services.once import Once
from ffgateway.services.previewing import Previewing
from ffgateway.services.probing import Probing
from ffgateway.services.proving import Proving
from ffgateway.services.quotas import Quotas
from ffgateway.services.receipts import Receipts
from ffgateway.services.recording import Recording
from ffgateway.services.replays import Replays
from ffgateway.services.resources import Resources
from ffgateway.services.retaining import Retaining
from ffgateway.services.secrets import Secrets
from ffgateway.services.signing import Signing
from ffgateway.services.subscriptions import Subscriptions
from ffgateway.services.suppressing import Suppressing


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The services by name.

    `ready` raises when the database does not answer; `workers` says how often each loop fell over.
    """

    keys: Keys
    faxes: Faxes
    previewing: Previewing
    deciding: Deciding
    suppressing: Suppressing
    batches: Batches
    documents: Documents
    holdings: Holdings
    devices: Devices
    acting: Acting
    directory: Directory
    groups: Groups
    configuration: Configuration
    logs: DeviceLogs
    resources: Resources
    everywhere: Everywhere
    subscriptions: Subscriptions
    replays: Replays
    event_types: EventTypes
    signing: Signing
    consenting: Consenting
    history: History
    lines: Lines
    inbound: Inbound
    entries: Entries
    fleet: FleetDocuments
    fresh: Fresh
    exchange: Exchange
    probing: Probing
    once: Once
    quotas: Quotas
    recording: Recording
    proving: Proving
    exporting: Exporting
    receipts: Receipts
    retaining: Retaining
    secrets: Secrets
    clock: Clock
    ready: Callable[[], Awaitable[None]]
    workers: Callable[[], dict[str, int]]

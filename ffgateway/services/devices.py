"""What people do with appliances: register, look at, change, retire."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.devices import lines
from ffgateway.devices.functions import check_firmware, check_overrides
from ffgateway.domain.access import GATEWAY, Caller, Scope
from ffgateway.domain.devices import (
    Device,
    DeviceDraft,
    DeviceStatus,
    Health,
    Overrides,
    Trust,
)
from ffgateway.domain.dialling import DialPlan
from ffgateway.domain.differing import changed, moved_on
from ffgateway.domain.errors import AlreadyExists, DeviceBusy
from ffgateway.domain.events import EventType, device_event, status_event
from ffgateway.domain.evidence import Known
from ffgateway.domain.faxes import FaxStatus, Origin, moved
from ffgateway.domain.pages import Page
from ffgateway.domain.versions import expect
from ffgateway.services.appliances import Appliances
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate, line
from ffgateway.services.bounds import own_devices
from ffgateway.services.device_checks import (
    check_at_once,
    check_device,
    check_dialling,
    check_share,
)
from ffgateway.services.observing import Observing
from ffgateway.services.receiving import forsake
from ffgateway.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanges:
    """What to change of a device; None leaves a thing as it is."""

    name: str | None = None
    url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    model: str | None = None
    zone: str | None = None
    dialect: str | None = None
    ca_pem: str | None = None
    fingerprint: str | None = None
    enabled: bool | None = None
    poll_busy: timedelta | None = None
    poll_idle: timedelta | None = None
    firmware: str | None = None
    overrides: Overrides | None = None  # all of them: what is not there any more is gone
    pools: tuple[str, ...] | None = None
    weight: float | None = None
    submissions_at_once: int | None = None
    regions: tuple[str, ...] | None = None
    clients: tuple[str, ...] | None = None
    region: str | None = None
    dial_plan: DialPlan | None = None


PLAIN = (
    *("name", "username", "model", "zone", "dialect", "enabled", "firmware"),
    *("pools", "weight", "submissions_at_once", "regions", "clients", "region", "dial_plan"),
)
"""Fields that are changed by giving another value."""


class Devices:
    """The appliances, for whoever may."""

    def __init__(
        self,
        store: Store,
        appliances: Appliances,
        observing: Observing,
        gate: Gate,
        clock: Clock,
        *,
        asking: Asking,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._appliances = appliances
        self._asking = asking
        self._observing = observing
        self._gate = gate
        self._clock = clock
        self._changed = changed

    async def register(self, caller: Caller, draft: DeviceDraft) -> Device:
        """Take an appliance into the fleet; it is looked at from now on."""
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "device.register")
        check_device(draft.url, draft.zone, draft.trust, draft.dialect)
        check_firmware(draft.firmware)
        check_overrides(draft.dialect, draft.overrides)
        check_share(draft.pools, draft.weight, draft.regions, draft.clients)
        check_at_once(draft.submissions_at_once)
        check_dialling(draft.region, draft.dial_plan)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await self._free(tx, draft.name)
            device = Device(
                id=tx.identify("dev"),
                name=draft.name,
                url=draft.url.rstrip("/"),
                username=draft.username,
                model=draft.model,
                zone=draft.zone,
                created_at=now,
                dialect=draft.dialect,
                trust=draft.trust,
                poll_busy=draft.poll_busy,
                poll_idle=draft.poll_idle,
                firmware=draft.firmware,
                overrides=draft.overrides,
                pools=draft.pools,
                weight=draft.weight,
                submissions_at_once=draft.submissions_at_once,
                regions=draft.regions,
                clients=draft.clients,
                region=draft.region,
                dial_plan=draft.dial_plan,
            )
            await tx.devices.add(device, password=draft.password)
            made = changed(None, device.version, secrets=("password",))
            tx.note(line(caller, "device.register", device.id, at=now, changed=made))
        self._changed()
        return device

    async def _free(self, tx: Transaction, name: str) -> None:
        if await tx.devices.named(name) is not None:
            raise AlreadyExists(
                f"There is a device named {name}.", field="name", cure="Give it another name."
            )

    async def get(self, caller: Caller, device_id: str) -> Device:
        """One appliance. Raises `NotFound`."""
        await self._gate.require(caller, Scope.DEVICES_READ, "device.get", device_id)
        async with self._store.reading() as tx:
            return await tx.devices.get(device_id)

    async def list(self, caller: Caller, *, cursor: str | None, limit: int) -> Page[Device]:
        """A page of the fleet, the newest first."""
        await self._gate.require(caller, Scope.DEVICES_READ, "device.list")
        async with self._store.reading() as tx:
            own = await own_devices(tx, caller.principal)
            return await tx.devices.page(cursor=cursor, limit=limit, among=own)

    async def update(
        self, caller: Caller, device_id: str, changes: DeviceChanges, *, seen: str | None = None
    ) -> Device:
        """Change what is given; the appliance is spoken to in the new way from now on.

        Raises `ChangedMeanwhile` when the caller saw another version.
        """
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "device.update", device_id)
        async with self._store.transaction() as tx:
            before = await tx.devices.get(device_id, lock=True)
            expect(before.version, seen)
            if changes.name not in {None, before.name}:
                await self._free(tx, str(changes.name))
            after = _changed(before, changes)
            check_device(after.url, after.zone, after.trust, after.dialect)
            check_firmware(after.firmware)
            check_overrides(after.dialect, after.overrides)
            check_share(after.pools, after.weight, after.regions, after.clients)
            check_at_once(after.submissions_at_once)
            check_dialling(after.region, after.dial_plan)
            await tx.devices.save(after, password=changes.password)
            secrets = () if changes.password is None else ("password",)
            differs = changed(before.version, after.version, secrets=secrets)
            tx.note(line(caller, "device.update", device_id, at=self._clock.now(), changed=differs))
            after = await tx.devices.get(device_id)
        await self._appliances.forget(device_id)
        self._changed()
        return after

    async def retire(self, caller: Caller, device_id: str, *, seen: str | None = None) -> None:
        """Take an appliance out of the fleet. Raises `DeviceBusy` while it has faxes of ours.

        Raises `ChangedMeanwhile` when the caller saw another version.
        """
        await self._gate.require(caller, Scope.DEVICES_ADMIN, "device.retire", device_id)
        async with self._store.transaction() as tx:
            device = await tx.devices.get(device_id, lock=True)
            expect(device.version, seen)
            ours = (await tx.standing.loads(origin=Origin.GATEWAY)).get(device_id)
            if ours is not None and ours.faxes:
                raise DeviceBusy(
                    "The appliance still has unfinished faxes.",
                    cure="Wait for them, or cancel them.",
                )
            await self._leave(tx, device_id)
            await forsake(tx, device_id, at=self._clock.now())
            await tx.devices.retire(device_id, at=self._clock.now())
            gone = changed(device.version, None, secrets=("password",))
            tx.note(line(caller, "device.retire", device_id, at=self._clock.now(), changed=gone))
        await self._appliances.forget(device_id)
        self._changed()

    async def _leave(self, tx: Transaction, device_id: str) -> None:
        """Nobody will look at others' faxes there any more, so where they are is not known from now on."""
        now = self._clock.now()
        for fax in await tx.faxes.open_on(device_id, lock=True):
            if fax.status is not FaxStatus.UNCERTAIN:
                after = moved(fax, FaxStatus.UNCERTAIN, at=now)
                await tx.faxes.save(after)
                tx.tell(status_event(after, previous=fax.status, at=now))
                reason = "its appliance was retired"
                moves = moved_on(fax, after)
                tx.note(
                    line(GATEWAY, "fax.uncertain", fax.id, at=now, reason=reason, changed=moves)
                )

    async def drain(self, caller: Caller, device_id: str) -> Device:
        """Give an appliance nothing new; what it has it finishes. Doing so twice changes nothing."""
        return await self._drained(caller, device_id, draining=True)

    async def resume(self, caller: Caller, device_id: str) -> Device:
        """Give an appliance faxes again."""
        return await self._drained(caller, device_id, draining=False)

    async def _drained(self, caller: Caller, device_id: str, *, draining: bool) -> Device:
        action = "device.drain" if draining else "device.resume"
        await self._gate.require(caller, Scope.DEVICES_ADMIN, action, device_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            device = await tx.devices.get(device_id, lock=True)
            if (device.draining_since is not None) is draining:
                return device
            after = replace(device, draining_since=now if draining else None)
            await tx.devices.save(after)
            load = (await tx.standing.loads()).get(device_id)
            unfinished = load.faxes if load else 0
            if draining:
                kind = EventType.DEVICE_DRAINING
                tx.tell(device_event(kind, after, at=now, unfinished=unfinished))
            tx.note(
                line(
                    caller,
                    action,
                    device_id,
                    at=now,
                    changed=changed(device.version, after.version),
                    unfinished=unfinished,
                )
            )
            after = await tx.devices.get(device_id)
        self._changed()
        return after

    async def check(self, caller: Caller, device_id: str) -> Device:
        """Look at an appliance now. Raises the `DeviceError` that the look met with."""
        await self._gate.require(caller, Scope.DEVICES_READ, "device.check", device_id)
        async with self._store.transaction() as tx:
            await tx.devices.get(device_id)
            tx.note(line(caller, "device.check", device_id, at=self._clock.now()))
        await self._observing.look(device_id)
        async with self._store.reading() as tx:
            return await tx.devices.get(device_id)

    async def status(self, caller: Caller, device_id: str) -> Known[DeviceStatus]:
        """Ask an appliance for its lines and counts. Raises a `DeviceError`."""
        return await self._asking.read(
            caller, Scope.DEVICES_READ, "device.status", device_id, lines.whole
        )


def _changed(device: Device, changes: DeviceChanges) -> Device:
    plain = {name: value for name in PLAIN if (value := getattr(changes, name)) is not None}
    trust = Trust(
        ca_pem=device.trust.ca_pem if changes.ca_pem is None else changes.ca_pem,
        fingerprint=device.trust.fingerprint
        if changes.fingerprint is None
        else changes.fingerprint,
    )
    return replace(
        device,
        **plain,
        url=device.url if changes.url is None else changes.url.rstrip("/"),
        trust=trust,
        poll_busy=changes.poll_busy or device.poll_busy,
        poll_idle=changes.poll_idle or device.poll_idle,
        overrides=device.overrides if changes.overrides is None else changes.overrides,
        health=Health.UNKNOWN,
        health_detail="",
        # another account or another appliance may list what was never seen: that is a first sight
        imported_to=None if changes.username or changes.url else device.imported_to,
        shows_all=None if changes.username or changes.url else device.shows_all,
    )

"""Appliances, kept, and their passwords, sealed."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.devices import Device, Health, Trust, side_by_side
from ffgateway.domain.dialling import DialPlan
from ffgateway.domain.errors import NotFound
from ffgateway.domain.pages import Page
from ffgateway.store.paging import page_of
from ffgateway.store.statements import lockable, save, saving
from ffgateway.store.tables import ActingUserRow, DeviceRow
from ffgateway.store.vault import Vault

_SAVE = saving(DeviceRow, but=("password", "retired_at"))
_ALL = select(DeviceRow).where(col(DeviceRow.retired_at).is_(None)).order_by(col(DeviceRow.id))
_USABLE = select(
    DeviceRow.id, DeviceRow.submissions_at_once, DeviceRow.health, DeviceRow.degraded_since
).where(
    col(DeviceRow.retired_at).is_(None),
    col(DeviceRow.enabled),
    col(DeviceRow.draining_since).is_(None),
    col(DeviceRow.health).in_([Health.ONLINE.value, Health.UNKNOWN.value]),
)
_GET = lockable(_ALL.where(col(DeviceRow.id) == bindparam("device_id")))


class DeviceStore:
    """The appliances of one transaction. A retired one is not found; its faxes still name it."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault
        self._ours: dict[str, Device] = {}  # what is locked is changed by nobody else

    async def add(self, device: Device, *, password: str) -> None:
        """Keep a new appliance."""
        sealed = self._vault.seal(password, context=context(device.id))
        self._session.add(DeviceRow(**_values(device), password=sealed, retired_at=None))
        await self._session.flush()

    async def save(self, device: Device, *, password: str | None = None) -> None:
        """Keep the present form, its revision raised by one; the password only when one is given."""
        values = _values(device) | {"revision": device.revision + 1}
        await save(self._session, _SAVE, DeviceRow, [values])
        if password is not None:
            sealed = self._vault.seal(password, context=context(device.id))
            await self._session.exec(
                update(DeviceRow).where(col(DeviceRow.id) == device.id).values(password=sealed)
            )
        if device.id in self._ours:
            self._ours[device.id] = replace(device, revision=device.revision + 1)

    async def retire(self, device_id: str, *, at: datetime) -> None:
        """Take it out of the fleet. The sealed passwords go with it."""
        await self._session.exec(
            delete(ActingUserRow).where(col(ActingUserRow.device_id) == device_id)
        )
        await self._session.exec(
            update(DeviceRow)
            .where(col(DeviceRow.id) == device_id)
            .values(retired_at=at, enabled=False, password=b"")
        )
        self._ours.pop(device_id, None)

    async def get(self, device_id: str, *, lock: bool = False) -> Device:
        """Return one. Raises `NotFound`."""
        if device_id in self._ours:
            return self._ours[device_id]
        row = (await self._session.exec(_GET[lock], params={"device_id": device_id})).first()
        if row is None:
            raise NotFound(f"There is no device {device_id}.", field="id")
        device = _device(row)
        if lock:
            self._ours[device_id] = device
        return device

    async def password(self, device_id: str) -> str:
        """Open the password of an appliance. Raises `WrongKey` when the service key was changed."""
        query = select(DeviceRow.password).where(DeviceRow.id == device_id)
        sealed = (await self._session.exec(query)).one()
        return self._vault.open(sealed, context=context(device_id))

    async def seal(self, device_id: str) -> bytes:
        """The sealed password: it is another one whenever a password is given, even the same."""
        query = select(DeviceRow.password).where(DeviceRow.id == device_id)
        return (await self._session.exec(query)).one()

    async def seals(self) -> dict[str, bytes]:
        """The sealed password of every appliance."""
        query = select(DeviceRow.id, DeviceRow.password)
        query = query.where(col(DeviceRow.retired_at).is_(None))
        return dict((await self._session.exec(query)).all())

    async def all(self) -> tuple[Device, ...]:
        """Every appliance, the oldest first."""
        return tuple(_device(row) for row in await self._session.exec(_ALL))

    async def line_regions(self) -> frozenset[str]:
        """The regions that lines of the fleet are in, as far as that was said."""
        query = select(DeviceRow.region).where(
            col(DeviceRow.retired_at).is_(None), col(DeviceRow.region) != ""
        )
        return frozenset((await self._session.exec(query)).all())

    async def usable(self) -> dict[str, int]:
        """The ids of those that are `Device.usable`, with how many faxes may be on their way to each."""
        return {
            device_id: side_by_side(most, health=Health(health), degraded=since is not None)
            for device_id, most, health, since in await self._session.exec(_USABLE)
        }

    async def page(
        self, *, cursor: str | None, limit: int, among: frozenset[str] | None = None
    ) -> Page[Device]:
        """The newest first; with `among` these alone."""
        where = [col(DeviceRow.retired_at).is_(None)]
        if among is not None:
            where.append(col(DeviceRow.id).in_(sorted(among)))
        return await page_of(
            self._session,
            DeviceRow,
            key=col(DeviceRow.id),
            noun=_device,
            where=where,
            cursor=cursor,
            limit=limit,
        )

    async def named(self, name: str) -> Device | None:
        """The appliance of that name, if there is one."""
        query = select(DeviceRow).where(DeviceRow.name == name, col(DeviceRow.retired_at).is_(None))
        row = (await self._session.exec(query)).first()
        return _device(row) if row else None


def context(device_id: str) -> str:
    """What a password is bound to."""
    return f"device/{device_id}"


def _values(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "url": device.url,
        "username": device.username,
        "model": device.model,
        "zone": device.zone,
        "dialect": device.dialect,
        "ca_pem": device.trust.ca_pem,
        "fingerprint": device.trust.fingerprint,
        "enabled": device.enabled,
        "health": device.health.value,
        "health_detail": device.health_detail,
        "last_seen_at": device.last_seen_at,
        "highest_key": device.highest_key,
        "keys_since": device.keys_since,
        "imported_to": device.imported_to,
        "shows_all": device.shows_all,
        "poll_busy_ms": _milliseconds(device.poll_busy),
        "poll_idle_ms": _milliseconds(device.poll_idle),
        "created_at": device.created_at,
        "revision": device.revision,
        "firmware": device.firmware,
        "overrides": {name: dict(override) for name, override in device.overrides.items()},
        "pools": list(device.pools),
        "weight": device.weight,
        "submissions_at_once": device.submissions_at_once,
        "regions": list(device.regions),
        "clients": list(device.clients),
        "region": device.region,
        "dial_plan": asdict(device.dial_plan),
        "draining_since": device.draining_since,
        "degraded_since": device.degraded_since,
        "clock_skewed_since": device.clock_skewed_since,
    }


def _device(row: DeviceRow) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        url=row.url,
        username=row.username,
        model=row.model,
        zone=row.zone,
        dialect=row.dialect,
        trust=Trust(ca_pem=row.ca_pem, fingerprint=row.fingerprint),
        enabled=row.enabled,
        health=Health(row.health),
        health_detail=row.health_detail,
        last_seen_at=row.last_seen_at,
        highest_key=row.highest_key,
        keys_since=row.keys_since,
        imported_to=row.imported_to,
        shows_all=row.shows_all,
        poll_busy=timedelta(milliseconds=row.poll_busy_ms),
        poll_idle=timedelta(milliseconds=row.poll_idle_ms),
        created_at=row.created_at,
        revision=row.revision,
        firmware=row.firmware,
        overrides=row.overrides,
        pools=tuple(row.pools),
        weight=row.weight,
        submissions_at_once=row.submissions_at_once,
        regions=tuple(row.regions),
        clients=tuple(row.clients),
        region=row.region,
        dial_plan=DialPlan(**row.dial_plan),
        draining_since=row.draining_since,
        degraded_since=row.degraded_since,
        clock_skewed_since=row.clock_skewed_since,
    )


def _milliseconds(wait: timedelta) -> int:
    return round(wait / timedelta(milliseconds=1))

"""Calls that came and went between two looks: the inbound log has them, and no list showed them.

The log is read now and then, from where it was read to; after a restart, from the last call on
record. What it had at the first sight of an appliance is history and no news. An appliance whose
list gives no starts is left out: its calls and its log could not be told to be the same.
"""

from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.inbound import InboundFax, LoggedCall, from_log, logged
from ffgateway.services.call_log import CallLog, or_nothing
from ffgateway.services.telling import tell
from ffgateway.store.transaction import Store

NOW_AND_THEN = timedelta(seconds=30)
"""How often the log is read while nothing comes in."""

REMEMBERED = 200
"""Calls of ours that the log is compared with: more than it tells at once."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Overlooked:
    """Finds the calls that no look showed."""

    def __init__(self, store: Store, clock: Clock, log: CallLog) -> None:
        self._store = store
        self._clock = clock
        self._log = log
        self._due: WeakKeyDictionary[Appliance, datetime] = WeakKeyDictionary()
        self._known_until: WeakKeyDictionary[Appliance, datetime] = WeakKeyDictionary()

    async def look(self, appliance: Appliance) -> None:
        """Read the log, if it is time, and keep what is new in it. A `DeviceError` is kept."""
        now = self._clock.now()
        due = self._due.get(appliance)
        if due is not None and now < due:
            return
        self._due[appliance] = now + NOW_AND_THEN
        async with self._store.reading() as tx:
            ours = await tx.inbound.latest(appliance.device.id, limit=REMEMBERED)
        if any(fax.started_at is None for fax in ours):
            return
        until = self._known_until.get(appliance) or max(
            (fax.started_at for fax in ours if fax.started_at), default=None
        )
        log = await or_nothing(self._log, appliance, since=until or EVER)
        if log is None:
            self._due[appliance] = datetime.max.replace(tzinfo=UTC)
        elif until is None:
            self._known_until[appliance] = _last(log, EVER)
        elif log:
            await self._keep(appliance, log, until)
            self._known_until[appliance] = _last(log, until)

    async def _keep(
        self, appliance: Appliance, log: tuple[LoggedCall, ...], until: datetime
    ) -> None:
        device_id, now = appliance.device.id, self._clock.now()
        async with self._store.transaction() as tx:
            await tx.devices.get(device_id, lock=True)
            ours = await tx.inbound.latest(device_id, limit=REMEMBERED)
            for entry in sorted(log, key=lambda one: one.started_at or EVER):
                if not _is_new(entry, ours, until):
                    continue
                fax = from_log(entry, fax_id=tx.identify("inb"), device_id=device_id, at=now)
                await tx.inbound.add(fax)
                tell(tx, fax, at=now)


def _is_new(entry: LoggedCall, ours: tuple[InboundFax, ...], until: datetime) -> bool:
    if entry.started_at is None or entry.started_at <= until:
        return False
    return not any(logged(fax, (entry,)) for fax in ours)


def _last(log: tuple[LoggedCall, ...], before: datetime) -> datetime:
    return max((entry.started_at for entry in log if entry.started_at), default=before)

"""What was last asked of each appliance by a document, kept, and what is known of its drift."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.fleet_document import Wanted
from ffgateway.store.tables import DeviceRow, FleetConfigurationRow

_WANTED = TypeAdapter(Wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one appliance is to be like. `told` is the tag of the drift that was told; "" for none."""

    device_id: str
    wanted: Wanted
    applied_at: datetime
    applied_by: str
    checked_at: datetime
    told: str = ""


class FleetStore:
    """The documents of one transaction. There is no password in any of them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, kept: Kept) -> None:
        """Put what an appliance is to be like in the place of what it was to be like."""
        await self._session.merge(
            FleetConfigurationRow(
                device_id=kept.device_id,
                wanted=_WANTED.dump_python(kept.wanted, mode="json"),
                applied_at=kept.applied_at,
                applied_by=kept.applied_by,
                checked_at=kept.checked_at,
                told=kept.told,
            )
        )

    async def of(self, device_id: str, *, lock: bool = False) -> Kept | None:
        """What an appliance is to be like; None when no document named it."""
        query = select(FleetConfigurationRow).where(FleetConfigurationRow.device_id == device_id)
        row = (await self._session.exec(query.with_for_update() if lock else query)).first()
        return _kept(row) if row else None

    async def due(self, before: datetime, *, most: int) -> tuple[Kept, ...]:
        """Those of the fleet that were last looked at before a moment, the longest ago first.

        They are locked, as far as nobody else has them.
        """
        row = FleetConfigurationRow
        query = (
            select(row)
            .join(DeviceRow, col(DeviceRow.id) == col(row.device_id))
            .where(col(DeviceRow.retired_at).is_(None), col(DeviceRow.enabled).is_(True))
            .where(col(row.checked_at) <= before)
            .order_by(col(row.checked_at))
            .limit(most)
            .with_for_update(skip_locked=True, of=row)
        )
        return tuple(_kept(found) for found in await self._session.exec(query))


def _kept(row: FleetConfigurationRow) -> Kept:
    return Kept(
        device_id=row.device_id,
        wanted=_WANTED.validate_python(row.wanted, strict=False),
        applied_at=row.applied_at,
        applied_by=row.applied_by,
        checked_at=row.checked_at,
        told=row.told,
    )

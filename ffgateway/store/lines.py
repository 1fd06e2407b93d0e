"""What is remembered of the lines of appliances. Whoever writes holds the lock on the appliance."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.line_health import LineRecord, LineTry
from ffgateway.store.tables import LineRow


class LineStore:
    """The lines of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_device(self, device_id: str) -> tuple[LineRecord, ...]:
        """Every line of an appliance that anything is known of."""
        rows = await self._session.exec(select(LineRow).where(LineRow.device_id == device_id))
        return tuple(
            LineRecord(
                device_id=row.device_id,
                number=row.number,
                tries=tuple(
                    LineTry(at=datetime.fromisoformat(at), failed=failed)
                    for at, failed in row.tries
                ),
                degraded_since=row.degraded_since,
            )
            for row in rows
        )

    async def save(self, line: LineRecord) -> None:
        """Keep the present form of a line, known before or not."""
        row = LineRow(
            device_id=line.device_id,
            number=line.number,
            tries=[(one.at.isoformat(), one.failed) for one in line.tries],
            degraded_since=line.degraded_since,
        )
        await self._session.merge(row)
        await self._session.flush()

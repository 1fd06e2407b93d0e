"""Faxes that want looking after, whoever has them: overdue, unmoved, held, failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.faxes import IN_GATEWAY, Fax, FaxStatus, HoldReason, Origin
from ffgateway.store.faxes import FAILED_AS, FAXES, faxes_of
from ffgateway.store.tables import FaxRow

AGAIN = and_(
    col(FaxRow.status) == FaxStatus.FAILED.value,
    col(FaxRow.origin) == Origin.GATEWAY.value,
    col(FaxRow.rounds_left) > 0,
    col(FaxRow.retried_as).is_(None),
)
"""What failed and may yet be sent once more."""


class OverseenStore:
    """Lists of faxes, for one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def overdue(
        self, statuses: Iterable[FaxStatus], *, before: datetime, limit: int
    ) -> tuple[Fax, ...]:
        """Faxes in one of these statuses whose deadline has passed before then."""
        query = (
            FAXES.where(
                col(FaxRow.status).in_([status.value for status in statuses]),
                col(FaxRow.deadline) < before,
            )
            .order_by(col(FaxRow.deadline), col(FaxRow.id))
            .limit(limit)
        )
        return await faxes_of(self._session, query)

    async def unmoved(self, status: FaxStatus, *, before: datetime, limit: int) -> tuple[Fax, ...]:
        """Faxes of ours in a status that nothing has changed about since, and of which that was not said."""
        query = FAXES.where(
            col(FaxRow.status) == status.value,
            col(FaxRow.updated_at) < before,
            col(FaxRow.stuck_as) != status.value,
            col(FaxRow.origin) == Origin.GATEWAY.value,
        ).limit(limit)
        return await faxes_of(self._session, query)

    async def failed_as(self, codes: Sequence[str], *, since: datetime) -> tuple[Fax, ...]:
        """Faxes of ours that failed with one of these codes from then on, the oldest end first."""
        query = FAXES.where(
            col(FaxRow.status) == FaxStatus.FAILED.value,
            col(FaxRow.origin) == Origin.GATEWAY.value,
            col(FaxRow.updated_at) >= since,
            FAILED_AS.in_(codes),
        ).order_by(col(FaxRow.updated_at), col(FaxRow.id))
        return await faxes_of(self._session, query)

    async def with_rounds(self, *, limit: int) -> tuple[Fax, ...]:
        """Failed faxes of ours that may be sent once more and were not, the oldest end first."""
        query = FAXES.where(AGAIN).order_by(col(FaxRow.updated_at), col(FaxRow.id)).limit(limit)
        return await faxes_of(self._session, query)

    async def held_for_numbers(self) -> tuple[tuple[str, str, str], ...]:
        """Every fax that is held for its number, by its id; its number, and why that is, for people."""
        query = (
            select(FaxRow.id, FaxRow.recipient, FaxRow.hold_detail)
            .where(
                col(FaxRow.status) == FaxStatus.HELD.value,
                col(FaxRow.hold_reason) == HoldReason.SUPPRESSED_NUMBER.value,
            )
            .order_by(col(FaxRow.id))
        )
        found = await self._session.exec(query)
        return tuple([(fax_id, one["fax_number"], why) for fax_id, one, why in found])

    async def waiting_numbers(self) -> tuple[tuple[str, str], ...]:
        """Every fax of ours that waits here and is not held for its number, by its id, and its number."""
        query = (
            select(FaxRow.id, FaxRow.recipient)
            .where(
                col(FaxRow.status).in_([one.value for one in IN_GATEWAY]),
                col(FaxRow.origin) == Origin.GATEWAY.value,
                col(FaxRow.hold_reason).is_distinct_from(HoldReason.SUPPRESSED_NUMBER.value),
            )
            .order_by(col(FaxRow.id))
        )
        return tuple(
            [(fax_id, one["fax_number"]) for fax_id, one in await self._session.exec(query)]
        )

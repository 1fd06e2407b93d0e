"""Where the faxes of each appliance stand, in no more columns than a look or a placement needs.

An appliance may have thousands, is looked at every second while it does, and of most of them a look
shows nothing new: they are not read whole for that. All of this is served by indexes alone, or nearly.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, case, func, not_, or_, text
from sqlalchemy import select as rows
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.faxes import FaxStatus, Origin
from ffgateway.domain.others import FAR
from ffgateway.store.faxes import OPEN
from ffgateway.store.tables import FaxRow

_LOST = and_(
    col(FaxRow.origin) == Origin.APPLIANCE.value, col(FaxRow.status) == FaxStatus.UNCERTAIN.value
)
"""`lost_sight`, in SQL."""

_LOADS = (
    select(
        FaxRow.device_id,
        func.sum(case((_LOST, 0), else_=1)),
        func.sum(case((col(FaxRow.pages) > 0, col(FaxRow.pages)), else_=bindparam("guessed"))),
    )
    .where(
        col(FaxRow.status).in_(OPEN),
        col(FaxRow.device_id) > "",  # no NULL; as a range it spares the index all that wait here
    )
    .group_by(col(FaxRow.device_id))
)


ACTED = text("fax.acted_as <> ''")
"""Written as its index has it, or SQLite does not use that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An unfinished fax on an appliance. `lost`: of others, and gone from there without an end.

    `acted_as` is who handed it over, where that was asked for.
    """

    id: str
    fax_key: str
    entry_key: str
    updated_at: datetime
    lost: bool = False
    acted_as: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """The keys of its entry."""
        return self.fax_key, self.entry_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an appliance has still to do."""

    faxes: int = 0
    pages: int = 0


class StandingStore:
    """The unfinished faxes of appliances, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def on(
        self, device_id: str, *, fax_keys: Collection[str] | None = None
    ) -> tuple[Standing, ...]:
        """What an appliance has and whose end has not been seen, by id; those under some FAXKEYs."""
        query = (
            rows(
                col(FaxRow.id),
                col(FaxRow.fax_key),
                col(FaxRow.entry_key),
                col(FaxRow.updated_at),
                _LOST,
            )
            .where(
                col(FaxRow.device_id) == device_id,
                col(FaxRow.entry_key) != "",
                col(FaxRow.status).in_(OPEN),
            )
            .order_by(col(FaxRow.id))
        )
        if fax_keys is not None:
            query = query.where(col(FaxRow.fax_key).in_(list(fax_keys)))
        found = await (await self._session.connection()).execute(query)
        return tuple(
            Standing(
                id=fax_id, fax_key=fax_key, entry_key=entry_key, updated_at=at, lost=bool(lost)
            )
            for fax_id, fax_key, entry_key, at, lost in found
        )

    async def acting(self, device_id: str) -> tuple[Standing, ...]:
        """Those that somebody handed over as another user of the appliance than its own."""
        query = rows(
            col(FaxRow.id),
            col(FaxRow.fax_key),
            col(FaxRow.entry_key),
            col(FaxRow.updated_at),
            col(FaxRow.acted_as),
        ).where(
            col(FaxRow.device_id) == device_id,
            ACTED,
            col(FaxRow.entry_key) != "",
            col(FaxRow.status).in_(OPEN),
        )
        found = await (await self._session.connection()).execute(query)
        return tuple(
            Standing(id=fax_id, fax_key=fax_key, entry_key=entry_key, updated_at=at, acted_as=name)
            for fax_id, fax_key, entry_key, at, name in found
        )

    async def pressing(self, device_id: str, *, now: datetime) -> bool:
        """Whether any of them makes its appliance worth a look each second.

        Those of others do not that are lost, or due later than `FAR`.
        """
        later = col(FaxRow.next_attempt_at)
        soon = or_(later.is_(None), later <= now + FAR)
        ours = col(FaxRow.origin) == Origin.GATEWAY.value
        query = select(FaxRow.id).where(
            col(FaxRow.device_id) == device_id,
            col(FaxRow.entry_key) != "",
            col(FaxRow.status).in_(OPEN),
            or_(ours, and_(not_(_LOST), soon)),
        )
        return (await self._session.exec(query.limit(1))).first() is not None

    async def loads(self, *, guessed: int = 0, origin: Origin | None = None) -> dict[str, Load]:
        """What each appliance has still to do, whoever put it there unless `origin` says.

        `guessed` are the pages of a fax nobody has counted. A fax of others that left its appliance
        without an end has pages still, and is not among the faxes.
        """
        query = _LOADS
        if origin is not None:
            query = query.where(col(FaxRow.origin) == origin.value)
        found = await self._session.exec(query, params={"guessed": guessed})
        return {
            str(device): Load(faxes=int(faxes), pages=int(sent)) for device, faxes, sent in found
        }

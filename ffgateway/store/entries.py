"""Which entries of appliances are whose: those that faxes are, and those that they left for good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, literal, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.changes import ENDED
from ffgateway.domain.devices import Device
from ffgateway.domain.faxes import FINAL, Fax, FaxStatus, Origin
from ffgateway.store.tables import FaxRow, LeftEntryRow

_FAX: Any = FaxRow.__table__.c  # type: ignore[attr-defined]
_LEFT: Any = LeftEntryRow.__table__.c  # type: ignore[attr-defined]
_FINAL = frozenset(status.value for status in FINAL)
_EVER = datetime.min.replace(tzinfo=UTC)
_ANY_ENDED = (
    select(literal(1))
    .where(
        _FAX.device_id == bindparam("device_id"),
        _FAX.fax_key != "",
        _FAX.origin == Origin.GATEWAY.value,
        _FAX.status.in_(sorted(_FINAL)),
        _FAX.updated_at >= bindparam("since"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """The fax that an entry of an appliance is. `ended_at` is when its end was put on record.

    `said`: the appliance had named its end by then.
    """

    fax_id: str
    origin: Origin
    submission_id: str
    ended_at: datetime | None
    status: FaxStatus
    said: bool


class EntryStore:
    """The entries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def known(
        self, device: Device, fax_keys: Iterable[str]
    ) -> dict[tuple[str, str], KnownEntry]:
        """Which entries of these FAXKEYs on the appliance are faxes already; the latest of each.

        What ended before its keys began anew had a key that may now be another's.
        """
        fax, left, keys = _FAX, _LEFT, list(fax_keys)
        held = select(
            *(fax.fax_key, fax.entry_key, fax.id.label("fax_id"), fax.origin),
            *(fax.submission_id, fax.updated_at, fax.status, fax.device_state),
        ).where(fax.device_id == device.id, fax.fax_key.in_(keys), fax.entry_key != "")
        gone = select(
            *(left.fax_key, left.entry_key, left.fax_id, literal(Origin.GATEWAY.value)),
            *(left.submission_id, left.at, literal(FaxStatus.CANCELLED.value), literal("aborted")),
        ).where(left.device_id == device.id, left.fax_key.in_(keys))
        if device.keys_since is not None:
            held = held.where(fax.updated_at >= device.keys_since)
            gone = gone.where(left.at >= device.keys_since)
        await self._session.flush()
        connection = await self._session.connection()
        rows = await connection.execute(union_all(held, gone).order_by("fax_id"))
        return {
            (row.fax_key, row.entry_key): KnownEntry(
                fax_id=row.fax_id,
                origin=Origin(row.origin),
                submission_id=row.submission_id,
                ended_at=row.updated_at if row.status in _FINAL else None,
                status=FaxStatus(row.status),
                said=row.device_state.casefold() in ENDED,
            )
            for row in rows
        }

    async def any_ended(self, device: Device) -> bool:
        """Whether a fax that the gateway handed to an appliance has ended there, by its present keys."""
        connection = await self._session.connection()
        values = {"device_id": device.id, "since": device.keys_since or _EVER}
        return (await connection.execute(_ANY_ENDED, values)).first() is not None

    async def leave(self, fax: Fax, *, at: datetime) -> None:
        """Remember the entry that an appliance gave up, whose fax goes out anew as another one."""
        left = LeftEntryRow(
            device_id=str(fax.device_id),
            fax_key=fax.fax_key,
            entry_key=fax.entry_key,
            fax_id=fax.id,
            submission_id=fax.submission_id,
            at=at,
        )
        self._session.add(left)
        await self._session.flush()

    async def ids(self, device_id: str, fax_keys: Iterable[str]) -> dict[tuple[str, str], str]:
        """The fax that each entry of these FAXKEYs is; the latest, should a key have come twice."""
        fax, left, keys = _FAX, _LEFT, list(fax_keys)
        held = select(fax.fax_key, fax.entry_key, fax.id.label("fax_id")).where(
            fax.device_id == device_id, fax.fax_key.in_(keys)
        )
        gone = select(left.fax_key, left.entry_key, left.fax_id).where(
            left.device_id == device_id, left.fax_key.in_(keys)
        )
        connection = await self._session.connection()
        found = await connection.execute(union_all(held, gone).order_by("fax_id"))
        return {(row.fax_key, row.entry_key): row.fax_id for row in found}

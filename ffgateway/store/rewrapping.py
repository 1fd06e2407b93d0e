"""Every sealed column, so that what is in it can be counted by key and wrapped anew.

A value is replaced only as long as it is what was read: whoever gave a new password meanwhile has
sealed it under the present key already, and two rotations at once do no harm.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, case, func, tuple_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.store import acting, devices, idempotency, receivers, sealing
from ffgateway.store.audit_tables import AuditKeyRow
from ffgateway.store.event_tables import SubscriptionKeyRow, SubscriptionRow
from ffgateway.store.tables import ActingUserRow, DeviceRow, IdempotencyRow
from ffgateway.store.vault import NAMED, PREFIX_BYTES, Vault, WrongKey, sealed_under


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A sealed column: which row it is in, and what it is bound to, given the columns `named`."""

    kind: str
    column: Any
    key: tuple[Any, ...]
    named: tuple[Any, ...]
    context: Callable[..., str]


PLACES = (
    Place(
        kind="device passwords",
        column=DeviceRow.password,
        key=(DeviceRow.id,),
        named=(DeviceRow.id,),
        context=devices.context,
    ),
    Place(
        kind="acting passwords",
        column=ActingUserRow.password,
        key=(ActingUserRow.device_id, ActingUserRow.name),
        named=(ActingUserRow.device_id, ActingUserRow.name),
        context=acting.context,
    ),
    Place(
        kind="webhook secrets",
        column=SubscriptionKeyRow.secret,
        key=(SubscriptionKeyRow.id,),
        named=(SubscriptionKeyRow.subscription_id,),
        context=receivers.context,
    ),
    Place(
        kind="webhook credentials",
        column=SubscriptionRow.access,
        key=(SubscriptionRow.id,),
        named=(SubscriptionRow.id,),
        context=receivers.context_of_access,
    ),
    Place(
        kind="audit keys",
        column=AuditKeyRow.secret,
        key=(AuditKeyRow.id,),
        named=(AuditKeyRow.id,),
        context=sealing.context,
    ),
    *(
        Place(
            kind=kind,
            column=column,
            key=(IdempotencyRow.principal_id, IdempotencyRow.digest),
            named=(IdempotencyRow.principal_id, IdempotencyRow.digest),
            context=idempotency.context,
        )
        for kind, column in (
            ("idempotency fingerprints", IdempotencyRow.fingerprint),
            ("idempotency answers", IdempotencyRow.answer),
        )
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of a place: how many were done, how many no key opens, and where to go on."""

    done: int
    lost: int
    last: tuple[Any, ...] | None


class Rewrapping:
    """The sealed columns, within one transaction."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def under(self, place: Place) -> dict[str, int]:
        """How many values are under each key; "" for those that do not say."""
        # of those that do not say, the version alone: what follows it is of each its own
        names = func.substr(col(place.column), 1, 1, type_=LargeBinary()) == NAMED
        front = case((names, _front(place)), else_=b"")
        query = select(front, func.count()).where(_filled(place)).group_by(front)
        found: Counter[str] = Counter()
        for sealed, count in await self._session.exec(query):
            found[sealed_under(bytes(sealed))] += count
        return dict(found)

    async def rewrap(self, place: Place, *, after: Sequence[Any] | None, limit: int) -> Batch:
        """Wrap some values anew that are under another key, the rows by key; one that stays is passed by."""
        width = len(place.key)
        query = (
            select(*map(col, place.key), *map(col, place.named), col(place.column))  # type: ignore[call-overload]
            .where(_filled(place), _front(place) != self._vault.prefix)
            .order_by(*map(col, place.key))
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(*map(col, place.key)) > tuple_(*after))
        rows = (await self._session.exec(query)).all()
        done = lost = 0
        for row in rows:
            *names, sealed = row[width:]
            try:
                wrapped = self._vault.rewrap(sealed, context=place.context(*names))
            except WrongKey:
                lost += 1
                continue
            done += await self._replace(place, row[:width], sealed, wrapped)
        last = tuple(rows[-1][:width]) if len(rows) == limit else None
        return Batch(done=done, lost=lost, last=last)

    async def _replace(
        self, place: Place, key: Sequence[Any], sealed: bytes, wrapped: bytes
    ) -> int:
        same = [col(column) == value for column, value in zip(place.key, key, strict=True)]
        statement = (
            update(place.column.class_)
            .where(*same, col(place.column) == sealed)
            .values({place.column.key: wrapped})
        )
        return int((await self._session.exec(statement)).rowcount)


def _front(place: Place) -> Any:
    return func.substr(col(place.column), 1, PREFIX_BYTES, type_=LargeBinary())


def _filled(place: Place) -> Any:
    # NULL and an empty value stand for no secret
    return func.length(col(place.column)) > 0

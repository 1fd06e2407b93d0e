"""What an endpoint is spoken to with: its signing keys and its access, sealed."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.receivers import Access, KeyVersion, Receiver, SigningKey
from ffgateway.store.event_tables import SubscriptionKeyRow, SubscriptionRow
from ffgateway.store.vault import Vault, WrongKey

log = logging.getLogger(__name__)

_ACCESS = TypeAdapter(Access)


class ReceiverStore:
    """The secrets of the endpoints, within one transaction. Each is bound to its endpoint."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def add(self, *keys: SigningKey) -> None:
        """Keep new keys, their secrets sealed."""
        for key in keys:
            self._session.add(
                SubscriptionKeyRow(
                    id=key.id,
                    subscription_id=key.subscription_id,
                    version=key.version.value,
                    public=key.public,
                    secret=self._vault.seal(key.secret, context=context(key.subscription_id)),
                    created_at=key.created_at,
                    expires_at=key.expires_at,
                )
            )
        await self._session.flush()

    async def keys(self, subscription_id: str, *, at: datetime) -> tuple[SigningKey, ...]:
        """The keys that sign at a moment, the oldest first, without their secrets."""
        return tuple(_key(row) for row in await self._rows([subscription_id], at))

    async def expire(self, keys: Sequence[SigningKey], *, at: datetime) -> None:
        """Have keys end at a moment."""
        statement = update(SubscriptionKeyRow).where(
            col(SubscriptionKeyRow.id).in_([key.id for key in keys])
        )
        await self._session.exec(statement.values(expires_at=at))

    async def forget(self, subscription_id: str) -> None:
        """Throw every key of an endpoint away, and its access."""
        await self._session.exec(
            delete(SubscriptionKeyRow).where(
                col(SubscriptionKeyRow.subscription_id) == subscription_id
            )
        )
        await self._put(subscription_id, b"")

    async def any_ended(self, *, at: datetime) -> bool:
        """Whether there is something to purge."""
        query = select(SubscriptionKeyRow.id).where(col(SubscriptionKeyRow.expires_at) <= at)
        return (await self._session.exec(query.limit(1))).first() is not None

    async def purge(self, *, at: datetime) -> tuple[SigningKey, ...]:
        """Throw away the keys that have ended; return them, without their secrets."""
        query = select(SubscriptionKeyRow).where(col(SubscriptionKeyRow.expires_at) <= at)
        gone = [_key(row) for row in await self._session.exec(query.with_for_update())]
        if gone:
            ended = col(SubscriptionKeyRow.id).in_([key.id for key in gone])
            await self._session.exec(delete(SubscriptionKeyRow).where(ended))
        return tuple(gone)

    async def give(self, subscription_id: str, access: Access) -> None:
        """Keep what lets us in at an endpoint, sealed."""
        text = _ACCESS.dump_json(access).decode()
        sealed = self._vault.seal(text, context=context_of_access(subscription_id))
        await self._put(subscription_id, sealed if access != Access() else b"")

    async def access(self, subscription_id: str) -> Access:
        """Open what lets us in at an endpoint."""
        query = select(SubscriptionRow.access).where(SubscriptionRow.id == subscription_id)
        return self._access(subscription_id, (await self._session.exec(query)).one())

    async def open(self, subscription_ids: Collection[str], *, at: datetime) -> dict[str, Receiver]:
        """Open everything that sending to these endpoints takes, each with the keys that sign then.

        Raises `WrongKey` when any of it cannot be opened.
        """
        ids = list(subscription_ids)
        keys: dict[str, list[SigningKey]] = {one: [] for one in ids}
        for row in await self._rows(ids, at):
            secret = self._vault.open(row.secret, context=context(row.subscription_id))
            keys[row.subscription_id].append(_key(row, secret=secret))
        query = select(SubscriptionRow.id, SubscriptionRow.access)
        sealed = await self._session.exec(query.where(col(SubscriptionRow.id).in_(ids)))
        return {
            one: Receiver(keys=tuple(keys[one]), access=self._access(one, access))
            for one, access in sealed
        }

    async def open_what_opens(
        self, subscription_ids: Collection[str], *, at: datetime
    ) -> dict[str, Receiver]:
        """The same without those that are sealed under another key: one of them is not all of them."""
        try:
            return await self.open(subscription_ids, at=at)
        except WrongKey:
            opened: dict[str, Receiver] = {}
        for one in subscription_ids:
            try:
                opened |= await self.open([one], at=at)
            except WrongKey as why:
                log.warning("webhook.sealed", extra={"webhook": one, "error": str(why)})
        return opened

    async def _rows(self, ids: list[str], at: datetime) -> Sequence[SubscriptionKeyRow]:
        ends = col(SubscriptionKeyRow.expires_at)
        query = (
            select(SubscriptionKeyRow)
            .where(col(SubscriptionKeyRow.subscription_id).in_(ids), or_(ends.is_(None), ends > at))
            .order_by(
                col(SubscriptionKeyRow.created_at),
                col(SubscriptionKeyRow.version),
                col(SubscriptionKeyRow.id),
            )
        )
        return (await self._session.exec(query)).all()

    async def _put(self, subscription_id: str, sealed: bytes) -> None:
        statement = update(SubscriptionRow).where(col(SubscriptionRow.id) == subscription_id)
        await self._session.exec(statement.values(access=sealed))

    def _access(self, subscription_id: str, sealed: bytes) -> Access:
        if not sealed:
            return Access()
        return _ACCESS.validate_json(
            self._vault.open(sealed, context=context_of_access(subscription_id))
        )


def context(subscription_id: str) -> str:
    """What a signing secret is bound to: as it was when an endpoint had one, in its own row."""
    return f"subscription/{subscription_id}"


def context_of_access(subscription_id: str) -> str:
    """What the access to an endpoint is bound to."""
    return f"subscription/{subscription_id}/access"


def _key(row: Any, *, secret: str = "") -> SigningKey:
    return SigningKey(
        id=row.id,
        subscription_id=row.subscription_id,
        version=KeyVersion(row.version),
        created_at=row.created_at,
        public=row.public,
        expires_at=row.expires_at,
        secret=secret,
    )

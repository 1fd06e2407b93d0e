"""The API keys: their hashes, kept and looked up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.access import ApiKey, Limits, Scope
from ffgateway.domain.errors import NotFound
from ffgateway.store.tables import ApiKeyRow, OldSecretRow

_OPENED = select(ApiKeyRow).where(col(ApiKeyRow.digest) == bindparam("digest"))


class KeyStore:
    """The keys, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, key: ApiKey) -> None:
        """Keep a new key's hash."""
        self._session.add(
            ApiKeyRow(
                id=key.id,
                name=key.name,
                prefix=key.prefix,
                digest=key.digest,
                scopes=sorted(scope.value for scope in key.scopes),
                created_at=key.created_at,
                revoked_at=key.revoked_at,
                limits=limits_values(key.limits),
                expires_at=key.expires_at,
                last_used_at=key.last_used_at,
                old_secrets_until=key.old_secrets_until,
            )
        )
        await self._session.flush()

    async def opened(self, digest: str) -> tuple[ApiKey, datetime | None] | None:
        """The key that a secret with this SHA-256 opens, ended or not, and when the secret ends.

        The present secret of a key has no end of its own.
        """
        row = (await self._session.exec(_OPENED, params={"digest": digest})).first()
        if row is not None:
            return _key(row), None
        older = select(ApiKeyRow, OldSecretRow.until).where(
            OldSecretRow.digest == digest, OldSecretRow.key_id == ApiKeyRow.id
        )
        found = (await self._session.exec(older)).first()
        return None if found is None else (_key(found[0]), found[1])

    async def get(self, key_id: str, *, lock: bool = False) -> ApiKey:
        """Return one. Raises `NotFound`."""
        query = select(ApiKeyRow).where(ApiKeyRow.id == key_id)
        row = (await self._session.exec(query.with_for_update() if lock else query)).first()
        if row is None:
            raise NotFound(f"There is no key {key_id}.", field="id")
        return _key(row)

    async def change(self, key: ApiKey) -> None:
        """Keep what a key is called and may do, and when it ends."""
        await self._session.exec(
            update(ApiKeyRow)
            .where(col(ApiKeyRow.id) == key.id)
            .values(
                name=key.name,
                scopes=sorted(scope.value for scope in key.scopes),
                limits=limits_values(key.limits),
                expires_at=key.expires_at,
            )
        )

    async def rotate(self, key: ApiKey, *, old: str, until: datetime) -> None:
        """Keep a key's new secret; the one before, and any before that, end then or earlier."""
        await self._session.exec(
            update(OldSecretRow)
            .where(col(OldSecretRow.key_id) == key.id, col(OldSecretRow.until) > until)
            .values(until=until)
        )
        self._session.add(OldSecretRow(digest=old, key_id=key.id, until=until))
        await self._session.exec(
            update(ApiKeyRow)
            .where(col(ApiKeyRow.id) == key.id)
            .values(digest=key.digest, prefix=key.prefix, old_secrets_until=key.old_secrets_until)
        )

    async def stamp(self, used: Mapping[str, datetime]) -> None:
        """Keep when keys were last used; what another gateway wrote later stays."""
        for key_id, at in sorted(used.items()):  # sorted: two gateways lock in one order
            seen = col(ApiKeyRow.last_used_at)
            await self._session.exec(
                update(ApiKeyRow)
                .where(col(ApiKeyRow.id) == key_id, or_(seen.is_(None), seen < at))
                .values(last_used_at=at)
            )

    async def all(self) -> tuple[ApiKey, ...]:
        """Every key, the oldest first."""
        query = select(ApiKeyRow).order_by(col(ApiKeyRow.id))
        return tuple(_key(row) for row in await self._session.exec(query))

    async def revoke(self, key_id: str, *, at: datetime) -> None:
        """End a key. One that had ended keeps its date."""
        await self._session.exec(
            update(ApiKeyRow)
            .where(col(ApiKeyRow.id) == key_id, col(ApiKeyRow.revoked_at).is_(None))
            .values(revoked_at=at)
        )


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        digest=row.digest,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        limits=limits_of(row.limits),
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        old_secrets_until=row.old_secrets_until,
    )


def limits_values(limits: Limits) -> dict[str, Any]:
    """Limits as JSON."""
    return {
        "pools": sorted(limits.pools),
        "numbers": list(limits.numbers),
        "faxes_per_day": limits.faxes_per_day,
        "pages_per_day": limits.pages_per_day,
        "acts_as": limits.acts_as,
        "acts_as_only": limits.acts_as_only,
    }


def limits_of(values: Mapping[str, Any]) -> Limits:
    """Limits from JSON."""
    return Limits(
        pools=frozenset(values.get("pools", ())),
        numbers=tuple(values.get("numbers", ())),
        faxes_per_day=values.get("faxes_per_day"),
        pages_per_day=values.get("pages_per_day"),
        acts_as=values.get("acts_as", ""),
        acts_as_only=values.get("acts_as_only", False),
    )

"""The API keys: their hashes, kept and looked up."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.access import ApiKey, Scope
from ffgateway.domain.errors import NotFound
from ffgateway.store.tables import ApiKeyRow


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
            )
        )

    async def with_digest(self, digest: str) -> ApiKey | None:
        """The key whose SHA-256 this is, revoked or not."""
        row = (
            await self._session.exec(select(ApiKeyRow).where(ApiKeyRow.digest == digest))
        ).first()
        return _key(row) if row else None

    async def get(self, key_id: str) -> ApiKey:
        """Return one. Raises `NotFound`."""
        row = await self._session.get(ApiKeyRow, key_id)
        if row is None:
            raise NotFound(f"There is no key {key_id}.", field="id")
        return _key(row)

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
    )

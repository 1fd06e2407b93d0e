"""The audit log and the keys: append and page; of a line there is no update and no delete."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.access import ApiKey, Scope
from ffgateway.domain.audit import AuditEntry, Outcome
from ffgateway.domain.errors import NotFound
from ffgateway.domain.pages import Page
from ffgateway.store.paging import page_of
from ffgateway.store.tables import ApiKeyRow, AuditRow


class AuditStore:
    """The audit log, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, entries: Sequence[AuditEntry]) -> None:
        """Add lines, in order."""
        await self._session.exec(
            insert(AuditRow),
            params=[
                {
                    "at": entry.at,
                    "principal_id": entry.principal_id,
                    "principal_name": entry.principal_name,
                    "action": entry.action,
                    "resource": entry.resource,
                    "outcome": entry.outcome.value,
                    "request_id": entry.request_id,
                    "address": entry.address,
                    "detail": dict(entry.detail),
                }
                for entry in entries
            ],
        )

    async def page(
        self,
        *,
        resource: str | None = None,
        principal_id: str | None = None,
        action: str | None = None,
        cursor: str | None,
        limit: int,
    ) -> Page[AuditEntry]:
        """The newest first."""
        where: list[ColumnElement[bool]] = []
        if resource is not None:
            where.append(col(AuditRow.resource) == resource)
        if principal_id is not None:
            where.append(col(AuditRow.principal_id) == principal_id)
        if action is not None:
            where.append(col(AuditRow.action) == action)
        return await page_of(
            self._session,
            AuditRow,
            key=col(AuditRow.number),
            noun=_entry,
            where=where,
            cursor=cursor,
            limit=limit,
            number=True,
        )


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


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        principal_id=row.principal_id,
        principal_name=row.principal_name,
        action=row.action,
        resource=row.resource,
        outcome=Outcome(row.outcome),
        request_id=row.request_id,
        address=row.address,
        detail=row.detail,
        number=row.number or 0,
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

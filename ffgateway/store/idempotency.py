"""What is on record of idempotency keys: claimed, bound, finished, forgotten.

Whoever writes names the owner of the claim, and writes nothing once it belongs to another. Answers
and fingerprints are sealed: the ones may hold a secret that is shown once, the others could be
searched for a short one.
"""

import base64
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.access import Grant, Scope
from ffgateway.domain.errors import IdempotencyKeyInUse
from ffgateway.domain.idempotency import Answer, Claim, Known, State
from ffgateway.store.records import limits_of, limits_values
from ffgateway.store.tables import IdempotencyRow
from ffgateway.store.vault import Vault

LARGEST = 4 << 20
"""Bytes of an answer, compressed, that is kept: some 20 MB of JSON."""


class IdempotencyStore:
    """The keys of one transaction."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def find(self, principal_id: str, digest: str, *, lock: bool = False) -> Known | None:
        """What is on record of a key."""
        query = select(IdempotencyRow).where(
            IdempotencyRow.principal_id == principal_id, IdempotencyRow.digest == digest
        )
        # read anew: the row may have been seen in this transaction before its lock
        query = query.execution_options(populate_existing=True)
        row = (await self._session.exec(query.with_for_update() if lock else query)).first()
        return self._known(row) if row else None

    async def claim(self, known: Known) -> bool:
        """Take a key that nobody has; say whether that was so. Never waits for its act."""
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        insert = (sqlite_insert if sqlite else postgresql_insert)(IdempotencyRow)
        taken = await self._session.exec(
            insert.values(**self._values(known))
            .on_conflict_do_nothing(index_elements=["principal_id", "digest"])
            .returning(col(IdempotencyRow.owner))
        )
        return taken.first() is not None

    async def take_over(self, known: Known) -> None:
        """Take a key that was locked by `find`, whatever is on record of it."""
        await self._session.exec(
            update(IdempotencyRow)
            .where(
                col(IdempotencyRow.principal_id) == known.claim.principal_id,
                col(IdempotencyRow.digest) == known.claim.digest,
            )
            .values(**self._values(known))
        )

    async def bind(self, claim: Claim, *, effect: str) -> None:
        """Put on record what is accepted in the key's name, in the transaction that accepts it.

        Raises `IdempotencyKeyInUse` when the key went to another request meanwhile, which ends that
        transaction: the other one accepts it.
        """
        known = await self.find(claim.principal_id, claim.digest, lock=True)
        if known is None or known.claim.owner != claim.owner:
            raise IdempotencyKeyInUse(
                "Another request took over this key.", cure="Send the same request again."
            )
        await self._session.exec(_mine(claim).values(effects=[*known.effects, effect]))

    async def prolong(self, claim: Claim, *, until: datetime) -> None:
        """Give a sign of life."""
        await self._session.exec(_mine(claim).values(lease_until=until))

    async def finish(self, claim: Claim, answer: Answer, *, granted: Grant) -> bool:
        """Keep the answer, with what whoever got it could do; say whether it was small enough."""
        body = answer.body.decode("latin-1")
        able = {"scopes": sorted(granted.scopes), "limits": limits_values(granted.limits)}
        plain = orjson.dumps([answer.status, answer.headers, body, able])
        packed = zlib.compress(plain, 1)
        if len(packed) > LARGEST:
            return False
        sealed = self._vault.seal(
            base64.b64encode(packed).decode(), context=context(claim.principal_id, claim.digest)
        )
        await self._session.exec(_mine(claim).values(state=State.DONE.value, answer=sealed))
        return True

    async def lose(self, claim: Claim) -> None:
        """Record that there will be no answer."""
        await self._session.exec(_mine(claim).values(state=State.LOST.value))

    async def release(self, claim: Claim) -> None:
        """Let the key go, as if it had never been used."""
        await self._session.exec(
            delete(IdempotencyRow).where(
                col(IdempotencyRow.principal_id) == claim.principal_id,
                col(IdempotencyRow.digest) == claim.digest,
                col(IdempotencyRow.owner) == claim.owner,
            )
        )

    async def lose_all(self) -> None:
        """Record that nobody acts any more: the one process that did has ended."""
        await self._session.exec(
            update(IdempotencyRow)
            .where(col(IdempotencyRow.state) == State.RUNNING.value)
            .values(state=State.LOST.value)
        )

    async def purge(self, *, before: datetime, now: datetime) -> int:
        """Forget keys first used before then, but for those at work; return how many."""
        gone = await self._session.exec(
            delete(IdempotencyRow)
            .where(
                col(IdempotencyRow.created_at) <= before,
                (col(IdempotencyRow.state) != State.RUNNING.value)
                | (col(IdempotencyRow.lease_until) <= now),
            )
            .returning(col(IdempotencyRow.owner))
        )
        return len(gone.all())

    def _values(self, known: Known) -> dict[str, object]:
        claim = known.claim
        return {
            "principal_id": claim.principal_id,
            "digest": claim.digest,
            "owner": claim.owner,
            "state": known.state.value,
            "fingerprint": self._vault.seal(
                known.fingerprint, context=context(claim.principal_id, claim.digest)
            ),
            "created_at": known.created_at,
            "lease_until": known.lease_until,
            "request_id": known.request_id,
            "effects": list(known.effects),
            "answer": None,
        }

    def _known(self, row: IdempotencyRow) -> Known:
        claim = Claim(principal_id=row.principal_id, digest=row.digest, owner=row.owner)
        bound = context(claim.principal_id, claim.digest)
        answer, granted = None, None
        if row.answer is not None:
            packed = base64.b64decode(self._vault.open(row.answer, context=bound))
            status, headers, body, *able = orjson.loads(zlib.decompress(packed))
            granted = _granted(able[0]) if able else None  # none was kept by earlier versions
            answer = Answer(
                status=status,
                headers=tuple((name, value) for name, value in headers),
                body=body.encode("latin-1"),
            )
        return Known(
            claim=claim,
            state=State(row.state),
            fingerprint=self._vault.open(row.fingerprint, context=bound),
            created_at=row.created_at,
            lease_until=row.lease_until,
            request_id=row.request_id,
            effects=tuple(row.effects),
            answer=answer,
            granted=granted,
        )


def _granted(able: Mapping[str, Any]) -> Grant:
    scopes = frozenset(Scope(one) for one in able["scopes"])
    return Grant(scopes=scopes, limits=limits_of(able["limits"]))


def _mine(claim: Claim):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type is longer than this
    return update(IdempotencyRow).where(
        col(IdempotencyRow.principal_id) == claim.principal_id,
        col(IdempotencyRow.digest) == claim.digest,
        col(IdempotencyRow.owner) == claim.owner,
    )


def context(principal_id: str, digest: str) -> str:
    """What is sealed of a key is bound to it."""
    return f"idempotency/{principal_id}/{digest}"

"""Keys: made, shown once, recognised, revoked."""

import hashlib
import secrets

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY, ApiKey, Caller, Principal, Scope
from ffgateway.domain.errors import Conflict, InvalidRequest, Unauthenticated
from ffgateway.domain.events import EventDraft, EventType
from ffgateway.services.audited import Gate, line
from ffgateway.store.leases import STARTING
from ffgateway.store.transaction import Store, Transaction

PREFIX = "ffgw_"
SHOWN = 12
"""Characters of a key that are kept in the clear, so that people can tell their keys apart."""


class Keys:
    """Who may come in."""

    def __init__(self, store: Store, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock

    async def authenticate(self, token: str) -> Principal:
        """Say whose key this is. Raises `Unauthenticated`.

        A key has 256 bits of chance in it, so a plain SHA-256 cannot be searched, and looking the
        digest up tells nothing by its timing.
        """
        async with self._store.reading() as tx:
            key = await tx.keys.with_digest(digest(token))
        if key is None or key.revoked_at is not None:
            raise Unauthenticated(
                "That key is not known.", cure="Send `Authorization: Bearer ffgw_…`."
            )
        return key.principal()

    async def create(
        self, caller: Caller, name: str, scopes: frozenset[Scope]
    ) -> tuple[ApiKey, str]:
        """Make a key; the text of it is returned here and never again."""
        await self._gate.require(caller, Scope.ADMIN, "key.create")
        token = PREFIX + secrets.token_urlsafe(32)
        async with self._store.transaction() as tx:
            return await self._keep(tx, caller, name, scopes, token), token

    async def _keep(
        self, tx: Transaction, caller: Caller, name: str, scopes: frozenset[Scope], token: str
    ) -> ApiKey:
        now = self._clock.now()
        key = ApiKey(
            id=tx.identify("key"),
            name=name,
            prefix=token[:SHOWN],
            digest=digest(token),
            scopes=scopes,
            created_at=now,
        )
        await tx.keys.add(key)
        named = sorted(scope.value for scope in scopes)
        tx.tell(_event(EventType.KEY_CREATED, key, self._clock))
        tx.note(line(caller, "key.create", key.id, at=now, name=name, scopes=named))
        return key

    async def bootstrap(self, token: str) -> None:
        """Let the key from the settings in as an administrator; once kept it is only recognised."""
        if not token.startswith(PREFIX) or len(token) < len(PREFIX) + 16:
            raise InvalidRequest(
                "The bootstrap key is too short or not one of ours.",
                field="FFGATEWAY_BOOTSTRAP_KEY",
                cure="Use `ffgw_` and at least 16 random characters.",
            )
        async with self._store.transaction() as tx:
            await tx.leases.queue_up(STARTING)  # gateways that start together bring the same key
            if await tx.keys.with_digest(digest(token)) is None:
                await self._keep(tx, GATEWAY, "bootstrap", frozenset({Scope.ADMIN}), token)

    async def list(self, caller: Caller) -> tuple[ApiKey, ...]:
        """Every key, without its text."""
        await self._gate.require(caller, Scope.ADMIN, "key.list")
        async with self._store.reading() as tx:
            return await tx.keys.all()

    async def revoke(self, caller: Caller, key_id: str) -> None:
        """End a key at once. Nobody can saw off the branch they sit on: another key has to do it."""
        await self._gate.require(caller, Scope.ADMIN, "key.revoke", key_id)
        if key_id == caller.principal.id:
            raise Conflict(
                "That is the key in use.", cure="Revoke it with another administrator's key."
            )
        async with self._store.transaction() as tx:
            key = await tx.keys.get(key_id)
            await tx.keys.revoke(key_id, at=self._clock.now())
            tx.tell(_event(EventType.KEY_REVOKED, key, self._clock))
            tx.note(line(caller, "key.revoke", key_id, at=self._clock.now()))


def digest(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode()).hexdigest()


def _event(kind: EventType, key: ApiKey, clock: Clock) -> EventDraft:
    scopes = sorted(scope.value for scope in key.scopes)
    data = {"id": key.id, "name": key.name, "scopes": scopes}
    return EventDraft(type=kind, subject=key.id, at=clock.now(), data=data)

"""Keys: made, shown once, recognised, given new secrets, ended."""

import hashlib
import secrets
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ffgateway.clock import Clock
from ffgateway.domain.access import (
    GATEWAY,
    UNLIMITED,
    ApiKey,
    Caller,
    KeyChanges,
    Limits,
    Principal,
    Scope,
)
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    TooManyWrongKeys,
    Unauthenticated,
)
from ffgateway.domain.events import EventDraft, EventType
from ffgateway.services.audited import Gate, line
from ffgateway.services.bearer_tokens import BadToken, BearerTokens
from ffgateway.services.staying import opened
from ffgateway.services.wrong_keys import PER_MINUTE, WrongKeys
from ffgateway.store.leases import STARTING
from ffgateway.store.transaction import Store, Transaction

PREFIX = "ffgw_"
SHOWN = 12
"""Characters of a key that are kept in the clear, so that people can tell their keys apart."""

OVERLAP: Final = timedelta(days=1)
"""How long the secrets before a new one open a key, when nobody says."""

LONGEST_OVERLAP: Final = timedelta(days=30)


class Keys:
    """Who may come in."""

    def __init__(
        self,
        store: Store,
        gate: Gate,
        clock: Clock,
        *,
        tokens: BearerTokens | None = None,
        wrong_per_minute: int = PER_MINUTE,
        wrong_pause: float = 0,
    ) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._tokens = tokens
        self._wrong = WrongKeys(clock, per_minute=wrong_per_minute, pause=wrong_pause)
        self._used: dict[str, datetime] = {}

    async def authenticate(self, token: str, *, address: str = "") -> Principal:
        """Say whose key this is, or whom a token of the issuer is about, if there is one.

        Raises `Unauthenticated`, or `TooManyWrongKeys` from this address.

        A key has 256 bits of chance in it, so a plain SHA-256 cannot be searched, and looking the
        digest up tells nothing by its timing.
        """
        found = digest(token)
        try:
            self._wrong.admit(found, address=address)
        except TooManyWrongKeys:
            await self._wrong.pause()
            raise
        try:
            if self._tokens is not None and token.count(".") == 2:  # a key of ours has no dot
                principal = await self._tokens.read(token)
            else:
                principal = await self._opened(found)
        except BadToken:
            self._wrong.wrong(found, address=address)
            raise Unauthenticated(
                "That key is not known, or has ended.", cure="Send `Authorization: Bearer ffgw_…`."
            ) from None
        self._wrong.right(found)
        return principal

    async def _opened(self, found: str) -> Principal:
        now = self._clock.now()
        principal = await opened(self._store, found, now=now)
        if principal is None:
            raise BadToken
        self._used[principal.id] = now
        return principal

    async def stamp(self) -> None:
        """Write down when keys were last used, those used since this was done before."""
        used, self._used = self._used, {}
        if used:
            async with self._store.transaction() as tx:
                await tx.keys.stamp(used)

    async def create(
        self,
        caller: Caller,
        name: str,
        scopes: frozenset[Scope],
        *,
        expires_at: datetime | None = None,
        limits: Limits = UNLIMITED,
    ) -> tuple[ApiKey, str]:
        """Make a key; the text of it is returned here and never again.

        Raises `Forbidden` for one that could do more, or longer, than the caller.
        """
        await self._gate.require(caller, Scope.ADMIN, "key.create")
        self._check_end(expires_at)
        _no_stronger(caller, limits, expires_at)
        token = _secret()
        key = self._new(name, scopes, token, expires_at=expires_at, limits=limits)
        async with self._store.transaction() as tx:
            return await self._keep(tx, caller, key), token

    def _new(self, name: str, scopes: frozenset[Scope], token: str, **more: Any) -> ApiKey:
        return replace(
            ApiKey(
                id="",
                name=name,
                prefix=token[:SHOWN],
                digest=digest(token),
                scopes=scopes,
                created_at=self._clock.now(),
            ),
            **more,
        )

    async def _keep(self, tx: Transaction, caller: Caller, new: ApiKey) -> ApiKey:
        key = replace(new, id=tx.identify("key"))
        await tx.keys.add(key)
        tx.tell(_event(EventType.KEY_CREATED, key, self._clock))
        made = changed(None, key, secrets=("secret",))
        tx.note(line(caller, "key.create", key.id, at=key.created_at, changed=made))
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
            if await tx.keys.opened(digest(token)) is None:
                new = self._new("bootstrap", frozenset({Scope.ADMIN}), token)
                await self._keep(tx, GATEWAY, new)

    async def list(self, caller: Caller) -> tuple[ApiKey, ...]:
        """Every key, without its text."""
        await self._gate.require(caller, Scope.ADMIN, "key.list")
        async with self._store.reading() as tx:
            return await tx.keys.all()

    async def update(self, caller: Caller, key_id: str, changes: KeyChanges) -> ApiKey:
        """Change a key that has not ended; what it opened before is held to it from then on.

        Raises `Forbidden` for one that could do more than before, and more or longer than the caller.
        """
        await self._gate.require(caller, Scope.ADMIN, "key.update", key_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.keys.get(key_id, lock=True)
            if before.ended(now=now):
                raise Conflict("The key has ended.", cure="Make a new one.")
            given = {name: value for name, value in _fields(changes).items() if value is not None}
            key = replace(before, **given)
            self._check_end(changes.expires_at)
            powerless = Scope.ADMIN not in key.scopes or key.limits.pools  # it could not undo that
            if key_id == caller.principal.id and powerless:
                raise Conflict(
                    "That is the key in use.",
                    cure="Have another administrator's key take that away.",
                )
            if not _narrower(key, before):
                _no_stronger(caller, key.limits, key.expires_at)
            differs = changed(before, key, "name", "scopes", "expires_at", "limits")
            if not differs:
                return before
            await tx.keys.change(key)
            tx.tell(_event(EventType.KEY_CHANGED, key, self._clock))
            tx.note(line(caller, "key.update", key_id, at=now, changed=differs))
        return key

    def _check_end(self, expires_at: datetime | None) -> None:
        if expires_at is not None and expires_at <= self._clock.now():
            raise InvalidRequest(
                "That is over already.", field="expires_at", cure="Use a time to come."
            )

    async def rotate(
        self, caller: Caller, key_id: str, *, overlap: timedelta = OVERLAP
    ) -> tuple[ApiKey, str]:
        """Give a key a new secret, returned here and never again; those before end after `overlap`.

        Raises `Forbidden` for a key that can do more than the caller: its secret would be theirs.
        """
        await self._gate.require(caller, Scope.ADMIN, "key.rotate", key_id)
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise InvalidRequest(
                "The overlap is too long.", field="overlap_seconds", cure="Use at most 30 days."
            )
        now, token = self._clock.now(), _secret()
        until = now + overlap
        async with self._store.transaction() as tx:
            before = await tx.keys.get(key_id, lock=True)
            if before.ended(now=now):
                raise Conflict("The key has ended.", cure="Make a new one.")
            _no_stronger(caller, before.limits, before.expires_at)
            key = replace(
                before,
                prefix=token[:SHOWN],
                digest=digest(token),
                old_secrets_until=until if overlap else None,
            )
            await tx.keys.rotate(key, old=before.digest, until=until)
            shown = key.old_secrets_until.isoformat() if key.old_secrets_until else None
            tx.tell(_event(EventType.KEY_ROTATED, key, self._clock, old_secrets_until=shown))
            differs = changed(before, key, secrets=("secret",))
            tx.note(line(caller, "key.rotate", key_id, at=now, changed=differs))
        return key, token

    async def revoke(self, caller: Caller, key_id: str) -> None:
        """End a key at once. Nobody can saw off the branch they sit on: another key has to do it."""
        await self._gate.require(caller, Scope.ADMIN, "key.revoke", key_id)
        if key_id == caller.principal.id:
            raise Conflict(
                "That is the key in use.", cure="Revoke it with another administrator's key."
            )
        async with self._store.transaction() as tx:
            key, now = await tx.keys.get(key_id, lock=True), self._clock.now()
            await tx.keys.revoke(key_id, at=now)
            tx.tell(_event(EventType.KEY_REVOKED, key, self._clock))
            ended = changed({"revoked_at": key.revoked_at}, {"revoked_at": key.revoked_at or now})
            tx.note(line(caller, "key.revoke", key_id, at=now, changed=ended))


def digest(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode()).hexdigest()


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _no_stronger(caller: Caller, limits: Limits, expires_at: datetime | None) -> None:
    own = caller.principal
    lasts = own.outlasts is None or (expires_at is not None and expires_at <= own.outlasts)
    if not limits.within(own.limits) or not lasts:
        raise Forbidden(
            "That key can do more, or for longer, than the one in use.",
            cure="Give it limits and an end within those of the key in use.",
        )


def _narrower(key: ApiKey, before: ApiKey) -> bool:
    """Whether a key can do nothing that it could not before, nor longer."""
    lasts = before.expires_at is None or (
        key.expires_at is not None and key.expires_at <= before.expires_at
    )
    able = all(before.principal().may(scope) for scope in key.scopes)
    return lasts and able and key.limits.within(before.limits)


def _fields(one: KeyChanges) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _event(kind: EventType, key: ApiKey, clock: Clock, **more: object) -> EventDraft:
    scopes = sorted(scope.value for scope in key.scopes)
    data = {"id": key.id, "name": key.name, "scopes": scopes}
    return EventDraft(type=kind, subject=key.id, at=clock.now(), data=data | more)

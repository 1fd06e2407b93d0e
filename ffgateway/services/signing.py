"""The keys that sign what endpoints get: made, listed, replaced with an overlap, ended.

A secret leaves this room once, in what `begin` or `rotate` returns; a private key never does.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.delivery.signing import check_secret, new_pair, new_secret
from ffgateway.domain.access import GATEWAY, Caller, Scope
from ffgateway.domain.differing import Differences, changed
from ffgateway.domain.errors import Conflict, InvalidRequest, NotFound
from ffgateway.domain.receivers import (
    MOST_KEYS,
    OVERLAP,
    KeyVersion,
    SigningKey,
    check_overlap,
)
from ffgateway.services.audited import Gate, line
from ffgateway.store.transaction import Store, Transaction


class Signing:
    """The keys of the endpoints, for whoever may."""

    def __init__(self, store: Store, gate: Gate, clock: Clock, *, wake: Callable[[], None]) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def keys(self, caller: Caller, subscription_id: str) -> tuple[SigningKey, ...]:
        """The keys that sign now, the oldest first, without their secrets."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.keys", subscription_id)
        async with self._store.reading() as tx:
            await tx.subscriptions.get(subscription_id)
            return await tx.receivers.keys(subscription_id, at=self._clock.now())

    async def rotate(
        self,
        caller: Caller,
        subscription_id: str,
        *,
        version: KeyVersion = KeyVersion.V1,
        secret: str | None = None,
        overlap: timedelta = OVERLAP,
    ) -> SigningKey:
        """Make a new key, which signs from now on; those of its version go on for `overlap`.

        Of a version that the endpoint had none of, it is the first. The returned one has its secret
        if it is a shared one: it is shown here and never again. Raises `Conflict` when too many
        keys are live.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.rotate", subscription_id)
        check_overlap(overlap)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            subscription = await tx.subscriptions.get(subscription_id, lock=True)
            live = await tx.receivers.keys(subscription_id, at=now)
            old = [key for key in live if key.version is version]
            if overlap and len(live) >= MOST_KEYS:
                raise Conflict(
                    f"{len(live)} keys are live already.",
                    cure="Wait until old ones have expired, or rotate with an overlap of 0.",
                )
            if secret is not None:
                opened = await tx.receivers.open([subscription_id], at=now)
                if any(key.secret == secret for key in opened[subscription_id].keys):
                    raise InvalidRequest(
                        "That secret is in use already.", field="secret", cure="Use a new one."
                    )
            ends = now + overlap
            await tx.receivers.expire(
                [key for key in old if key.expires_at is None or key.expires_at > ends], at=ends
            )
            (made,) = await begin(tx, subscription_id, [version], secret=secret, at=now)
            tx.note(
                line(
                    caller,
                    "webhook.rotate",
                    subscription.id,
                    at=now,
                    changed=await _differing(tx, subscription_id, live, now),
                )
            )
        self._wake()
        return made

    async def end(self, caller: Caller, subscription_id: str, key_id: str) -> None:
        """End one key at once, as when it has leaked. Raises `Conflict` for the last that stays.

        The last is the only one that no rotation has ended already: without it nothing would sign.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.end_key", subscription_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.subscriptions.get(subscription_id, lock=True)
            live = {key.id: key for key in await tx.receivers.keys(subscription_id, at=now)}
            if key_id not in live:
                raise NotFound(f"There is no key {key_id} of that webhook.", field="key_id")
            if all(key.expires_at for key in live.values() if key.id != key_id):
                raise Conflict(
                    "No other key would stay.", cure="Rotate first, with an overlap of 0."
                )
            await tx.receivers.expire([live[key_id]], at=now)
            differs = await _differing(tx, subscription_id, live.values(), now)
            tx.note(
                line(
                    caller, "webhook.end_key", subscription_id, at=now, key=key_id, changed=differs
                )
            )
        self._wake()

    async def purge(self) -> int:
        """Throw away what has ended, on record; return how many keys."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            if not await tx.receivers.any_ended(at=now):
                return 0
        async with self._store.transaction() as tx:
            gone = await tx.receivers.purge(at=now)
            for key in gone:
                tx.note(
                    line(GATEWAY, "webhook.key_expired", key.subscription_id, at=now, key=key.id)
                )
        return len(gone)


async def _differing(
    tx: Transaction, subscription_id: str, before: Iterable[SigningKey], at: datetime
) -> Differences:
    """What differs among the keys that sign, for the record; their secrets are never told."""
    after = await tx.receivers.keys(subscription_id, at=at)
    return changed({"keys": tuple(before)}, {"keys": after})


async def begin(
    tx: Transaction,
    subscription_id: str,
    versions: Sequence[KeyVersion],
    *,
    secret: str | None,
    at: datetime,
) -> tuple[SigningKey, ...]:
    """Make one key of each version and keep them; a private key is not in what is returned.

    `secret` is the caller's own for `v1`. Raises `InvalidRequest` when it is none.
    """
    if secret is not None:
        _check(secret, versions)
    made = [_made(tx, subscription_id, version, secret=secret, at=at) for version in versions]
    await tx.receivers.add(*made)
    return tuple(replace(key, secret="") if key.public else key for key in made)


def _made(
    tx: Transaction,
    subscription_id: str,
    version: KeyVersion,
    *,
    secret: str | None,
    at: datetime,
) -> SigningKey:
    key = SigningKey(
        id=tx.identify("sgn"), subscription_id=subscription_id, version=version, created_at=at
    )
    if version is KeyVersion.V1:
        return replace(key, secret=secret or new_secret(os.urandom(24)))
    private, public = new_pair(os.urandom(32))
    return replace(key, secret=private, public=public)


def _check(secret: str, versions: Sequence[KeyVersion]) -> None:
    if KeyVersion.V1 not in versions:
        raise InvalidRequest(
            "A secret is for `v1` alone.", field="secret", cure="A `v1a` key is made here."
        )
    try:
        check_secret(secret)
    except ValueError as flaw:
        raise InvalidRequest(
            "That is no secret for webhooks.",
            field="secret",
            cure="Use whsec_ and the base64 of 24 to 64 random bytes, or none: one is made then.",
        ) from flaw

"""Whether who was let in may stay: until what they came in with is revoked, changed, replaced or over.

A body may take hours to come, and a stream lasts for days: whoever acts then is looked up again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Final

from ffgateway.domain.access import Principal
from ffgateway.domain.errors import Unauthenticated
from ffgateway.domain.events import Event, EventType
from ffgateway.store.transaction import Store

TRUSTED: Final = timedelta(seconds=2)
"""How long nobody is looked up again: most requests are over by then."""


async def opened(store: Store, secret: str, *, now: datetime) -> Principal | None:
    """Whose key a secret with this SHA-256 opens, if it opens one."""
    async with store.reading() as tx:
        found = await tx.keys.opened(secret)
    if found is None:
        return None
    key, until = found
    if key.ended(now=now) or (until and until <= now):
        return None
    return replace(key.principal(until=until), secret=secret, known_at=now)


async def look_again(
    store: Store, principal: Principal, *, now: datetime, trusted: timedelta = TRUSTED
) -> Principal:
    """Look up again who came in longer ago than that; its end may be another by now.

    Raises `Unauthenticated` when it is over, or may do something else.
    """
    if principal.known_at is None or now - principal.known_at < trusted:
        return principal
    _check(principal.expires_at, now=now)
    if not principal.secret:
        return principal  # a token is what it says, to its end
    found = await opened(store, principal.secret, now=now)
    if found is None:
        raise Unauthenticated("The key was revoked, or has ended.")
    if found.grant != principal.grant:
        raise _changed()
    return found


def _check(ends_at: datetime | None, *, now: datetime) -> None:
    if ends_at is not None and ends_at <= now:
        raise Unauthenticated("The key or token has ended.", cure="Come back with a new one.")


def _changed() -> Unauthenticated:
    return Unauthenticated("The key was changed.", cure="Come back with what it may now.")


class Stay:
    """One listener's stay, from when the log was at `head`. It hears of its key by the events themselves."""

    def __init__(self, principal: Principal, *, head: int) -> None:
        self._principal = principal
        self._head = head
        self._ends_at = principal.expires_at

    def hear(self, event: Event) -> None:
        """Take in what happened to the key. Raises `Unauthenticated` when it was revoked or changed."""
        if event.subject != self._principal.id:
            return
        if event.type == EventType.KEY_REVOKED:
            raise Unauthenticated("The key was revoked.")
        if event.position <= self._head:
            return  # that was before
        if event.type == EventType.KEY_CHANGED:
            raise _changed()
        if event.type == EventType.KEY_ROTATED:
            until = event.data["old_secrets_until"]
            ends_at = datetime.fromisoformat(until) if until else event.at
            self._ends_at = min(ends_at, self._ends_at or ends_at)

    def check(self, *, now: datetime) -> None:
        """Raise `Unauthenticated` when it is over."""
        _check(self._ends_at, now=now)

    def lasts(self, *, now: datetime) -> float:
        """Seconds that are left."""
        return inf if self._ends_at is None else (self._ends_at - now).total_seconds()

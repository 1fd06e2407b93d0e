"""How long a listener may stay: until what it came in with is revoked, replaced or over."""

from datetime import datetime
from math import inf

from ffgateway.domain.access import Principal
from ffgateway.domain.errors import Unauthenticated
from ffgateway.domain.events import Event, EventType


class Stay:
    """One listener's stay, from when it `began`. It hears of its key by the events themselves."""

    def __init__(self, principal: Principal, *, began: datetime) -> None:
        self._principal = principal
        self._began = began
        self._ends_at = principal.expires_at

    def hear(self, event: Event) -> None:
        """Take in what happened to the key. Raises `Unauthenticated` when it was revoked or changed."""
        if event.subject != self._principal.id:
            return
        if event.type == EventType.KEY_CHANGED and event.at >= self._began:
            raise Unauthenticated("The key was changed.", cure="Come back with what it may now.")
        if event.type == EventType.KEY_REVOKED:
            raise Unauthenticated("The key was revoked.")
        if event.type == EventType.KEY_ROTATED and event.at >= self._began:
            until = event.data["old_secrets_until"]
            ends_at = datetime.fromisoformat(until) if until else event.at
            self._ends_at = min(ends_at, self._ends_at or ends_at)

    def check(self, *, now: datetime) -> None:
        """Raise `Unauthenticated` when it is over."""
        if self._ends_at is not None and self._ends_at <= now:
            raise Unauthenticated("The key or token has ended.", cure="Come back with a new one.")

    def lasts(self, *, now: datetime) -> float:
        """Seconds that are left."""
        return inf if self._ends_at is None else (self._ends_at - now).total_seconds()

"""How much a principal may still ask for, and how HTTP says so.

The fields are those of draft-ietf-httpapi-ratelimit-headers (structured fields, RFC 9651).
"""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(minutes=1)
"""A window begins with the first request in it."""

DAY = timedelta(days=1)

POLICY = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A principal's budget as it is now. `resets_in` is in whole seconds, rounded up.

    `ends` tells one window from the next.
    """

    limit: int
    remaining: int
    resets_in: int
    policy: str = POLICY
    window: timedelta = WINDOW
    ends: float = 0.0

    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit`."""
        window = int(self.window.total_seconds())
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={window}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.resets_in}',
        }

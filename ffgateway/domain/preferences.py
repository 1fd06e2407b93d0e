"""What a client prefers (RFC 7240), as far as we honour it. An unreadable preference is ignored."""

import re
from datetime import timedelta

from ffgateway.domain.errors import InvalidRequest

LONGEST_WAIT = timedelta(seconds=60)
"""More patience than this is cut to it: no look at an appliance takes longer."""

LONGEST = 1000
"""Characters of the header. More than that is not read, and not ignored either."""

_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?([0-9]{1,6})"?(?=$|[,;\s])', re.IGNORECASE)


_MINIMAL = re.compile(r'(?:^|[,;\s])return\s*=\s*"?minimal"?(?=$|[,;\s])', re.IGNORECASE)


def checked(prefer: str, field: str = "Prefer") -> str:
    """The header as it is. Raises `InvalidRequest` for one that is too long to be read."""
    if len(prefer) > LONGEST:
        raise InvalidRequest(
            "The header is too long.",
            field=field,
            cure=f"Use at most {LONGEST} characters.",
        )
    return prefer


def minimal(prefer: str) -> bool:
    """Whether a client that changed something would rather not see it (section 4.2)."""
    return bool(_MINIMAL.search(prefer))


def wait(prefer: str) -> timedelta | None:
    """How long a client will wait for each appliance, from its `Prefer` header (section 4.3)."""
    found = _WAIT.search(prefer)
    return min(timedelta(seconds=int(found[1])), LONGEST_WAIT) if found else None

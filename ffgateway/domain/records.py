"""Records of an appliance's directory by list and number, `admin~1`.

A list belongs to a user of the appliance; the one for everybody is called `global` here, whatever
the appliance calls it.
"""

import re
from dataclasses import dataclass
from typing import Final

from ffgateway.domain.errors import InvalidRequest

GLOBAL: Final = "global"
"""The owner of the appliance's global list."""

OWNER: Final = r"[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}"
"""A user name as it may stand in a path: `.` and `..` would mean another place there."""

_RECORD: Final = re.compile(rf"({OWNER})~([0-9]{{1,9}})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class RecordId:
    """Which record: whose list, and the number in it."""

    owner: str
    number: int

    def __str__(self) -> str:
        """`OWNER~N`."""
        return f"{self.owner}~{self.number}"


def record_id(text: str, *, field: str) -> RecordId:
    """Read `OWNER~N`. Raises `InvalidRequest`, which names `field`."""
    found = _RECORD.fullmatch(text)
    if found is None:
        raise InvalidRequest(
            "That is not a record of an appliance.",
            field=field,
            cure="Use OWNER~N, such as admin~1, or global~1 for the list for everybody.",
        )
    return RecordId(found[1], int(found[2]))


def check_owner(owner: str, *, field: str = "owner") -> None:
    """Raise `InvalidRequest` for what no user of an appliance is called."""
    if not re.fullmatch(OWNER, owner, re.ASCII):
        raise InvalidRequest(
            "That is not a user of an appliance.",
            field=field,
            cure="Use a user's name, or global for the list for everybody.",
        )

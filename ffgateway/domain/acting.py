"""Users of appliances that somebody is there: whose faxes are whose is then for each appliance to say."""

import re
from dataclasses import dataclass
from datetime import datetime

from ffgateway.domain.devices import POOL
from ffgateway.domain.errors import InvalidRequest

ACTOR = POOL
"""What somebody is called who acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingUser:
    """Who `name` (`Limits.acts_as`) is on one appliance. The password is kept apart and sealed."""

    device_id: str
    name: str
    username: str
    set_at: datetime


def check_actor(name: str, *, field: str) -> None:
    """Raise `InvalidRequest` for what nobody is called who acts."""
    if not re.fullmatch(ACTOR[1:-1], name, re.ASCII):
        raise InvalidRequest(
            f"{name[:100]!r} is nobody that could act.",
            field=field,
            cure="Use lower case letters, digits and hyphens, at most 50.",
        )

"""One change for many appliances: what is chosen, and what each of them made of it.

Every change is of the kind "see to it that this is there", so that asking twice leaves what asking
once does. What happened on an appliance is counted, and what it refused is told by its place in
the request.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_DEVICES: Final = 500
"""Appliances that one request may name."""

MOST_THINGS: Final = 500
"""Contacts, users, routes or groups in one request: some 100 kB of it."""


class Reach(StrEnum):
    """How far the change came on one appliance."""

    DONE = "done"  # all of it is there now
    REFUSED = "refused"  # it said no, to some of it at least
    UNREACHABLE = "unreachable"  # nothing was changed there
    SILENT = "silent"  # it stopped answering in the middle of a change: it may have acted


class Did(StrEnum):
    """What one thing took."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that an appliance would not have. `index` is its place in the request."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceResult:
    """What became of the change on one appliance.

    `created`, `changed`, `unchanged`, the refusals and `left`, which were not tried, add up to
    what was asked. `code`, `detail` and `cure` are of the error that ended it before its end.
    """

    device_id: str
    device_name: str
    outcome: Reach
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: tuple[Refusal, ...] = ()
    left: int = 0
    code: str = ""
    detail: str = ""
    cure: str = ""

"""Which appliance should take this fax. Pure: what is known comes in, a choice and its reasons go out.

Whoever cannot take it is out, and the reason is said. Among the rest the lowest cost wins: how
many pages wait for each of its lines, weighed by the numbers below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ffgateway.domain.devices import Device, Health

NO_LINE_IS_FREE: Final = 2.0
"""Pages that an appliance whose lines are all taken counts as having besides, for each line."""

PREFERRED: Final = 0.25
"""What the cost is multiplied by where the number's region or the client prefers the appliance."""

MISSED: Final = 8.0
"""The same for one that could not take or send this very fax: others come first."""

PAGES_GUESSED: Final = 3
"""Pages of a fax that nobody has counted yet."""

URGENT: Final = 1
"""The lowest priority (0 is the highest) that no full queue keeps waiting."""

TRIED_AGAIN: Final = timedelta(seconds=30)
"""How long a degraded appliance is left alone before one request may show whether it is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An appliance and what it has to do already.

    `unfinished` are faxes, `pages` theirs, those that nobody counted guessed. `idle` is how many
    lines its last status called free, None where that is old or was never asked. `capacity` is the
    most bytes that it takes in one request, `most` how many unfinished faxes it is given for each
    line; `uncertain` says that a hand-over to it is still being found out. `user` is who it would
    be there, if somebody acts; "" where the appliance has no user for that.
    """

    device: Device
    unfinished: int
    lines: int
    capacity: int
    pages: int = 0
    idle: int | None = None
    most: int | None = None
    uncertain: bool = False
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is to be placed. `size` is the bytes of the request, `missed` where it was tried in vain.

    `undiallable` are appliances, by id, whose lines have not all the numbers, where another's have;
    with one that each lacks. `whole` is the number with its country, by appliance, as its line reads it.
    """

    size: int
    wanted: str | None = None
    pool: str | None = None
    priority: int | None = None
    number: str = ""  # of the first recipient
    whole: Mapping[str, str] = field(default_factory=dict)
    client: str = ""
    missed: tuple[str, ...] = ()
    acts_as_only: str = ""  # who alone may hand it over
    undiallable: Mapping[str, str] = field(default_factory=dict)

    @property
    def urgent(self) -> bool:
        """Whether it may be put behind a full queue: the appliance sends it first all the same."""
        return self.priority is not None and self.priority <= URGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The choice; `device_id` is None when nobody can take it. `reasons` is for people.

    `waits`: an appliance could, and has enough to do just now. `user` is that of the candidate.
    """

    device_id: str | None
    reasons: tuple[str, ...]
    waits: bool = False
    user: str = ""


def asked_for(device: Device, demand: Demand) -> bool:
    """Whether an appliance is one of those that the request names; without a name all are."""
    if demand.wanted is not None:
        return device.id == demand.wanted
    return demand.pool is None or demand.pool in device.pools


def unfit(candidate: Candidate, demand: Demand) -> str | None:
    """Say why this appliance can never take such a request, or None when one day it may."""
    device = candidate.device
    if not asked_for(device, demand):
        return "not asked for"
    if demand.acts_as_only and not candidate.user:
        return f"has no user for {demand.acts_as_only}"
    if device.id in demand.undiallable:
        return f"cannot dial {demand.undiallable[device.id]}"
    if demand.size > candidate.capacity:
        return f"takes at most {candidate.capacity} bytes in a request, this is {demand.size}"
    return None


def obstacle(candidate: Candidate, demand: Demand, *, now: datetime) -> str | None:
    """Say why this appliance cannot take such a request now, or None when it can."""
    device = candidate.device
    if never := unfit(candidate, demand):
        return never
    if not device.enabled:
        return "disabled"
    if device.draining_since is not None:
        return "being drained"
    if device.health is Health.AUTH_FAILED:
        return "refuses its credentials"
    if device.health is Health.OFFLINE:
        return "does not answer"
    if device.degraded_since is not None and now < device.degraded_since + TRIED_AGAIN:
        return "failed too often lately"
    if candidate.uncertain:
        return "has a hand-over that is still being found out"
    return None


def full(candidate: Candidate, demand: Demand) -> bool:
    """Whether an appliance has as much to do as it is given at once."""
    if candidate.most is None or demand.urgent:
        return False
    return candidate.unfinished >= candidate.most * candidate.lines


def prefers(device: Device, demand: Demand) -> str | None:
    """Why an appliance is preferred for a request: for the number's region, or for the client."""
    number = demand.whole.get(device.id, demand.number)
    digits = "".join(char for char in number if char.isdigit())
    for region in device.regions:
        if number.startswith("+") and digits.startswith(region.removeprefix("+")):
            return f"preferred for numbers in {region}"
    return "preferred for this client" if demand.client in device.clients else None


def cost(candidate: Candidate, demand: Demand) -> float:
    """How much is against an appliance that could take the request."""
    device = candidate.device
    busy = NO_LINE_IS_FREE if candidate.idle == 0 else 0.0
    load = (candidate.pages + 1) / candidate.lines + busy
    factor = PREFERRED if prefers(device, demand) else 1.0
    return load / device.weight * factor * (MISSED if device.id in demand.missed else 1.0)


def place(candidates: Iterable[Candidate], demand: Demand, *, now: datetime) -> Placement:
    """Choose the appliance that costs least.

    Ties go to the one with more lines, then to the older registration, so that a choice can be
    repeated and explained. Of those that were not asked for nothing is said: whoever asked may
    not know of them.
    """
    fit, reasons, waits = [], [], False
    for candidate in candidates:
        if not asked_for(candidate.device, demand):
            continue
        against = obstacle(candidate, demand, now=now)
        if against is None and full(candidate, demand):
            waits, against = True, f"has {candidate.unfinished} unfinished faxes already"
        if against is None:
            fit.append(candidate)
        else:
            reasons.append(f"{candidate.device.name}: {against}")
    if not fit:
        return Placement(device_id=None, reasons=tuple(reasons) or _nobody(demand), waits=waits)
    fit.sort(key=lambda one: (cost(one, demand), -one.lines, one.device.id))
    told = [_told(one, demand) for one in fit]
    why = (f"chosen {told[0]}", *told[1:], *reasons)
    return Placement(device_id=fit[0].device.id, reasons=why, user=fit[0].user)


def _nobody(demand: Demand) -> tuple[str]:
    if demand.wanted is not None:
        return ("the appliance that was asked for is registered no more",)
    if demand.pool is not None:
        return (f"no appliance is in the pool {demand.pool}",)
    return ("no appliance is registered",)


def _told(one: Candidate, demand: Demand) -> str:
    parts = [f"{one.unfinished} faxes, {one.pages} pages on {one.lines} lines"]
    if one.idle is not None:
        parts.append(f"{one.idle} free")
    if one.user:
        parts.append(f"as its user {one.user}")
    if one.device.weight != 1:
        parts.append(f"weight {one.device.weight:g}")
    if preferred := prefers(one.device, demand):
        parts.append(preferred)
    if one.device.id in demand.missed:
        parts.append("was tried already")
    return f"{one.device.name}: {', '.join(parts)}; cost {cost(one, demand):.2f}"

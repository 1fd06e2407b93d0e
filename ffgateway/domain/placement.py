"""Which appliance should take this fax. Pure: what is known comes in, a choice and its reasons go out."""

from collections.abc import Iterable
from dataclasses import dataclass

from ffgateway.domain.devices import Device, Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An appliance and what it has to do already.

    `capacity` is the most bytes that it takes in one request; `uncertain` says that a hand-over to
    it is still being found out, and until then it takes nothing new.
    """

    device: Device
    unfinished: int
    lines: int
    capacity: int
    uncertain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The choice; `device_id` is None when nobody can take it. `reasons` is for people."""

    device_id: str | None
    reasons: tuple[str, ...]


def obstacle(candidate: Candidate, *, size: int, wanted: str | None) -> str | None:
    """Say why this appliance cannot take a request of `size` bytes, or None when it can."""
    device = candidate.device
    if wanted is not None and device.id != wanted:
        return "another one was asked for"
    if not device.enabled:
        return "disabled"
    if device.health is Health.AUTH_FAILED:
        return "refuses its credentials"
    if device.health is Health.OFFLINE:
        return "does not answer"
    if candidate.uncertain:
        return "has a hand-over that is still being found out"
    if size > candidate.capacity:
        return f"takes at most {candidate.capacity} bytes in a request, this is {size}"
    return None


def place(candidates: Iterable[Candidate], *, size: int, wanted: str | None = None) -> Placement:
    """Choose the appliance with the fewest unfinished faxes for each of its lines.

    Ties go to the one with more lines, then to the older registration, so that a choice can be
    repeated and explained.
    """
    fit, reasons = [], []
    for candidate in candidates:
        against = obstacle(candidate, size=size, wanted=wanted)
        if against is None:
            fit.append(candidate)
        else:
            reasons.append(f"{candidate.device.name}: {against}")
    if not fit:
        return Placement(device_id=None, reasons=tuple(reasons) or ("no appliance is registered",))
    best = min(fit, key=lambda one: (one.unfinished / one.lines, -one.lines, one.device.id))
    load = (
        f"{best.device.name}: {best.unfinished} unfinished on {best.lines} lines, the least loaded"
    )
    return Placement(device_id=best.device.id, reasons=(load, *reasons))

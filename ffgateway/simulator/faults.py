"""Faults on demand: what goes wrong, how often, and for which requests.

Data and a list to choose from; `gate` carries them out on the way in and out of the server.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final


class Kind(StrEnum):
    """What goes wrong. "Accepted" means that the appliance has done what was asked of it."""

    LATENCY = "latency"  # wait, then act and answer
    LATE_ANSWER = "late_answer"  # act, then wait, then answer
    CUT_BEFORE = "cut_before"  # cut the connection before anything was accepted
    CUT_IN_BODY = "cut_in_body"  # cut it when half of the request was read; nothing accepted
    CUT_AFTER = "cut_after"  # cut it when accepted, without one byte of an answer
    CUT_MIDWAY = "cut_midway"  # accepted; cut it in the middle of the answer
    ACTS_LATE = "acts_late"  # read the request and say nothing; accept it simulated seconds later
    REFUSED = "refused"  # 400 before the request was read to its end; nothing accepted
    UNAUTHORIZED = "unauthorized"  # 401 whatever the credentials; nothing accepted
    ERROR = "error"  # 500, nothing accepted
    ERROR_AFTER = "error_after"  # 500, but accepted
    TRUNCATED = "truncated"  # accepted; the XML of the answer ends half-way
    EMPTY = "empty"  # accepted; the answer has no body
    GARBLED = "garbled"  # accepted; the answer is a web page instead of XML
    PARTIAL = "partial"  # accepted; of the entries that the answer has, it shows the first alone
    FROZEN_CLOCK = (
        "frozen_clock"  # time stands still on the appliance until the fault is taken away
    )
    REBOOT = "reboot"  # down for some simulated seconds: 503, or no answer at all


LASTING: Final = frozenset({Kind.FROZEN_CLOCK, Kind.REBOOT})
"""What befalls the appliance as a whole, at once, rather than one request."""

OPERATIONS: Final = {
    "schedule": ("POST", "/ofax"),
    "list": ("GET", "/ofax"),
    "view": ("GET", "/ofax/*"),
    "abort": ("DELETE", "/ofax/*"),
    "reschedule": ("PUT", "/ofax/*"),
    "status": ("GET", "/*status*"),
    "user": ("GET", "/users/*"),
    "data": ("GET", "/data/*"),
    "about": ("GET", "/about"),
}
"""Names for a method and a path below `/ffws/v1`, for those who set faults by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to go wrong, `times` times, with requests that match.

    `seconds` is real time for a wait (a client's patience is real), simulated time for a reboot and
    for what is accepted late.
    `path` is a pattern as of a shell, below `/ffws/v1`. With a `chance` below 1 it spares some of
    the requests that match, which then count for none of its times.
    """

    kind: Kind
    times: int = 1
    method: str = "*"
    path: str = "*"
    seconds: float = 0.0
    refuse: bool = False  # a reboot cuts connections instead of answering 503
    chance: float = 1.0

    def meets(self, method: str, path: str) -> bool:
        """Whether a request to `path` below `/ffws/v1` is one of those it is meant for."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)


FIELDS: Final = {"kind", "times", "method", "path", "seconds", "refuse", "chance", "operation"}


def fault_from(described: Mapping[str, Any]) -> Fault:
    """Read a fault from JSON: the fields of `Fault`, and `operation` in place of method and path.

    Raises `ValueError`, whose text says what is wrong with it.
    """
    unknown = set(described) - FIELDS
    if unknown:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
    fault = Fault(
        kind=Kind(described.get("kind", "")),
        times=int(described.get("times", 1)),
        method=str(described.get("method", "*")).upper(),
        path=str(described.get("path", "*")),
        seconds=float(described.get("seconds", 0.0)),
        refuse=bool(described.get("refuse", False)),
        chance=float(described.get("chance", 1.0)),
    )
    if fault.times < 1 or not 0 <= fault.seconds < timedelta.max.total_seconds():
        raise ValueError("times must be at least 1 and seconds not negative")
    if not 0 < fault.chance <= 1:
        raise ValueError("chance must be above 0 and at most 1")
    if "operation" not in described:
        return fault
    if described["operation"] not in OPERATIONS:
        raise ValueError(f"unknown operation; there are {', '.join(OPERATIONS)}")
    method, path = OPERATIONS[described["operation"]]
    return replace(fault, method=method, path=path)


class Faults:
    """What is yet to go wrong, oldest first; `met` counts what has."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._random = Random(0)  # noqa: S311 - a rehearsal's, and to be repeated
        self.met: Counter[Kind] = Counter()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._waiting)

    def add(self, fault: Fault) -> None:
        """Put a fault in wait."""
        self._waiting.append(fault)

    def draw_anew(self, seed: int) -> None:
        """Let chance begin anew, so that a rehearsal can be repeated, or be another."""
        self._random.seed(seed)

    def clear(self) -> None:
        """Let everything go well again."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        for index, fault in enumerate(self._waiting):
            if fault.meets(method, path) and self._random.random() < fault.chance:
                self.met[fault.kind] += 1
                if fault.times > 1:
                    self._waiting[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[index]
                return fault
        return None

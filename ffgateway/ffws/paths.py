"""Every operation as data: method, path, firmware, models, and how we know it.

An operation whose wire form is not public is a stand-in of this project's own making; its
`evidence` says so and travels outward with every answer. Nothing here is code to call.
"""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How a fact about the appliance is known."""

    DOCUMENTED = "documented"  # by the vendor
    OBSERVED = "observed"  # in a working client or a captured answer
    INFERRED = "inferred"  # by analogy, with a reason
    STAND_IN = "stand-in"  # not public at all: this project's own form until someone observes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One function of the appliance, as data.

    `path` is a template below `/ffws/v1` with `{fax_key}`, `{entry_key}`, `{number}`, `{username}`,
    `{section}`. `since` is a firmware, `(3, 0, 4)`; `models` empty means all.
    """

    name: str
    method: str
    path: str
    evidence: Evidence
    source: str  # guide page or client where it was seen; "" for a stand-in
    element: str = ""  # the payload element
    since: tuple[int, ...] = ()
    models: frozenset[str] = frozenset()
    success: frozenset[int] = frozenset({200})
    writes: bool = False

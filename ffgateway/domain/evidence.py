"""How we know what an appliance does, and an answer that says so.

The grade travels with every answer out of an appliance, so that nobody takes a form of this
project's own making for the vendor's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Evidence(StrEnum):
    """How a function of the appliance is known."""

    DOCUMENTED = "documented"  # by the vendor
    OBSERVED = "observed"  # in a working client, a captured answer, or an operator's override
    INFERRED = "inferred"  # by analogy, with a reason
    STAND_IN = "stand-in"  # not public: this project's own form until somebody observes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[T]):
    """What an appliance answered, by which function, and how that function is known."""

    value: T
    evidence: Evidence
    function: str  # `contact.list`

    def map(self, change: "Callable[[T], U]") -> "Known[U]":
        """The same answer in other words."""
        return Known(value=change(self.value), evidence=self.evidence, function=self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the appliance as documents tell of it. `source` is "" for a stand-in."""

    name: str
    evidence: Evidence
    source: str
    since: tuple[int, ...] = ()
    models: frozenset[str] = frozenset()

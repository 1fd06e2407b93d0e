"""Secrets at rest: how many there are under which key, and what wrapping them anew came to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many secrets of one kind are under each key, by its id; "" for those that do not say."""

    kind: str
    under: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaulted:
    """What is under which keys. The first of `keys` seals; the others only open."""

    keys: tuple[str, ...]
    kinds: tuple[Kept, ...]

    @property
    def needed(self) -> dict[str, int]:
        """How many secrets still need each key that does not seal."""
        others: dict[str, int] = {}
        for kind in self.kinds:
            for key, count in kind.under.items():
                if key != self.keys[0]:
                    others[key] = others.get(key, 0) + count
        return others


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """What came of one kind: how many are under the first key now, and how many no key of ours opens."""

    kind: str
    done: int
    lost: int

"""RFC 6962 trees out of stored parts: which parts a root or a proof needs, and how they join.

A tree of n leaves is never hashed anew. Complete parts of it, of 2**level leaves each, do not
change any more; a `Part` names one. The rest is put together from a few of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ffgateway.audit_verify import EMPTY_ROOT, node_hash

TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
"""Hashes that are read and kept together: every 256 leaves have one in the level above."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The leaves from `place << level` on, 2**level of them."""

    level: int
    place: int

    @property
    def stored(self) -> tuple[int, int, int]:
        """Where its hash comes from: a stored level, and the first and the number of its hashes."""
        level = self.level - self.level % TILE_LEVEL
        count = 1 << (self.level - level)
        return level, self.place * count, count


Row = tuple[Part, ...]
"""Parts beside each other, the largest first: what lies between two places of a tree."""


def parts(start: int, end: int) -> Row:
    """The parts of the leaves from `start` up to `end`, where `start` is a multiple of the first."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(Part(level, start >> level))
        start += 1 << level
    return tuple(found)


def joined(row: Row, hashes: Mapping[Part, bytes]) -> bytes:
    """The hash over parts beside each other."""
    if not row:
        return EMPTY_ROOT
    *before, right = (hashes[part] for part in row)
    for left in reversed(before):
        right = node_hash(left, right)
    return right


def inclusion(index: int, size: int) -> tuple[Row, ...]:
    """The proof of a leaf: the parts of each of its hashes, from the leaf up (RFC 6962, 2.1.1)."""
    start, end, found = 0, size, list[Row]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(parts(middle, end))
            end = middle
        else:
            found.append(parts(start, middle))
            start = middle
    return tuple(reversed(found))


def consistency(before: int, after: int) -> tuple[Row, ...]:
    """The proof that a tree grew out of a smaller one (RFC 6962, 2.1.2)."""
    if not 0 < before < after:
        return ()
    start, end, known, found = 0, after, True, list[Row]()
    while before != end:
        middle = start + _split(end - start)
        if before <= middle:
            found.append(parts(middle, end))
            end = middle
        else:
            found.append(parts(start, middle))
            start, known = middle, False
    if not known:
        found.append(parts(start, end))
    return tuple(reversed(found))


def _split(count: int) -> int:
    """The largest power of two that is smaller."""
    return 1 << ((count - 1).bit_length() - 1)


def completed(before: int, after: int) -> Sequence[Part]:
    """The parts to be stored that become complete when a tree grows, the lower ones first."""
    found, level = [], TILE_LEVEL
    while after >> level:
        found += [Part(level, place) for place in range(before >> level, after >> level)]
        level += TILE_LEVEL
    return found

"""Room for the blocks of documents, in large pages that are used again: fresh ones cost more than all that is
done with them.
"""

import contextlib
import mmap
import weakref
from typing import Final

LARGE_PAGE: Final = 2 << 20
"""Bytes of a large page of memory, and room for a block, sealed or not."""

KEPT: Final = 6
"""Large pages that wait for the next document; what many at once needed besides is given back."""

_free: list[mmap.mmap] = []


def room(owner: object, size: int, *, sparing: bool = False) -> memoryview:
    """Memory for as long as its owner lives, and no longer: somebody else gets it then.

    Room for a block is one large page, where there are such, instead of 456 small ones. It costs
    nothing until it is used; with `sparing`, only as much of it is had as is used.
    """
    large = LARGE_PAGE // 2 < size <= LARGE_PAGE
    if not large:
        return memoryview(_mapped(max(size, 1)))[:size]
    try:
        memory = _free.pop()
    except IndexError:
        memory = _mapped(LARGE_PAGE)
    if not sparing and hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    weakref.finalize(owner, _give_back, memory).atexit = False
    return memoryview(memory)[:size]


def _mapped(size: int) -> mmap.mmap:
    # private: what could be shared with a child is a file in memory, which is dear to make and to drop
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _give_back(memory: mmap.mmap) -> None:
    if len(_free) < KEPT:
        _free.append(memory)

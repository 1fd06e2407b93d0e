"""A document on its way out: brought into the clear a block at a time, in memory that is made once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ffgateway.store.incoming import AT_ONCE, read_into
from ffgateway.store.memory import room
from ffgateway.store.sealed import TAG, Layout

Through = Callable[[memoryview], bytes]
"""Makes of a block in the clear what is wanted of it: base64, say."""


class Outgoing:
    """The blocks of one document, one after the other. It blocks, so it belongs beside the loop."""

    def __init__(self, layout: Layout, through: Through) -> None:
        chunks = min(AT_ONCE, layout.chunks)
        clear = min(chunks * layout.chunk, layout.size)
        self.layout = layout
        self._through = through
        self._sealed = room(self, clear + chunks * TAG)
        self._clear = room(self, clear)

    def of_file(self, path: Path, first: int) -> bytes:
        """The block that begins with a chunk. Raises `DocumentDamaged`, and `FileNotFoundError`."""
        start, end = self.layout.span(first, AT_ONCE)
        sealed = self._sealed[: end - start]
        read_into(path, start, sealed)
        return self.of(sealed, first)

    def of(self, sealed: memoryview, first: int) -> bytes:
        """The same, of what was read already."""
        return self._through(self._clear[: self.layout.open_into(self._clear, first, sealed)])


def fetched_ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, each fetched while the one before it is used: a store may be far away."""
    with ThreadPoolExecutor(1) as beside:
        ahead = beside.submit(next, pieces, None)
        while (piece := ahead.result()) is not None:
            ahead = beside.submit(next, pieces, None)
            yield piece

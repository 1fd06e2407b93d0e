"""A process that opens PDFs for `pdfs` and may be lost over it: it has little memory and no secrets.

Started as a script, so that nothing of ours is imported. It says that it is ready; then for each PDF
it is told the size, asks for the bytes it wants to see, and says how many pages there are.

    from the gateway    size (8 bytes); then what was asked for
    to the gateway      `READY`; `ASK`, where, how much; or `DONE`, the count, whether it stays

Counted are the pages that are in the tree: what the tree says of itself is anybody's word.
"""

import contextlib
import io
import logging
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from pypdf import PdfReader
from pypdf.generic import IndirectObject, NullObject

READY, ASK, DONE = b"+?="
SIZE: Final = struct.Struct(">Q")
SAID: Final = struct.Struct(">BqQ")

UNREADABLE: Final = 0
ENCRYPTED: Final = -1

MOST_PAGES: Final = 100_000
"""More than this is no fax."""

MEMORY: Final = 256 << 20
"""Bytes of address space in all. Contents that unpack to more do not open."""

PROCESSOR: Final = 30
"""Seconds of work for one PDF: should nobody be there any more to end it."""

PIECE: Final = 1 << 16
"""Bytes that are asked for at a time, and held by the gateway."""

GROWN: Final = 80 << 20
"""Bytes in memory after a PDF beyond which the process goes: they would stay with it."""


class Asked(io.RawIOBase):
    """A document that somebody else has, as a file that can be sought in."""

    def __init__(self, size: int, source: BinaryIO, ask: BinaryIO) -> None:
        super().__init__()
        self._size, self._source, self._ask = size, source, ask
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, also one behind the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer is one
        """Read to the end of a piece at most."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, PIECE)
        piece = memoryview(self._piece(number))[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            start = number * PIECE
            length = min(PIECE, self._size - start)
            self._ask.write(SAID.pack(ASK, start, length))
            self._ask.flush()
            piece = self._source.read(length)
            if len(piece) != length:
                raise SystemExit  # the gateway has gone
            self._held = (number, piece)
        return self._held[1]


def counted(file: Any) -> int:
    """The pages of a PDF, `UNREADABLE` or `ENCRYPTED`.

    Whether an appliance takes one that only restricts printing is not known, so none is passed on.
    """
    try:
        reader = PdfReader(file, strict=False)
        return ENCRYPTED if reader.is_encrypted else _pages(reader)
    except MemoryError:
        raise SystemExit from None  # what is left would not do for the next one
    except Exception:  # noqa: BLE001 - the library lets many kinds of error out of broken files
        return UNREADABLE


def _pages(reader: PdfReader) -> int:
    pages, seen = 0, set[int]()
    nodes: list[Any] = [reader.root_object["/Pages"].get_object()]
    while nodes:
        for kid in nodes.pop()["/Kids"].get_object():
            node = kid.get_object()
            if node is None or isinstance(node, NullObject):
                continue  # a page that is not there; readers pass it over
            if node.get("/Kids") is None:
                pages += 1
            elif isinstance(kid, IndirectObject) and kid.idnum in seen:
                return UNREADABLE  # a branch of itself, or of two
            else:
                seen.update([kid.idnum] if isinstance(kid, IndirectObject) else [])
                nodes.append(node)
            if pages > MOST_PAGES:
                return UNREADABLE
    return pages or UNREADABLE


def main() -> None:
    """Open one PDF after the other, until the gateway has gone."""
    logging.disable()  # what is wrong with a document is not for the gateway's log
    if sys.platform == "linux":  # others do not keep to it, or refuse it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source, said = sys.stdin.buffer, sys.stdout.buffer
    said.write(SAID.pack(READY, 0, 0))
    said.flush()
    while len(size := source.read(SIZE.size)) == SIZE.size:
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + PROCESSOR
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        (length,) = SIZE.unpack(size)
        count = counted(io.BufferedReader(Asked(length, source, said)))
        said.write(SAID.pack(DONE, count, stays := not _grown()))
        said.flush()
        if not stays:
            return


def _grown() -> bool:
    if sys.platform != "linux":
        return False
    # not `getrusage`: its peak begins with that of the process which started this one
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return resident * resource.getpagesize() > GROWN


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()

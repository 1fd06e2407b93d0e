"""What a PDF says of itself, before an appliance is asked to make pages of it.

Read with `pypdf`, lazily: the cross-reference table, the catalogue, the tree of pages. Of two readers
tried on some thousand broken files it was the one that never took the process along; what it can
be led to is to work, or to unpack, without end. So it reads in processes of its own, which get
only the bytes they ask for, and which are ended when they take too long or want too much.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast

from ffgateway.domain.document_errors import DocumentProtected, DocumentUnreadable
from ffgateway.services import pdf_reader
from ffgateway.services.pdf_reader import ASK, DONE, ENCRYPTED, READY, SAID, SIZE, UNREADABLE

WITHIN: Final = 10.0
"""Seconds that opening a PDF may take; one that takes longer is not one."""

AT_ONCE: Final = 2
"""PDFs opened side by side, each by a process that stays for the next one."""

USES: Final = 1000
"""PDFs that one process opens: what a library forgets to let go of does not add up."""

GONE: Final = (0, UNREADABLE, 0)

Reopen = Callable[[], IO[bytes]]


class Pdfs:
    """Opens PDFs beside the gateway, a few at a time."""

    def __init__(self, *, within: float = WITHIN) -> None:
        self._within = within
        self._places = asyncio.Semaphore(AT_ONCE)
        self._idle: list[_Reader] = []

    async def pages(self, reopen: Reopen, *, size: int, name: str, field: str) -> int:
        """How many pages a PDF has. Raises `DocumentUnreadable` or `DocumentProtected`."""
        async with self._places:
            count = await self._counted(reopen, size)
        if count == ENCRYPTED:
            raise DocumentProtected(
                f"{name} is encrypted.",
                field=field,
                cure="Remove its password and its restrictions, and send it again.",
            )
        if count == UNREADABLE:
            raise DocumentUnreadable(
                f"{name} cannot be opened as a PDF.",
                field=field,
                cure="Save it anew, as a plain PDF, and send it again.",
            )
        return count

    async def _counted(self, reopen: Reopen, size: int) -> int:
        reader = self._idle.pop() if self._idle else _Reader()
        asking = asyncio.create_task(asyncio.to_thread(reader.count, reopen, size))
        try:
            await asyncio.wait([asking], timeout=self._within)
        finally:
            if not asking.done():
                reader.kill()  # and with it the asking
                await asyncio.wait([asking])
            if reader.alive and reader.uses < USES:
                self._idle.append(reader)
            else:
                reader.end()
        return asking.result()

    def close(self) -> None:
        """End the processes that wait for more."""
        while self._idle:
            self._idle.pop().end()


class _Reader:
    """One such process. `count` blocks, so it belongs beside the loop."""

    def __init__(self) -> None:
        self.alive = False
        """Whether it is ready for another PDF."""
        self.uses = 0
        self._process = subprocess.Popen(  # noqa: S603 - ours, and nothing in it is anybody's
            [sys.executable, "-I", str(Path(pdf_reader.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={},  # the service key is in ours
        )
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)

    def count(self, reopen: Reopen, size: int) -> int:
        """Serve the process what it asks for, return what it says: `UNREADABLE` if it dies over it."""
        if not self.uses and self._heard()[0] != READY:
            raise RuntimeError("the process that opens PDFs did not start")
        self.uses += 1
        self.alive = False  # until it has said its last word
        with reopen() as file, contextlib.suppress(BrokenPipeError):
            self._tell(SIZE.pack(size))
            while True:
                kind, value, more = self._heard()
                if kind != ASK:
                    self.alive = kind == DONE and more > 0
                    return value
                file.seek(value)
                self._tell(file.read(more))
        return UNREADABLE

    def _tell(self, content: bytes) -> None:
        self._to.write(content)
        self._to.flush()

    def _heard(self) -> tuple[int, int, int]:
        """What the process says next; `GONE` when there is nothing more to hear."""
        said = self._from.read(SAID.size)
        kind, value, more = SAID.unpack(said) if len(said) == SAID.size else GONE
        return kind, value, more

    def kill(self) -> None:
        """End whatever it does, and with that the wait for it."""
        self._process.kill()

    def end(self) -> None:
        """Let it go. For when nobody waits for it any more."""
        self._process.kill()
        self._process.wait()
        self._from.close()
        with contextlib.suppress(BrokenPipeError):  # a word that it did not hear
            self._to.close()

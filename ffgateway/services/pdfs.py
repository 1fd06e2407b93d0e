"""What a PDF says of itself, before an appliance is asked to make pages of it.

Read with `pypdf`, lazily: the cross-reference table, the catalogue, the top of the page tree. Of two
readers tried on some thousand broken files it was the one that never took the process along, being
plain Python; and where it might be led in circles, a deadline ends the wait.
"""

import asyncio
from collections.abc import Callable
from typing import IO, Any, Final

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from ffgateway.domain.errors import DocumentProtected, DocumentUnreadable

WITHIN: Final = 10.0
"""Seconds that opening a PDF may take; one that takes longer is not one."""

AT_ONCE: Final = 4
"""PDFs opened side by side; one that hangs keeps its place."""

MOST_PAGES: Final = 100_000
"""A count beyond this is no count."""


class Pdfs:
    """Opens PDFs beside the event loop, a few at a time."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    async def pages(self, reopen: Callable[[], IO[bytes]], *, name: str, field: str) -> int:
        """How many pages a PDF has. Raises `DocumentUnreadable` or `DocumentProtected`."""
        try:
            async with asyncio.timeout(WITHIN), self._places:
                count = await asyncio.to_thread(_counted, reopen)
        except TimeoutError:
            count = None
        if count is None:
            raise DocumentUnreadable(
                f"{name} cannot be opened as a PDF.",
                field=field,
                cure="Save it anew, as a plain PDF, and send it again.",
            )
        if count < 0:
            raise DocumentProtected(
                f"{name} is encrypted.",
                field=field,
                cure="Remove its password and its restrictions, and send it again.",
            )
        return count


def _counted(reopen: Callable[[], IO[bytes]]) -> int | None:
    """The pages of a PDF: None for one that does not open, -1 for one that is encrypted.

    Whether an appliance takes one that only restricts printing is not known, so none is passed on.
    """
    with reopen() as file:
        try:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted:
                return -1
            return _pages(reader)
        except (PyPdfError, LimitReachedError, RecursionError, MemoryError):
            return None
        except Exception:  # noqa: BLE001 - the library lets many kinds of error out of broken files
            return None


def _pages(reader: PdfReader) -> int | None:
    tree: Any = reader.root_object["/Pages"].get_object()
    if not isinstance(tree, DictionaryObject):
        return None
    kids, count = tree.get("/Kids"), tree.get("/Count")
    first = kids.get_object()[0].get_object() if kids is not None else None
    if not isinstance(kids and kids.get_object(), ArrayObject):
        return None
    if not isinstance(first, DictionaryObject):
        return None
    number = int(count.get_object()) if count is not None else len(reader.pages)
    return number if 0 < number <= MOST_PAGES else None

"""Documents on their way in: streamed to the spool, their type checked against their bytes."""

import re
from collections.abc import AsyncIterator, Callable

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.document_errors import DocumentTooLarge, EmptyDocument, UnsupportedDocument
from ffgateway.domain.faxes import Document
from ffgateway.services.audited import Gate
from ffgateway.services.pdfs import Pdfs
from ffgateway.store.spool import CHUNK, Spool, Stored
from ffgateway.store.transaction import Store

LARGEST_REQUEST = 36_000_000
"""Bytes of a `schedule_fax` on the largest models (guide, Scheduling a Fax)."""

FRAME = 20_000
"""Room left in a request for everything that is not a document."""

LARGEST = (LARGEST_REQUEST - FRAME) // 4 * 3
"""Bytes of documents that fit: base64 makes 4 of 3."""

ACCEPTED = ("application/pdf", "text/plain")
"""The types that the guide's examples show; its list of all of them is not public."""


BEGINNINGS = (
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PK\x03\x04", "a ZIP archive, as Word and Excel files are"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "rich text"),
    (b"%!PS", "PostScript"),
    (b"\x1f\x8b", "compressed"),
)
"""How the files begin that people send by mistake."""

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no text has; ESC may be in one for a printer."""


class Documents:
    """What callers hand in, kept until their faxes are settled."""

    def __init__(self, store: Store, spool: Spool, pdfs: Pdfs, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._spool = spool
        self._gate = gate
        self._clock = clock
        self._pdfs = pdfs

    async def keep(
        self,
        caller: Caller,
        *,
        name: str = "",
        content_type: str = "",
        chunks: AsyncIterator[bytes | memoryview],
        field: str,
        label: Callable[[], tuple[str, str]] | None = None,
    ) -> Document:
        """Stream a document into the spool. Raises what is wrong with it, naming `field`.

        `label` is asked for name and content type once the bytes are over, where they may come
        after them. A document whose request is refused afterwards, or breaks off, is needed by no
        fax: it stays until its retention is over and goes with the purge, as any other.
        """
        await self._gate.require(caller, Scope.FAXES_SEND, "document.keep")
        pages: int | None = None
        declared = "" if label else _declared(name, content_type, field)

        async def admit(stored: Stored) -> None:
            nonlocal name, declared, pages
            if label:
                name, content_type = label()
                declared = _declared(name, content_type, field)
            _check_bytes(name, declared, stored, field)
            if declared == "application/pdf":
                pages = await self._pdfs.pages(
                    stored.reopen, size=stored.size, name=name, field=field
                )
            async with self._store.transaction() as tx:
                await tx.submissions.note_document(
                    stored.sha256, size=stored.size, at=self._clock.now()
                )

        stored = await self._spool.store(chunks, limit=LARGEST, field=field, admit=admit)
        return Document(
            name=_called(name),
            content_type=declared,
            size=stored.size,
            sha256=stored.sha256,
            pages=pages,
        )


def _called(name: str) -> str:
    """The name of a file alone, where a path was given (RFC 7578, section 4.2): an appliance may keep it so."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last if last.strip(". ") else "document"


def _declared(name: str, content_type: str, field: str) -> str:
    """The type of a document that may be faxed. Raises `UnsupportedDocument` for any other."""
    declared = content_type.partition(";")[0].strip().lower()
    if declared not in ACCEPTED:
        raise UnsupportedDocument(
            f"{name}: {declared or 'no type'} cannot be faxed.",
            field=field,
            cure=f"Send one of {', '.join(ACCEPTED)}, and say so in its content type.",
        )
    return declared


def _check_bytes(name: str, declared: str, stored: Stored, field: str) -> None:
    """Raise when the bytes are not what they are said to be: the appliance does not guess either."""
    if stored.size == 0:
        raise EmptyDocument(f"{name} is empty.", field=field, cure="Send the whole file.")
    found = sniffed(stored.head)
    if declared == "application/pdf" and found != "PDF":
        raise UnsupportedDocument(
            f"{name} is said to be a PDF and is {found or 'none'}.",
            field=field,
            cure="Send a PDF, or say what it is in its content type.",
        )
    if declared == "text/plain" and (found or _BINARY.search(stored.head)):
        raise UnsupportedDocument(
            f"{name} is said to be text and is {found or 'binary data'}.",
            field=field,
            cure="Send plain text, or say what it is in its content type.",
        )


def sniffed(head: bytes) -> str | None:
    """What a file begins like, for people; None for what is no known binary format."""
    if b"%PDF-" in head:
        return "PDF"
    return next((name for start, name in BEGINNINGS if head.startswith(start)), None)


def check_total(documents: tuple[Document, ...]) -> None:
    """Raise `DocumentTooLarge` when all documents together do not fit into one request."""
    total = sum(document.size for document in documents)
    if total > LARGEST:
        raise DocumentTooLarge(
            f"The documents have {total} bytes together; {LARGEST} fit into one request.",
            field="documents",
            cure="Send them as several faxes.",
        )


async def chunks_of_bytes(content: bytes) -> AsyncIterator[bytes]:
    """Bytes that are in memory already, as pieces."""
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]

"""The documents of one request on their way into the spool, each as its bytes come.

What is wrong with a document is told after everything else was read: a body that is not whole, or
whose settings are wrong, is answered for that first, wherever in it the document was. Documents of
a request that is refused in the end are left to the spool's retention.
"""

from collections.abc import AsyncIterator, Callable

from ffgateway.domain.access import Caller
from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.faxes import Document
from ffgateway.services.gateway import Gateway

MOST_DOCUMENTS = 20
"""Files in one request."""


class Kept:
    """What was kept of a request, and what could not be."""

    def __init__(self, gateway: Gateway, caller: Caller) -> None:
        self._gateway = gateway
        self._caller = caller
        self._documents: dict[int, Document] = {}
        self._flaws: dict[int, InvalidRequest] = {}

    async def take(
        self,
        index: int,
        chunks: AsyncIterator[bytes],
        *,
        name: str = "",
        content_type: str = "",
        label: Callable[[], tuple[str, str]] | None = None,
    ) -> None:
        """Keep document number `index`. Raises at once what no other part of the body can change."""
        try:
            self._documents[index] = await self._gateway.documents.keep(
                self._caller,
                name=name,
                content_type=content_type,
                chunks=chunks,
                field=f"documents[{index}]",
                label=label,
            )
        except DocumentTooLarge:
            raise
        except InvalidRequest as flaw:
            self._flaws[index] = flaw

    def refuse(self, index: int, flaw: InvalidRequest) -> None:
        """Note what is wrong with a document that was not looked at any further."""
        self._flaws[index] = flaw

    def get(self, index: int) -> Document:
        """The document. Raises what is wrong with it."""
        if index in self._flaws:
            raise self._flaws[index]
        return self._documents[index]

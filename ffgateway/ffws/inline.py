"""Requests with documents inside: up to 36 MB of base64, decoded while it is parsed.

An ordinary tree refuses a text above 10 MB and holds it twice. Here the texts of
`attachment/content` never enter the tree: they are decoded as they come and handed out beside it.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from lxml import etree

from ffgateway.ffws.elements import (
    DEEPEST,
    MOST_ELEMENTS,
    REQUEST_LIMIT,
    Element,
    prepared,
    unreadable,
)
from ffgateway.ffws.errors import HostileDocument, MalformedDocument

CHUNK: Final = 64 * 1024
"""Bytes given to the parser at a time, so that a decoded copy never waits beside a raw one."""

_CONTENT: Final = ["attachment", "content"]
_NO_BLANKS: Final = str.maketrans("", "", " \t\r\n")


class _Decoding:
    """Base64 that comes in pieces of any length, with line breaks anywhere."""

    def __init__(self) -> None:
        self._rest = ""
        self._decoded: list[bytes] = []

    def take(self, text: str) -> None:
        text = self._rest + text.translate(_NO_BLANKS)
        whole = len(text) // 4 * 4
        self._rest = text[whole:]
        if whole:
            self._decode(text[:whole])

    def bytes(self) -> bytes:
        if self._rest:
            raise MalformedDocument("is cut off", element="schedule_fax/attachment/content")
        return b"".join(self._decoded)

    def _decode(self, text: str) -> None:
        if self._decoded and len(self._decoded[-1]) % 3:
            raise MalformedDocument(
                "goes on after its end", element="schedule_fax/attachment/content"
            )
        try:
            self._decoded.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise MalformedDocument(
                "is not base64", element="schedule_fax/attachment/content"
            ) from error


class _Target:
    """Builds the tree, but for the contents."""

    def __init__(self) -> None:
        self._tree = etree.TreeBuilder()
        self._path: list[str] = []
        self._elements = 0
        self._content: _Decoding | None = None
        self.contents: list[bytes] = []

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self._path.append(tag)
        self._elements += 1
        if len(self._path) > DEEPEST:
            raise HostileDocument(f"deeper than {DEEPEST} elements")
        if self._elements > MOST_ELEMENTS:
            raise HostileDocument(f"has more than {MOST_ELEMENTS} elements")
        self._tree.start(tag, {})  # FFWS has no attributes
        if self._path[-2:] == _CONTENT:
            self._content = _Decoding()

    def data(self, text: str) -> None:
        if self._content is None:
            self._tree.data(text)
        else:
            self._content.take(text)

    def end(self, tag: str) -> None:
        if self._content is not None and self._path[-2:] == _CONTENT:
            self._tree.data(str(len(self.contents)))
            self.contents.append(self._content.bytes())
            self._content = None
        self._path.pop()
        self._tree.end(tag)

    def close(self) -> Element | None:
        """Called after an error, too, and then must not hide it by one of its own."""
        return self._tree.close() if self._elements and not self._path else None


def parse_with_contents(
    document: bytes, *, limit: int = REQUEST_LIMIT
) -> tuple[Element, list[bytes]]:
    """Parse a request; each `attachment/content` has its place in the second part as its text.

    Raises `MalformedDocument`, also for a content that is not base64.
    """
    whole = prepared(document, limit=limit)
    target = _Target()
    # The stubs want every method of a target; lxml calls the ones it finds.
    parser = etree.XMLParser(  # type: ignore[call-overload]
        target=target,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for start in range(0, len(whole), CHUNK):
            parser.feed(whole[start : start + CHUNK])
        return parser.close(), target.contents
    except etree.XMLSyntaxError as error:
        raise unreadable(error) from error

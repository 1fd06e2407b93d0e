"""Elements: bytes to a tree that is safe to read, typed reads from it, and text written back.

In come whole documents as bytes, never `str`: an encoding declaration is part of a document.
What is refused is refused before or while it is parsed, so that a hostile document costs
milliseconds. Reading is forgiving where appliances differ (order, unknown elements, surrounding
whitespace, a line feed before the declaration) and strict where a guess would be a wrong fact.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, cast

from lxml import etree

from ffgateway.ffws.errors import HostileDocument, MalformedDocument, UnwritableText

Element = etree._Element

ANSWER_LIMIT: Final = 16 * 2**20
"""Bytes of an answer: some ten thousand entries. By default an appliance lists the last ten that
are complete, and what is under way."""

REQUEST_LIMIT: Final = 40 * 2**20
"""Bytes of a request: the largest model takes 36 MB (guide, Scheduling a Fax)."""

DEEPEST: Final = 32
"""Levels of elements. FFWS itself uses four; libxml2 would go on to 256."""

MOST_ELEMENTS: Final = 400_000
"""Elements of a document. One costs some 100 bytes of memory, though four are enough to write it."""

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_BLANK: Final = " \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_SAFE_ENCODINGS: Final = frozenset(
    {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")
_EXCESSIVE_DEPTH: Final = "Excessive depth"
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    remove_comments=True,
    remove_pis=True,
    huge_tree=False,
)


def prepared(document: bytes, *, limit: int) -> bytes:
    """Refuse what must not reach a parser; return the document without leading blanks.

    Raises `HostileDocument` for a document above `limit` bytes, with a DTD or with too many
    elements, and `MalformedDocument` for one in an encoding in which those could hide.
    """
    if len(document) > limit:
        raise HostileDocument(f"larger than {limit} bytes")
    if document[:3] == _BOM or document[:1].isspace():
        document = document.removeprefix(_BOM).lstrip(_BLANK.encode())
    if not document.startswith(b"<"):
        raise MalformedDocument("not XML")
    if b"\0" in document:
        raise MalformedDocument("not in UTF-8")
    declared = _ENCODING.match(document)
    if declared and declared[1].lower() not in _SAFE_ENCODINGS:
        raise MalformedDocument("declares an encoding other than UTF-8")
    if b"!" in document and (b"<!DOCTYPE" in document or b"<!ENTITY" in document):
        raise HostileDocument("has a DTD")
    if len(document) > MOST_ELEMENTS * 4 and document.count(b"<") > MOST_ELEMENTS * 2:
        raise HostileDocument(f"has more than {MOST_ELEMENTS} elements")
    return document


def unreadable(error: etree.XMLSyntaxError) -> MalformedDocument:
    """Put a parser's complaint in our words, without quoting the document."""
    if _EXCESSIVE_DEPTH in str(error):
        return HostileDocument(f"deeper than {DEEPEST} elements")
    return MalformedDocument(f"not well-formed XML (line {error.lineno or 1})")


def parse(document: bytes, *, limit: int = ANSWER_LIMIT) -> Element:
    """Parse a whole document and return its root. Raises `MalformedDocument`."""
    try:
        root = etree.fromstring(prepared(document, limit=limit), _PARSER)
    except etree.XMLSyntaxError as error:
        raise unreadable(error) from error
    if _TOO_DEEP(root):
        raise HostileDocument(f"deeper than {DEEPEST} elements")
    return root


def parse_response(document: bytes, *, limit: int = ANSWER_LIMIT) -> Element:
    """Parse an answer; its root must be `<response>`."""
    root = parse(document, limit=limit)
    if root.tag != "response":
        raise MalformedDocument("is not a <response>", element=str(root.tag))
    return root


class Fields:
    """The children of one element, by name, read with a type; `path` is what an error names.

    A missing and an empty element read alike. Of several children with one name the last
    counts; `all` has every one. Texts lose the blanks around them, as appliances break lines there.
    """

    __slots__ = ("_node", "_nodes", "path")

    def __init__(self, node: Element | None, path: str) -> None:
        self.path = path
        self._node = node
        # One pass: asking the tree for child after child costs several times as much.
        self._nodes: dict[str, Element] = {}
        if node is not None:  # without comments and instructions every tag is a str
            self._nodes = cast("dict[str, Element]", {child.tag: child for child in node})

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def __iter__(self) -> Iterator[str]:
        """Names of the children, each once."""
        return iter(self._nodes)

    def text(self, name: str) -> str:
        """The text of a child, or `""`."""
        node = self._nodes.get(name)
        if node is None:
            return ""
        text = node.text
        return text.strip(_BLANK) if text else ""

    def url(self, name: str) -> str:
        """A URL, without the line breaks that printed samples have inside."""
        return "".join(self.text(name).split())

    def child(self, name: str) -> "Fields":
        """The fields of a child; of a missing one, none."""
        return Fields(self._nodes.get(name), f"{self.path}/{name}")

    def all(self, name: str) -> "list[Fields]":
        """The fields of every child of that name, in document order."""
        path = f"{self.path}/{name}"
        nodes = () if self._node is None else self._node.iterchildren(name)
        return [Fields(node, path) for node in nodes]

    def texts(self, name: str) -> tuple[str, ...]:
        """The text of every child of that name, in document order, the empty ones among them."""
        nodes = () if self._node is None else self._node.iterchildren(name)
        return tuple((node.text or "").strip(_BLANK) for node in nodes)

    def nested(self, name: str) -> bool:
        """Whether a child has children of its own."""
        node = self._nodes.get(name)
        return node is not None and len(node) > 0

    def integer(self, name: str, default: int | None = None) -> int:
        """A decimal number. `default` stands for an empty one; without a default it is an error."""
        text = self.text(name)
        if not text:
            if default is None:
                raise self.fault(name, "is missing or empty")
            return default
        return self._number(name, text)

    def optional_integer(self, name: str) -> int | None:
        """A decimal number, or None when empty or missing."""
        text = self.text(name)
        return self._number(name, text) if text else None

    def flag(self, name: str, *, default: bool) -> bool:
        """`true` or `false`, in any case; `1` and `0` occur in the vendor's mail syntax."""
        text = self.text(name).lower()
        if not text:
            return default
        if text in {"true", "1"}:
            return True
        if text in {"false", "0"}:
            return False
        raise self.fault(name, "is neither true nor false")

    def moment(self, name: str) -> datetime | None:
        """A naive time, with `T` or, as older firmware prints it, a space; None when empty."""
        text = self.text(name)
        if not text:
            return None
        if len(text) == 19 and text[4] == text[7] == "-" and text[10] in "T " and text[13] == ":":
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass  # the same complaint as for any other text
        raise self.fault(name, "is not a time")

    def fault(self, name: str, reason: str) -> MalformedDocument:
        """An error that names a child of this element."""
        return MalformedDocument(reason, element=f"{self.path}/{name}")

    def _number(self, name: str, text: str) -> int:
        digits = text.removeprefix("-")
        if digits.isdecimal() and digits.isascii() and len(digits) <= 18:
            return int(text)
        raise self.fault(name, "is not a number")


def read_message(document: bytes) -> str:
    """The `<message>` of a plain answer. Raises `MalformedDocument` for anything else."""
    return Fields(parse_response(document), "response").text("message")


def read_done(document: bytes) -> str:
    """The message of a change that was done, "" for none: the status says it, a body may be missing."""
    return read_message(document) if document else ""


def write_message(message: str) -> bytes:
    """A plain answer, as for 202 and for errors; laid out as the one captured answer is."""
    return write_response("", message=message)


def write_response(payload: str, *, message: str) -> bytes:
    """An answer around `payload`, which must be escaped already."""
    head = leaf("response/message", message)
    return f"{DECLARATION}<response>\n{head}{payload}</response>".encode()


def respelt(document: bytes, names: Mapping[str, str]) -> bytes:
    """A document with elements renamed, wherever they stand: from a key of `names` to its value."""
    root = parse(document)
    for element in root.iter(*names):
        element.tag = names[str(element.tag)]
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_NEEDS_ESCAPE = re.compile("[&<>\r]")


def escaped(element: str, text: str) -> str:
    """Text as it stands between tags. Raises `UnwritableText` naming `element`.

    XML 1.0 section 2.2 has no way to write control characters, surrogates, U+FFFE or U+FFFF. A
    carriage return is written by number, or a parser would take it for a line feed (2.11).
    """
    bad = _UNWRITABLE.search(text)
    if bad:
        raise UnwritableText(element, f"XML cannot carry U+{ord(bad[0]):04X}")
    return text.translate(_ESCAPES) if _NEEDS_ESCAPE.search(text) else text


def escaped_length(element: str, text: str) -> int:
    """How many bytes of UTF-8 that is. What is printable is writable, and counted without being written."""
    if not text.isprintable():
        return len(escaped(element, text).encode())
    longer = sum(text.count(chr(char)) * (len(name) - 1) for char, name in _ESCAPES.items())
    return len(text.encode()) + longer


def leaf(path: str, text: str) -> str:
    """One element with a text, on a line. `path` ends in its name, and names it in an error."""
    name = path.rpartition("/")[2]
    return f"<{name}>{escaped(path, text)}</{name}>\n"


def leaf_unless_empty(path: str, text: str) -> str:
    """The same, or nothing for an empty text, so that the reader's own default applies."""
    return leaf(path, text) if text else ""


def leaf_unless_none(path: str, number: int | None) -> str:
    """A number, or nothing: clients parse numbers without looking, so none is ever left empty."""
    return "" if number is None else leaf(path, str(number))


def branch(path: str, *children: str) -> str:
    """One element around others that are escaped already."""
    name = path.rpartition("/")[2]
    return f"<{name}>\n{''.join(children)}</{name}>\n"


def moment_text(element: str, moment: datetime | None) -> str:
    """A naive time in the `T` form, to the second; one client cuts at the `T`.

    An aware time is refused: which zone the wire means is not this room's to decide.
    """
    if moment is None:
        return ""
    if moment.tzinfo is not None:
        raise UnwritableText(element, "has a time zone, the wire's times have none")
    return moment.replace(microsecond=0).isoformat()


def flag_text(flag: bool) -> str:
    """`true` or `false`."""
    return "true" if flag else "false"

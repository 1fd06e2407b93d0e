"""JSON as it comes in, with the base64 of `documents[n].content` taken out of it piece by piece.

Everything else is collected as it stands, a marker in the place of each content: it is JSON if and
only if what came in was, and says the same but for the contents. So this needs to know no more of
JSON than where a string begins and ends, and whose it is; what is wrong is found by whoever reads
the collected text. Nothing here waits, and nothing is kept but what was collected.
"""

import binascii
import re
from dataclasses import dataclass

import orjson

MARKER = b'"="'
"""Stands for a content that was taken out."""

DEEPEST = 200
"""Brackets within brackets: as many as the reader of all other bodies takes (pydantic's)."""

_PLAIN = re.compile(rb'[^"\[\]{},:]+')
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})")
_CUT = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
"""An escape that goes on in the next piece."""

_QUOTE, _COMMA, _COLON, _OBJECT = b'",:{'


@dataclass(frozen=True, slots=True)
class Begun:
    """A content begins: that of document number `index`."""

    index: int


@dataclass(frozen=True, slots=True)
class Over:
    """The object of document `index` is over; `text` is it, a marker for its content."""

    index: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Flawed:
    """The content is not base64. What is left of it is collected as it stands."""

    index: int


@dataclass(frozen=True, slots=True)
class Twice:
    """A key comes twice that says what is sent: one reader would take the first, one the last."""

    field: str


Event = Begun | Over | Flawed | Twice | bytes


class TooDeep(Exception):
    """There are more brackets within brackets than `DEEPEST`: it need not be read to its end."""


class Scanner:
    """Give it the pieces of a body; it gives back what they bring. `bytes` are those of a content.

    Raises `TooDeep`.
    """

    def __init__(self) -> None:
        self.text = bytearray()
        """What was collected."""
        self._events: list[Event] = []
        self._open = bytearray()  # the brackets that are open, a byte each
        self._keys = [b"", b"", b""]  # the latest key at the depths 1 to 3
        self._index = 0  # the place in `documents`
        self._start = 0  # where the present document begins in the text
        self._string = -1  # where the present string begins there; -1 outside of one
        self._is_key = False
        self._cut = False  # the piece before ended behind a backslash
        self._had_documents = self._had_content = False
        self._content: _Base64 | None = None
        self._rest = b""  # of a content: an escape that goes on in the next piece

    def feed(self, piece: bytes) -> list[Event]:
        """Take in the next piece; return what came with it."""
        piece, self._rest, position = self._rest + piece if self._rest else piece, b"", 0
        while position < len(piece):
            if self._content is not None:
                position = self._in_content(self._content, piece, position)
            elif self._string >= 0:
                position = self._in_string(piece, position)
            else:
                position = self._outside(piece, position)
        events, self._events = self._events, []
        return events

    # Between strings ----------------------------------------------------------------------------

    def _outside(self, piece: bytes, position: int) -> int:
        if plain := _PLAIN.match(piece, position):
            self.text += plain[0]
            return plain.end()
        sign = piece[position]
        if sign == _QUOTE:
            self._quoted()
            return position + 1
        if sign in b"{[":
            self._opened(sign)
        elif sign == _COMMA:
            self._is_key = self._open[-1:] == b"{"
            self._index += self._is_in(b"{[")
        elif sign == _COLON:
            self._is_key = False
        self.text.append(sign)
        if sign in b"}]":
            self._closed()
        return position + 1

    def _opened(self, sign: int) -> None:
        self._open.append(sign)
        self._is_key = sign == _OBJECT
        depth = len(self._open)
        if depth > DEEPEST:
            raise TooDeep
        if depth <= len(self._keys):
            self._keys[depth - 1] = b""
        if self._is_in(b"{["):
            self._index = 0
        elif self._is_in(b"{[{"):
            self._start, self._had_content = len(self.text), False

    def _closed(self) -> None:
        if self._is_in(b"{[{"):
            self._events.append(Over(self._index, bytes(self.text[self._start :])))
        del self._open[-1:]
        self._is_key = False

    def _is_in(self, brackets: bytes) -> bool:
        """Whether these are the open ones, the second of them that of `documents`."""
        return self._open == brackets and self._keys[0] == b"documents"

    # Strings ------------------------------------------------------------------------------------

    def _quoted(self) -> None:
        if not self._is_key and self._keys[2] == b"content" and self._is_in(b"{[{"):
            self._keys[2] = b""
            self._content = _Base64()
            self._events.append(Begun(self._index))
        else:
            self._string = len(self.text)
            self.text.append(_QUOTE)

    def _in_string(self, piece: bytes, position: int) -> int:
        if self._cut:
            self._cut = False
            self.text.append(piece[position])
            return position + 1
        found = _IN_STRING.match(piece, position)
        end = found.end() if found else position
        self.text += piece[position:end]
        if end == len(piece):
            return end
        self.text.append(piece[end])
        if piece[end] == _QUOTE:
            self._string_over()
        else:
            self._cut = True
        return end + 1

    def _string_over(self) -> None:
        start, self._string, depth = self._string, -1, len(self._open)
        if not self._is_key or depth not in (1, 3):
            return
        key = _key(bytes(self.text[start:]))
        self._keys[depth - 1] = key
        if depth == 1 and key == b"documents":
            self._once(self._had_documents, "documents")
            self._had_documents = True
        elif key == b"content" and self._is_in(b"{[{"):
            self._once(self._had_content, f"documents[{self._index}].content")
            self._had_content = True

    def _once(self, had: bool, field: str) -> None:
        if had:
            self._events.append(Twice(field))

    # Contents -----------------------------------------------------------------------------------

    def _in_content(self, content: "_Base64", piece: bytes, position: int) -> int:
        end = piece.find(b'"', position)
        stop = len(piece) if end < 0 else end
        if piece.find(b"\\", position, stop) >= 0:
            found = _IN_STRING.match(piece, position)
            stop = found.end() if found else position
        over = stop < len(piece) and piece[stop] == _QUOTE
        if not over and (cut := _CUT.search(piece, max(position, len(piece) - 5))):
            stop = cut.start()
        try:
            if whole := content.decoded(piece[position:stop]):
                self._events.append(whole)
            if over:
                content.end()
        except ValueError:
            self._events.append(Flawed(self._index))
            self._content, self._string = None, len(self.text)
            self.text += b'"'
            return position
        if over:
            self.text += b'""' if content.empty else MARKER
            self._content = None
            return stop + 1
        self._rest = piece[stop:]
        return len(piece)


class _Base64:
    """Base64 in pieces, exactly as RFC 4648 (section 4) has it, without line ends.

    Python's own reader, even a strict one, takes more padding than belongs there.
    """

    def __init__(self) -> None:
        self.empty = True
        self._left = b""  # fewer than four signs
        self._padded = False

    def decoded(self, raw: bytes) -> bytes:
        """The bytes that this much more stands for. Raises `ValueError`."""
        if not raw:
            return b""
        self.empty = False
        if b"\\" in raw:
            raw = _ESCAPED.sub(_meant, raw.replace(b"\\/", b"/"))
        if (
            self._padded or not raw.isascii()
        ):  # at once: the rest of a letter may be in the next piece
            raise ValueError
        signs = self._left + raw if self._left else raw
        whole = len(signs) & ~3
        self._left = signs[whole:]
        signs = signs[:whole]
        padding = signs.find(b"=")
        self._padded = padding >= 0
        if 0 <= padding < len(signs) - 2:
            raise ValueError
        return binascii.a2b_base64(signs, strict_mode=True)

    def end(self) -> None:
        """Raise `ValueError` when it may not end here."""
        if self._left:
            raise ValueError


def _meant(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)])


def _key(raw: bytes) -> bytes:
    try:
        return str(orjson.loads(raw)).encode()
    except orjson.JSONDecodeError:
        return b""  # nor will it be read as JSON in the end
